"""Forty-two hits at random moments of an upgrade and of the way back: the same command again ends well, and no row is lost."""

from __future__ import annotations

import random

import fleet
import pytest
from conftest import note
from strikes import WHOLE, strike

VICTIMS = ("controller", "engine", "container", "database", "registry", "network", "rival")
EACH = [(victim, number) for victim in VICTIMS for number in range(3)]
UPGRADE = {"runtime_version": "1.1.0"}
ROLLBACK = {"runtime_accept": "data_loss"}
# The releases differ in the columns of one table.
KEPT = "select count(*), sum(hashtextextended(row(id, text)::text, 7)::numeric) from {}"


def rows() -> list[str]:
    """What both releases keep of the rows."""
    return [line for table in ("note", "ballast") for line in fleet.sql(KEPT.format(table))]


@pytest.fixture(scope="module")
def spans(deployed: None) -> dict[str, float]:
    """Seconds that both runs take when nobody disturbs them."""
    return {
        name: strike(name, "nobody", 0.0, random.Random(0), WHOLE[name], **asked).seconds
        for name, asked in (("upgrade", UPGRADE), ("rollback", ROLLBACK))
    }


@pytest.mark.parametrize(("victim", "number"), EACH)
def test_there_and_back(victim: str, number: int, moments: random.Random, spans: dict[str, float]) -> None:
    before = rows()
    for name, asked, version in (("upgrade", UPGRADE, "1.1.0"), ("rollback", ROLLBACK, "1.0.0")):
        struck = strike(name, victim, spans[name], moments, WHOLE[name], **asked)
        fleet.until(lambda: fleet.sql("select 1", check=False) == ["1"], "there is a database under the name")
        # What is done already has nothing left to do; a rollback then finds nothing to take back, and says so.
        ended = strike(name, "nobody", 0.0, moments, WHOLE[name], must=name == "upgrade", **asked)
        assert rows() == before
        assert fleet.runs() == f"{version} running healthy", ended
        assert fleet.left_behind() == []
        note(name, victim, f"{struck.after:.1f} s", struck.ended, ended.ended, f"{version}, no row lost")
    fleet.drop_kept()
