"""An address in the database is a host of the fleet."""

from __future__ import annotations

from typing import Any

from ansible_collections.ratchet.runtime.plugins.plugin_utils.fleet_addresses import fleet_addresses


def seen(address: str | None, container: str | None = None) -> dict[str, Any]:
    return {"seen": {"database": {"seen_as": address, "access": {"container": container}}}}


def test_what_the_server_sees_counts_more_than_what_ansible_goes_by() -> None:
    hosts = {
        "app1": {"ansible_host": "203.0.113.1", **seen("10.0.0.1")},
        "app2": {"ansible_host": "10.0.0.1", **seen("10.0.0.2")},
    }
    assert fleet_addresses(hosts, "seen", hosts) == {"203.0.113.1": "app1", "10.0.0.1": "app1", "10.0.0.2": "app2"}


def test_hosts_behind_one_address_are_told_together() -> None:
    hosts = {"app1": seen("10.0.0.9"), "app2": seen("10.0.0.9")}
    assert fleet_addresses(hosts, "seen", hosts) == {"10.0.0.9": "app1 or app2"}


def test_a_network_of_an_engine_says_nothing_elsewhere() -> None:
    hosts = {"app1": seen("172.17.0.1", container="db")}
    assert fleet_addresses(hosts, "seen", hosts) == {}


def test_hosts_that_were_not_looked_at_and_names_are_no_addresses() -> None:
    hosts: dict[str, Any] = {
        "app1": {"ansible_host": "app1.example"},
        "app2": {"seen": {"failed": True}},
        "10.1.1.1": {},
    }
    assert fleet_addresses([*hosts, "unknown"], "seen", hosts) == {"10.1.1.1": "10.1.1.1"}
