"""The playbook `manifest` on files: all of them change or none, and the versions go forward only.

The cluster of the last tests is a stand-in that knows the API's shapes. What it proves is that `kubernetes.core` is called, with what, and what is
made of the answers; what a real cluster does isn't tested here.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cluster_stand_in import Cluster

ROOT = Path(__file__).parents[2]
OLD, NEW = "2019.06.04T1110", "2019.07.16T1534"
# As it is published: the line of the image is indented as no line around it.
DEPLOYMENT = f"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: flow
  namespace: prod
spec:
  replicas: 2
  selector:
    matchLabels: {{app: flow}}
  template:
    metadata:
      labels: {{app: flow}}
    spec:
      containers:
      - name: flow
        image:   "boomi/flow:{OLD}"   # kept
        env:
        - {{name: DATABASE_PASSWORD, value: hunter2}}
"""
MIS_INDENTED = f"""\
kind: Deployment
spec:
  template:
    spec:
      containers:
      - name: flow
         image: boomi/flow:{OLD}\r
        ports: []
"""
CRON_JOB = f"""\
apiVersion: v1
kind: ConfigMap
metadata: {{name: flow}}
data: {{image: boomi/flow:{OLD}}}
---
apiVersion: batch/v1
kind: CronJob
metadata: {{name: sweep, namespace: prod}}
spec:
  jobTemplate: {{spec: {{template: {{spec: {{containers: [{{name: sweep, image: 'boomi/flow:{OLD}'}}]}}}}}}}}
"""


@pytest.fixture
def manifests(tmp_path: Path) -> Path:
    directory = tmp_path / "deploy"
    (directory / "jobs").mkdir(parents=True)
    (directory / "deployment.yml").write_text(DEPLOYMENT)
    (directory / "old.yaml").write_bytes(MIS_INDENTED.encode())
    (directory / "jobs" / "cron.yml").write_text(CRON_JOB)
    (directory / "service.yml").write_text("kind: Service\nmetadata: {name: flow}\n")
    (directory / "deployment.yml").chmod(0o640)
    return directory


def run(*paths: Path, options: tuple[str, ...] = (), **variables: Any) -> subprocess.CompletedProcess[str]:
    given = {"runtime_manifests": [str(path) for path in paths], "runtime_version": NEW, **variables}
    command = [ROOT / ".venv/bin/ansible-playbook", "ratchet.runtime.manifest", "-e", json.dumps(given), *options]
    # Colours would be in the way of words.
    environment = {**os.environ, "ANSIBLE_NOCOLOR": "1"}
    return subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL, check=False
    )


def state(directory: Path) -> dict[str, tuple[bytes, int, int]]:
    found = [path for path in sorted(directory.rglob("*")) if path.is_file()]
    return {str(path): (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns) for path in found}


def test_the_version_changes_everywhere_and_not_one_byte_else(manifests: Path) -> None:
    before = state(manifests)
    made = run(manifests, options=("--diff",))
    assert made.returncode == 0, made.stdout
    after = state(manifests)
    expected = {path: content.replace(OLD.encode(), NEW.encode()) for path, (content, *_rest) in before.items()}
    cron = str(manifests / "jobs/cron.yml")
    expected[cron] = CRON_JOB.replace(f"'boomi/flow:{OLD}'", f"'boomi/flow:{NEW}'").encode()
    assert {path: content for path, (content, *_rest) in after.items()} == expected
    assert [mode for _content, mode, _time in after.values()] == [mode for _content, mode, _time in before.values()]
    service = str(manifests / "service.yml")
    assert after[service] == before[service]
    for words in (
        f'-        image:   "boomi/flow:{OLD}"   # kept',
        f'+        image:   "boomi/flow:{NEW}"   # kept',
        "Deployment flow in prod: its pods are replaced",
        "CronJob sweep in prod: its next run takes the new image",
        f"whoever runs the image of {manifests}/old.yaml line 7",
    ):
        assert words in made.stdout
    assert "hunter2" not in made.stdout

    again = run(manifests)
    assert "changed=0" in again.stdout
    assert "Nothing is left to write: 3 manifests name" in again.stdout
    assert state(manifests) == after


def test_check_mode_touches_nothing_and_predicts(manifests: Path) -> None:
    before = state(manifests)
    made = run(manifests, options=("--check", "--diff"))
    assert "changed=1" in made.stdout
    assert made.stdout.count(f'+        image:   "boomi/flow:{NEW}"') == 2  # in the plan, and as Ansible's own diff
    assert state(manifests) == before


def test_the_published_change_is_a_diff_that_patch_takes(tmp_path: Path) -> None:
    manifest, copy = tmp_path / "deployment.yml", tmp_path / "copy.yml"
    manifest.write_text(MIS_INDENTED.replace("\r", ""))
    shutil.copy(manifest, copy)
    made = run(manifest)
    lines = made.stdout.splitlines()
    first = next(number for number, line in enumerate(lines) if line.startswith("  --- "))
    diff = "\n".join(line[2:] for line in lines[first : first + 5]) + "\n"
    patched = subprocess.run(["patch", str(copy)], input=diff, text=True, capture_output=True, check=False)
    assert patched.returncode == 0, f"{diff}{patched.stdout}"
    assert copy.read_text() == manifest.read_text()
    assert f"boomi/flow:{NEW}" in copy.read_text()


@pytest.mark.parametrize(
    ("variables", "words"),
    [
        ({"runtime_version": "2019.05.01T0000"}, "is older: versions only go forward"),
        ({"runtime_version": "latest"}, "floating tag"),
        ({"runtime_version": "a'; touch /tmp/x #"}, "is not an image tag"),
        ({"runtime_profile": "pact_broker"}, "name no image of pactfoundation/pact-broker"),
        ({"runtime_manifests": []}, "no manifest was named"),
        ({"runtime_manifests": ["/nowhere.yml"]}, "/nowhere.yml can't be read: No such file"),
        ({"runtime_cluster": "prod"}, "is no cluster"),
    ],
)
def test_a_bad_request_touches_nothing(manifests: Path, variables: dict[str, Any], words: str) -> None:
    before = state(manifests)
    made = run(manifests, **variables)
    assert made.returncode != 0, made.stdout
    assert words in made.stdout
    assert "Traceback" not in made.stdout + made.stderr
    assert state(manifests) == before


def test_one_bad_manifest_keeps_all_as_they_are(manifests: Path) -> None:
    (manifests / "chart.yml").write_text("kind: Pod\nspec:\n  containers:\n  - image: boomi/flow:{{ .Values.tag }}\n")
    (manifests / "other.yml").write_text(DEPLOYMENT.replace(OLD, "2019.06.05T0000"))
    (manifests.parent / "elsewhere.yml").write_text(DEPLOYMENT)
    (manifests / "link.yml").symlink_to("../elsewhere.yml")
    before = state(manifests)
    assert "link.yml is a symbolic link" in run(manifests).stdout
    (manifests / "link.yml").unlink()
    assert "chart.yml line 4 names an image that a template makes" in run(manifests).stdout
    (manifests / "chart.yml").unlink()
    assert "several versions of the runtime" in run(manifests).stdout
    del before[str(manifests / "chart.yml")], before[str(manifests / "link.yml")]
    assert state(manifests) == before


needs_kubernetes = pytest.mark.skipif(
    importlib.util.find_spec("kubernetes") is None, reason="needs the Python library kubernetes"
)


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    made = Cluster()
    yield made
    made.shutdown()


@pytest.fixture
def manifest(tmp_path: Path) -> Path:
    path = tmp_path / "deployment.yml"
    path.write_text(DEPLOYMENT)
    return path


def test_a_cluster_needs_what_is_told_to_be_installed(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is installed here: a module that can't be imported stands before it."""
    (tmp_path / "kubernetes.py").write_text("raise ImportError('not here')\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    made = run(manifest, runtime_cluster=True, runtime_accept=["no_backup"])
    assert made.returncode != 0
    assert "runtime_cluster needs the Python library kubernetes" in made.stdout
    assert "pip install kubernetes" in made.stdout
    assert manifest.read_text() == DEPLOYMENT


@needs_kubernetes
def test_manifests_are_applied_and_the_rollout_is_watched(cluster: Cluster, manifest: Path, tmp_path: Path) -> None:
    place = {"runtime_cluster": {"kubeconfig": cluster.kubeconfig(tmp_path)}}
    refused = run(manifest, **place)
    assert "nothing here backs up the database" in refused.stdout
    assert (cluster.asked, manifest.read_text()) == ([], DEPLOYMENT)

    first = run(manifest, **place, runtime_accept=["no_backup"], runtime_version=OLD)
    assert first.returncode == 0, first.stdout
    assert cluster.image == f"boomi/flow:{OLD}"

    made = run(manifest, **place, runtime_accept=["no_backup"])
    assert made.returncode == 0, made.stdout
    assert cluster.image == f"boomi/flow:{NEW}"
    assert [each.split()[0] for each in cluster.asked] == ["POST", "PATCH"]
    assert re.search(r"^Deployment flow in prod  \d+ s  1 of 2 pods are new", made.stdout, re.MULTILINE)
    assert "2 of 2 pods are new, 2 of 2 available" in made.stdout

    # Somebody puts an older manifest beside a newer cluster.
    manifest.write_text(DEPLOYMENT)
    behind = run(manifest, **place, runtime_accept=["no_backup"], runtime_version="2019.07.01T0000")
    assert f"{NEW} runs, and 2019.07.01T0000 is older" in behind.stdout
    assert (len(cluster.asked), manifest.read_text()) == (2, DEPLOYMENT)


@needs_kubernetes
def test_a_rollout_that_cannot_succeed_says_why(cluster: Cluster, manifest: Path, tmp_path: Path) -> None:
    place = {"runtime_cluster": {"kubeconfig": cluster.kubeconfig(tmp_path)}, "runtime_accept": ["no_backup"]}
    assert run(manifest, **place, runtime_version=OLD).returncode == 0
    cluster.broken = NEW
    made = run(manifest, **place)
    assert made.returncode != 0
    assert f"Deployment flow in prod doesn't come up with {NEW}" in made.stdout
    assert f"can't start: ImagePullBackOff (Back-off pulling image boomi/flow:{NEW})" in made.stdout
    # What was wrong is mended, and the same command goes on.
    cluster.broken = ""
    again = run(manifest, **place)
    assert again.returncode == 0, again.stdout


@needs_kubernetes
def test_check_mode_leaves_the_cluster_alone(cluster: Cluster, manifest: Path, tmp_path: Path) -> None:
    place = {"runtime_cluster": {"kubeconfig": cluster.kubeconfig(tmp_path)}, "runtime_accept": ["no_backup"]}
    made = run(manifest, **place, options=("--check", "--diff"))
    assert made.returncode == 0, made.stdout
    assert (cluster.asked, manifest.read_text()) == ([], DEPLOYMENT)


@needs_kubernetes
def test_a_cluster_that_does_not_answer_touches_nothing(cluster: Cluster, manifest: Path, tmp_path: Path) -> None:
    place = {"runtime_cluster": {"kubeconfig": cluster.kubeconfig(tmp_path)}, "runtime_accept": ["no_backup"]}
    cluster.shutdown()
    cluster.server_close()
    made = run(manifest, **place)
    assert made.returncode != 0
    assert "the cluster doesn't answer" in made.stdout
    assert manifest.read_text() == DEPLOYMENT
