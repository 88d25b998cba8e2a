"""Where an image is written, found by its marks; and what can't be edited is refused, not guessed."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from ansible_collections.ratchet.runtime.plugins.module_utils import splice
from ansible_collections.ratchet.runtime.plugins.module_utils.errors import RatchetError
from ansible_collections.ratchet.runtime.plugins.plugin_utils import edits, env_file, image_source
from image_places import COMPOSE, ENV, EVERYWHERE, OVERRIDE

LITERAL = """\
# the image: web:0.9.0 was bad
services:
    db: {image: postgres:17}   # not ours
    "web":
        environment: {IMAGE: 'reg:5000/app:1.0.0'}
        image:   'reg:5000/app:1.0.0'    # pinned
"""


def locate(texts: dict[str, str], rendered: str = "reg:5000/app:1.0.0") -> image_source.Source:
    contents = {path: text.encode() for path, text in texts.items()}
    files = [path for path in (COMPOSE, OVERRIDE) if path in texts]
    return image_source.locate("web", rendered, files, [ENV] if ENV in texts else [], contents)


def edited(texts: dict[str, str], new: str, rendered: str = "reg:5000/app:1.0.0") -> str:
    source = locate(texts, rendered)
    return splice.spliced(texts[source.path].encode(), [splice.Splice(source.start, source.text, new)]).decode()


def test_a_literal_is_replaced_and_not_one_byte_more() -> None:
    expected = LITERAL.replace("image:   'reg:5000/app:1.0.0'", "image:   'reg:5000/app:1.1.0'")
    assert edited({COMPOSE: LITERAL}, "reg:5000/app:1.1.0") == expected


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_marks_and_other_alphabets_survive(newline: str, mark: str) -> None:
    text = mark + "# Überprüft ✓ 🚀\nservices:\n  web:\n    image: reg:5000/app:1.0.0\n".replace("\n", newline)
    assert edited({COMPOSE: text}, "reg:5000/app:1.1.0") == text.replace("1.0.0", "1.1.0")


def test_the_last_file_that_sets_the_image_counts() -> None:
    override = "services: {web: {image: 'reg:5000/app:1.0.0'}}\n"
    assert locate({COMPOSE: LITERAL.replace("1.0.0", "0.1.0"), OVERRIDE: override}).path == OVERRIDE
    assert locate({COMPOSE: LITERAL, OVERRIDE: "services: {web: {ports: ['1:1']}}\n"}).path == COMPOSE


@pytest.mark.parametrize(
    "expression",
    ["reg:5000/app:${TAG}", "reg:5000/app:$TAG", "reg:5000/app:${TAG:-0.1.0}", "${REG}/app:${TAG:?set it}"],
)
@pytest.mark.parametrize(
    "line", ["TAG=1.0.0", "export TAG='1.0.0'", 'TAG="1.0.0" # the version', "  TAG = 1.0.0   # v", "TAG=1.0.0\r"]
)
def test_a_variable_is_edited_where_it_is_defined(expression: str, line: str) -> None:
    env = f"# TAG=0.0.1\nTAGS=1.0.0\nTAG=0.0.9\n{line}\nPASSWORD=TAG=1.0.0\n"
    texts = {COMPOSE: f"services:\n  web:\n    image: {expression}\n", ENV: env}
    source = locate(texts)
    assert (source.path, source.line, source.holds, source.variable, source.text) == (ENV, 4, "tag", "TAG", "1.0.0")
    assert edited(texts, "1.1.0") == env.replace(f"9\n{line}", "9\n" + line.replace("1.0.0", "1.1.0"))


def test_a_variable_may_hold_the_whole_image() -> None:
    texts = {COMPOSE: "services:\n  web:\n    image: ${IMAGE}\n", ENV: "IMAGE=reg:5000/app:1.0.0\n"}
    assert locate(texts).holds == "reference"


@pytest.mark.parametrize(
    ("compose", "env", "words"),
    [
        (
            "services:\n  web:\n    image: reg:5000/app:${A}.${B}\n",
            "A=1.0\nB=0\n",
            "made of several parts ($A, '.', $B)",
        ),
        ("services:\n  web:\n    image: reg:5000/app:${TAG}\n", "OTHER=1\n", "which no env file"),
        ("services:\n  web:\n    image: ${REG}/${APP}:${TAG}\n", "TAG=1.0.0\n", "which no env file"),
        ("services:\n  web:\n    image: reg:5000/app:${TAG}\n", "TAG=0.9.0\n", "Something else decides"),
        ("services:\n  web:\n    image: reg:5000/app:${TAG:-0.9.0}\n", "", "Something else decides"),
        ("services:\n  web:\n    image: reg:5000/app:${TAG}\n", 'TAG="1.0.\\0"\n', "Something else decides"),
        ("services:\n  web:\n    image: reg:5000/app:0.9.0\n", "", "Something else decides"),
        ("services:\n  web:\n    image: >-\n      reg:5000/app:1.0.0\n", "", "can't be edited in place"),
        ('services:\n  web:\n    image: "reg:5000\\/app:1.0.0"\n', "", "can't be edited in place"),
        ("services:\n  web:\n    extends: web\n", "", "extends or includes itself"),
        ("services:\n  web:\n    extends: {file: x.yml, service: web}\n", "", "which wasn't read"),
        ("services:\n  web:\n    extends: {file: '${X}/x.yml', service: web}\n", "", "no env file defines X"),
        ("include: ['oci://reg/x:1']\n", "", "isn't a file on the host"),
        ("services: {db: {image: 'postgres:17'}}\n", "", "isn't written in"),
        ("services:\n  web: [\n", "", "isn't valid YAML"),
    ],
)
def test_what_cannot_be_edited_is_refused_with_the_place(compose: str, env: str, words: str) -> None:
    with pytest.raises(RatchetError) as caught:
        locate({COMPOSE: compose, ENV: env})
    assert words in str(caught.value)
    assert "/p/" in str(caught.value)


def test_an_undefined_variable_is_not_found() -> None:
    assert env_file.find("# A=1\nAB=2\n", "A") is None


def project(texts: dict[str, str]) -> tuple[list[str], list[str], dict[str, bytes | None]]:
    """The arguments that ``locate`` takes, with files fetched as the action plugin does: only those that are asked for."""
    files = [path for path in (COMPOSE, OVERRIDE) if path in texts]
    env_files = [ENV] if ENV in texts else []
    contents: dict[str, bytes | None] = {path: texts[path].encode() for path in (*files, *env_files)}
    for _round in range(5):
        missing = image_source.missing_files(files, contents, env_files)
        contents |= {path: texts[path].encode() if path in texts else None for path in missing}
    assert not image_source.missing_files(files, contents, env_files)
    return files, env_files, contents


def upgraded(texts: dict[str, str], rendered: str, version: str, digest: str | None = None) -> dict[str, str]:
    files, env_files, contents = project(texts)
    source = json.loads(json.dumps(image_source.locate("web", rendered, files, env_files, contents).as_dict()))
    after = dict(texts)
    for edit in edits.to_version([source], version, digest):
        assert edit.before == splice.checksum(texts[edit.path].encode())
        content = splice.spliced(after[edit.path].encode(), [splice.Splice(**each) for each in edit.splices])
        after[edit.path] = content.decode()
    return after


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff# Ü 🚀\n"])
@pytest.mark.parametrize("name", EVERYWHERE)
def test_exactly_the_place_that_decides_changes(name: str, mark: str, newline: str) -> None:
    marked, new = EVERYWHERE[name]
    marked = {path: f"{mark}{text}".replace("\n", newline) for path, text in marked.items()}
    texts = {path: re.sub(r"<([^<>]*[0-9])>", r"\1", text) for path, text in marked.items()}
    expected = {path: re.sub(r"<([^<>]*[0-9])>", new, text) for path, text in marked.items()}
    assert sum(texts[path] != expected[path] for path in texts) == 1
    assert upgraded(texts, "reg:5000/app:1.0.0", "1.1.0") == expected


DIGESTS = ("sha256:" + "a" * 64, "sha256:" + "b" * 64)


@pytest.mark.parametrize(
    ("compose", "env"),
    [
        ("services: {web: {image: 'reg:5000/app:1.0.0@OLD'}}\n", ""),
        ("services: {web: {image: 'reg:5000/app:${TAG}@OLD'}}\n", "TAG=1.0.0\n"),
        ("services: {web: {image: 'reg:5000/app:${TAG}@${DIGEST}'}}\n", "DIGEST=OLD\n\nTAG=1.0.0\n"),
        (
            "services: {web: {image: 'reg:5000/app:${TAG:-1.0.0}@sha256:${SUM}'}}\n",
            "SUM=OLD\n".replace("OLD", "a" * 64),
        ),
        ("services: {web: {image: '${R}/app:1.0.0@OLD'}}\n", "R=reg:5000\n"),
    ],
)
def test_a_digest_moves_with_its_tag(compose: str, env: str) -> None:
    texts = {COMPOSE: compose.replace("OLD", DIGESTS[0]), ENV: env.replace("OLD", DIGESTS[0])}
    after = upgraded(texts, f"reg:5000/app:1.0.0@{DIGESTS[0]}", "1.1.0", DIGESTS[1])
    expected = {path: text.replace("1.0.0", "1.1.0").replace("a" * 64, "b" * 64) for path, text in texts.items()}
    assert after == expected


def test_a_fixed_part_of_the_tag_has_to_fit() -> None:
    texts = {COMPOSE: "services: {web: {image: 'reg:5000/app:v${TAG}-alpine'}}\n", ENV: "TAG=1.0.0\n"}
    assert upgraded(texts, "reg:5000/app:v1.0.0-alpine", "v1.1.0-alpine")[ENV] == "TAG=1.1.0\n"
    for version in ("1.1.0-alpine", "v1.1.0", "v1.1.0-slim", "v-alpine"):
        with pytest.raises(RatchetError, match="doesn't fit around that"):
            upgraded(texts, "reg:5000/app:v1.0.0-alpine", version)


def test_files_in_a_circle_and_files_that_are_gone_end_the_asking() -> None:
    files, env_files, contents = project(
        {COMPOSE: "include: [a.yml, gone.yml]\n", "/p/a.yml": "include: [compose.yaml, a.yml]\n"}
    )
    assert contents["/p/gone.yml"] is None
    with pytest.raises(RatchetError, match=r"itself|can't be read"):
        image_source.locate("web", "reg:5000/app:1.0.0", files, env_files, contents)


SHARED = """\
x-airflow-common: &common
  image: ${AIRFLOW_IMAGE_NAME:-apache/airflow:2.9.1}
services:
  web: {<<: *common}
  scheduler: {<<: *common}
  db: {image: "postgres:${PG}"}
  redis: {image: "redis:${TAG}"}
  app: {image: "app:${TAG}"}
  odd: {image: "odd:${A}${TAG}"}
  lost: {extends: {file: gone.yml, service: x}}
"""


def test_who_shares_a_place_is_known() -> None:
    files, env_files, contents = project({COMPOSE: SHARED, ENV: "PG=1.0.0\nTAG=1.0.0\n"})
    everyone = {"web": "", "scheduler": "", "db": "", "redis": "", "app": "", "odd": "", "lost": None}
    airflow = {"web": "apache/airflow:2.9.1", "scheduler": "apache/airflow:2.9.1"}
    sources = image_source.locate_all(airflow, everyone, files, env_files, contents)
    assert [source.shared_with for source in sources] == [("scheduler",), ("web",)]
    sources = image_source.locate_all({"app": "app:1.0.0"}, everyone, files, env_files, contents)
    assert sources[0].shared_with == ("redis", "odd")


@pytest.mark.parametrize(
    ("dockerfile", "compose", "env", "changed"),
    [
        ("FROM q.io/a/rt:5.0.1-base AS b\nFROM q.io/a/rt:5.0.1-base\n", "", "", "/p/Dockerfile"),
        ("ARG V=5.0.1-base\nFROM q.io/a/rt:${V}\nRUN x 5.0.1-base\n", "", "", "/p/Dockerfile"),
        ("ARG V=4\nFROM q.io/a/rt:${V}\n", "args: {V: '5.0.1-base'}", "", COMPOSE),
        ("ARG V=4\nFROM q.io/a/rt:${V}\n", "args: ['W=5', 'V=5.0.1-base']", "", COMPOSE),
        ("ARG V=4\nFROM q.io/a/rt:${V}\n", "args: {V: '${RT:-x}'}", "RT=5.0.1-base\n", ENV),
        ("ARG V\nFROM q.io/a/rt:${V}\n", "args: [V]", "V=5.0.1-base\n", ENV),
    ],
)
def test_a_base_image_is_edited_where_it_is_decided(dockerfile: str, compose: str, env: str, changed: str) -> None:
    text = f"services:\n  web:\n    build:\n      context: .\n      {compose}\n"
    texts = {COMPOSE: text, ENV: env, "/p/Dockerfile": dockerfile}
    contents = {path: each.encode() for path, each in texts.items()}
    build = {"context": "/p", "dockerfile": "Dockerfile", "args": {"V": "5.0.1-base"} if compose else None}
    sources = image_source.locate_build("web", build, [COMPOSE], [ENV], contents)
    assert {source.path for source in sources} == {changed}
    for edit in edits.to_version([source.as_dict() for source in sources], "5.0.4-base", None):
        texts[edit.path] = splice.spliced(
            contents[edit.path], [splice.Splice(**each) for each in edit.splices]
        ).decode()
    expected = contents[changed].decode()
    if changed == "/p/Dockerfile":
        expected = re.sub(r"(rt:|V=)5\.0\.1", r"\g<1>5.0.4", expected)
    else:
        expected = expected.replace("5.0.1", "5.0.4")
    assert texts[changed] == expected


@pytest.mark.parametrize(
    ("dockerfile", "build", "words"),
    [
        ("FROM q.io/a/rt:${V}\n", {}, "nothing gives V a value"),
        ("ARG V\nFROM q.io/a/rt:${V}\n", {"args": {"V": "5.0.1"}}, "comes from $V"),
        ("FROM other:1\n", {}, "not from q.io/a/rt"),
        ("FROM q.io/a/rt:1\n", {"target": "x"}, "no stage 'x'"),
        ("FROM q.io/a/rt:1\n", {"dockerfile_inline": "FROM x"}, "dockerfile_inline"),
        ("FROM q.io/a/rt:1\n", {"context": "https://x/y.git"}, "isn't a directory on the host"),
        ("FROM q.io/a/rt:1\n", {"dockerfile": "Other"}, "/p/Other"),
    ],
)
def test_a_base_image_that_cannot_be_edited_is_refused(dockerfile: str, build: dict[str, Any], words: str) -> None:
    contents = {COMPOSE: b"services: {web: {build: .}}\n", "/p/Dockerfile": dockerfile.encode()}
    with pytest.raises(RatchetError) as caught:
        image_source.locate_build("web", {"context": "/p", **build}, [COMPOSE], [], contents, repository="q.io/a/rt")
    assert words in str(caught.value)
