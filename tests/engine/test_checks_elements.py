"""What an element may carry and what its expressions may say; a slip of the pen is found with what was meant."""

import json

import pytest

from engine.bundle import make_bundle
from engine.checks import check
from tests.engine.bundles import FORM, HEAD, POLICY, diagram, flow, line, process, small, task

LINE = line("begin", "t", "finish")


def found(body, **options):
    return {(finding.element, finding.rule) for finding in check(small(body, **options))}


def properties(**values):
    entries = "".join(f"<zeebe:property name='{name}' value='{value}' />" for name, value in values.items())
    return f"<zeebe:properties>{entries}</zeebe:properties>"


def mapping(direction, source, target):
    return f"<zeebe:ioMapping><zeebe:{direction} source='{source}' target='{target}' /></zeebe:ioMapping>"


def loop(attributes, condition=""):
    inside = f"<bpmn:extensionElements><zeebe:loopCharacteristics {attributes} /></bpmn:extensionElements>{condition}"
    return f"<bpmn:multiInstanceLoopCharacteristics>{inside}</bpmn:multiInstanceLoopCharacteristics>"


def script(expression, variable):
    inside = f"<zeebe:script expression='{expression}' resultVariable='{variable}' />"
    return f'<bpmn:scriptTask id="t"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:scriptTask>'


# --- ids


@pytest.mark.parametrize(
    "given",
    ["", "1", "a b", "../x", "x [child]", "p.EndJoin", "t.BoundaryEventSplit", "x" * 201, "Root", "Start", "-a"],
)
def test_an_id_that_something_could_stumble_over_is_found(given):
    assert (given, "id") in found(task(given) + line("begin", given, "finish"))


@pytest.mark.parametrize("given", ["t", "审核", "_t", "t-1", "None", "é"])
def test_an_ordinary_id_is_right(given):
    assert found(task(given) + line("begin", given, "finish")) == set()


def test_an_id_stands_once_in_a_file():
    assert ("t", "duplicate-id") in found(task("t") + task("t") + LINE)
    assert ("t", "duplicate-id") in found(
        task("t") + LINE + '<bpmn:sequenceFlow id="t" sourceRef="begin" targetRef="finish" />'
    )
    assert ("p", "duplicate-id") in found(task("p") + line("begin", "p", "finish"))
    twice = diagram(process(task("t") + LINE), process(task("t") + LINE))
    assert ("p", "duplicate-id") in found("", files={"p.bpmn": twice.encode()})


def test_a_flow_without_an_id_is_found():
    assert ("", "id") in found(
        task("t") + flow("begin", "t") + '<bpmn:sequenceFlow sourceRef="t" targetRef="finish" />'
    )


# --- files


def with_file(content, path="p.bpmn"):
    return {(f.file, f.rule) for f in check(make_bundle({**small(task("t") + LINE).files, path: content}))}


def test_a_file_in_another_encoding_is_found():
    text = diagram(process(task("t") + LINE))
    assert with_file(text.replace("UTF-8", "UTF-16").encode("utf-16")) == {("p.bpmn", "encoding")}
    assert with_file(text.replace("UTF-8", "GBK").encode("gbk")) >= {("p.bpmn", "encoding")}
    assert with_file(POLICY.encode("utf-16"), "policy.yaml") >= {("policy.yaml", "encoding")}
    assert with_file(json.dumps(FORM).encode("utf-16"), "any.form") == {("any.form", "encoding")}


def test_a_file_without_an_executable_process_is_found():
    text = diagram(process(task("t") + LINE)).replace('isExecutable="true"', 'isExecutable="false"')
    assert ("p.bpmn", "process") in with_file(text.encode())


def test_pools_and_message_flows_are_there_to_be_read():
    pools = '<bpmn:collaboration id="c"><bpmn:participant id="one" processRef="p" /><bpmn:participant id="two" /><bpmn:messageFlow id="m" sourceRef="one" targetRef="two" /></bpmn:collaboration>'
    text = HEAD + pools + process(task("t") + LINE) + "</bpmn:definitions>"
    findings = {(f.element, f.rule) for f in check(small("", files={"p.bpmn": text.encode()}))}
    assert findings == set()


def test_an_element_stands_in_one_lane():
    def lane(given, element):
        return f'<bpmn:lane id="{given}"><bpmn:flowNodeRef>{element}</bpmn:flowNodeRef></bpmn:lane>'

    def lanes(*inside):
        return f'<bpmn:laneSet id="lanes">{"".join(inside)}</bpmn:laneSet>' + task("t") + LINE

    assert found(lanes(lane("one", "t"), lane("two", "begin"))) == set()
    assert found(lanes(lane("one", "t"), lane("two", "t"))) == {("t", "lane")}
    assert found(lanes(lane("one", "nobody"))) == {("one", "lane")}


@pytest.mark.parametrize("noise", ["<!-- a remark -->", "<?some instruction?>"])
def test_remarks_in_a_file_change_nothing(noise):
    body = task("t") + '<bpmn:exclusiveGateway id="x" default="x_to_finish" /><bpmn:endEvent id="e" />'
    body += line("begin", "t", "x", "finish") + flow("x", "e", f"=amount {noise}&gt; 0")
    assert found(noise + body.replace("</bpmn:userTask>", f"{noise}</bpmn:userTask>")) == set()


# --- what an element may carry


@pytest.mark.parametrize(
    ("body", "element", "rule"),
    [
        (task("t", inside=properties(fanin="x")) + LINE, "t", "property"),
        (task("t", inside=properties(notby="x")) + LINE, "t", "property"),
        (task("t", inside=properties(fanIn="p")) + LINE, "t", "property"),
        (task("t", inside=properties(shownTo="everybody")) + LINE, "t", "property"),
        (task("t", inside=properties(notBy="")) + LINE, "t", "property"),
        (task("t", inside='<zeebe:taskShedule dueDate="2025-01-01" />') + LINE, "t", "extension"),
        (task("t", inside='<zeebe:taskSchedule duedate="2025-01-01" />') + LINE, "t", "extension"),
        (task("t", inside='<zeebe:taskDefinition type="x" />') + LINE, "t", "extension"),
        (task("t", inside="<zeebe:userTask />") + LINE, "t", "extension"),
        (task("t", inside='<zeebe:ioMapping><zeebe:ouput source="=1" target="x" /></zeebe:ioMapping>') + LINE, "t", "extension"),
        (task("t", after='<bpmn:potentialOwner id="o" />') + LINE, "t", "unsupported"),
    ],
)  # fmt: skip
def test_what_an_element_cannot_carry_is_found(body, element, rule):
    assert (element, rule) in found(body)


def test_data_objects_and_their_associations_are_there_to_be_read():
    drawn = '<bpmn:dataStoreReference id="s" /><bpmn:dataObject id="o" /><bpmn:dataObjectReference id="r" dataObjectRef="o" />'
    inside = (
        '<bpmn:ioSpecification id="io" /><bpmn:dataInputAssociation id="di" /><bpmn:dataOutputAssociation id="do" />'
    )
    assert found(task("t", after=inside) + LINE + drawn) == set()


def test_a_misspelt_property_is_found_with_what_was_meant():
    (finding,) = check(small(task("t", inside=properties(notby="=process.initiator.id")) + LINE))
    assert "did you mean notBy" in finding.text.en
    assert "notBy" in finding.text.zh


@pytest.mark.parametrize(
    ("name", "value", "rule"),
    [
        ("tilte", "=note", "property"),
        ("title", "=1 +", "expression"),
        ("title", "=nobody", "unknown-name"),
        ("title", "plain", "expression"),
        ("businessKey", "=process.emploier.id", "unknown-name"),
        ("businessKey", "=note", "unknown-name"),
        ("businessKey", "=process.employer.id + string(number)", None),
        ("title", "=if note = null then process.key else note", None),
    ],
)
def test_the_process_own_properties_are_expressions_over_what_there_is(name, value, rule):
    entry = f"<zeebe:property name='{name}' value='{value}' />"
    assert found(task("t") + LINE, properties=entry) == ({("p", rule)} if rule else set())


# --- who does it


@pytest.mark.parametrize(
    ("assignment", "rule"),
    [
        ('candidateGroups="expert"', "role"),
        ('candidateGroups="candidate"', "role"),
        ('candidateGroups="hr, expert"', "role"),
        ('candidateGroups=" , "', "assignment"),
        ('candidateGroups="=[&quot;hrr&quot;]"', "role"),
        ('candidateGroups="=[]"', "assignment"),
        ('assignee=""', "assignment"),
        ('candidateGroups="hr, leader"', None),
        ('candidateGroups="=if amount = 1 then &quot;hr&quot; else &quot;leader&quot;"', None),
    ],
)
def test_a_task_goes_to_a_person_or_to_roles_that_can_complete_it_as_a_group(assignment, rule):
    assert found(task("t", assignment) + LINE) == ({("t", rule)} if rule else set())


@pytest.mark.parametrize("role", ["owner", "expert", "candidate"])
def test_a_role_that_never_completes_a_task_is_no_candidate_group(role):
    known = f" {role}: {{" in POLICY
    policy = POLICY if known else POLICY.replace("roles: {hr:", f"roles: {{{role}: {{zh: 角, en: role}}, hr:")
    assert found(task("t", f'candidateGroups="{role}"') + LINE, policy=policy) == {("t", "role")}


# --- times


@pytest.mark.parametrize(
    "text",
    ["", "tomorrow", "2025-13-45", "2025-02-30", "5 days", "P-5D", "-P5D", "P9999Y", "P999999999D", "9999-12-31", "0001-01-01",
     "-2025-01-01", "R3/PT1H", "2025-05-20T25:00:00", "=5", "=null", '=time("08:00:00")', '=date("9999-12-31") + duration("P1D")'],
)  # fmt: skip
@pytest.mark.parametrize("place", ["timer", "due date"])
def test_what_is_no_time_is_found(text, place):
    text = text.replace('"', "&quot;")
    event = f"<bpmn:timerEventDefinition><bpmn:timeDate>{text}</bpmn:timeDate></bpmn:timerEventDefinition>"
    timer = f'<bpmn:intermediateCatchEvent id="t">{event}</bpmn:intermediateCatchEvent>'
    body = timer if place == "timer" else task("t", inside=f'<zeebe:taskSchedule dueDate="{text}" />')
    assert found(body + LINE) == {("t", "time")}


@pytest.mark.parametrize(
    "text",
    ["2025-05-20", "2025-05-20T08:30:00", "2025-05-20T08:30:00+08:00", "P5D", "PT0S", "P1Y", "=today()", "=date(note)"],
)
def test_what_is_a_time_or_may_be_one_is_right(text):
    assert found(task("t", inside=f'<zeebe:taskSchedule dueDate="{text}" />') + LINE) == set()


# --- names


@pytest.mark.parametrize("name", ["settings", "process", "loopCounter", "a.b", "a-b", "1a", "if", "true"])
def test_a_name_that_cannot_be_written_or_read_is_found_wherever_it_is_written(name):
    assert found(script("=1", name) + LINE) == {("t", "name")}
    assert found(task("t", inside=mapping("output", "=1", name)) + LINE) == {("t", "name")}
    assert found(task("t", inside=mapping("input", "=1", name)) + LINE) == {("t", "name")}
    assert found(task("t", after=loop(f'inputCollection="=[1]" inputElement="{name}"')) + LINE) == {("t", "name")}
    collected = loop(f'inputCollection="=[1]" outputCollection="{name}" outputElement="=1"')
    assert found(task("t", after=collected) + LINE) == {("t", "name")}


@pytest.mark.parametrize("name", ["settings", "process", "loopCounter"])
def test_a_form_writes_no_reserved_name(name):
    form = {**FORM, "components": [{"type": "textfield", "key": name, "label": "字", "id": "f"}]}
    files = {"any.form": json.dumps(form).encode()}
    assert (name, "name") in found(task("t") + LINE, files=files)


@pytest.mark.parametrize("form_id", ["\ud800", "a b", "x" * 101, ["any"]])
def test_a_form_has_an_id_that_can_be_kept(form_id):
    files = {"b.form": json.dumps({**FORM, "id": form_id}).encode()}
    assert "id" in {finding.rule for finding in check(small(task("t") + LINE, files=files)) if finding.file == "b.form"}


def test_a_form_with_half_a_character_or_a_type_of_no_kind_is_found():
    half = {**FORM, "components": [{"type": "textfield", "key": "a", "label": "\ud800", "id": "f"}]}
    assert ("", "text") in found(task("t") + LINE, files={"any.form": json.dumps(half).encode()})
    odd = {**FORM, "components": [{"type": ["textfield"], "key": "a", "label": "a", "id": "f"}]}
    assert ("f", "form-component") in found(task("t") + LINE, files={"any.form": json.dumps(odd).encode()})


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        (mapping("input", "", "x"), "expression"),
        (mapping("input", "note", "x"), "expression"),
        (mapping("output", "settings.publicity.days", "x"), "expression"),
        (mapping("output", "=settings.publicity.dayz", "x"), "unknown-name"),
        (mapping("output", "=process.initiatr.id", "x"), "unknown-name"),
        (mapping("output", "一段文字", "x"), None),
    ],
)
def test_a_mapping_says_where_its_value_comes_from(inside, rule):
    assert found(task("t", inside=inside) + LINE) == ({("t", rule)} if rule else set())


# --- loops


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        ('inputCollection="=[1]" outputCollection="all"', "loop"),
        ('inputCollection="=[1]" outputElement="=1"', "loop"),
        ('inputCollection="=5"', "list"),
        ('inputCollection="items"', "expression"),
        ('inputCollections="=[1]"', "extension"),
    ],
)
def test_a_loop_says_what_it_goes_over_and_gathers(attributes, rule):
    assert ("t", rule) in {
        (element or "t", found_rule) for element, found_rule in found(task("t", after=loop(attributes)) + LINE)
    }


def test_the_outputs_of_a_loop_would_come_to_nothing():
    body = task("t", inside=mapping("output", "=note", "last"), after=loop('inputCollection="=[1]"')) + LINE
    assert found(body) == {("t", "loop")}


@pytest.mark.parametrize("condition", ["", "=1", "done"])
def test_a_loops_condition_is_true_or_false(condition):
    text = f"<bpmn:completionCondition>{condition}</bpmn:completionCondition>"
    assert found(task("t", after=loop('inputCollection="=[1]"', text)) + LINE)


# --- decisions

DMN = '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="d" name="d" namespace="x">{}</definitions>'
LITERAL = "<literalExpression><text>{}</text></literalExpression>"


def need(decision):
    return (
        f'<informationRequirement id="to_{decision}"><requiredDecision href="#{decision}" /></informationRequirement>'
    )


@pytest.mark.parametrize(
    ("inside", "element", "rule"),
    [
        (f'<decision id="a" name="a">{need("a")}{LITERAL.format(1)}</decision>', "a", "decision"),
        (
            f'<decision id="a" name="a">{need("b")}{LITERAL.format(1)}</decision><decision id="b" name="b">{need("a")}{LITERAL.format(1)}</decision>',
            "a",
            "dmn",
        ),
        ('<decision id="a" name="a" />', "a", "decision"),
        (f'<decision id="a" name="a">{LITERAL.format(" ")}</decision>', "a", "decision"),
        (f'<decision id="a" name="a">{LITERAL.format("settings.publicity.dayz")}</decision>', "a", "unknown-name"),
    ],
)
def test_a_decision_decides_something_without_needing_itself(inside, element, rule):
    findings = check(small(task("t") + LINE, files={"d.dmn": DMN.format(inside).encode()}))
    assert (element, rule) in {(finding.element, finding.rule) for finding in findings}


def test_a_decision_over_what_no_element_writes_is_found():
    inputs = '<inputData id="i" name="amuont"><variable id="iv" name="amuont" /></inputData>'
    needs = '<informationRequirement id="r"><requiredInput href="#i" /></informationRequirement>'
    dmn = DMN.format(f'{inputs}<decision id="a" name="a">{needs}{LITERAL.format("amuont")}</decision>')
    rule = '<bpmn:businessRuleTask id="r"><bpmn:extensionElements><zeebe:calledDecision decisionId="a" resultVariable="v" /></bpmn:extensionElements></bpmn:businessRuleTask>'
    (finding,) = check(small(task("t") + rule + line("begin", "t", "r", "finish"), files={"d.dmn": dmn.encode()}))
    assert (finding.element, finding.rule) == ("r", "unknown-name")
    assert "did you mean amount" in finding.text.en
