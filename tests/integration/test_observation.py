"""Looking at a real project: complete, without a trace, without a secret."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import (
    activity,
    compose,
    database,
    observation,
    postgres,
    runtime_services,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import (
    PROJECT_LABEL,
    SERVICE_LABEL,
    Container,
    Engine,
    StillEngine,
)
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.observation import Request, observe
from ansible_collections.ratchet.runtime.plugins.plugin_utils import databases
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from ansible_collections.ratchet.runtime.plugins.plugin_utils.profile import LowTraffic
from conftest import COMPOSE, REGISTRY, Sample, until


@pytest.fixture(scope="module")
def deployed(deploy: Callable[..., Sample]) -> Callable[[str], Sample]:
    """Deploys each compose file once."""
    made: dict[str, Sample] = {}

    def act(text: str) -> Sample:
        made[text] = made.get(text) or deploy(text)
        return made[text]

    return act


def look(engine: Engine, sample: Sample, **changes: object) -> dict:
    return observe(engine, Request(**{"project_dir": str(sample.directory), **changes}))


def test_it_sees_the_runtime_its_database_and_the_registrys_digest(engine: Engine, sample: Sample) -> None:
    seen = look(engine, sample, target="1.1.0", backup_dir="/var/backups/ratchet")
    (service,) = seen["services"]
    assert (service["name"], service["image"]) == ("web", f"{REGISTRY}/sample-runtime:1.0.0")
    assert service["containers"][0]["id"] == sample.container("web")
    assert service["containers"][0]["version_label"] == "1.0.0"
    assert seen["database"]["name"] == "app"
    assert seen["database"]["access"]["container_id"] == sample.container("db")
    assert seen["database"]["ledger"]["head"] == sample.sql("select version_num from alembic_version")
    assert seen["database"]["system_identifier"] == sample.sql("select system_identifier from pg_control_system()")
    assert seen["target"]["digest"].startswith("sha256:")
    assert seen["target"]["platforms"] == [f"{seen['engine']['os']}/{seen['engine']['architecture']}"]
    assert seen["backup"]["free"] > 0


def test_the_application_is_asked_by_its_own_address_too(engine: Engine, sample: Sample) -> None:
    assert look(engine, sample)["answer"] is None
    answered = look(engine, sample, health_url=sample.url())["answer"]
    assert (answered["status"], answered["json"]["version"]) == (200, "1.0.0")
    (each,) = look(engine, sample, health_url="http://{web}:8000/nowhere")["answer"]["each"].values()
    assert each["status"] == 404
    assert "error" in look(engine, sample, health_url="http://127.0.0.1:1/health")["answer"]
    assert look(engine, sample, health_url=f"file://{sample.directory}/.env")["answer"] is None


def test_a_runtime_that_does_not_run_is_not_asked(engine: Engine, deploy: Callable[..., Sample]) -> None:
    stopped = deploy()
    url = stopped.url()
    stopped.compose("stop", "web")
    assert look(engine, stopped, health_url=url)["answer"] is None


def test_it_returns_no_secret(engine: Engine, sample: Sample) -> None:
    text = json.dumps(look(engine, sample, target="1.1.0"))
    assert sample.password not in text
    assert "%2F%40" not in text


def test_it_leaves_no_trace(engine: Engine, sample: Sample) -> None:
    began = int(time.time())
    look(engine, sample, target="1.1.0")
    name = compose.load(engine, str(sample.directory)).name
    events = list(engine.client.events(since=began, until=int(time.time()) + 1, decode=True))
    ours = [each for each in events if each["Actor"]["Attributes"].get("com.docker.compose.project") == name]
    # The image's own health check goes on, whoever looks.
    assert [each["Action"] for each in ours if not each["Action"].startswith(("exec_", "health_status"))] == []
    assert [each for each in events if each["Type"] == "image" and "sample-runtime" in str(each)] == []


def test_a_tag_that_does_not_exist_is_told_from_a_registry_that_does_not_answer(engine: Engine, sample: Sample) -> None:
    assert look(engine, sample, target="9.9.9")["target"]["missing"] is True
    silent = observation.parse("127.0.0.1:9/fleet/sample-runtime:1.0.0")
    assert engine.registry_image(silent)["missing"] is False


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"project_dir": "/nonexistent"}, "doesn't exist"),
        ({"project_dir": "/"}, "no compose file in /"),
        ({"services": ["nope"]}, "no service 'nope'"),
    ],
)
def test_what_is_not_there_is_an_error_with_a_remedy(engine: Engine, sample: Sample, changes: dict, words: str) -> None:
    with pytest.raises(RatchetError) as caught:
        look(engine, sample, **changes)
    assert words in str(caught.value)
    assert caught.value.remedy
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize(
    ("wanted", "words"),
    [
        ({"service": "nope"}, "no service 'nope'"),
        ({"dsn": "postgresql://app:wrong@127.0.0.1:9/app"}, "127.0.0.1:9"),
        ({"dsn": "mysql://app:wrong@127.0.0.1/app"}, "isn't a Postgres URL"),
    ],
)
def test_a_database_out_of_reach_hides_nothing_else(engine: Engine, sample: Sample, wanted: dict, words: str) -> None:
    seen = look(engine, sample, database=wanted)
    assert words in seen["database"]["error"]
    assert seen["database"]["remedy"]
    assert "wrong" not in seen["database"]["error"]
    assert seen["services"][0]["containers"]


def test_a_wrong_password_is_named_as_such(engine: Engine, sample: Sample, access: database.Access) -> None:
    url = f"postgresql://app:wr0ngwr0ng@{access.host}:5432/app"
    error = look(engine, sample, database={"dsn": url})["database"]["error"]
    assert "password authentication failed" in error
    assert "wr0ngwr0ng" not in error


def test_a_broken_compose_file_is_named(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text("services:\n  web:\n    imagee: x\n")
    with pytest.raises(RatchetError, match="imagee"):
        compose.load(engine, str(tmp_path))


def test_two_candidates_for_the_runtime_are_not_guessed_between(engine: Engine, tmp_path: Path) -> None:
    (tmp_path / "compose.yaml").write_text(
        "services:\n  a: {image: 'a:1.0.0'}\n  b: {image: 'b:1.0.0'}\n  db: {image: 'postgres:17'}\n"
    )
    with pytest.raises(RatchetError, match="can't be told") as caught:
        runtime_services.of(compose.load(engine, str(tmp_path)), [])
    assert "runtime_services" in str(caught.value)


def test_of_several_candidates_the_one_with_the_database_is_the_runtime(engine: Engine, tmp_path: Path) -> None:
    url = "environment: {DATABASE_URL: 'postgresql://app:x@db/app'}"
    (tmp_path / "compose.yaml").write_text(
        f"services:\n  a: {{image: 'a:1.0.0'}}\n  b:\n    image: b:1.0.0\n    {url}\n"
    )
    assert [each.name for each in runtime_services.of(compose.load(engine, str(tmp_path)), [])] == ["b"]


def test_a_project_that_was_renamed_is_refused(engine: Engine, deploy: Callable[..., Sample]) -> None:
    """Another project name means new volumes: the application would start on an empty database (mailcow#1277)."""
    renamed = deploy()
    (renamed.directory / "compose.yaml").write_text("name: other\n" + COMPOSE)
    name = renamed.directory.name
    with pytest.raises(RatchetError, match=f"now say 'other'. Write 'name: {name}' into the compose file"):
        compose.load(engine, str(renamed.directory))


def test_a_project_that_was_started_through_a_link_keeps_its_files(
    engine: Engine, deploy: Callable[..., Sample], tmp_path: Path
) -> None:
    """Compose records paths as they were typed; the default files would drop what the others say."""
    sample = deploy()
    link = tmp_path / sample.directory.name
    link.symlink_to(sample.directory)
    (sample.directory / "extra.yaml").write_text("services: {web: {labels: {extra: 'yes'}}}\n")
    files = [f"--file={link}/compose.yaml", f"--file={link}/extra.yaml"]
    command = ["docker", "compose", f"--project-name={sample.directory.name}", f"--project-directory={link}", *files]
    subprocess.run([*command, "up", "--detach", "--quiet-pull"], check=True, capture_output=True)
    for directory in (link, sample.directory):
        project = compose.load(engine, str(directory))
        assert project.files == project.file_options == (f"{link}/compose.yaml", f"{link}/extra.yaml")


def test_files_are_named_only_where_compose_would_take_others(engine: Engine, deploy: Callable[..., Sample]) -> None:
    """An operator who types the way back gets what ran, and not also an override file that it was started without."""
    sample = deploy()
    assert look(engine, sample)["project"]["file_options"] == []
    (sample.directory / "compose.override.yaml").write_text("services: {web: {labels: {extra: 'yes'}}}\n")
    assert look(engine, sample)["project"]["file_options"] == [f"{sample.directory}/compose.yaml"]


def test_a_database_service_is_found_with_the_password_from_its_file(
    engine: Engine, deploy: Callable[..., Sample]
) -> None:
    text = COMPOSE.replace('POSTGRES_PASSWORD: "${DB_PASSWORD}"', "POSTGRES_PASSWORD_FILE: /run/secrets/pw")
    text = text.replace("    command:", "    secrets: [pw]\n    command:", 1) + "secrets: {pw: {file: ./password}}\n"

    sample = deploy(text)
    project = compose.load(engine, str(sample.directory))
    access = database.locate(engine, project, [project.services["web"]], {"service": "db"})
    assert access
    assert access.password == sample.password
    with postgres.session(access) as connection:
        assert postgres.identify(connection)["name"] == "app"


def test_sessions_that_change_the_schema_are_told(sample: Sample, access: database.Access) -> None:
    import psycopg

    with psycopg.connect(
        host=access.host, user="app", password=sample.password, dbname="app", application_name="migrator"
    ) as other:
        other.execute("lock table note in access exclusive mode")
        told = activity.progress(access)
        assert [each["application"] for each in told["migrating"]] == ["migrator"]
        other.rollback()
    assert activity.progress(access)["migrating"] == []


def test_sessions_at_work_are_counted_and_where_the_vendor_minds_they_have_to_be_accepted(
    engine: Engine, sample: Sample
) -> None:
    before = look(engine, sample)["database"]["sessions_at_work"]
    command = sample.command(
        "exec", "--no-TTY", "db", "psql", "-U", "app", "-d", "app", "-c", "select pg_sleep(60) as busy"
    )
    worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: "busy" in sample.sql("select query from pg_stat_activity where wait_event = 'PgSleep'"))
        busy = look(engine, sample)["database"]
        assert busy["sessions_at_work"] >= before + 1
        quiet, problems = LowTraffic(before, "its migrations are slow"), Problems()
        databases.refuse_traffic({"app1": {"database": busy}}, quiet, problems)
        assert [each.id for each in problems.open] == ["traffic"]
    finally:
        sample.sql("select pg_terminate_backend(pid) from pg_stat_activity where wait_event = 'PgSleep'")
        worker.wait()


def test_compose_tells_its_version_only_where_its_containers_do_not(engine: Engine, sample: Sample) -> None:
    asked = subprocess.run(["docker", "compose", "version", "--short"], check=True, capture_output=True, text=True)
    version = asked.stdout.strip().lstrip("v")
    assert compose.version([]) == version
    # Debian's plugin adds its package's revision when it is asked.
    label = compose.version(engine.containers({PROJECT_LABEL: sample.directory.name}))
    assert compose.numbers(label) == compose.numbers(version)
    old, new = (
        Container({"Config": {"Labels": {"com.docker.compose.version": each}}}) for each in ("1.29.2", "2.99.0")
    )
    assert compose.version([new, old]) == version, "too old to be believed: Compose may have been upgraded since"
    assert compose.version([old, new]) == "2.99.0"


def test_an_engine_that_keeps_still_tells_what_an_engine_tells(engine: Engine, sample: Sample) -> None:
    still = StillEngine(engine.client)
    for labels in (
        None,
        {PROJECT_LABEL: sample.directory.name},
        {PROJECT_LABEL: None, SERVICE_LABEL: "web"},
        {"nobody": "x"},
    ):
        assert [each.id for each in still.containers(labels)] == [each.id for each in engine.containers(labels)]
    sample.compose("stop", "web")
    try:
        (web,) = still.service_containers(sample.directory.name, "web")
        assert web.running, "one look is of one moment"
    finally:
        sample.compose("start", "web")


def test_a_transaction_that_stays_open_is_told_without_its_query(
    engine: Engine, sample: Sample, access: database.Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    import psycopg

    monkeypatch.setattr(observation, "LONG_TRANSACTION", 0.2)
    parameters = {"host": access.host, "dbname": access.name, "user": access.user, "password": access.password}
    with psycopg.connect(**parameters, application_name="a forgotten shell") as forgotten:
        forgotten.execute("select 'a secret of a customer'")
        deadline = time.monotonic() + 10
        found: list[dict] = []
        while not found and time.monotonic() < deadline:
            found = look(engine, sample)["database"]["long_transactions"]
    (told,) = [each for each in found if each["application"] == "a forgotten shell"]
    assert told["state"] == "idle in transaction"
    assert told["transaction_seconds"] >= 0.2
    assert "secret" not in json.dumps(found)


def test_a_table_that_a_migration_has_locked_hides_nothing(
    engine: Engine, sample: Sample, access: database.Access
) -> None:
    import psycopg

    before = look(engine, sample)["database"]
    parameters = {"host": access.host, "dbname": access.name, "user": access.user, "password": access.password}
    with psycopg.connect(**parameters) as migrates:
        migrates.execute("lock table note in access exclusive mode")
        seen = look(engine, sample)["database"]
    assert seen["ledger"] == before["ledger"]
    assert 0 < seen["data_size"] <= before["data_size"]


def test_a_database_image_that_was_edited_is_told_beside_the_one_that_runs(
    engine: Engine, deploy: Callable[..., Sample]
) -> None:
    edited = deploy()
    path = edited.directory / "compose.yaml"
    path.write_text(path.read_text().replace("postgres:17", "postgres:18"))
    found = look(engine, edited)["database"]
    assert found["running_image"] == f"{REGISTRY}/postgres:17"
    assert found["written_image"] == f"{REGISTRY}/postgres:18"


DATA = "/var/lib/postgresql/data"
NAMED = COMPOSE.replace("    command:", f"    volumes: [db:{DATA}]\n    command:", 1) + "volumes: {db: {}, other: {}}\n"


def moved(seen: dict) -> list[str]:
    problems = Problems()
    databases.refuse_moved_data({"app1": seen}, problems)
    return list(problems)


@pytest.mark.parametrize(
    ("before", "edits", "refused"),
    [
        (NAMED, [], ""),
        (NAMED, [("db:/var", "other:/var")], "_other (mounted at "),
        (NAMED, [("db:/var", "./data:/var")], "the bind /"),
        (NAMED, [(f"    volumes: [db:{DATA}]\n", "")], "in no volume of its own"),
        (NAMED, [(f"db:{DATA}", "db:/var/lib/postgresql")], "directory data (mounted at /var/lib/postgresql)"),
        (NAMED, [("{db: {}, ", "{db: {name: 'renamed'}, ")], "the volume renamed"),
        (NAMED, [("POSTGRES_USER: app,", f"POSTGRES_USER: app, PGDATA: {DATA}/inner,")], "directory inner"),
        # Nothing is lost by these.
        (NAMED, [("fsync=off]", "fsync=off, -c, work_mem=5MB]")], ""),
        (NAMED, [(f"[db:{DATA}]", f"[db:{DATA}, './extra:/extra']")], ""),
        (NAMED, [(f"db:{DATA}", "db:/moved"), ("POSTGRES_USER: app,", "POSTGRES_USER: app, PGDATA: /moved,")], ""),
        # The image's own volume, which has no name.
        (COMPOSE, [], ""),
        (COMPOSE, [("    command:", f"    volumes: ['{DATA}']\n    command:")], ""),
        (
            COMPOSE,
            [("    command:", f"    volumes: ['./data:{DATA}']\n    command:")],
            "while it is in a volume without a name",
        ),
        # A volume beside which the data has always been.
        (COMPOSE.replace("    command:", "    volumes: ['./data:/var/lib/postgresql']\n    command:", 1), [], ""),
    ],
)
def test_a_file_that_would_start_the_server_on_no_data_is_refused(
    engine: Engine, deployed: Callable[[str], Sample], before: str, edits: list[tuple[str, str]], refused: str
) -> None:
    made = deployed(before)
    path = made.directory / "compose.yaml"
    text = path.read_text()
    try:
        edit(path, edits)
        told = moved(look(engine, made))
    finally:
        path.write_text(text)
    assert len(told) == bool(refused)
    assert refused in "".join(told)


def edit(path: Path, edits: list[tuple[str, str]]) -> None:
    for old, new in edits:
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new, 1))


@pytest.mark.parametrize(
    ("edits", "kept"),
    [
        ([("db:/var", "other:/var")], ""),
        ([(f"db:{DATA}", "db:/var/lib/postgresql")], ""),
        ([(f"    volumes: [db:{DATA}]\n", "")], ""),
        ([(f"db:{DATA}", "db:/moved"), ("POSTGRES_USER: app,", "POSTGRES_USER: app, PGDATA: /moved,")], "kept"),
    ],
)
def test_what_is_refused_does_lose_sight_of_the_data(
    deploy: Callable[..., Sample], edits: list[tuple[str, str]], kept: str
) -> None:
    """Compose itself is the witness, from nothing: containers that are only made anew get some of their old volumes back."""
    made = deploy(NAMED)
    made.sql("create table kept (id int)")
    made.compose("down", "--timeout", "1")
    edit(made.directory / "compose.yaml", edits)
    made.compose("up", "--detach", "--wait", "--quiet-pull", "db")
    assert made.sql("select to_regclass('kept')") == kept


def test_it_knows_stores_tools_ports_and_the_names_of_variables(engine: Engine, sample: Sample) -> None:
    wanted = {"target": "1.1.0", "backup_dir": "/var/backups/ratchet", "state_dir": "/var/lib/ratchet-none"}
    seen = look(engine, sample, **wanted, with_size=True)
    assert seen["engine"]["compose"][0].isdigit()
    assert seen["engine"]["images"]["free"] > 0
    assert seen["target"]["size"] > 1_000_000
    assert look(engine, sample, **wanted)["target"]["size"] is None, "one host of a fleet asks for all"
    assert seen["journal"] == {"entries": []}
    assert "DATABASE_URL" in seen["services"][0]["environment"]
    assert abs(seen["time"] - time.time()) < 60
