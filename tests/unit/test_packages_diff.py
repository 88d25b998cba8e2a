"""Two lists of packages: every change exactly once, in the right group, whatever pip writes."""

from __future__ import annotations

from typing import Any

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.ratchet.runtime.plugins.filter.packages_diff import packages_diff
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import package_list
from ansible_collections.ratchet.runtime.plugins.plugin_utils import packages_diff as core
from hypothesis import given
from hypothesis import strategies as st

AIRFLOW = {
    "product": "apache-airflow",
    "title": "Apache Airflow",
    "providers": "apache-airflow-providers-",
    "providers_title": "Airflow Providers",
}
BEFORE = """\
# a comment
aiohttp==3.8.3
apache-airflow==2.2.5+astro.5
apache-airflow-providers-amazon==7.1.0
apache-airflow-providers-ftp==3.3.1
apache-airflow-providers-http==4.1.1
apache-airflow-providers-old==1.0.0
apache-airflow-providers-sqlite==3.3.2
extensions @ file:///tmp/wheels/extensions-1.0.0-py3-none-any.whl
Flask_Caching==2.0.2
gone==1.0
mine @ git+https://user:secret@example.com/mine.git@0a1b2c
post==0.6.4
same==1.0
scripts @ https://example.com/v0.0.5/scripts-0.0.5-py3-none-any.whl
slower==2.0
strange==2023-nightly
"""
AFTER = """\
aiohttp==3.9.0
apache-airflow==2.6.3+astro.1
apache-airflow-providers-amazon==8.3.0
apache-airflow-providers-ftp==3.4.2
apache-airflow-providers-http==4.1.2
apache-airflow-providers-new==1.0.0
apache-airflow-providers-sqlite==3.3.1
extensions @ file:///tmp/wheels/extensions-1.0.0-py3-none-any.whl#sha256=5ab3be
flask-caching==3.0.0
mine @ git+https://user:secret@example.com/mine.git@ffffff
new==1
post==0.6.4.post1
same==1.0
scripts @ https://example.com/v0.0.6/scripts-0.0.6-py3-none-any.whl#sha256=b099d6
slower==1.9
strange==2024-nightly-x
"""
GROUPS = {
    "Apache Airflow Update": ["apache-airflow 2.2.5+astro.5 >> 2.6.3+astro.1"],
    "Airflow Providers Major Updates": ["apache-airflow-providers-amazon 7.1.0 >> 8.3.0"],
    "Airflow Providers Minor Updates": ["apache-airflow-providers-ftp 3.3.1 >> 3.4.2"],
    "Airflow Providers Patch Updates": ["apache-airflow-providers-http 4.1.1 >> 4.1.2"],
    "Airflow Providers Added": ["apache-airflow-providers-new 1.0.0"],
    "Airflow Providers Removed": ["apache-airflow-providers-old 1.0.0"],
    "Airflow Providers Downgrades": ["apache-airflow-providers-sqlite 3.3.2 >> 3.3.1"],
    "Unknown Updates": [
        "mine git+https://example.com/mine.git@0a1b2c >> git+https://example.com/mine.git@ffffff",
    ],
    "Major Updates": ["flask-caching 2.0.2 >> 3.0.0", "strange 2023-nightly >> 2024-nightly-x"],
    "Minor Updates": ["aiohttp 3.8.3 >> 3.9.0"],
    "Patch Updates": ["post 0.6.4 >> 0.6.4.post1", "scripts 0.0.5 >> 0.0.6"],
    "Added": ["new 1"],
    "Removed": ["gone 1.0"],
    "Downgrades": ["slower 2.0 >> 1.9"],
}


def test_the_groups_and_their_order() -> None:
    told = packages_diff(BEFORE, AFTER, **AIRFLOW, form="text")
    expected = "\n\n".join("\n".join([f"{title}:", *lines]) for title, lines in GROUPS.items())
    assert told == expected


def test_the_same_as_data_and_as_markdown() -> None:
    data = packages_diff(BEFORE.splitlines(), AFTER.splitlines(), **AIRFLOW)
    assert [group["title"] for group in data] == list(GROUPS)
    assert data[0] == {
        "id": "product",
        "title": "Apache Airflow Update",
        "packages": [{"name": "apache-airflow", "before": "2.2.5+astro.5", "after": "2.6.3+astro.1"}],
    }
    told = packages_diff(BEFORE, AFTER, **AIRFLOW, form="markdown")
    assert told.startswith("### Apache Airflow Update\n\n- `apache-airflow` 2.2.5+astro.5 >> 2.6.3+astro.1\n\n### ")


def test_nothing_differs() -> None:
    assert packages_diff(BEFORE, BEFORE) == []
    assert packages_diff(BEFORE, BEFORE, form="text") == "No package differs."


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        ("1.0.0", "1.0.0.post1", "patch"),
        ("2.9.0+astro.1", "2.9.0+astro.2", "patch"),
        ("1.0rc1", "1.0", "patch"),
        ("1.0", "1.0.1", "patch"),
        ("9", "10", "major"),
        ("9.9", "1!1.0", "major"),
        ("1!1.0", "9.9", "downgraded"),
        ("1.0+b", "1.0+a", "downgraded"),
        ("1.0", "1.0.0", "unknown"),
        ("2:1.4.6-1+deb12u1", "2:1.5.0-1", "minor"),
        ("1:2.3", "2.4", "downgraded"),
        ("3.1.4-r5", "3.1.4-r6", "patch"),
        ("1.0.0-beta.1", "1.0.0", "patch"),
        ("one", "two", "unknown"),
    ],
)
def test_how_much_changed(before: str, after: str, kind: str) -> None:
    (change,) = core.changes(package_list.read({"p": before}), package_list.read({"p": after}))
    assert change.kind == kind


names = st.sampled_from([f"{prefix}{letter}" for prefix in ("", "apache-airflow-providers-") for letter in "abcdef"])
versions = st.sampled_from(["1.0", "1.0.1", "1.1", "2.0", "1.0+x.1", "odd"])


@given(st.dictionaries(names, versions), st.dictionaries(names, versions))
def test_every_change_exactly_once_and_nothing_else(before: dict[str, str], after: dict[str, str]) -> None:
    told = [each["name"] for group in packages_diff(before, after, **AIRFLOW) for each in group["packages"]]
    differ = sorted(name for name in {*before, *after} if before.get(name) != after.get(name))
    assert sorted(told) == differ


@pytest.mark.parametrize(
    ("line", "package"),
    [
        ("a==1.0", ("a", "1.0", "")),
        ("a===odd", ("a", "odd", "")),
        ("a[x] @ https://e.org/a-1.2.tar.gz", ("a", "1.2", "https://e.org/a-1.2.tar.gz")),
        ("-e git+ssh://git@e.org/a.git@main#egg=a", ("a", "", "git+ssh://e.org/a.git@main")),
    ],
)
def test_what_pip_writes(line: str, package: tuple[str, str, str]) -> None:
    found = list(package_list.read(line).values())
    assert [(each.name, each.version, each.origin) for each in found] == [package]


def test_an_editable_package_that_no_version_control_knows() -> None:
    lines = "# Editable install with no version control (mine==0.1)\n-e /src/mine\nother==1\n"
    assert {key: each.version for key, each in package_list.read(lines).items()} == {"mine": "0.1", "other": "1"}


@pytest.mark.parametrize("listed", ["a==1\na==2", "-e /src/unknown", "Traceback (most recent call last):"])
def test_what_is_not_understood_is_no_list(listed: str) -> None:
    with pytest.raises(RatchetError):
        package_list.read(listed)
    with pytest.raises(AnsibleFilterError, match="packages_diff: "):
        packages_diff(listed, "")


def test_an_unknown_form_is_refused() -> None:
    with pytest.raises(AnsibleFilterError, match=r"there is no form 'html'\. Use one of: data, text, markdown"):
        packages_diff("", "", form="html")


def test_a_version_cannot_forge_output() -> None:
    told = packages_diff({}, {"a": "1.0\x1b[2K\rall is well\nAdded:"}, form="text")
    assert "\x1b" not in told
    assert len(told.splitlines()) == 2


def test_a_login_in_a_url_is_never_shown() -> None:
    told: Any = packages_diff(BEFORE, AFTER, form="text")
    assert "secret" not in told
