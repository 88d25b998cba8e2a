"""A host without a Python that would do says so in one sentence."""

from __future__ import annotations

from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.plugin_utils import without_python


def test_a_missing_interpreter_is_told_with_what_to_do() -> None:
    told = without_python.why({"msg": "The module interpreter '/nope/python3' was not found.", "rc": 127})
    assert told.startswith("there is no Python at /nope/python3 on this host")
    assert "ansible_python_interpreter" in told


@pytest.mark.parametrize(
    "answer",
    [
        {
            "msg": "Ansible requires Python 3.9 or newer on the target. Current version: 3.6.8 (default, Nov 21)[GCC 8.5.0]"
        },
        {"msg": "ansible-core requires a minimum of Python version 3.9. Current version: 3.6.8 (default)"},
    ],
)
def test_a_python_that_is_too_old_is_told_with_what_to_do(answer: dict[str, Any]) -> None:
    told = without_python.why(answer)
    assert told == (
        "Python 3.6.8 on this host is too old for Ansible's modules. Install Python 3.9 or newer there, and set ansible_python_interpreter to it."
    )


@pytest.mark.parametrize("answer", [{}, {"msg": "no permission"}, {"msg": None, "module_stderr": "Traceback"}])
def test_nothing_is_said_of_other_failures(answer: dict[str, Any]) -> None:
    assert without_python.why(answer) == ""
