"""What others wrote can't take over a terminal."""

from __future__ import annotations

import errno

import pytest
import requests
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError, run_module


class Module:
    """What a module does with its result."""

    def fail_json(self, **result: object) -> None:
        raise SystemExit(result["msg"])

    def exit_json(self, **result: object) -> None:
        raise SystemExit(0)


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            OSError(errno.ENOSPC, "No space left on device", "/b/x"),
            "/b/x: No space left on device. Free some space there",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "a file on this host: No space left on device. Free"),
        (PermissionError(errno.EACCES, "Permission denied", "/b"), "/b: Permission denied. Let Ansible connect as one"),
        (requests.ConnectionError("refused"), "the Docker engine failed: refused. See to the engine on this host"),
        (RatchetError("it is so", "Mend it"), "it is so. Mend it."),
    ],
)
def test_every_failure_says_where_and_what_to_do(error: Exception, told: str) -> None:
    def act() -> dict:
        raise error

    with pytest.raises(SystemExit) as caught:
        run_module(Module(), act)
    assert told in str(caught.value)


def test_a_mistake_of_ours_is_not_dressed_up() -> None:
    with pytest.raises(ZeroDivisionError):
        run_module(Module(), lambda: {"x": 1 / 0})


def test_control_characters_of_labels_and_tags_do_not_reach_the_screen() -> None:
    error = RatchetError("its label says \x1b[31m\x1b]0;own\x07 1.0.0", "Look\r at it\x9b31m\n  - twice")
    assert str(error) == "its label says [31m]0;own 1.0.0. Look at it31m\n  - twice."
