"""What the profile of Boomi Flow knows of its versions: seed 000."""

from __future__ import annotations

from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings
from shipped import NAMES, fired, shipped


def test_boomi_advises_to_deploy_affected_flows_again() -> None:
    assert any("deploy it again" in each for each in shipped("boomi_flow").advice)
    assert crossings.migration(shipped("boomi_flow"), "2019.07.16T1534").by == "application"


def test_a_new_year_is_no_major_version_of_boomi() -> None:
    assert not shipped("boomi_flow").majors.need_accepting
    assert all(shipped(name).majors.need_accepting for name in NAMES if name != "boomi_flow")


def test_all_instances_of_boomi_are_restarted() -> None:
    assert "boomi-all-instances" in fired("boomi_flow", "2019.06.04T1110", "2019.07.16T1534")
