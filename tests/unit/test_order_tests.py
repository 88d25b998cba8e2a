"""The Ansible tests newer_than, older_than and same_version: of an order, and an error where there is none (law 3)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from ansible.errors import AnsibleError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.test import order

ROOT = Path(__file__).parents[2]
TESTS = order.TestModule().tests()
# In a process of its own: the plugin loader changes how Python imports collections.
TEMPLATE = """
import json, sys
from ansible.plugins.loader import init_plugin_loader
init_plugin_loader([sys.argv[1]])
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar
try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19 everything is trusted
    trust_as_template = str
templar = Templar(loader=DataLoader())
print(json.dumps([templar.template(trust_as_template("{{ " + each + " }}")) for each in json.loads(sys.argv[2])]))
"""


@pytest.mark.parametrize(
    ("tag", "other", "scheme", "true"),
    [
        ("1.10.0", "1.9.3", "semver", "newer_than"),
        ("1.9.3", "1.10.0", "semver", "older_than"),
        ("v1.2.0", "1.2.0", "semver", "same_version"),
        ("3.0-1", "12.5.0", "astro", "newer_than"),
        ("2.10.0rc1", "2.10.0", "pep440", "older_than"),
        ("2.107.1-pactbroker2.107.1", "2.107.0.1", "pact_broker", "newer_than"),
    ],
)
def test_just_one_of_the_three_holds(tag: str, other: str, scheme: str, true: str) -> None:
    assert [name for name, test in TESTS.items() if test(tag, other, scheme=scheme)] == [true]


@pytest.mark.parametrize("name", sorted(TESTS))
@pytest.mark.parametrize(
    ("tag", "other", "scheme", "reason"),
    [
        ("latest", "1.0.0", "semver", "floating"),
        ("1.0.0", "1", "semver", "partial"),
        ("1.0.0-alpine", "1.0.0-bookworm", "semver", "variants"),
        ("1.0.0", "1.0.0", "roman", "no version scheme"),
        (1.1, "1.0.0", "semver", "quotes"),
    ],
)
def test_what_has_no_order_is_an_error_and_not_false(
    name: str, tag: object, other: str, scheme: str, reason: str
) -> None:
    with pytest.raises(AnsibleError, match=reason):
        TESTS[name](tag, other, scheme=scheme)


def test_a_playbook_finds_them() -> None:
    expressions = [
        "'1.10.0' is ratchet.runtime.newer_than('1.9.3')",
        "'12.5.0' is ratchet.runtime.older_than('3.0-1', scheme='astro')",
        "'1.2.0' is ratchet.runtime.same_version 'v1.2.0'",
        "['1.9.3', '1.10.0'] | select('ratchet.runtime.newer_than', '1.9.3') | list",
    ]
    run = subprocess.run(
        [sys.executable, "-c", TEMPLATE, str(ROOT / ".ansible/collections"), json.dumps(expressions)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(run.stdout) == [True, True, True, ["1.10.0"]]


@pytest.mark.parametrize("name", sorted(TESTS))
def test_each_is_documented_with_all_schemes(name: str) -> None:
    page = yaml.safe_load((ROOT / f"plugins/test/{name}.yml").read_text(encoding="utf-8"))
    assert page["DOCUMENTATION"]["name"] == name
    assert page["DOCUMENTATION"]["options"]["scheme"]["choices"] == sorted(versions.SCHEMES)
