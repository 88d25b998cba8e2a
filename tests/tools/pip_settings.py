"""Print where pip installs from on this machine, for tools that don't read pip's configuration themselves.

``pip_settings.py ini`` prints a pip.conf (ansible-test hides pip's environment variables from the pip it runs),
``pip_settings.py uv`` prints uv's environment variables (uv reads none of pip's settings).
"""

from __future__ import annotations

import ast
import os
import subprocess
import sys

# uv's variable for a setting of pip, and what separates several values.
UV = {
    "index-url": ("UV_DEFAULT_INDEX", " "),
    "extra-index-url": ("UV_INDEX", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
    "timeout": ("UV_HTTP_TIMEOUT", " "),
    "cert": ("SSL_CERT_FILE", " "),
    "proxy": ("ALL_PROXY", " "),
}


def settings() -> dict[str, list[str]]:
    """What `pip install` heeds: the environment wins over [install], and that over [global]."""
    listed = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=True)
    layers: dict[str, dict[str, list[str]]] = {"global": {}, "install": {}, ":env:": {}}
    for line in listed.stdout.splitlines():
        name, value = line.split("=", 1)
        section, key = name.rsplit(".", 1)
        # pip knows --timeout as --default-timeout too.
        layers.setdefault(section, {})[key.replace("default-timeout", "timeout")] = str(ast.literal_eval(value)).split()
    return {**layers["global"], **layers["install"], **layers[":env:"]}


def main(form: str) -> None:
    found = {key: values for key, values in settings().items() if key in UV and values}
    if form == "ini":
        print("[global]")
        for key, values in found.items():
            print(f"{key} =", "\n    ".join(values))
        return
    for key, values in found.items():
        variable, separator = UV[key]
        # Somebody who set up uv itself knows better.
        if variable not in os.environ:
            print(f"{variable}={separator.join(values)}")
    if "extra-index-url" in found and "UV_INDEX_STRATEGY" not in os.environ:
        # pip looks at all indexes and takes the newest; uv would stop at the first that knows the name.
        print("UV_INDEX_STRATEGY=unsafe-best-match")


if __name__ == "__main__":
    main(sys.argv[1])
