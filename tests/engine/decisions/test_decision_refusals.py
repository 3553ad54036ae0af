"""What a model may not be; every refusal names the place and what to do."""

import pytest

from engine.decisions import load
from engine.errors import DecisionError, FeelError
from tests.engine.decisions.conftest import decision, definitions, input_data, literal, requires, table

ENTITY = (
    b'<!DOCTYPE d [<!ENTITY x "y">]><definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/">&x;</definitions>'
)
FILE = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="&x;"/>'
OUTSIDE = (
    b'<!DOCTYPE d SYSTEM "http://localhost/x.dtd"><definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/"/>'
)
DEEP = definitions("<decision id='d' name='D'>" + "<list>" * 5000 + "</list>" * 5000 + "</decision>")


@pytest.mark.parametrize("xml", [b"", b"{}", b"<definitions/>", b"<a", ENTITY, FILE, OUTSIDE, DEEP, b"\xff\xfe"])
def test_what_is_no_dmn_is_refused(xml):
    with pytest.raises(DecisionError):
        load(xml, source="x.dmn")


def test_an_unknown_name_is_refused_with_the_name_that_was_meant():
    body = input_data("高级技师年限") + decision("d", "D", literal("高级技师年线 >= 5"), requires("高级技师年限"))
    with pytest.raises(DecisionError) as caught:
        load(definitions(body), source="years.dmn")
    assert caught.value.element == "d"
    assert (
        caught.value.text.en
        == "years.dmn, line 1, d: 高级技师年线 >= 5: line 1, column 1: unknown name 高级技师年线, did you mean 高级技师年限?"
    )
    assert (
        caught.value.text.zh
        == "years.dmn，第 1 行，d：高级技师年线 >= 5：第 1 行第 1 列：未知名称 高级技师年线，是否指 高级技师年限？"
    )


def test_a_name_without_its_requirement_is_unknown():
    body = input_data("n") + decision("d", "D", literal("n + 1"))
    with pytest.raises(DecisionError, match="requirement"):
        load(definitions(body))


def test_a_cell_that_cannot_be_read_is_refused_with_its_rule():
    body = input_data("n") + decision("d", "D", table(("n",), ("out",), [(">= ", "1")]), requires("n"))
    with pytest.raises(DecisionError, match="rule_1.*expected an expression") as caught:
        load(definitions(body))
    assert caught.value.element == "rule_1"


BROKEN = [
    (decision("d", "D", literal("1"), requires("nobody")), "unknown name #in_nobody"),
    (decision("d", "D", literal("1"), kind="tNothing"), "no type tNothing"),
    (
        decision("a", "A", literal("B"), requires(decisions=("b",)))
        + decision("b", "B", literal("A"), requires(decisions=("a",))),
        "need each other: A → B → A",
    ),
    (
        decision(
            "d", "D", literal("1").replace("<literalExpression>", '<literalExpression expressionLanguage="javascript">')
        ),
        "javascript",
    ),
    (decision("d", "D", '<functionDefinition kind="Java"><context/></functionDefinition>'), "Java"),
    (decision("d", "D", table((), ("out",), [("1",)]).replace("UNIQUE", "WHATEVER")), "hit policy"),
    (
        input_data("n") + decision("d", "D", table(("n",), ("out",), [("1",)]), requires("n")),
        "one cell for each column",
    ),
    (
        '<import namespace="urn:x" name="x" importType="https://www.omg.org/spec/DMN/20230324/MODEL/"/>',
        "imported model urn:x",
    ),
    (decision("d", "D", literal("1")) * 2, "twice"),
]


@pytest.mark.parametrize(("body", "reason"), BROKEN)
def test_a_broken_model_is_refused(body, reason):
    with pytest.raises(DecisionError, match=reason):
        load(definitions(body))


def test_all_problems_are_gathered_when_asked_for():
    body = decision("d", "D", literal("x + y")) + decision("e", "E", literal("1 +"))
    model = load(definitions(body), strict=False)
    assert [problem.element for problem in model.problems] == ["d", "d", "e"]
    assert model.evaluate("e", {}).value is None


def test_an_unknown_decision_is_named():
    model = load(definitions(decision("eligible", "资格", literal("1"))))
    with pytest.raises(DecisionError, match="did you mean eligible"):
        model.evaluate("eligble", {})


def test_limits_hold_for_models_too():
    model = load(definitions(decision("d", "D", literal("for i in 1..40000 return for j in 1..40000 return 1"))))
    with pytest.raises(FeelError, match="steps"):
        model.evaluate("d", {})


def test_a_chain_of_many_decisions_is_evaluated():
    body = decision("d0", "D0", literal("0"))
    body += "".join(
        decision(f"d{n}", f"D{n}", literal(f"D{n - 1} + 1"), requires(decisions=(f"d{n - 1}",))) for n in range(1, 100)
    )
    assert load(definitions(body)).evaluate("d99", {}).value == 99


def test_a_circle_that_was_let_in_yields_null():
    body = decision("a", "A", literal("B"), requires(decisions=("b",))) + decision(
        "b", "B", literal("A"), requires(decisions=("a",))
    )
    assert load(definitions(body), strict=False).evaluate("a", {}).value is None


def test_a_file_that_is_too_large_is_refused():
    with pytest.raises(DecisionError, match="larger"):
        load(b" " * 5_000_001)


def test_an_unknown_service_and_unknown_knowledge_are_refused():
    model = load(definitions(""))
    for ask in (model.evaluate_service, model.invoke):
        with pytest.raises(DecisionError, match="there is no"):
            ask("nothing", {})
