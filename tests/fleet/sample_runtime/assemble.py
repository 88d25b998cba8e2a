"""Put together, for every release, the files that make it different from the others. Runs while the images are built."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


def copy(source: Path, target: Path) -> None:
    """Copy a file, and make the folder that it goes into."""
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(source, target)


def assemble(release: dict[str, object], folder: Path) -> None:
    """Copy one release's migrations, queries and misbehaviour."""
    copy(HERE / "queries" / f"{release['queries']}.py", folder / "runtime" / "queries.py")
    copy(HERE / "misbehaviours" / f"{release['misbehaviour']}.py", folder / "runtime" / "misbehaviour.py")
    copy(HERE / "migrations" / "env.py", folder / "migrations" / "env.py")
    for name in release["migrations"]:
        copy(HERE / "migrations" / "versions" / f"{name}.py", folder / "migrations" / "versions" / f"{name}.py")


def main() -> None:
    """Assemble all releases below the folder that is named on the command line."""
    releases = json.loads((HERE / "releases.json").read_text(encoding="utf-8"))
    for version, release in releases.items():
        assemble(release, Path(sys.argv[1]) / version)


if __name__ == "__main__":
    main()
