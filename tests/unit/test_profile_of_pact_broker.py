"""What the profile of the Pact Broker knows of its versions: seed 003."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import crossings, out_of_scope, profiles
from shipped import NAMES, fired, shipped

NOW = "2.110.0-pactbroker2.110.0"


@pytest.mark.parametrize(
    ("current", "target", "strategy", "reason"),
    [
        ("1.18.0-1", NOW, "single_instance", "pact-1.18-to-2.1"),
        ("2.0.5-1", "2.1.0-1", "single_instance", "pact-1.18-to-2.1"),
        ("1.17.0-1", "1.17.2-1", "single_instance", "isn't known"),
        ("2.1.0-1", NOW, "rolling", "side by side"),
        ("2.2.0.1", NOW, "rolling", "side by side"),
        ("2.107.0.1", "2.107.1-pactbroker2.107.1", "rolling", "side by side"),
        # It is the version of the broker inside that counts.
        (NOW, "3.0.0-pactbroker2.121.2", "rolling", "side by side"),
        ("2.107.0.1", "3.1.0-pactbroker2.122.0", "rolling", "side by side"),
        ("2.107.0.1", "3.0.0.1", "single_instance", "isn't known"),
        (NOW, "3.0.0-pactbroker3.0.0", "single_instance", "isn't known"),
        (NOW, "3.0.0-rc1-pactbroker3.0.0", "single_instance", "isn't known"),
        (NOW, "2.200.0-pactbroker3.0.0", "single_instance", "isn't known"),
        ("3.0.0-pactbroker3.0.0", "3.1.0-pactbroker3.1.0", "single_instance", "isn't known"),
    ],
)
def test_pact_rolls_only_where_it_is_promised(current: str, target: str, strategy: str, reason: str) -> None:
    chosen, why = crossings.strategy(shipped("pact_broker"), current, target)
    assert chosen == strategy
    assert reason in why


def test_the_strategy_names_its_source() -> None:
    for current in ("1.18.0-1", "2.2.0.1"):
        assert (
            "https://docs.pact.io/pact_broker/upgrading" in crossings.strategy(shipped("pact_broker"), current, NOW)[1]
        )


def test_pact_keeps_four_endpoints_while_versions_are_mixed() -> None:
    assert shipped("pact_broker").compatible[0].keeps == (
        *("tag version", "publish pact", "retrieve latest pact", "retrieve latest pact for tag"),
    )


def test_pact_features_warn_only_when_they_are_set() -> None:
    assert "pact-features" in fired("pact_broker", "2.2.0.1", NOW, env=frozenset({"PACT_BROKER_FEATURES"}))
    assert fired("pact_broker", "2.2.0.1", NOW) == ["pact-data-migrations"]


def test_pact_migrates_data_at_every_start_by_itself() -> None:
    migration = crossings.migration(shipped("pact_broker"), NOW)
    assert (migration.by, migration.repeats) == ("application", True)


def test_the_heartbeat_of_pact_is_no_witness_for_its_database() -> None:
    health = crossings.health(shipped("pact_broker"), NOW)
    assert (health.port, health.path, health.asks_database) == (9292, "/diagnostic/status/heartbeat", False)


def test_an_image_version_of_pact_is_not_its_applications() -> None:
    assert {each.says for each in crossings.witnesses(shipped("pact_broker"), NOW)} == {"application"}


def test_native_ruby_is_out_of_scope_and_said_so() -> None:
    known = [shipped("pact_broker")]
    content = {"/srv/broker/Gemfile": b"source 'https://rubygems.org'\n\n  gem \"pact_broker\", '~> 2.107'\n"}
    assert out_of_scope.places("/srv/broker", known) == ["/srv/broker/Gemfile"]
    said = out_of_scope.told("/srv/broker", known, content)
    assert (
        "/srv/broker/Gemfile names Pact Broker, and the Ruby application installed natively can't be upgraded" in said
    )
    assert "bundle update" in said


@pytest.mark.parametrize("image", ["dius/pact-broker:2.79.1.1", "proxy.corp/dius/pact-broker:2.79.1.1"])
def test_the_dius_image_is_not_taken_for_pacts(image: str) -> None:
    reference = profiles.parse_reference(image)
    profile, notes = profiles.load(None, reference, ".")
    assert profiles.detect(reference) is None
    assert profile.name == "generic"
    assert "port 80" in notes[0]
    assert "port 80 instead of 9292" in profiles.mistaken(reference)
    assert profiles.mistaken(profiles.parse_reference("pactfoundation/pact-broker:2.107.0.1")) == ""
    chosen, notes = profiles.load("pact_broker", reference, ".")
    assert (chosen.name, len(notes)) == ("pact_broker", 1)


def test_pact_wants_low_traffic() -> None:
    assert [name for name in NAMES if shipped(name).low_traffic] == ["pact_broker"]
