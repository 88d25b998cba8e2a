"""Print what `docker buildx bake` needs to build all releases in one go."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def target(version: str, created: str, arguments: argparse.Namespace) -> dict[str, object]:
    """Describe the image of one release."""
    return {
        "context": str(HERE),
        "args": {
            "BASE": arguments.base,
            "APP_VERSION": version,
            "CREATED": created,
            "REVISION": hashlib.sha1(version.encode(), usedforsecurity=False).hexdigest(),
        },
        "labels": {arguments.label: arguments.hash},
        "tags": [f"{arguments.image}:{version}"],
    }


def main() -> None:
    """Read the list of releases, write the build description to stdout."""
    parser = argparse.ArgumentParser(description=__doc__)
    for option in ("--base", "--image", "--label", "--hash"):
        parser.add_argument(option, required=True)
    arguments = parser.parse_args()
    releases = json.loads((HERE / "releases.json").read_text(encoding="utf-8"))
    targets = {
        "release-" + version.replace(".", "-"): target(version, release["created"], arguments)
        for version, release in releases.items()
    }
    json.dump({"group": {"default": {"targets": list(targets)}}, "target": targets}, sys.stdout)


if __name__ == "__main__":
    main()
