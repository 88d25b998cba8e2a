# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What copy is asked for makes sense, or is refused with what to write; and its secrets stay out of the plan."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import (
    back_tables,
    controller,
    copies,
    copy_request,
    tables,
)
from fleet_observations import plan, refusal, request, three

HOOK = {
    "command": ["rclone", "copy", "{path}", "store:backups/{id}"],
    "check": ["rclone", "hashsum", "sha256", "--transfers", 4, "store:backups/{id}"],
}


@pytest.mark.parametrize(
    "asked",
    [None, "", {}, {"to": "/srv"}, {"to": "backups"}, HOOK, {**HOOK, "environment": {"A_B": "x", "N": 1}}],
)
def test_what_makes_sense_is_fit(asked: Any) -> None:
    assert list(copies.errors(asked)) == []


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("/srv/backups", "it has to be a dictionary. Write {to: DIRECTORY}"),
        (["to"], "it has to be a dictionary"),
        (True, "it has to be a dictionary"),
        ({"too": "/srv"}, "'too' means nothing. Write to"),
        ({"to": "/srv", "keep": 5}, "'keep' means nothing. There is: to, command, check, environment"),
        ({"to": ""}, "neither to nor command"),
        ({"environment": {}}, "neither to nor command"),
        ({"check": ["x"]}, "neither to nor command"),
        ({"to": "/srv", **HOOK}, "it names to and command, and it has to be one of them"),
        ({"to": "/srv", "check": ["x"]}, "check and environment are for a command"),
        ({"to": "/srv", "environment": {"A": "x"}}, "check and environment are for a command"),
        ({"to": ["/srv"]}, "to isn't the name of a directory"),
        ({"to": "/srv\0"}, "to isn't the name of a directory"),
        ({"command": ["x"]}, "a command without a check proves nothing"),
        ({"command": "cp -r {path} /mnt", "check": ["x"]}, "command has to be a list: no shell takes it apart"),
        ({"command": ["x"], "check": "sha256sum"}, "check has to be a list: no shell takes it apart"),
        ({"command": ["x", None], "check": ["x"]}, "command has to be a list of text"),
        ({"command": ["x", True], "check": ["x"]}, "command has to be a list of text"),
        ({"command": ["", "a"], "check": ["x"]}, "command has to be a list of text"),
        ({"command": ["x"], "check": ["x", "a\0b"]}, "check has to be a list of text"),
        ({"command": ["x", "ftp://me:hunter2@store/"], "check": ["x"]}, "command holds a password in a URL"),
        ({**HOOK, "environment": ["A=hunter2"]}, "environment has to be a dictionary"),
        ({**HOOK, "environment": {"A-B": "hunter2"}}, "environment: 'A-B' can't be the name of a variable"),
        ({**HOOK, "environment": {"A": {"b": "hunter2"}}}, "environment: the value of A isn't text"),
        ({**HOOK, "environment": {"A": True}}, "environment: the value of A isn't text. Put it in quotes"),
    ],
)
def test_what_makes_no_sense_is_refused_with_everything_else_and_without_secrets(asked: Any, words: str) -> None:
    said = refusal(three(), request(copy=asked, strategy="yolo"))
    assert "'yolo' isn't a strategy" in str(said)
    (told,) = [each for each in said.details["problems"] if "runtime_backup_copy" in each]
    assert words in told
    assert "hunter2" not in str(said)
    assert copies.told(asked) == {}


def test_all_that_is_wrong_with_it_is_told() -> None:
    asked = {"comand": ["x"], "check": "x", "environment": {"": "", "a b": ""}}
    assert len(list(copies.errors(asked))) == 4


def test_the_plan_says_where_the_copy_goes_and_nothing_of_its_secrets() -> None:
    asked = {**HOOK, "environment": {"STORE_KEY": "hunter2"}}
    made = plan(three(), request(copy=asked))
    assert "hunter2" not in json.dumps([made.as_dict(), made.stable()]) + repr(request(copy=asked))
    assert made.backup["off_host"] == {**HOOK, "check": [str(each) for each in HOOK["check"]]}
    printed = "\n".join(tables.plan(made.as_dict()))
    assert "copy       where `rclone copy '{path}' 'store:backups/{id}'` puts it; every checksum compared" in printed
    other = plan(three(), request(copy={**asked, "environment": {"STORE_KEY": "another"}}))
    assert other.fingerprint() == made.fingerprint(), "a new password is no new plan"
    assert plan(three(), request(copy={"to": "/srv"})).fingerprint() != made.fingerprint()


def test_without_a_copy_none_is_told() -> None:
    assert "copy  " not in "\n".join(tables.plan(plan(three()).as_dict()))


@pytest.mark.parametrize(
    ("wish", "place"),
    [
        ({"to": "/srv/b/"}, "/srv/b/app-1 on the controller"),
        ({"command": ["cp", "-r", "{path}", "/mnt/a b/{id}"]}, "where `cp -r '{path}' '/mnt/a b/app-1'` puts it"),
    ],
)
def test_the_place_of_a_copy_in_words(wish: dict[str, Any], place: str) -> None:
    assert copies.place(wish, "app-1") == place


def test_whoever_goes_back_is_told_of_the_copy() -> None:
    made = {"host": "app2", "path": "/var/b/app-1"}
    assert tables.whereabouts(made) == "app2:/var/b/app-1"
    copied = {**made, "copied_to": "/srv/b/app-1 on the controller"}
    assert tables.whereabouts(copied) == "app2:/var/b/app-1 (a copy is /srv/b/app-1 on the controller)"
    begun = {"begun": {"backup": copied}, "action": "upgrade", "origin": "1.0.0", "undo": []}
    told = back_tables.way_back({"hosts": {"app1": begun}, "databases": {}}, {})[-1]
    assert told.endswith("not finished: /var/b/app-1 on app2 (a copy is /srv/b/app-1 on the controller)")


def test_how_far_a_copy_is_is_told_while_it_works(monkeypatch: pytest.MonkeyPatch) -> None:
    lines: list[str] = []
    running = threading.active_count()
    twice = threading.Event()

    def say(told: list[str]) -> None:
        lines.extend(told)
        if len(lines) == 2:
            twice.set()

    monkeypatch.setattr(controller, "HEARTBEAT", 0.01)
    monkeypatch.setattr(controller, "say", say)
    with controller.telling("app1", "copy", lambda: {"doing": "fetching it", "written": 1, "at_most": 2}):
        assert twice.wait(10)
    assert lines[0] == "app1  copy 0 s  fetching it, 1 bytes written of at most 2 bytes"
    assert threading.active_count() == running, "nobody goes on telling"


def test_a_relative_directory_is_meant_from_here() -> None:
    assert copy_request.from_here({"to": "copies"}) == {"to": os.path.join(os.getcwd(), "copies")}
    assert copy_request.from_here(HOOK) == HOOK
    assert copy_request.from_here("nonsense") == "nonsense"


def test_a_place_that_cannot_be_written_to_is_refused_before_anything(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert copy_request.troubles({"to": str(tmp_path / "new/er")}) == ()
    for place, words in ((tmp_path / "file", "isn't a directory"), (tmp_path / "file/deeper", "isn't a directory")):
        (trouble,) = copy_request.troubles({"to": str(place)})
        assert words in str(trouble)
        assert "runtime_backup_copy" in str(trouble)
        assert words in str(refusal(three(), request(troubles=(trouble,))))
