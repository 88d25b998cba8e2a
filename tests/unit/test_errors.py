"""What others wrote can't take over a terminal."""

from __future__ import annotations

from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError


def test_control_characters_of_labels_and_tags_do_not_reach_the_screen() -> None:
    error = RatchetError("its label says \x1b[31m\x1b]0;own\x07 1.0.0", "Look\r at it\x9b31m\n  - twice")
    assert str(error) == "its label says [31m]0;own 1.0.0. Look at it31m\n  - twice."
