"""Reports: the same three times, whatever their texts hold; nothing of them runs, and no table breaks."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
import report_samples
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import report_markdown, reports, wording
from markdown_it import MarkdownIt
from report_samples import SAMPLES

_VOID = frozenset({"meta", "link", "br", "hr"})
_DRAWN = frozenset({"circle", "path", "rect", "line"})
_EVIL_TAGS = frozenset({"script", "img", "iframe", "object", "embed", "base", "form"})
_LOADING = frozenset({"src", "srcset", "action", "formaction", "xlink:href", "data", "poster", "background"})


class Page(HTMLParser):
    """Reads a page as a browser would, as far as that matters here, and keeps what it finds."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text: list[str] = []
        self.headings: list[int] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        if re.fullmatch(r"h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag not in _VOID and tag not in _DRAWN:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in _DRAWN:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.text.append(data)

    @property
    def words(self) -> str:
        return " ".join(" ".join(self.text).split())


@pytest.fixture(params=SAMPLES)
def sample(request: pytest.FixtureRequest) -> dict[str, Any]:
    return SAMPLES[request.param]()


VARIANTS = {
    "as_it_is": lambda report: report,
    "emptied": report_samples.emptied,
    "hostile": report_samples.hostile,
    "long": lambda report: report_samples.hostile(report, "x" * 10_000),
    "quotes": lambda report: report_samples.hostile(report, '"\' onmouseover="alert(1)" x=\''),
    "blank": lambda report: report_samples.hostile(report, ""),
}


@pytest.mark.parametrize("variant", VARIANTS)
def test_a_page_is_whole_and_loads_and_runs_nothing(sample: dict[str, Any], variant: str) -> None:
    page = Page(reports.html(VARIANTS[variant](sample)))
    assert page.open == []
    assert not {*page.tags} & _EVIL_TAGS
    assert not [name for name, _value in page.attributes if name in _LOADING or name.startswith("on")]
    links = [value or "" for name, value in page.attributes if name == "href"]
    assert all(re.match(r"https?://|#[a-z-]+$|report\.(md|json)$|data:,$", link) for link in links)


@pytest.mark.parametrize("variant", VARIANTS)
def test_ids_are_there_once_and_headings_skip_no_level(sample: dict[str, Any], variant: str) -> None:
    page = Page(reports.html(VARIANTS[variant](sample)))
    ids = [value for name, value in page.attributes if name == "id"]
    assert len(ids) == len({*ids})
    assert page.headings[0] == 1
    assert page.headings.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(page.headings, page.headings[1:], strict=False))


def test_no_control_character_reaches_a_page_or_markdown(sample: dict[str, Any]) -> None:
    report = report_samples.hostile(sample)
    for text in (reports.html(report), reports.markdown(report), reports.as_json(report)):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
        text.encode("utf-8")


def test_what_was_said_is_shown_as_it_was_said() -> None:
    report = report_samples.failed()
    report["reasons"] = [{"id": "x", "kind": "failed", "text": "<b>5 < 6 & 7</b> {{ 7 * 7 }}"}]
    assert "<b>5 < 6 & 7</b> {{ 7 * 7 }}" in Page(reports.html(report)).words


def test_the_verdict_comes_first_and_failures_before_warnings() -> None:
    words = Page(reports.html(report_samples.failed())).words
    places = [
        words.index(text)
        for text in (
            "failed its rehearsal.",
            "lost 1,913 of 52,000",
            "5 providers change",
            "Estimated window",
            "Traceback",
        )
    ]
    assert places == sorted(places)


def test_rows_that_were_moved_are_no_loss() -> None:
    words = Page(reports.html(report_samples.failed())).words
    assert "2,000 rows moved to public._airflow_moved__2_3__dangling__xcom" in words
    assert "Rows lost 1,927 " in words


def test_the_three_forms_say_the_same(sample: dict[str, Any]) -> None:
    """Every word of the page, but for the frame around it, is in the Markdown."""
    known = {*re.findall(r"\w[\w.:/-]+\w", _rendered(reports.markdown(sample)).words)}
    facts = [said for said in Page(reports.html(sample)).text if re.search(r"\d", said)]
    # The axes of charts and their legends are drawn only.
    drawn = re.compile(r"\d+( min)?( \d+)? (s|min)|.* \d[\d.]* s|.* min( \d+ s)?")
    missing = [said for said in facts if not {*re.findall(r"\w[\w.:/-]+\w", said)} <= known]
    assert [said for said in missing if not drawn.fullmatch(said.strip())] == []


def test_the_json_is_the_report(sample: dict[str, Any]) -> None:
    assert json.loads(reports.as_json(sample)) == sample
    assert json.loads(reports.as_json(report_samples.emptied(sample))) == report_samples.emptied(sample)
    hostile = report_samples.hostile(sample)
    assert json.loads(reports.as_json(hostile)) == hostile
    assert reports.as_json(hostile).isascii()


@pytest.mark.parametrize("variant", VARIANTS)
def test_markdown_tables_keep_their_columns(sample: dict[str, Any], variant: str) -> None:
    lines = reports.markdown(VARIANTS[variant](sample)).split("\n")
    rules = [number for number, line in enumerate(lines) if re.fullmatch(r"\|( -{3}:? \|)+", line)]
    assert rules or variant == "emptied"
    for rule in rules:
        width = lines[rule].count("|")
        row = rule - 1
        while lines[row].startswith("|"):
            assert len(re.findall(r"(?<!\\)(?:\\\\)*\|", lines[row])) == width, lines[row]
            row += 1
        assert lines[row] == ""


def _rendered(text: str) -> Page:
    """Markdown as those show it that let HTML through."""
    return Page(MarkdownIt("commonmark", {"html": True}).enable("table").render(text))


@pytest.mark.parametrize("variant", VARIANTS)
def test_markdown_becomes_nothing_but_text(sample: dict[str, Any], variant: str) -> None:
    page = _rendered(reports.markdown(VARIANTS[variant](sample)))
    assert page.open == []
    assert not {*page.tags} & _EVIL_TAGS
    assert {name for name, _value in page.attributes} <= {"href", "open", "class", "style"}
    assert all((value or "").startswith("https://") for name, value in page.attributes if name == "href")
    assert page.headings == [1] + [2] * (len(page.headings) - 1)


def test_markdown_gives_nobody_orders_and_calls_nobody(sample: dict[str, Any]) -> None:
    text = reports.markdown(report_samples.hostile(sample))
    lines = text.split("\n")
    for fence in (token for token in MarkdownIt("commonmark").parse(text) if token.type == "fence"):
        lines[slice(*fence.map)] = [""] * (fence.map[1] - fence.map[0])
    assert not [line for line in lines if line.lstrip().startswith("/")]
    # The parts in code are no calls.
    prose = re.sub(
        r"<(code|pre)[ >].*?</\1>", "", MarkdownIt("commonmark").enable("table").render(text), flags=re.DOTALL
    )
    assert "everyone" in prose
    assert not re.search(r"@everyone|#1", prose)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a|b\nc", "a\\|b<br>c"),
        ("- no list", "\\- no list"),
        ("1. no list", "1\\. no list"),
        ("9.4 s", "9.4 s"),
        ("# no heading", "\\# no heading"),
        ("closes #12", "closes \\#&#8203;12"),
        ("ann@bastion asks @bob", "ann@bastion asks @&#8203;bob"),
        ("<i>&", "&lt;i&gt;&amp;"),
    ],
)
def test_text_in_markdown_is_text(text: str, expected: str) -> None:
    assert report_markdown.plain(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "`a`"), ("a`b", "``a`b``"), ("`a`", "`` `a` ``"), ("a|b\n c", "`a\\|b c`"), ("  ", "")],
)
def test_code_in_a_markdown_table(text: str, expected: str) -> None:
    assert report_markdown.code(text, in_table=True) == expected


def test_passwords_in_urls_reach_no_form() -> None:
    report = report_samples.failed()
    report["logs"] = {"web": ["postgresql://airflow:hunter22@db/airflow"]}
    report["dockerfile"]["content"] = "RUN pip install -i https://me:hunter22@pypi.example.com/simple x\n"
    for text in (reports.html(report), reports.markdown(report), reports.as_json(report)):
        assert "hunter22" not in text


def test_long_lines_are_cut_on_the_page_and_whole_in_the_json() -> None:
    report = report_samples.passed()
    report["logs"] = {"web": ["y" * 10_000]}
    assert "y" * 2_001 not in reports.html(report)
    assert "8,000 more characters" in reports.html(report)
    assert "y" * 10_000 in reports.as_json(report)


def test_lost_rows_are_flagged_first_and_counted_once() -> None:
    report = report_samples.failed()
    html = reports.html(report)
    flagged = re.findall(r'<tr class="bad">\s*<th[^>]*><code>([^<]+)</code>', html)
    assert flagged[:2] == ["public.sla_miss", "public.rendered_task_instance_fields"]
    assert "1,927" in html  # 14 and 1,913; those of public.session are expected
    assert "public.session" not in flagged


def test_packages_stand_in_their_groups_with_providers_open() -> None:
    html = reports.html(report_samples.failed())
    opened = re.findall(r"<details open>\s*<summary><h3>([^<]+)</h3>", html)
    folded = re.findall(r"<details>\s*<summary><h3>([^<]+)</h3>", html)
    assert opened[:2] == ["Apache Airflow Update", "Airflow Providers Major Updates"]
    assert "Patch Updates" in folded


def test_a_link_that_would_run_is_no_link() -> None:
    assert wording.is_web("https://example.com/a?b#c")
    for link in (
        "javascript:alert(1)",
        "data:text/html,x",
        "https:",
        "//example.com",
        "https://[",
        "java\nscript:x",
        " https://a",
    ):
        assert not wording.is_web(link)


def test_a_way_down_says_that_upgrade_never_goes_there() -> None:
    words = Page(reports.html({**report_samples.passed(), "downward": True})).words
    assert "The way down of Pact Broker" in words
    assert "only rollback does" in words


def test_a_rollback_that_rolled_back_went_well() -> None:
    report = {
        **report_samples.upgrade(),
        "kind": "rollback",
        "outcome": "rolled back",
        "current": "1.1.0",
        "target": "1.0.0",
    }
    html = reports.html(report)
    assert 'class="verdict good"' in html
    assert "Pact Broker went back from 1.1.0 to 1.0.0" in html
    assert 'class="verdict warned"' in reports.html({**report, "kind": "upgrade"})


def test_a_schema_that_stayed_is_no_migration() -> None:
    sample = report_samples.upgrade()
    assert "migrated the database" in reports.html(sample)
    for host in sample["hosts"]:
        host["head_before"] = host["head_after"]
    assert "the schema stayed" in reports.html(sample)
    assert "migrated the database" not in reports.html(sample)


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(RatchetError, match="no report of the kind 'weather'"):
        reports.html({"kind": "weather"})
