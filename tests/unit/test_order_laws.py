"""The laws of an order, tried on every scheme with tags that hypothesis makes up.

``RATCHET_EXAMPLES=10000`` (``make laws``) tries harder; the default keeps the unit tests quick.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import combinations, permutations

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import versions
from ansible_collections.ratchet.runtime.plugins.plugin_utils.schemes.version import Unordered, Version
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

EXAMPLES = int(os.environ.get("RATCHET_EXAMPLES", "100"))
laws = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.too_slow])

# Small numbers meet each other often, the others are where text and numbers order differently, or where it gets slow.
number = st.sampled_from([0, 1, 2, 3, 9, 10, 11, 99, 100, 10**17])
maybe_v = st.sampled_from(["", "", "v"])


def joined(*parts: str | st.SearchStrategy) -> st.SearchStrategy[str]:
    """Tags of these parts in a row."""
    strategies = [st.just(part) if isinstance(part, str) else part.map(str) for part in parts]
    return st.tuples(*strategies).map("".join)


def one_of(*texts: str) -> st.SearchStrategy[str]:
    return st.sampled_from(texts)


dotted3 = joined(number, ".", number, ".", number)
dotted = st.lists(number, min_size=2, max_size=5).map(lambda numbers: ".".join(map(str, numbers)))
date = joined(st.integers(2019, 2021), ".", st.integers(1, 12), ".", st.integers(1, 28))
timed = st.builds("{}.{:02}.{:02}T{:02}{:02}".format, *map(st.integers, (2019, 1, 1, 0, 0), (2020, 12, 28, 23, 59)))
minio = st.builds(
    "RELEASE.{}-{:02}-{:02}T{:02}-{:02}-00Z".format, *map(st.integers, (2019, 1, 1, 0, 0), (2020, 12, 28, 23, 59))
)
dashed_pre = joined("-", one_of("alpha", "beta", "rc", "rc.", "RC"), number)
python_pre = joined(one_of("a", "b", "rc", ".dev"), number)

# By scheme: the numbers of releases, what makes a pre-release of them, and what variants end in.
SHAPES: dict[str, tuple[st.SearchStrategy[str], st.SearchStrategy[str], st.SearchStrategy[str]]] = {
    "semver": (joined(maybe_v, dotted3), dashed_pre, one_of("", "", "-alpine", "-alpine3.20")),
    "pep440": (
        joined(one_of("", "", "slim-"), st.one_of(dotted3, joined(dotted3, ".", number))),
        st.one_of(python_pre, dashed_pre),
        one_of("", "", "-python3.11"),
    ),
    "calver": (
        st.one_of(date, timed, minio),
        joined("-", one_of("beta", "rc"), number),
        one_of("", "", "-alpine"),
    ),
    "astro": (
        st.one_of(dotted3, joined(number, ".", number, "-", number)),
        joined("-", one_of("alpha", "rc"), number),
        one_of("", "", "-base", "-python-3.11-base"),
    ),
    "pact_broker": (
        joined(dotted3, one_of("-pactbroker2.107.1", "-pactbroker2.9.0")),
        st.nothing(),
        one_of("", "-multi"),
    ),
    "numeric": (
        joined(maybe_v, dotted),
        st.one_of(joined(one_of("i", "a", "b", "rc"), number), dashed_pre),
        one_of("", "-x"),
    ),
}
OTHERS: dict[str, st.SearchStrategy[str]] = {
    "semver": st.nothing(),
    "pep440": joined(dotted3, ".post", number),
    "calver": joined(date, one_of(".0", ".1", "b1", ".dev20240101")),
    "astro": joined(number, ".", number, "-", number, ".rc", number),
    "pact_broker": st.one_of(
        joined(dotted3, one_of(".", "-"), number),
        joined(dotted3, one_of(".beta.1", ".beta.2", "-rc1"), "-pactbroker2.107.1"),
        joined(dotted3, one_of(".beta.1", ".beta.2"), "-", number),
    ),
    "numeric": st.one_of(joined(dotted, "p", number), joined(number, one_of("rc1", "beta2", "rc2"))),
}
SCHEMES = sorted(versions.SCHEMES)


def tags(scheme: str) -> st.SearchStrategy[str]:
    numbers, prerelease, ending = SHAPES[scheme]
    return st.one_of(joined(numbers, ending), joined(numbers, prerelease, ending), OTHERS[scheme])


@st.composite
def broken(draw: st.DrawFn, scheme: str) -> str:
    """A tag with a character or two changed, dropped or added."""
    tag = draw(tags(scheme))
    for _time in range(draw(st.integers(1, 2))):
        place = draw(st.integers(0, len(tag)))
        tag = tag[:place] + draw(st.sampled_from(["", ".", "-", "_", "v", "x", "0", "٣", "²", "\n"])) + tag[place + 1 :]
    return tag


def compare(one: Version, other: Version) -> int:
    return (one.key > other.key) - (one.key < other.key)


def test_every_scheme_is_tried() -> None:
    assert sorted(SHAPES) == sorted(OTHERS) == SCHEMES


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_order_is_total_antisymmetric_and_transitive_and_judged_alike(scheme: str) -> None:
    @laws
    @given(st.tuples(tags(scheme), tags(scheme), tags(scheme)))
    def holds(three: tuple[str, str, str]) -> None:
        parsed = [versions.parse(tag, scheme) for tag in three]
        assert tuple(version.text for version in parsed) == three
        for one, other in combinations(parsed, 2):
            judged_alike(one, other, scheme)
        for a, b, c in permutations(parsed):
            if a.variant == b.variant == c.variant and a.key <= b.key <= c.key:
                assert a.key <= c.key
                if a.key == c.key:
                    assert a.key == b.key
                    assert hash(a.key) == hash(b.key)

    holds()


def judged_alike(one: Version, other: Version, scheme: str) -> None:
    there, back = (versions.judge(*pair, scheme) for pair in ((one.text, other.text), (other.text, one.text)))
    if one.variant != other.variant:
        assert {there.relation, back.relation} == {"unordered"}
        assert {there.verdict, back.verdict} == {"refused"}
        return
    assert (one.key < other.key) + (one.key == other.key) + (one.key > other.key) == 1
    assert compare(one, other) == -compare(*reversed((one, other)))
    relation, verdict = {-1: ("newer", "upgrade"), 0: ("same", "current"), 1: ("older", "refused")}[compare(one, other)]
    assert (there.relation, there.verdict) == (relation, verdict)
    assert {there.relation, back.relation} in ({"newer", "older"}, {"same"})
    assert there.change == back.change
    assert (there.change == "none") == (relation == "same")


@pytest.mark.parametrize("scheme", [scheme for scheme in SCHEMES if scheme != "pact_broker"])
def test_a_prerelease_is_below_its_release(scheme: str) -> None:
    @laws
    @given(*SHAPES[scheme])
    def holds(numbers: str, prerelease: str, ending: str) -> None:
        final = versions.parse(numbers + ending, scheme)
        before = versions.parse(numbers + prerelease + ending, scheme)
        assert before.key < final.key
        assert before.variant == final.variant
        assert before.prerelease
        assert not final.prerelease

    holds()


def refused_or_parsed(parse: Callable[[], Version], refusal: type[Exception], text: str) -> None:
    # Anything else falls through, so also the bare ValueError of int(): Unordered is one, but not the other way round.
    try:
        version = parse()
    except refusal as refused:
        reason = str(refused)
    else:
        reason = "parsed"
        assert version.text == text
        assert hash(version.key) == hash(version.key)
        assert all(isinstance(part, int) for part in version.release)
    assert reason


@pytest.mark.parametrize("scheme", SCHEMES)
def test_other_text_is_refused_or_parsed_and_nothing_else(scheme: str) -> None:
    @laws
    @given(st.one_of(broken(scheme), st.text(max_size=40), st.text("0123456789.-vpbrc", max_size=40)))
    def holds(text: str) -> None:
        refused_or_parsed(lambda: versions.parse(text, scheme), RatchetError, text)
        refused_or_parsed(lambda: versions.SCHEMES[scheme].parse(text), Unordered, text)

    holds()


@pytest.mark.parametrize(
    ("current", "target", "scheme"),
    [
        ("12.5.0", "3.0-1", "semver"),
        ("2.107.0.1", "2.107.1-pactbroker2.107.1", "semver"),
        ("2.107.0.1", "2.107.1-pactbroker2.107.1", "pep440"),
        ("1.4.2", "2024.6.1", "calver"),
        ("2019.06.04T1110", "2019.07.16T1534", "semver"),
        ("2019.06.04T1110", "2019.07.16T1534", "pep440"),
        ("2.4.0p1", "2.5.0p13", "semver"),
        ("2.10.0rc1", "2.10.0", "semver"),
    ],
)
def test_nothing_is_compared_by_another_schemes_rules(current: str, target: str, scheme: str) -> None:
    judgement = versions.judge(current, target, scheme)
    assert (judgement.relation, judgement.verdict) == ("unordered", "refused")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize(
    "text", ["9" * 5000, "1." * 64, "1.2." + "3" * 124, "-" * 128, "1-" * 64, "a-" * 64, "v" * 128]
)
def test_absurd_lengths_are_refused_or_parsed(scheme: str, text: str) -> None:
    refused_or_parsed(lambda: versions.parse(text, scheme), RatchetError, text)
