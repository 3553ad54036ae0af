"""Decision models written small: a table by rows, a model by decisions."""

from xml.sax.saxutils import escape, quoteattr

import pytest

MODEL = "https://www.omg.org/spec/DMN/20230324/MODEL/"


def definitions(body, namespace=MODEL, more=""):
    return f'<definitions xmlns="{namespace}" namespace="urn:test" name="test" {more}>{body}</definitions>'.encode()


def input_data(name, kind=""):
    typed = f" typeRef={quoteattr(kind)}" if kind else ""
    return f'<inputData id="in_{name}" name={quoteattr(name)}><variable name={quoteattr(name)}{typed}/></inputData>'


def requires(*names, decisions=(), knowledge=()):
    found = "".join(
        f'<informationRequirement><requiredInput href="#in_{name}"/></informationRequirement>' for name in names
    )
    found += "".join(
        f'<informationRequirement><requiredDecision href="#{id_}"/></informationRequirement>' for id_ in decisions
    )
    return found + "".join(
        f'<knowledgeRequirement><requiredKnowledge href="#{id_}"/></knowledgeRequirement>' for id_ in knowledge
    )


def literal(text):
    return f"<literalExpression><text>{escape(text)}</text></literalExpression>"


def decision(id_, name, body, needs="", kind=""):
    typed = f" typeRef={quoteattr(kind)}" if kind else ""
    return (
        f'<decision id="{id_}" name={quoteattr(name)}><variable name={quoteattr(name)}{typed}/>{needs}{body}</decision>'
    )


def text_of(tag, text):
    return f"<{tag}><text>{escape(text)}</text></{tag}>"


def table(inputs, outputs, rows, policy="UNIQUE", aggregation="", values=(), defaults=()):
    """`rows` hold cells, then outputs, then the clause."""
    columns = "".join(f"<input label={quoteattr(name)}>{text_of('inputExpression', name)}</input>" for name in inputs)
    for at, name in enumerate(outputs):
        allowed = text_of("outputValues", values[at]) if at < len(values) and values[at] else ""
        default = text_of("defaultOutputEntry", defaults[at]) if at < len(defaults) else ""
        columns += f"<output name={quoteattr(name)}>{allowed}{default}</output>"
    rules = "".join(rule(at, row, len(inputs), len(outputs)) for at, row in enumerate(rows, 1))
    total = f' aggregation="{aggregation}"' if aggregation else ""
    return f'<decisionTable hitPolicy="{policy}"{total}>{columns}<annotation name="clause"/>{rules}</decisionTable>'


def rule(number, row, inputs, outputs):
    cells = "".join(text_of("inputEntry", cell) for cell in row[:inputs])
    results = "".join(text_of("outputEntry", cell) for cell in row[inputs : inputs + outputs])
    clauses = "".join(text_of("annotationEntry", clause) for clause in row[inputs + outputs :])
    return f'<rule id="rule_{number}">{cells}{results}{clauses}</rule>'


@pytest.fixture
def years():
    """The table of A7.2: years in post and still in the trade."""
    rows = [
        (">= 60", "true", '"MET"', "A7.2b"),
        ("< 60", "-", '"NOT_MET"', "A7.2b"),
        ("-", "false", '"NOT_MET"', "A7.2c"),
    ]
    body = input_data("满5年", "number") + input_data("在岗", "boolean")
    return definitions(
        body
        + decision("years", "年限", table(("满5年", "在岗"), ("finding",), rows, "FIRST"), requires("满5年", "在岗"))
    )
