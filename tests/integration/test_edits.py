# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""However an image is written, the edit writes the target there and nowhere else, and Compose agrees; or nothing is touched.

Each project in fixtures/edits goes through all that the playbooks do: its files are found and fetched, the places located, the
edits planned, rehearsed and made, then undone. Compose needs no engine for its part.
"""

from __future__ import annotations

import concurrent.futures
import json
import multiprocessing
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import compose, splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.module_utils.references import parse
from ansible_collections.ratchet.runtime.plugins.plugin_utils import edits, preflight
from ansible_collections.ratchet.runtime.plugins.plugin_utils.problems import Problems
from deployed_project import DIGEST, FIXTURES, Deployed, changed_lines, deployed, made, undone, without
from hypothesis import given, settings
from hypothesis import strategies as st

APP = "registry.example.com/team/app"


@dataclass(frozen=True)
class Case:
    """A project and what its upgrade comes to.

    :ivar changed: by file, the lines that differ afterwards, as they are then.
    :ivar services: what is upgraded.
    :ivar also: what else of these services is told to follow.
    """

    changed: dict[str, list[str]]
    services: tuple[str, ...] = ("web",)
    target: str = "1.10.0"
    env_files: tuple[str, ...] = ()
    also: tuple[str, ...] = ()


COMPOSE, ENV = "compose.yaml", ".env"
LITERAL = f"    image: {APP}:1.10.0"
TAG = Case({ENV: ["TAG=1.10.0"]})

CASES = {
    "literal": Case({COMPOSE: [f"    image: {APP}:1.10.0   # was {APP}:0.9.0 until June"]}),
    "quoted": Case(
        {
            "docker-compose.yml": [
                f"    \"image\":  '{APP}:1.10.0'    # pinned",
                f'  worker: {{ image: "{APP}:1.10.0", command: [work] }}',
            ]
        },
        ("web", "worker"),
    ),
    "dotenv": TAG,
    "dotenv_as_people_write_it": Case({ENV: ['  export TAG = "1.10.0"   # TAG="1.0.0", as staging']}),
    "dotenv_names_a_variable": Case({ENV: ["RELEASE=1.10.0"]}),
    "default": Case({COMPOSE: [f"    image: {APP}:${{TAG:-1.10.0}}"]}),
    "default_not_used": TAG,
    "default_of_an_empty_variable": Case({COMPOSE: [f"    image: {APP}:${{TAG:-1.10.0}}"]}),
    "required": TAG,
    "nested_default": Case({COMPOSE: [f"    image: ${{APP_IMAGE:-{APP}:${{APP_TAG:-1.10.0}}}}"]}),
    "nested_default_defined": Case({ENV: ["APP_TAG=1.10.0"]}),
    "whole_image_in_a_variable": Case({ENV: [f"APP_IMAGE={APP}:1.10.0"]}),
    "three_variables": TAG,
    "fixed_prefix": Case({ENV: ["TAG=1.10.0"]}, target="v1.10.0"),
    "fixed_suffix": Case({ENV: ["TAG=1.10.0"]}, target="1.10.0-alpine"),
    "env_file_options": Case(
        {"env/production.env": ["TAG=1.10.0"]}, env_files=("env/common.env", "env/production.env")
    ),
    "override_wins": Case({"compose.override.yaml": [LITERAL]}),
    "override_is_silent": Case({"docker-compose.yml": [LITERAL]}),
    "override_with_nothing": Case({COMPOSE: [LITERAL]}),
    "override_of_an_included_service": Case({"compose.override.yaml": [LITERAL]}),
    "airflow": Case(
        {"docker-compose.yaml": ["  image: ${AIRFLOW_IMAGE_NAME:-apache/airflow:2.10.5}"]},
        tuple(f"airflow-{each}" for each in ("webserver", "scheduler", "worker", "triggerer", "init")),
        "2.10.5",
    ),
    "merge_list": Case({COMPOSE: [f"x-image: &image {{image: {APP}:1.10.0}}", LITERAL]}, ("web", "api")),
    "image_alias": Case({COMPOSE: [f"x-image: &app-image {APP}:1.10.0"]}, ("web", "worker")),
    "anchor_on_the_image": Case({COMPOSE: [f'    image: &app !!str "{APP}:1.10.0"']}, ("web", "worker")),
    "extends_same_file": Case({COMPOSE: [LITERAL]}, ("web", "worker", "cron")),
    "extends_its_file_by_name": Case({COMPOSE: [f"    image: {APP}:${{TAG:-1.10.0}}"]}, ("web", "worker")),
    "extends_other_file": Case({"common/app.yaml": [LITERAL]}),
    "extends_other_file_with_a_variable": TAG,
    "extends_chain": Case({"base/base.yaml": [LITERAL]}),
    "include_short": Case({"app/.env": ["TAG=1.10.0"]}),
    "include_long": Case({"env/production.env": ["TAG=1.10.0"]}),
    "include_project_directory": Case({"sites/.env": ["TAG=1.10.0"], "sites/inner.yaml": [LITERAL]}, ("web", "worker")),
    "include_beaten_by_the_outer_env": TAG,
    "include_in_an_include": Case({"two/.env": ["TAG=1.10.0"]}),
    "digest_literal": Case({COMPOSE: [f"{LITERAL}@{DIGEST}"]}),
    "digest_variable": Case({COMPOSE: [f"{LITERAL}@${{DIGEST}}"], ENV: [f"DIGEST={DIGEST}"]}),
    "digest_without_its_name": Case({ENV: [f"DIGEST={DIGEST.removeprefix('sha256:')}", "TAG=1.10.0"]}),
    "umlauts": Case({ENV: ["TAG=1.10.0 # geprüft"]}),
    "two_documents": Case({COMPOSE: [LITERAL]}),
    "tab_before_a_comment": Case({COMPOSE: [f"{LITERAL}\t# tab"]}),
    "own_environment": Case(
        {ENV: ["TAG=1.10.0"]}, also=("services.web.environment.APP_VERSION", "services.web.environment.image")
    ),
    "own_env_file": Case({ENV: ["TAG=1.10.0"]}, also=("services.web.environment.TAG",)),
    "sentry": Case({ENV: ["SENTRY_IMAGE=ghcr.io/getsentry/sentry:25.1.0"]}, ("web", "cron", "worker"), "25.1.0"),
}

# What is refused, and the words that have to be said.
REFUSED = {
    "anchor_with_a_bystander": ("compose.yaml line 2 decides the image of importer, too",),
    "extends_with_a_bystander": ("base.yaml line 2 decides the image of importer, too",),
    "variable_with_a_bystander": (".env line 1 decides the image of db, too",),
    "environment_of_another": ("more", "services.db.environment.CLIENT_VERSION"),
    "env_file_of_another": ("more", "services.db.environment.TAG"),
    "project_name_follows": ("more of", ": name"),
    "service_with_a_dot": ("services.web.metrics.environment.WATCHED",),
    "folded": ("compose.yaml line 3", "Write it as a plain value on one line"),
    "escaped": ("compose.yaml line 3", "Write it as a plain value on one line"),
    "version_in_parts": ("made of several parts ($MAJOR, '.', $REST)",),
    "no_tag": ("has no tag",),
    "pinned_without_a_tag": ("has no tag",),
    "nothing_defines_it": ("compose.yaml line 3", "TAG", "no env file"),
    "include_cycle": ("Compose refuses", "cycle"),
    "extends_cycle": ("Compose refuses", "ircular"),
    "include_of_a_missing_file": ("gone/compose.yaml",),
}


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of the environment nothing that Compose would take a value from; and it renders the same input once."""
    for name in os.environ:
        if name.startswith("COMPOSE_") or name in ("TAG", "IMAGE", "DIGEST", "REGISTRY", "NAME", "RELEASE"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")  # no engine is needed
    monkeypatch.setenv("COMPOSE_EXPERIMENTAL_GIT_REMOTE", "false")  # no test asks the network
    known: dict[Any, dict[str, Any]] = {}

    def remembered(directory: str, files: Any, options: Any, profiles: Any = ()) -> dict[str, Any]:
        key = directory, tuple(files), tuple(options), tuple(profiles), str(Deployed(Path(directory).parent).contents())
        if key not in known:
            known[key] = render(directory, files, options, profiles)
        return known[key]

    render = compose.render
    monkeypatch.setattr(compose, "render", remembered)


def upgraded(project: Deployed, case: Case) -> None:
    """Take a project through everything and hold every promise against it."""
    start = project.state()
    original = project.contents()
    seen = project.look(case.services)
    planned, place = project.plan(seen, case.target)
    was = compose.render(place.directory, place.files, place.env_file_options)

    rehearsed = made(planned, place, pretend=True)
    assert project.state() == start, "check mode touched something"
    done = made(planned, place)
    assert rehearsed == done, "check mode foretold something else"
    assert tuple(done["also"]) == case.also
    after = project.contents()
    assert changed_lines(original, after) == case.changed

    now = compose.render(place.directory, place.files, place.env_file_options)
    for name in case.services:
        image = parse(now["services"][name]["image"])
        before = parse(was["services"][name]["image"])
        assert (image.name, image.tag, image.digest) == (before.name, case.target, DIGEST if before.digest else None)
    followers = {f"services.{name}.image" for name in case.services} | set(case.also)
    assert without(now, followers) == without(was, followers)

    touched = project.state()
    assert made(planned, place) == {"changed": False, "written": [], "also": []}
    again, _place = project.plan(project.look(case.services), case.target)
    assert again == []
    assert project.state() == touched, "a second run touched something"
    for path, content in undone(planned, after, project.directory).items():
        splice.write(str(project.directory / path), content)
    assert project.contents() == original


@pytest.mark.parametrize("name", CASES)
def test_the_target_is_written_where_the_image_is_written_and_nowhere_else(name: str, tmp_path: Path) -> None:
    upgraded(deployed(name, tmp_path, CASES[name].env_files), CASES[name])


@pytest.mark.parametrize("name", ["dotenv_as_people_write_it", "include_long"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["crlf", "bom and crlf"])
def test_line_ends_and_byte_order_marks_stay(name: str, mark: bytes, tmp_path: Path) -> None:
    project = deployed(name, tmp_path, CASES[name].env_files)
    for path, content in project.contents().items():
        (project.directory / path).write_bytes(mark + content.replace(b"\n", b"\r\n"))
    upgraded(project, CASES[name])


def test_a_very_long_file(tmp_path: Path) -> None:
    project = deployed("literal", tmp_path)
    others = "".join(f"  other{n}:\n    image: busybox:1.0.0 # für Österreich 🚀\n" for n in range(400))
    file = project.directory / COMPOSE
    file.write_text("# größer als 1.0.0 🚀\n" * 3000 + file.read_text().replace("services:\n", f"services:\n{others}"))
    upgraded(project, CASES["literal"])


@pytest.mark.parametrize("name", ["env_file_options", "override_wins"])
def test_an_operator_who_types_the_command_sees_the_target(name: str, tmp_path: Path) -> None:
    """Compose finds the files by its own rules then."""
    project, case = deployed(name, tmp_path, CASES[name].env_files), CASES[name]
    made(*project.plan(project.look(case.services), case.target))
    options = [word for each in case.env_files for word in ("--env-file", each)]
    command = ["docker", "compose", *options, "config", "--images"]
    done = subprocess.run(command, cwd=project.directory, capture_output=True, check=True, text=True)
    assert sorted(done.stdout.split()) == ["postgres:17", f"{APP}:1.10.0"]


@pytest.mark.parametrize("name", REFUSED)
def test_what_would_reach_further_or_cannot_be_reached_is_refused_and_nothing_is_touched(
    name: str, tmp_path: Path
) -> None:
    project = deployed(name, tmp_path)
    start = project.state()
    for pretend in (True, False):
        with pytest.raises(RatchetError) as caught:
            made(*project.plan(project.look(("web",)), "1.10.0"), pretend=pretend)
        for words in REFUSED[name]:
            assert words in str(caught.value)
        assert "hunter2" not in str(caught.value)
        if pretend:
            assert project.state() == start
        assert project.contents() == {path: content for path, (content, _time) in start.items()}


def test_a_shell_variable_that_beats_the_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """https://docs.docker.com/compose/how-tos/environment-variables/envvars-precedence/"""
    project = deployed("dotenv", tmp_path)
    start = project.state()
    monkeypatch.setenv("TAG", "1.0.1")
    with pytest.raises(RatchetError, match=r"app:1\.0\.1, but .* says .*Something else decides") as caught:
        project.look(("web",))
    assert f"{project.directory}/.env line 4" in str(caught.value)
    assert project.state() == start


def test_a_shell_variable_that_only_would_beat_the_file_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    project = deployed("dotenv", tmp_path)
    start = project.state()
    monkeypatch.setenv("TAG", "1.0.0")
    for pretend in (True, False):
        with pytest.raises(RatchetError, match="a variable in the environment, which beats the file"):
            made(*project.plan(project.look(("web",)), "1.10.0"), pretend=pretend)
        assert project.contents() == {path: content for path, (content, _time) in start.items()}


# Compose itself refuses these, in one version with these words and in another with those; so the search has to by itself.
ENDLESS = {
    "include_cycle": "extends or includes itself",
    "extends_cycle": "extends or includes itself",
    "include_of_a_missing_file": "/gone/compose.yaml, which the project's files name, can't be read",
    "remote_include": "names 'https://git.example.com/team/stack.git#main:compose.yaml', which isn't a file on the host",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_files_that_lead_nowhere_are_refused_without_compose(name: str, tmp_path: Path) -> None:
    with pytest.raises(RatchetError) as caught:
        deployed(name, tmp_path).look(("web",), {"web": f"{APP}:1.0.0"})
    assert ENDLESS[name] in str(caught.value)


def test_files_that_include_each_other_without_end_in_sight_are_refused(tmp_path: Path) -> None:
    project = Deployed(tmp_path / "app")
    project.directory.mkdir()
    for depth in range(12):
        name = COMPOSE if depth == 0 else f"{depth}.yaml"
        (project.directory / name).write_text(f"include: [{depth + 1}.yaml]\n")
    (project.directory / "12.yaml").write_text(f"services: {{web: {{image: '{APP}:1.0.0'}}}}\n")
    with pytest.raises(RatchetError, match="more than 8 deep"):
        project.look(("web",))


def test_a_service_that_a_remote_include_has_nothing_to_do_with_is_edited_all_the_same(tmp_path: Path) -> None:
    project = deployed("remote_include", tmp_path)
    seen = project.look(("db",), {"db": "postgres:17"})
    (edit,) = edits.to_version(seen["sources"], "17.6", None)
    assert (edit.path, edit.new) == (f"{project.directory}/compose.yaml", "db: image: postgres:17.6")


def test_a_file_that_cannot_be_replaced_is_known_before_the_run_even_if_it_is_included() -> None:
    """By another user than root, whom no mode stops."""
    with tempfile.TemporaryDirectory() as root:
        directory = Path(root, "app")
        shutil.copytree(FIXTURES / "include_short", directory)
        for path, mode in ((root, 0o755), (directory, 0o777), (directory / "app", 0o555)):
            os.chmod(path, mode)
        user = {"initializer": os.setuid, "initargs": (65534,)} if os.getuid() == 0 else {}
        with concurrent.futures.ProcessPoolExecutor(1, multiprocessing.get_context("fork"), **user) as pool:
            seen = pool.submit(Deployed(directory).look, ("web",), {"web": f"{APP}:1.0.0"}).result()
        os.chmod(directory / "app", 0o755)
        planned, _place = Deployed(directory).plan(seen, "1.10.0")
    assert sorted(seen["unwritable"]) == [f"{directory}/app/.env", f"{directory}/app/compose.yaml"]
    problems = Problems(())
    preflight.refuse_unwritable({"host": seen}, {"host": planned}, problems)
    assert [f"{directory}/app/.env has to be changed" in str(each) for each in problems] == [True]


def test_a_run_that_was_killed_between_two_files_is_finished(tmp_path: Path) -> None:
    project = deployed("digest_variable", tmp_path)
    planned, place = project.plan(project.look(("web",)), "1.10.0")
    first = Path(planned[0].path)
    first.write_bytes(splice.spliced(first.read_bytes(), [splice.Splice(**each) for each in planned[0].splices]))
    assert made(planned, place)["written"] == [planned[1].path]
    assert (project.directory / ENV).read_text() == f"DIGEST={DIGEST}\n"
    assert project.look(("web",))["services"][0]["image"] == f"{APP}:1.10.0@{DIGEST}"


def test_a_rehearsal_that_compose_refuses_speaks_of_the_real_files(tmp_path: Path) -> None:
    project = deployed("include_short", tmp_path)
    (edit,), place = project.plan(project.look(("web",)), "1.10.0")
    file = project.directory / "app" / COMPOSE
    broken = {"start": file.read_text().index("image:"), "old": "image:", "new": "image: ["}
    edit = replace(edit, path=str(file), before=splice.checksum(file.read_bytes()), splices=[broken])
    with pytest.raises(RatchetError, match="Compose refuses") as caught:
        made([edit], place, pretend=True)
    assert f"the project in {project.directory}" in str(caught.value)
    assert "/ratchet-" not in str(caught.value)


def test_check_mode_predicts_also_what_is_outside_of_the_project(tmp_path: Path) -> None:
    (tmp_path / "common").mkdir()
    (tmp_path / "common" / ENV).write_text("TAG=1.0.0\n")
    (tmp_path / "common" / "web.yaml").write_text(
        f"services: {{web: {{image: '{APP}:${{TAG}}', environment: {{SAID: '${{TAG}}'}}, volumes: ['./a:/a']}}}}\n"
    )
    project = Deployed(tmp_path / "app")
    project.directory.mkdir()
    (project.directory / COMPOSE).write_text("include: [../common/web.yaml]\n")
    planned, place = project.plan(project.look(("web",)), "1.10.0")
    rehearsed = made(planned, place, pretend=True)
    assert (tmp_path / "common" / ENV).read_text() == "TAG=1.0.0\n"
    assert rehearsed == made(planned, place)
    assert rehearsed["also"] == ["services.web.environment.SAID"]
    assert (tmp_path / "common" / ENV).read_text() == "TAG=1.10.0\n"


def test_check_mode_predicts_nothing_where_the_file_is_named_by_its_absolute_path(tmp_path: Path) -> None:
    project = deployed("extends_other_file", tmp_path)
    file = project.directory / COMPOSE
    file.write_text(file.read_text().replace("common/app.yaml", f"{project.directory}/common/app.yaml"))
    upgraded(project, CASES["extends_other_file"])


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    project = deployed("literal", tmp_path)
    (project.directory / "releases").mkdir()
    (project.directory / COMPOSE).rename(project.directory / "releases" / "7.yaml")
    (project.directory / COMPOSE).symlink_to("releases/7.yaml")
    (tmp_path / "current").symlink_to("app")
    lines = CASES["literal"].changed[COMPOSE]
    upgraded(Deployed(tmp_path / "current"), Case({COMPOSE: lines, "releases/7.yaml": lines}))
    assert os.readlink(project.directory / COMPOSE) == "releases/7.yaml"


# Any way to write an image in any place, several in one project. ``_#`` ends in the number of the service.
FORMS = [
    (f"{APP}:1.0.0", ""),
    (f"'{APP}:1.0.0'  # 1.0.0", ""),
    (f'"{APP}:1.0.0"', ""),
    (f"{APP}:${{TAG_#}}", "TAG_#=1.0.0"),
    (f"{APP}:${{TAG_#:-0.9.0}}", "export TAG_#='1.0.0' # 1.0.0"),
    (f"'{APP}:${{TAG_#-1.0.0}}'", ""),
    (f"{APP}:$TAG_#", 'TAG_# = "1.0.0"'),
    ("${IMAGE_#?}", f"IMAGE_#={APP}:1.0.0 # 1.0.0"),
    (f"${{IMAGE_#:-{APP}:${{TAG_#:-1.0.0}}}}", "IMAGE_#="),
    ("${REGISTRY_#}/team/app:${TAG_#}", "TAG_#=1.0.0\nREGISTRY_#=localhost:5000"),
    ('"${IMAGE_#}"', f'TAG_#=1.0.0\nIMAGE_#="{APP}:${{TAG_#}}"'),
]
PLACES = ["main", "override", "extended", "included", "included, outer .env", "merged"]
NOISE = ["", "# 1.0.0\n", "# Grüße 🚀 1.0.0\n\n"]


def written(chosen: list[tuple[tuple[str, str], str]], noise: str) -> dict[str, str]:
    """The files of a project with a service for each form and place."""
    main, override, tops, env, files = "", "", "", noise, {}
    includes = []
    for number, ((image, definitions), place) in enumerate(chosen):
        service = f"s{number}"
        image, definitions = (text.replace("_#", f"_{number}") for text in (image, definitions))
        if place == "main":
            main += f"  {service}:\n    image: {image}\n"
        elif place == "override":
            main += f"  {service}: {{image: 'old:1.0.0'}}\n"
            override += f"  {service}:\n    image: {image}\n"
        elif place == "extended":
            main += f"  {service}:\n    extends: {{file: base/{number}.yaml, service: base}}\n"
            files[f"base/{number}.yaml"] = f"{noise}services:\n  base:\n    image: {image}\n"
        elif place == "merged":
            tops += f"x-{service}: &{service}\n  image: {image}\n"
            main += f"  {service}:\n    <<: *{service}\n    command: run\n"
        else:
            includes.append(f"{service}/compose.yaml")
            files[f"{service}/compose.yaml"] = f"{noise}services:\n  {service}:\n    image: {image}\n"
        if place == "included":
            files[f"{service}/.env"] = f"{noise}{definitions}\n"
        elif definitions:
            env += f"{definitions}\n"
    return {
        COMPOSE: f"{noise}{tops}include: {json.dumps(includes)}\nservices:\n  db: {{image: 'postgres:1.0.0'}}\n{main}",
        **({"compose.override.yaml": f"{noise}services:\n{override}"} if override else {}),
        ENV: env,
        **files,
    }


@settings(max_examples=20, deadline=None)
@given(
    chosen=st.lists(st.tuples(st.sampled_from(FORMS), st.sampled_from(PLACES)), min_size=1, max_size=8),
    noise=st.sampled_from(NOISE),
    mark=st.sampled_from(["", "\ufeff"]),
    newline=st.sampled_from(["\n", "\r\n"]),
)
def test_every_form_in_every_place(
    chosen: list[tuple[tuple[str, str], str]], noise: str, mark: str, newline: str
) -> None:
    with tempfile.TemporaryDirectory() as root:
        project = Deployed(Path(root, "app"))
        for path, text in written(chosen, noise).items():
            (project.directory / path).parent.mkdir(parents=True, exist_ok=True)
            (project.directory / path).write_bytes((mark + text).replace("\n", newline).encode())
        before = project.contents()
        planned, place = project.plan(project.look(tuple(f"s{number}" for number in range(len(chosen)))), "1.10.0")
        assert made(planned, place)["also"] == []
        after = project.contents()
        changed = changed_lines(before, after)
        assert sum(len(lines) for lines in changed.values()) == len(chosen)
        assert not any("old" in line or "postgres" in line for lines in changed.values() for line in lines)
        assert before == {**after, **undone(planned, after, project.directory)}
