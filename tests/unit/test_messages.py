# Copyright: (c) 2026, the ratchet.runtime contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a message tells an operator to set, to run or to read is there, and every error says what to do."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import markdown_links
import yaml
from ansible_collections.ratchet.runtime.plugins.plugin_utils import problems, variables

ROOT = Path(__file__).parents[2]
PLAYBOOKS = {path.stem for path in ROOT.glob("playbooks/*.yml")}
MODULES = {path.stem for path in ROOT.glob("plugins/modules/*.py")}
ROLES = {path.name for path in ROOT.glob("roles/*")}
KEYS = ("name", "msg", "fail_msg", "success_msg", "rollout_remedy", "runtime_trouble", "trouble", "state")
DOCUMENTATION = ("DOCUMENTATION", "EXAMPLES", "RETURN")
# What stands in a text for a value that is put into it.
HOLE = "\N{HORIZONTAL ELLIPSIS}"
# Errors that only say how things stand, as what they are made of has its remedies already: by file, with what that is.
WITHOUT_REMEDY = {
    "plugins/action/lock.py": "each refused lock with what to do about it",
    "plugins/action/resolve.py": "the message of a module, whole",
    "plugins/action/unlock.py": "each lock that is left, with what to do about it",
    "plugins/plugin_utils/cleaning.py": "the refusals of the backups that it needs",
    "plugins/plugin_utils/rehearsal_stage.py": "the message of a module, whole",
}
STATE = re.compile(r"Nothing( else| of production)? was touched")


class Text(NamedTuple):
    """A text of the sources."""

    file: str
    line: int
    text: str


class Said(NamedTuple):
    """An error; with ``accepted``, one that can be accepted by this id."""

    file: str
    line: int
    reason: str
    remedy: str
    accepted: str


def rendered(node: ast.AST) -> str:
    """The text of an expression, as far as it is written there."""
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, str) else HOLE
    if isinstance(node, ast.JoinedStr):
        return "".join(rendered(each) for each in node.values)
    if isinstance(node, ast.BinOp):
        return rendered(node.left) + rendered(node.right)
    return HOLE


# Walked once: the sources are long.
NODES = {
    str(path.relative_to(ROOT)): [*ast.walk(ast.parse(path.read_text(encoding="utf-8")))]
    for path in ROOT.glob("plugins/**/*.py")
}


def called(node: ast.AST) -> str:
    """The last part of a dotted name."""
    return str(getattr(node, "attr", "") or getattr(node, "id", ""))


def documentation(nodes: list[ast.AST]) -> Iterator[ast.AST]:
    """What is for readers of the source or of the reference."""
    for node in nodes:
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node
        if isinstance(node, ast.Assign) and called(node.targets[0]) in DOCUMENTATION:
            yield node
        if isinstance(node, ast.ClassDef) and node.name == "ModuleDocFragment":
            yield node


def of_python(file: str, nodes: list[ast.AST]) -> Iterator[Text]:
    """The texts of a Python file, those of f-strings whole."""
    done = {id(inner) for outer in documentation(nodes) for inner in ast.walk(outer)}
    for node in nodes:
        if id(node) not in done and isinstance(node, ast.Constant | ast.JoinedStr | ast.BinOp):
            # What stands in the holes of an f-string is walked by itself.
            done |= {id(each) for each in getattr(node, "values", []) if isinstance(each, ast.Constant)}
            yield Text(file, node.lineno, rendered(node))


def of_jinja(text: str) -> Iterator[str]:
    """A template's text, and the texts within its expressions."""
    yield re.sub(r"\{\{.*?\}\}", HOLE, text, flags=re.DOTALL)
    for expression in re.findall(r"\{\{.*?\}\}", text, flags=re.DOTALL):
        yield from re.findall(r"'([^']*)'", expression)


def of_yaml(file: str, node: yaml.Node, told: bool) -> Iterator[Text]:
    """The texts under the keys that are told; all of them with ``told``."""
    if isinstance(node, yaml.ScalarNode) and told:
        yield from (Text(file, node.start_mark.line + 1, each) for each in of_jinja(str(node.value)))
    elif isinstance(node, yaml.SequenceNode):
        for each in node.value:
            yield from of_yaml(file, each, told)
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from of_yaml(file, value, told or key.value in KEYS)


def texts() -> list[Text]:
    """Every text that an operator may come to read, and some that none does."""
    found = [each for file, nodes in NODES.items() for each in of_python(file, nodes)]
    tasks = [*ROOT.glob("playbooks/**/*.yml"), *ROOT.glob("roles/*/tasks/*.yml")]
    for path in [*tasks, *ROOT.glob("plugins/profiles/*.yml")]:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        assert node is not None
        found += of_yaml(str(path.relative_to(ROOT)), node, told=path not in tasks)
    # A name alone is a key or a fact, not a message.
    return [each for each in found if " " in each.text]


TEXTS = texts()


def wrong(pattern: str, known: Any) -> list[str]:
    """Where a text names something that isn't there."""
    return [
        f"{each.file} line {each.line}: {named}"
        for each in TEXTS
        for named in re.findall(pattern, each.text)
        if not known(named)
    ]


def is_variable(name: str) -> bool:
    """Whether it is a public variable, the begin of one that the code completes, or one of the modules called so."""
    if name.endswith("_"):
        return any(each.startswith(name) for each in variables.PUBLIC)
    return name in variables.PUBLIC or name in MODULES


def test_there_is_something_to_read() -> None:
    assert len(TEXTS) > 1500
    assert any(each.file.startswith("roles/") and "is healthy, and no other host is" in each.text for each in TEXTS)
    assert any("no database is known (runtime_database)" in each.text for each in TEXTS), "a text within an expression"


def test_messages_name_variables_that_are_there() -> None:
    assert wrong(r"\bruntime_[a-z_]*", is_variable) == []
    assert wrong(r"-e ([a-z_]+)=", is_variable) == []


def test_messages_name_playbooks_that_are_there() -> None:
    assert wrong(r"ansible-playbook ([\w.]+)", lambda name: name.removeprefix("ratchet.runtime.") in PLAYBOOKS) == []
    assert wrong(r"(?<!-)\bplaybook ([a-z_]+)", lambda name: name in PLAYBOOKS) == []
    assert wrong(r"\bratchet\.runtime\.([a-z_]+)", lambda name: name in PLAYBOOKS | MODULES | ROLES) == []


def test_messages_name_pages_and_sections_that_are_there() -> None:
    def is_there(named: str) -> bool:
        page, _hash, anchor = named.partition("#")
        path = ROOT / page
        return path.exists() and (not anchor or anchor in markdown_links.anchors(path.read_text(encoding="utf-8")))

    assert wrong(r"(?<![\w/])((?:docs/[\w/]+|README)\.md(?:#[\w-]+)?)", is_there) == []
    assert wrong(r'"([^"]+)" in the README', lambda title: is_there(f"README.md#{markdown_links.slug(title)}")) == []


def test_the_page_of_faults_quotes_messages_that_are_there() -> None:
    rows = re.findall(r"^\| ([^|]*`[^|]*) \|", ROOT.joinpath("docs", "faults.md").read_text(encoding="utf-8"), re.M)
    quoted = [each for row in rows for each in re.findall(r"`([^`]+)`", row) if " " in each]
    assert len(quoted) > 50
    pieces = {piece.strip() for each in quoted for piece in each.split(HOLE)} - {""}
    assert [piece for piece in pieces if not any(piece in each.text for each in TEXTS)] == []


def errors() -> set[str]:
    """The name of RatchetError and of what is derived from it."""
    classes = [node for nodes in NODES.values() for node in nodes if isinstance(node, ast.ClassDef)]
    bases = {node.name: {called(base) for base in node.bases} for node in classes}
    found: set[str] = set()
    wanted = {"RatchetError"}
    while wanted - found:
        found |= wanted
        wanted = {name for name, of in bases.items() if of & found}
    return found - {"Refusal"}  # made of those


def raised() -> Iterator[Said]:
    """Every error, and everything that can be accepted."""
    names = errors()
    for file, nodes in NODES.items():
        for node in nodes:
            name = called(node.func) if isinstance(node, ast.Call) else ""
            if isinstance(node, ast.Call) and (name in names or name == "matter"):
                id, *others = node.args if name == "matter" else [None, *node.args]
                reason, remedy = (rendered(each) for each in others[:2])
                yield Said(file, node.lineno, reason, remedy, rendered(id) if id else "")


RAISED = [*raised()]


def test_every_error_says_what_to_do() -> None:
    assert len(RAISED) > 350
    assert [each for each in RAISED if not each.remedy.strip()] == []
    assert {each.file for each in RAISED if STATE.fullmatch(each.remedy)} == {*WITHOUT_REMEDY}


def test_reason_and_remedy_are_sentences_that_a_full_stop_is_put_behind() -> None:
    assert [each for each in RAISED if re.search(r"(?<!\.\.)\.\Z", each.reason) or each.remedy.endswith(".")] == []
    assert [each for each in RAISED if not re.match(rf"[A-Z{HOLE}]", each.remedy)] == []
    assert [each for each in RAISED if "!" in each.reason + each.remedy] == [], "nobody is shouted at"


def test_what_can_be_accepted_is_known_by_its_id() -> None:
    ids = {each.accepted for each in RAISED} - {"", HOLE}
    assert ids <= {*problems.MATTERS}
    assert len(ids) > 10
