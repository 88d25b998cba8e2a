# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""A plan travels from job to job without a file, and is as safe as in one: changed, cut or blown up it is refused."""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.action.plan import ActionModule
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import approval, handed_plan
from ansible_collections.ratchet.runtime.plugins.plugin_utils.plan import fingerprint_of
from fleet_observations import DIGEST, observation, plan, request, three
from hypothesis import given
from hypothesis import strategies as st

ASKED = {"accept": [], "strategy": "rolling", "resolve": "exact"}


def sealed(**changes: Any) -> dict[str, Any]:
    return approval.sealed(plan(three(**changes)), ASKED, {DIGEST: "1.1.0"})


def packed(content: Any) -> str:
    return base64.b64encode(zlib.compress(json.dumps(content).encode())).decode()


TEXT = handed_plan.pack(sealed())


def test_what_is_packed_is_what_is_unpacked() -> None:
    assert handed_plan.unpack(TEXT) == json.loads(json.dumps(sealed()))
    # A form may add a line break.
    assert handed_plan.unpack(f" {TEXT}\n") == handed_plan.unpack(TEXT)


def test_it_is_a_plain_word_whatever_carries_it() -> None:
    assert len(TEXT) < 4000
    assert set(TEXT) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=")


@given(st.integers(0, len(TEXT) - 1), st.sampled_from("Aa0+/=-{é "))
def test_one_other_character_and_it_is_refused(at: int, other: str) -> None:
    text = TEXT[:at] + other + TEXT[at + 1 :]
    if text.strip() == TEXT:
        return
    with pytest.raises(RatchetError, match="the approved plan"):
        handed_plan.unpack(text)


@pytest.mark.parametrize(
    "text",
    [
        "{}",
        "eJw=",
        TEXT[:-8],
        TEXT[: len(TEXT) // 2],
        packed("x") + "AAAA",
        packed([]),
        packed({"format": 0}),
        packed({"format": 1}),
    ],
)
def test_what_is_no_plan_is_refused_with_how_to_make_one(text: str) -> None:
    with pytest.raises(RatchetError, match="Run the playbook plan again"):
        handed_plan.unpack(text)


def forged(**changes: Any) -> str:
    """One with a seal that fits: it is no secret how that is made."""
    content = {key: value for key, value in {**json.loads(json.dumps(sealed())), **changes}.items() if key != "seal"}
    if isinstance(content["plan"], dict):
        content["plan"] = {**content["plan"], "fingerprint": fingerprint_of(content["stable"])}
    return packed({**content, "seal": fingerprint_of(content)})


@pytest.mark.parametrize(
    "changes",
    [
        {"request": []},
        {"request": {"accept": 5}},
        {"tag_of": 5},
        {"stable": []},
        {"stable": {"hosts": 5, "databases": {}}},
        {"stable": {"hosts": {"app1": 5}, "databases": {}}},
        {"plan": {"version": "1.1.0", "asked": "1.1.0"}},
        {"plan": {"version": [], "asked": "1.1.0", "hops": []}},
    ],
)
def test_a_forged_one_of_other_kinds_is_refused(changes: dict[str, Any]) -> None:
    assert handed_plan.unpack(forged())
    with pytest.raises(RatchetError, match="isn't a plan that this version of the collection made"):
        handed_plan.unpack(forged(**changes))


def test_a_forged_one_says_nothing_of_how_it_is_approved() -> None:
    action = ActionModule.__new__(ActionModule)
    request = {**ASKED, "fingerprint": "", "executes": False, "stages": ["plan"], "rehearses": True}
    asked = action._asked(request, "the plan")
    assert set(asked) & {"fingerprint", "executes", "stages", "rehearses", "require_rehearsal"} == set()
    assert asked["strategy"] == "rolling"
    with pytest.raises(RatchetError, match="isn't one"):
        action._asked({"watch": {"patience": 5}}, "the plan")


def test_an_edited_one_is_refused() -> None:
    content = sealed()
    content["request"] = {**ASKED, "accept": ["major"]}
    with pytest.raises(RatchetError, match="was changed after it was made"):
        handed_plan.unpack(packed(content))


def test_a_small_text_that_unfolds_to_gigabytes_is_not_unfolded() -> None:
    bomb = base64.b64encode(zlib.compress(b" " * (64 * 1024 * 1024), 9)).decode()
    assert len(bomb) < 100_000
    with pytest.raises(RatchetError, match="isn't one"):
        handed_plan.unpack(bomb)


def test_a_fleet_of_200_hosts_fits_and_what_does_not_fit_is_not_cut() -> None:
    fleet = {}
    for number in range(200):
        seen = observation()
        name = f"app{number}.production.example.com"
        seen["services"][0]["containers"][0]["image_id"] = "sha256:" + hashlib.sha256(name.encode()).hexdigest()
        seen["project"]["checksums"] = {"/opt/sample/.env": hashlib.sha256(name.encode()[::-1]).hexdigest()}
        fleet[name] = seen
    text = handed_plan.pack(approval.sealed(plan(fleet), ASKED, {}))
    assert 0 < len(text) < 100_000
    long = {
        **sealed(),
        "request": {"x": "".join(hashlib.sha256(bytes([each])).hexdigest() for each in range(256)) * 40},
    }
    long["request"]["y"] = [hashlib.sha512(str(each).encode()).hexdigest() for each in range(6000)]
    assert handed_plan.pack(long) == ""


def test_a_plan_comes_from_one_place(tmp_path: Path) -> None:
    path = str(tmp_path / "plan.json")
    approval.write(path, sealed())
    assert handed_plan.kept(path, "")[1] == f"the plan in {path}"
    assert handed_plan.kept(path, " ")[0] == handed_plan.kept("", TEXT)[0]
    assert handed_plan.kept("", "") == ({}, "")
    with pytest.raises(RatchetError, match="Give one of them"):
        handed_plan.kept(path, TEXT)


# --- the fingerprint alone ---


def test_a_fingerprint_is_of_one_plan() -> None:
    made = plan(three())
    for wanted in (made.fingerprint(), made.fingerprint()[:16], made.fingerprint()[:12].upper()):
        approval.refuse_other(wanted, None, made)
    other = plan(three(running="1.0.1"))
    with pytest.raises(
        RatchetError, match=r"what was approved has the fingerprint .*Plan and approve anew. Nothing was touched"
    ):
        approval.refuse_other(made.fingerprint(), None, other)


def test_beside_a_plan_it_is_that_plans() -> None:
    """Also where today's plan differs: what a killed run has done is no drift, and the plan itself tells."""
    kept, today = sealed(), plan(three(running="1.0.1"))
    approval.refuse_other(kept["plan"]["fingerprint"], kept, today)
    with pytest.raises(RatchetError, match="of different plans"):
        approval.refuse_other(today.fingerprint(), kept, today)


@pytest.mark.parametrize("wanted", ["abc", "0123456789", "not a fingerprint", "g" * 16, "0" * 65])
def test_what_anything_could_begin_with_approves_nothing(wanted: str) -> None:
    with pytest.raises(RatchetError, match="is no fingerprint"):
        approval.refuse_other(wanted, None, plan(three()))


def test_when_all_is_done_nothing_is_left_to_approve() -> None:
    approval.refuse_other(plan(three()).fingerprint(), None, plan(three(running="1.1.0"), request("1.1.0")))
