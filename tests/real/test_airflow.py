"""A real Airflow 2.2.5, made from PyPI, is rehearsed to 2.3.4: what happens is foretold, and production notices nothing."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sample_project import until

HERE = Path(__file__).parent / "airflow"
ROOT = Path(__file__).parents[2]
FLEET = ROOT / "tests/fleet/airflow"
REGISTRY = f"127.0.0.1:{os.environ.get('FLEET_PORT', '5000')}"
BEFORE, AFTER = "2.2.5", "2.3.4"
FOLDER = f"upgrade-test-{BEFORE}--{AFTER}"

pytestmark = [pytest.mark.slow, pytest.mark.engine, pytest.mark.fleet]


class Airflow:
    """The deployed project."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.reports = directory.parent / "reports"

    def compose(self, *arguments: str, text: str | None = None) -> str:
        """Run docker compose in the project."""
        command = ["docker", "compose", "--project-directory", str(self.directory), *arguments]
        return subprocess.run(command, input=text, check=True, capture_output=True, text=True).stdout.strip()

    def sql(self, script: str) -> str:
        """Run a script in the metadata database."""
        psql = ["psql", "--username", "airflow", "-AtXq", "--set=ON_ERROR_STOP=1", "--file", "-"]
        return self.compose("exec", "--no-TTY", "postgres", *psql, text=script)

    def is_well(self) -> bool:
        """Whether the webserver says that database and scheduler are healthy."""
        try:
            url = f"http://{self.compose('port', 'airflow-webserver', '8080')}/health"
            with urllib.request.urlopen(url, timeout=5) as answer:
                said = json.load(answer)
        except OSError:
            return False
        return {each["status"] for each in said.values()} == {"healthy"}

    def rehearse(self) -> tuple[int, str, dict[str, Any]]:
        """Rehearse: the exit code, what was printed, and the report."""
        host = {"ansible_connection": "local", "ansible_python_interpreter": sys.executable}
        state = {key: str(self.directory.parent / key) for key in ("runtime_state_dir", "runtime_backup_dir")}
        told = {"runtime_project_dir": str(self.directory), "runtime_report_dir": str(self.reports), **state}
        inventory = self.directory.parent / "inventory.json"
        inventory.write_text(json.dumps({"runtime": {"hosts": {"here": {**host, **told}}}}))
        playbook = [str(Path(sys.executable).parent / "ansible-playbook"), "ratchet.runtime.rehearse"]
        command = [*playbook, "-i", str(inventory), "-e", f"runtime_version={AFTER}"]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
        path = self.reports / FOLDER / "report.json"
        assert path.exists(), done.stdout + done.stderr
        return done.returncode, done.stdout, json.loads(path.read_text())


@pytest.fixture(scope="module")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Airflow]:
    """Airflow 2.2.5 with a history, a scheduler at work and one DAG."""
    subprocess.run([FLEET / "build", BEFORE, AFTER], check=True)
    directory = tmp_path_factory.mktemp(f"airflow-{secrets.token_hex(4)}", numbered=False) / "project"
    for name in ("dags", "logs", "plugins"):
        (directory / name).mkdir(parents=True)
    shutil.copy(HERE / "compose.yaml", directory)
    shutil.copy(FLEET / "dag.py", directory / "dags" / "ticks.py")
    (directory / ".env").write_text(
        f"COMPOSE_PROJECT_NAME={directory.parent.name}\nREGISTRY={REGISTRY}\nAIRFLOW_VERSION={BEFORE}\n"
    )
    made = Airflow(directory)
    try:
        made.compose("up", "--detach", "--quiet-pull")
        until(made.is_well, 300)
        made.sql((FLEET / "history.sql").read_text())
        yield made
    finally:
        made.compose("down", "--volumes", "--timeout", "2")


def _left(rehearsal: str) -> str:
    """What there is of a rehearsal on this engine."""
    asked = ["--quiet", "--filter", f"label=ratchet.runtime.rehearsal={rehearsal}"]
    kinds = (["ps", "--all"], ["volume", "ls"], ["network", "ls"])
    done = [subprocess.run(["docker", *kind, *asked], capture_output=True, text=True, check=True) for kind in kinds]
    return "".join(each.stdout for each in done)


def test_what_will_happen_is_foretold_and_production_notices_nothing(airflow: Airflow) -> None:
    before = airflow.compose("ps", "--quiet"), airflow.sql("table alembic_version")
    code, said, report = airflow.rehearse()
    assert code == 0, said
    assert report["verdict"] == "warned"
    assert {each["id"] for each in report["reasons"]} == {"moved_rows"}
    moved = {each["name"]: (each["moved"], each["to"]) for each in report["tables"] if each["moved"]}
    assert moved == {
        "public.xcom": (200, ["public._airflow_moved__2_3__dangling__xcom"]),
        "public.task_fail": (50, ["public._airflow_moved__2_3__dangling__task_fail"]),
    }
    assert (report["database"]["head_before"], report["database"]["head_after"]) == ("587bdf053233", "f5fcbda3e651")
    assert report["migration"]["by"] == "command"
    assert report["isolation"]["services"] == ["airflow-webserver"]
    assert report["isolation"]["left_out"] == ["airflow-scheduler", "airflow-triggerer"]
    assert {each["id"]: each["passed"] for each in report["checks"]} == {
        "migrations": True,
        "airflow-import-errors": True,
    }
    assert report["estimate"]["seconds"] > report["migration"]["seconds"]
    headings = (airflow.reports / FOLDER / "packages.txt").read_text()
    assert f"Apache Airflow Update:\napache-airflow {BEFORE} >> {AFTER}" in headings
    assert "Apache Airflow Providers Major Updates:" in headings
    assert "apache-airflow-providers-postgres==" in (airflow.reports / FOLDER / "pinned-providers.txt").read_text()
    assert (airflow.compose("ps", "--quiet"), airflow.sql("table alembic_version")) == before
    assert airflow.sql("select count(*) from pg_class where relname like '\\_airflow\\_moved%'") == "0"
    assert airflow.is_well()
    assert _left(report["id"]) == ""


def test_a_dag_that_the_new_version_can_not_import_is_named(airflow: Airflow) -> None:
    broken = airflow.directory / "dags" / "sales.py"
    # It came with 2.2.5, and doesn't with 2.3.4.
    broken.write_text((FLEET / "dag.py").read_text().replace("ticks", "sales") + "\nimport flask_openid\n")
    code, said, report = airflow.rehearse()
    broken.unlink()
    assert (code, report["verdict"]) == (2, "failed"), said
    assert [each["text"] for each in report["reasons"] if each["kind"] == "failed"] == [
        "airflow dags list-import-errors: it says '/opt/airflow/dags/sales.py'"
    ]
    assert airflow.sql("select count(*) from import_error") == "0"
