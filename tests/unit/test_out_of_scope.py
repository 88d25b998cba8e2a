"""What runs where there is no Compose project is told only if a file gives it away."""

from __future__ import annotations

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import out_of_scope, profiles


@pytest.mark.parametrize(
    "content", [None, b"", b"gem 'pact_broker-client'\n", b"# gem 'pact_broker'\n", b"gem 'rails'\n\xff\xfe"]
)
def test_what_is_not_the_product_is_not_taken_for_it(content: bytes | None) -> None:
    known = profiles.candidates(None, ".")
    assert out_of_scope.told("/srv", known, {"/srv/Gemfile": content}) == ""


def test_only_the_profile_that_was_chosen_is_asked() -> None:
    assert [each.name for each in profiles.candidates("airflow", ".")] == ["airflow"]
    assert out_of_scope.places("/srv", profiles.candidates("airflow", ".")) == []
    assert "/srv/Gemfile" in out_of_scope.places("/srv", profiles.candidates(None, "."))


def test_what_gives_it_away_is_a_file_of_the_directory_itself() -> None:
    scope = [{"what": "x", "why": "y", "found_by": {"file": "../etc/passwd", "says": "root"}}]
    with pytest.raises(Exception, match="the name of a file, without its directory"):
        profiles.load({"name": "x", "title": "X", "out_of_scope": scope}, None, ".")
