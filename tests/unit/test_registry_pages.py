"""A list of tags is read to its end, on the server that was asked, and holds nothing but tags."""

from __future__ import annotations

import json
from email.message import Message

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_errors import Answer, NotARegistry
from ansible_collections.ratchet.runtime.plugins.module_utils.registry_pages import (
    names,
    next_link,
    next_page,
    well_formed,
)

URL = "https://registry.example.com/v2/team/app/tags/list?n=2"


def answer(*links: str, body: object = None, url: str = URL) -> Answer:
    headers = Message()
    for link in links:
        headers["Link"] = link
    return Answer(200, headers, json.dumps(body).encode(), URL, url)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ([], None),
        (['</v2/a/tags/list?last=b&n=2>; rel="next"'], "/v2/a/tags/list?last=b&n=2"),
        (["</next>; rel=next"], "/next"),
        (["</next>;rel=NEXT"], "/next"),
        (['</prev>; rel="prev", </next>; rel="next"'], "/next"),
        (['</prev>; rel="prev"', '</next>; rel="next"'], "/next"),
        (['</next>; title="a, b"; rel="next"'], "/next"),
        (['</next>; rel="last next"'], "/next"),
        (['</prev>; rel="prev"'], None),
        (['</other>; rel="nextish"'], None),
        (['</other>; title="rel=next"'], None),
        (["</next>"], None),
        (["/next; rel=next"], None),
    ],
)
def test_the_next_page_is_what_is_called_so(values: list[str], expected: str | None) -> None:
    assert next_link(values) == expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/v2/team/app/tags/list?n=2&last=b", "https://registry.example.com/v2/team/app/tags/list?n=2&last=b"),
        ("?n=2&last=b", "https://registry.example.com/v2/team/app/tags/list?n=2&last=b"),
        ("https://registry.example.com/v2/x?last=b", "https://registry.example.com/v2/x?last=b"),
        ("https://registry.example.com:443/v2/x?last=b", "https://registry.example.com:443/v2/x?last=b"),
        ("HTTPS://REGISTRY.example.com/v2/x", "https://REGISTRY.example.com/v2/x"),
    ],
)
def test_a_next_page_may_be_relative_or_absolute(target: str, expected: str) -> None:
    assert next_page(answer(f'<{target}>; rel="next"'), ["a", "b"], 2) == expected


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example.com/v2/team/app/tags/list",
        "//evil.example.com/v2/",
        "http://registry.example.com/v2/",
        "https://registry.example.com:8443/v2/",
        "https://registry.example.com@evil.example.com/",
        "https://registry.example.com.evil.example.com/",
        "file:///etc/passwd",
        "https://[",
    ],
)
def test_a_next_page_elsewhere_is_not_asked(target: str) -> None:
    with pytest.raises(NotARegistry):
        next_page(answer(f'<{target}>; rel="next"'), ["a", "b"], 2)


def test_where_a_redirect_led_to_is_not_where_the_next_page_is() -> None:
    page = answer('</v2/next>; rel="next"', url="https://cdn.example.com/list")
    assert next_page(page, [], 2) == "https://registry.example.com/v2/next"


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (["a"], None),
        # Links are optional: this might not be all.
        (["a", "b"], "https://registry.example.com/v2/team/app/tags/list?n=2&last=b"),
        # It doesn't know pages.
        (["a", "b", "c"], None),
        ([], None),
    ],
)
def test_a_full_page_without_a_link_is_not_taken_for_the_last(found: list[str], expected: str | None) -> None:
    assert next_page(answer(), found, 2) == expected


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"name": "a", "tags": ["1", "2"]}, ["1", "2"]),
        ({"name": "a", "tags": None}, []),
        ({"name": "a", "tags": ["1", 2, None, {}]}, ["1"]),
        ({"name": "a", "tags": {"1": 2}}, None),
        ({"name": "a"}, None),
        ({"errors": []}, None),
        (["1"], None),
        ("1", None),
    ],
)
def test_what_is_no_list_of_tags_is_told_from_an_empty_one(body: object, expected: list[str] | None) -> None:
    assert names(answer(body=body)) == expected


def test_a_bottomless_answer_is_no_list_of_tags() -> None:
    assert names(Answer(200, Message(), b"[" * 1_000_000, URL, URL)) is None


def test_only_tags_are_kept() -> None:
    odd = ["1.0.0", "-rf", "a b", "$(id)", "x" * 129, "", "1.0\n", "../up", "ok_1"]
    assert well_formed(odd) == ["1.0.0", "ok_1"]
