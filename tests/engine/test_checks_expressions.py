"""An expression that is wrong says so when the bundle is checked: file, element, line, column, what was expected or meant."""

import json
from xml.sax.saxutils import quoteattr

import pytest

from engine.checks import check
from tests.engine.bundles import FORM, line, small, task
from tests.engine.decisions.conftest import decision, definitions, input_data, requires, table

SHOWN = task("work") + line("begin", "work", "finish")


def in_diagram(text):
    script = f'<zeebe:script expression={quoteattr("=" + text)} resultVariable="r" />'
    body = f'<bpmn:scriptTask id="s"><bpmn:extensionElements>{script}</bpmn:extensionElements></bpmn:scriptTask>'
    return small(body + line("begin", "s", "finish"))


def in_form(text):
    field = {
        "type": "textfield",
        "key": "more",
        "label": "更多",
        "id": "more_field",
        "conditional": {"hide": f"={text}"},
    }
    form = FORM | {"components": [*FORM["components"], field]}
    return small(SHOWN, files={"any.form": json.dumps(form).encode()})


def in_table(text):
    rows = [("-", text)]
    body = input_data("n", "number") + decision("d", "D", table(("n",), ("out",), rows), requires("n"))
    return small(SHOWN, files={"a.dmn": definitions(body)})


WRITTEN = {"p.bpmn": in_diagram, "any.form": in_form, "a.dmn": in_table}


@pytest.mark.parametrize(("file", "write"), WRITTEN.items())
@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("1 +", "第 1 行第 4 列：应为 表达式，却是 结尾", "line 1, column 4: expected an expression, found the end"),
        ("if true then 1", "第 1 行第 15 列：应为 else", "line 1, column 15: expected else"),
        ("[1,\n2", "第 2 行第 2 列：应为 , 或 ]", "line 2, column 2: expected , or ]"),
        ('"abc', "第 1 行第 1 列：字符串没有结束的双引号", "line 1, column 1: a string lacks its closing quote"),
    ],
)
def test_a_text_that_cannot_be_read_names_line_column_and_what_was_expected(file, write, text, zh, en):
    found = [finding for finding in check(write(text)) if finding.file == file]
    assert found, "nothing was found"
    assert all(finding.element for finding in found)
    assert any(zh in finding.text.zh and en in finding.text.en for finding in found), found


@pytest.mark.parametrize(("file", "write"), WRITTEN.items())
@pytest.mark.parametrize(
    ("text", "meant"), [('string lenght("a")', "string length"), ("coumt([1])", "count"), ("setings.x", "settings")]
)
def test_a_name_that_does_not_exist_comes_with_the_one_that_was_meant(file, write, text, meant):
    [finding] = [finding for finding in check(write(text)) if finding.file == file]
    assert f"did you mean {meant}?" in finding.text.en
    assert meant in finding.text.zh
    assert "1:1" in finding.text.en or "line 1, column 1" in finding.text.en


def test_a_form_reads_its_own_fields_and_what_its_diagram_knows():
    for text in ("amount > 3", "process.key = note", "settings = null", "more = null", "this = null"):
        assert check(in_form(text)) == ()
    [finding] = check(in_form("amuont > 3"))
    assert (finding.file, finding.rule) == ("any.form", "unknown-name")
    assert "did you mean amount?" in finding.text.en
