"""Print what `docker buildx bake` needs to build all releases of the stand-in broker; with --tags, only their names."""

from __future__ import annotations

import argparse
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Read the list of releases, write the build description to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--base", "--registry", "--label", "--hash"):
        parser.add_argument(option, default="")
    parser.add_argument("--tags", action="store_true")
    arguments = parser.parse_args()
    releases = json.loads((HERE / "releases.json").read_text(encoding="utf-8"))
    if arguments.tags:
        print("\n".join(releases))
        return
    targets = {
        re.sub(r"\W", "-", name): {
            "context": str(HERE / "image"),
            "args": {
                "BASE": arguments.base,
                "BROKER_VERSION": release["broker"],
                "BROKEN": release.get("broken", ""),
                "PORT": str(release.get("port", 9292)),
            },
            "labels": {arguments.label: arguments.hash},
            "tags": [f"{arguments.registry}/{name}"],
        }
        for name, release in releases.items()
    }
    json.dump({"group": {"default": {"targets": list(targets)}}, "target": targets}, sys.stdout)


if __name__ == "__main__":
    main()
