"""Stand in for get-pip.py, which ansible-test would download: Python brings a pip that can fetch the wanted one."""

from __future__ import annotations

import subprocess
import sys

# get-pip.py's own options; pip doesn't know them.
ONLY_GET_PIP = {"--no-setuptools", "--no-wheel"}

# As commands of their own: in this process ensurepip would leave an environment in which pip ignores its configuration,
# and with it the certificates of this machine.
subprocess.run([sys.executable, "-m", "ensurepip"], check=True, stdout=subprocess.DEVNULL)
wanted = [argument for argument in sys.argv[1:] if argument not in ONLY_GET_PIP]
sys.exit(subprocess.run([sys.executable, "-m", "pip", "install", *wanted], check=False).returncode)
