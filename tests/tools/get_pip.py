"""Stand in for get-pip.py, which ansible-test would download: Python brings a pip that can fetch the wanted one.

That is done once. The next environments get a copy: pip is the same for every Python.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
from pathlib import Path

# get-pip.py's own options; pip doesn't know them.
ONLY_GET_PIP = {"--no-setuptools", "--no-wheel"}

site = Path(sysconfig.get_path("purelib"))
# Named after the version, as this file is where it runs.
kept = Path(__file__).with_suffix("")
if kept.exists():
    shutil.copytree(kept, site, dirs_exist_ok=True)
    sys.exit()

# As commands of their own: in this process ensurepip would leave an environment in which pip ignores its configuration,
# and with it the certificates of this machine.
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
wanted = [argument for argument in sys.argv[1:] if argument not in ONLY_GET_PIP]
subprocess.run([sys.executable, "-m", "pip", "install", *wanted], check=True)
part = kept.with_suffix(".part")
shutil.rmtree(part, ignore_errors=True)
for each in site.glob("pip*"):
    shutil.copytree(each, part / each.name)
part.rename(kept)
