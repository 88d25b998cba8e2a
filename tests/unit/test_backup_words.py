"""Whatever goes wrong with a backup, its message says that nothing was stopped; once."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.modules.postgres_backup import reassuring


@pytest.mark.parametrize("remedy", ["Start the database", "Nothing was stopped or changed; mend the cause"])
def test_a_failed_backup_says_that_nothing_was_stopped(remedy: str) -> None:
    def fail() -> dict[str, Any]:
        raise RatchetError("the database app says: connection timeout expired", remedy, seen="all of it")

    with pytest.raises(RatchetError) as caught:
        reassuring(fail)
    assert str(caught.value).count("Nothing was stopped") == 1
    assert remedy in str(caught.value)
    assert caught.value.details == {"seen": "all of it"}


def test_a_good_one_is_handed_on() -> None:
    assert reassuring(lambda: {"changed": True}) == {"changed": True}
