"""Models: the graph of requirements, boxed expressions, types, services, imports."""

import datetime as dt
from decimal import Decimal

import pytest

from engine.decisions import load
from engine.errors import DecisionError
from tests.engine.decisions.conftest import decision, definitions, input_data, literal, requires

BKM = (
    '<businessKnowledgeModel id="bkm" name="够 年限"><variable name="够 年限"/><encapsulatedLogic>'
    '<formalParameter name="months" typeRef="number"/>{body}</encapsulatedLogic></businessKnowledgeModel>'
)


def value(body, context, of="d", **more):
    return load(definitions(body), **more).evaluate(of, context).value


@pytest.mark.parametrize(
    "version",
    [
        "http://www.omg.org/spec/DMN/20180521/MODEL/",
        "https://www.omg.org/spec/DMN/20191111/MODEL/",
        "https://www.omg.org/spec/DMN/20211108/MODEL/",
    ],
)
def test_older_versions_are_read_too(version):
    xml = definitions(input_data("n") + decision("d", "D", literal("n + 1"), requires("n")), version)
    assert load(xml).evaluate("d", {"n": 1}).value == 2


def test_required_decisions_come_first_and_inputs_are_found_through_them():
    body = input_data("起点", "date") + input_data("截止", "date")
    body += decision(
        "months", "月数", literal('years and months duration(起点, 截止) / @"P1M"'), requires("起点", "截止")
    )
    body += decision("d", "够", literal("月数 >= settings.years.required * 12"), requires(decisions=("months",)))
    model = load(definitions(body), globals=("settings",))
    assert model.decisions["d"].required_inputs == ("起点", "截止")
    context = {"起点": dt.date(2020, 7, 1), "截止": dt.date(2025, 6, 30), "settings": {"years": {"required": 5}}}
    assert model.evaluate("够", context).value is False
    assert model.evaluate("够", context | {"截止": dt.date(2025, 7, 1)}).value is True


def test_a_required_decision_is_known_by_name_and_by_id():
    body = decision("a_id", "a name", literal("2")) + decision(
        "d", "D", literal("a name * a_id"), requires(decisions=("a_id",))
    )
    assert value(body, {}) == 4


def test_business_knowledge_is_called_by_place_and_by_name():
    body = BKM.format(body=literal("months >= 60"))
    for call in ("够 年限(60)", "够 年限(months: 60)"):
        assert value(body + decision("d", "D", literal(call), requires(knowledge=("bkm",))), {}) is True
    assert load(definitions(body)).invoke("够 年限", {"months": 59}).value is False


def test_business_knowledge_may_call_itself():
    body = BKM.format(body=literal("if months = 0 then 0 else months + 够 年限(months - 1)"))
    assert value(body + decision("d", "D", literal("够 年限(10)"), requires(knowledge=("bkm",))), {}) == 55


def test_the_hosts_functions_are_known_to_a_model():
    body = input_data("posted") + decision("d", "D", literal("working days after(posted, 5)"), requires("posted"))
    functions = {"working days after": lambda day, count: day + dt.timedelta(days=int(count))}
    model = load(definitions(body), functions=functions)
    assert model.evaluate("d", {"posted": dt.date(2025, 6, 23)}, functions).value == dt.date(2025, 6, 28)


BOXES = [
    (
        "<context><contextEntry><variable name='a'/>%s</contextEntry><contextEntry>%s</contextEntry></context>",
        ("2", "a * 3"),
        6,
    ),
    ("<context><contextEntry><variable name='a'/>%s</contextEntry></context>", ("2",), {"a": 2}),
    ("<list>%s%s</list>", ("1", "n"), [1, 5]),
    ("<relation><column name='a'/><row>%s</row><row>%s</row></relation>", ("1", "2"), [{"a": 1}, {"a": 2}]),
    ("<conditional><if>%s</if><then>%s</then><else>%s</else></conditional>", ("n > 4", '"yes"', '"no"'), "yes"),
    ("<filter><in>%s</in><match>%s</match></filter>", ("[1, 7, 9]", "item > n"), [7, 9]),
    ("<for iteratorVariable='x'><in>%s</in><return>%s</return></for>", ("[1, 2]", "x * n"), [5, 10]),
    ("<some iteratorVariable='x'><in>%s</in><satisfies>%s</satisfies></some>", ("[1, 9]", "x > n"), True),
    ("<every iteratorVariable='x'><in>%s</in><satisfies>%s</satisfies></every>", ("[1, 9]", "x > n"), False),
    ("<invocation>%s<binding><parameter name='n'/>%s</binding></invocation>", ("abs", "0 - n"), 5),
]


@pytest.mark.parametrize(("box", "texts", "expected"), BOXES)
def test_a_boxed_expression_has_its_value(box, texts, expected):
    body = box % tuple(literal(text) for text in texts)
    assert value(input_data("n") + decision("d", "D", body, requires("n")), {"n": 5}) == expected


def test_types_are_checked_and_converted():
    types = (
        '<itemDefinition name="tLevel"><typeRef>string</typeRef><allowedValues><text>"特级","首席"</text></allowedValues></itemDefinition>'
        '<itemDefinition name="tPost"><itemComponent name="start"><typeRef>date</typeRef></itemComponent></itemDefinition>'
        '<itemDefinition name="tPosts" isCollection="true"><typeRef>tPost</typeRef></itemDefinition>'
    )
    body = types + input_data("level", "tLevel") + input_data("posts", "tPosts")
    body += decision("d", "D", literal("level"), requires("level")) + decision(
        "e", "E", literal("count(posts)"), requires("posts"), "string"
    )
    model = load(definitions(body + decision("f", "F", literal("posts.start"), requires("posts"))))
    assert model.evaluate("d", {"level": "特级"}).value == "特级"
    wrong = model.evaluate("d", {"level": "学徒"})
    assert wrong.value is None
    assert "level must be a tLevel" in wrong.warnings[0].en
    assert model.evaluate("f", {"posts": {"start": dt.date(2020, 1, 1)}}).value == [dt.date(2020, 1, 1)]
    assert model.evaluate("e", {"posts": []}).value is None


def test_a_decision_service_takes_what_it_is_given():
    body = (
        input_data("n")
        + decision("a", "A", literal("n + 1"), requires("n"))
        + decision("b", "B", literal("A * n"), requires("n", decisions=("a",)))
    )
    service = '<decisionService id="s" name="S"><outputDecision href="#b"/><inputDecision href="#a"/><inputData href="#in_n"/></decisionService>'
    caller = decision("d", "D", literal("S(3, 10)"), requires(knowledge=("s",)))
    model = load(definitions(body + service + caller))
    assert model.evaluate_service("S", {"n": 3, "A": 10}).value == 30
    assert model.evaluate("d", {}).value == 30
    assert model.evaluate("b", {"n": 3}).value == 12


def test_another_file_can_be_imported():
    library = definitions(BKM.format(body=literal("months >= 60"))).replace(b"urn:test", b"urn:library")
    body = '<import namespace="urn:library" name="lib" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
    needs = '<knowledgeRequirement><requiredKnowledge href="urn:library#bkm"/></knowledgeRequirement>'
    model = load(definitions(body + decision("d", "D", literal("lib.够 年限(60)"), needs)), imports=(library,))
    assert model.evaluate("d", {}).value is True


def test_json_numbers_come_in_as_decimals():
    body = input_data("n") + decision("d", "D", literal("n * 3"), requires("n"))
    assert value(body, {"n": 0.1}) == Decimal("0.3")


def import_of(namespace, name):
    return f'<import namespace="{namespace}" name="{name}" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'


def test_each_import_has_inputs_of_its_own():
    hello = definitions(input_data("who") + decision("d", "Hello", literal('"hello " + who'), requires("who"))).replace(
        b"urn:test", b"urn:hello"
    )
    needs = '<informationRequirement><requiredDecision href="urn:hello#d"/></informationRequirement>'
    middle = definitions(import_of("urn:hello", "inner") + decision("d", "Mid", literal("inner.Hello"), needs)).replace(
        b"urn:test", b"urn:mid"
    )
    top = import_of("urn:mid", "mid") + decision("d", "Top", literal("mid.Mid"), needs.replace("urn:hello", "urn:mid"))
    model = load(definitions(top), imports=(middle, hello))
    assert model.evaluate("Top", {"mid": {"inner": {"who": "甲"}}}).value == "hello 甲"
    assert model.evaluate("Top", {"who": "乙"}).value == "hello 乙"


def test_a_problem_of_an_imported_file_is_a_problem():
    broken = definitions(decision("d", "D", literal("1 +"))).replace(b"urn:test", b"urn:broken")
    with pytest.raises(DecisionError, match="expected an expression"):
        load(definitions(import_of("urn:broken", "x")), imports=(broken,))


def test_one_file_imported_twice_is_two_models():
    hello = definitions(input_data("who") + decision("d", "Hello", literal('"hello " + who'), requires("who"))).replace(
        b"urn:test", b"urn:hello"
    )
    needs = '<informationRequirement><requiredDecision href="urn:hello#d"/></informationRequirement>'
    body = (
        import_of("urn:hello", "one")
        + import_of("urn:hello", "two")
        + decision("d", "D", literal("[one.Hello, two.Hello]"), needs)
    )
    context = {"one": {"who": "甲"}, "two": {"who": "乙"}}
    assert load(definitions(body), imports=(hello,)).evaluate("D", context).value == ["hello 甲", "hello 乙"]
