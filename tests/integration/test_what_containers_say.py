# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What real containers say of their version, by label, page and command; the check of the schema; and tables that were left."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.module_utils import confirmation, database, leftovers
from ansible_collections.ratchet.runtime.plugins.module_utils.engine import Container, Engine
from ansible_collections.ratchet.runtime.plugins.module_utils.rehearsal_containers import Original
from conftest import Sample

LABEL = {"says": "image", "label": "org.opencontainers.image.version"}
PAGE = {"says": "image", "http": {"port": 8000, "path": "/health", "field": "version"}}
COMMAND = {"says": "image", "exec": ["python3", "-c", "print('a warning'); print('1.0.0')"]}


def containers(engine: Engine, sample: Sample) -> list[Container]:
    found = engine.service_containers(sample.directory.name, "web")
    assert found
    return found


def said(engine: Engine, sample: Sample, *witnesses: dict[str, Any]) -> list[tuple[str, str]]:
    (told,) = confirmation.versions(engine, containers(engine, sample), witnesses)
    return [(each["by"], each["text"]) for each in told["said"]]


def test_label_and_page_tell_and_the_command_is_not_needed(engine: Engine, sample: Sample) -> None:
    assert said(engine, sample, LABEL, PAGE, COMMAND) == [
        ("label org.opencontainers.image.version", "1.0.0"),
        ("/health", "1.0.0"),
    ]


def test_where_no_page_tells_a_command_does_by_its_last_line(engine: Engine, sample: Sample) -> None:
    nobody = {**PAGE, "http": {**PAGE["http"], "port": 8001}}
    assert [text for _by, text in said(engine, sample, nobody, COMMAND)] == ["1.0.0"]
    fails = {"says": "image", "exec": ["python3", "-c", "print('9.9.9'); raise SystemExit(1)"]}
    assert said(engine, sample, nobody, fails) == []
    assert said(engine, sample, {"says": "image", "exec": ["there-is-no-such-program"]}) == []


def test_what_is_no_text_says_nothing(engine: Engine, sample: Sample) -> None:
    for field in ("migrations", "version.of.what", "nothing"):
        assert said(engine, sample, {**PAGE, "http": {**PAGE["http"], "field": field}}) == []
    assert said(engine, sample, {**PAGE, "http": {**PAGE["http"], "path": "/none"}}) == []


def test_the_check_of_the_schema_runs_in_a_container(engine: Engine, sample: Sample) -> None:
    done = confirmation.check(
        engine, containers(engine, sample), ["python3", "-c", "print('moved'); raise SystemExit(3)"]
    )
    assert done
    assert (done["exit_code"], done["said"]) == (3, ["moved"])
    assert confirmation.check(engine, [], ["true"]) is None


def test_tables_are_found_by_their_whole_names_and_counted(engine: Engine, sample: Sample) -> None:
    original = Original.find(engine, str(sample.directory), [], {})
    access = database.locate(engine, original.project, [original.project.services["web"]], {})
    assert access
    sample.sql(
        'create table "_moved__x" as select generate_series(1, 7); create schema "Other"; create table "Other"."_moved__A b" (n int)'
    )
    try:
        found = leftovers.find(access, ["_moved__.*", "not"])
    finally:
        sample.sql('drop table "_moved__x"; drop schema "Other" cascade')
    assert [(each["schema"], each["name"], each["rows"]) for each in found] == [
        ("Other", "_moved__A b", 0),
        ("public", "_moved__x", 7),
    ]
