"""A ratchet: whatever the application says, it says in Chinese and in English. Nothing on a page stands outside of the two."""

import ast
import re
from functools import cache
from pathlib import Path

from jinja2 import Environment, nodes

from api import words
from api.accounts import words as account_words
from api.inbox.people import ROLES
from engine.permissions import Role
from engine.signing_in import Happened

ROOT = Path(__file__).parents[2]
_IDEOGRAPH, _LETTER = re.compile(r"[一-鿿]"), re.compile(r"[A-Za-z一-鿿]")
# English that quotes Chinese: a name, a form of writing, an example of what to type.
_QUOTED = re.compile(r"[“‘«(（'\"][^”’»)）'\"]*[”’»)）'\"]")
_HOLE = "\x01"
# Text of templates that stands in one language on purpose.
OUTSIDE = {
    "中文": "a language is named in itself",
    "English": "a language is named in itself",
    "https://": "an example of what to type",
    "XLSX": "a format's name",
    "CSV": "a format's name",
    "col-12": "a class that a macro gives back",
    "col-md-": "a class that a macro gives back",
}
# Subjects of the history that no page shows, and kinds that are made of a status.
NOT_SHOWN = {"clock moved"}


@cache
def _trees():
    """Every module of ours, parsed once."""
    paths = [path for room in ("api", "engine", "forms") for path in (ROOT / room).rglob("*.py")]
    return {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_text()) for path in paths if "versions" not in path.parts
    }


def _calls(*names):
    for path, tree in _trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names:
                yield f"{path}:{node.lineno}", node


def _said(node):
    """The fixed words of a string or of one with values in it; none where it is computed elsewhere."""
    if isinstance(node, ast.JoinedStr):
        return "".join(part.value if isinstance(part, ast.Constant) else _HOLE for part in node.values)
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _lacking(zh, en):
    """What is wrong with a pair of sentences; nothing where it is none, such as `—` or a number."""
    if zh is None or en is None or not _LETTER.search(zh + en):
        return None
    if not zh.strip() or not en.strip():
        return "one of the two is empty"
    if _IDEOGRAPH.search(_QUOTED.sub("", en)):
        return "Chinese in the English"
    if not _IDEOGRAPH.search(zh) and _HOLE not in zh and zh != en:
        return "no Chinese in the Chinese"
    return None


def test_every_sentence_of_the_code_is_there_twice():
    wrong = {}
    for where, node in _calls("Text"):
        if len(node.args) == 2:
            zh, en = map(_said, node.args)
            if lacking := _lacking(zh, en):
                wrong[where] = (lacking, zh, en)
    assert wrong == {}


def test_every_refusal_is_there_twice():
    kinds = {
        node.name
        for tree in _trees().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error")
    }
    wrong = {}
    for where, node in _calls(*kinds):
        texts = [_said(arg) for arg in node.args[:2]]
        if len(texts) == 2 and None not in texts and _IDEOGRAPH.search(texts[0]) and (lacking := _lacking(*texts)):
            wrong[where] = (lacking, *texts)
    assert wrong == {}


def _templates():
    environment = Environment(trim_blocks=True, lstrip_blocks=True, autoescape=True)
    for path in sorted((ROOT / "api" / "templates").rglob("*.html")):
        yield path.relative_to(ROOT / "api" / "templates").as_posix(), environment.parse(path.read_text())


def test_every_sentence_of_a_template_is_there_twice():
    wrong, seen = {}, 0
    for name, tree in _templates():
        for call in tree.find_all(nodes.Call):
            if getattr(call.node, "name", "") == "t":
                seen += 1
                assert len(call.args) == 2, (name, call.lineno)
                texts = [arg.value if isinstance(arg, nodes.Const) else None for arg in call.args]
                if lacking := _lacking(*texts):
                    wrong[f"{name}:{call.lineno}"] = (lacking, *texts)
    assert seen > 500
    assert wrong == {}


_NO_TEXT = re.compile(
    r"<!--.*?-->|<(script|style|code|kbd)\b[^>]*>.*?</\1>|<[^>]*>?|[\w-]+=\"[^\"]*\"|&[a-z0-9#]+;", re.DOTALL
)
_SPOKEN = re.compile(r"\b(aria-label|title|placeholder|alt|data-label)=(['\"])(?P<text>[^'\"]*[A-Za-z一-鿿][^'\"]*)\2")


def test_no_word_of_a_template_stands_outside_of_the_two_languages():
    wrong = {}
    for name, tree in _templates():
        # What is computed is a hole in the page; tags may run across several pieces of text.
        page = "".join(
            each.data if isinstance(each, nodes.TemplateData) else _HOLE
            for output in tree.find_all(nodes.Output)
            for each in output.nodes
        )
        text = _NO_TEXT.sub(" ", page)
        spoken = [found["text"] for found in _SPOKEN.finditer(page) if found["text"] not in OUTSIDE]
        found = [word for word in re.findall(r"[^\s\x01]*[A-Za-z一-鿿][^\s\x01]*", text) if word not in OUTSIDE]
        if found or spoken:
            wrong[name] = found + spoken
    assert wrong == {}


@cache
def _constants():
    """The strings that a module gives a name to, by module and name, and by name alone."""
    found = {}
    for path, tree in _trees().items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign):
                for target in node.targets:
                    pairs = (
                        zip(target.elts, node.value.elts, strict=False)
                        if _both(target, node.value)
                        else [(target, node.value)]
                    )
                    for name, value in pairs:
                        if isinstance(name, ast.Name) and isinstance(value, ast.Constant):
                            found.setdefault((path, name.id), set()).add(value.value)
                            found.setdefault(name.id, set()).add(value.value)
    return found


def _both(target, value):
    return isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)


def _kinds(node, path):
    if isinstance(node, ast.IfExp):
        return _kinds(node.body, path) | _kinds(node.orelse, path)
    if isinstance(node, ast.Name):
        known = _constants()
        return {kind for kind in known.get((path, node.id)) or known.get(node.id, ()) if isinstance(kind, str)}
    said = _said(node)
    return {said} if isinstance(node, ast.Constant) and said else set()


def test_every_kind_of_entry_of_the_history_has_its_words():
    kinds = {
        kind
        for where, node in _calls("Event", "Happening", "recount_event")
        if node.args
        for kind in _kinds(node.args[0], where.split(":")[0])
    }
    assert len(kinds) > 40
    assert {kind for kind in kinds - NOT_SHOWN if kind not in words.EVENTS} == set()


def test_every_role_verdict_and_happening_has_its_words():
    assert {role.value for role in Role} == set(ROLES)
    assert set(Happened) == set(account_words.EVENTS)
    for table in (words.EVENTS, words.VERDICTS, words.STEPS, words.TIMERS, words.AGENDA_KINDS, ROLES):
        for key, text in table.items():
            assert text.zh, key
            assert text.en, key
            assert _lacking(text.zh, text.en) is None, key
