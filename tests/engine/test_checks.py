"""What a process owner does wrong is found when the bundle is checked, with file, element and remedy."""

import json

import pytest

from engine.bundle import make_bundle
from engine.checks import check
from engine.compiled import compile_parts, read_parts
from engine.errors import BundleRefusedError
from tests.engine.bundles import FORM, HEAD, POLICY, diagram, flow, line, process, small, task
from tests.people import ADMIN

GOOD = task("work") + line("begin", "work", "finish")


def found(bundle):
    return {(finding.file, finding.element, finding.rule) for finding in check(bundle)}


def test_a_good_bundle_has_no_finding():
    assert found(small(GOOD)) == set()


def timer(kind, expression):
    event = f"<bpmn:timerEventDefinition><bpmn:{kind}>{expression}</bpmn:{kind}></bpmn:timerEventDefinition>"
    return f'<bpmn:intermediateCatchEvent id="wait">{event}</bpmn:intermediateCatchEvent>' + line(
        "begin", "wait", "finish"
    )


def ext(tag, element, inside):
    return f'<bpmn:{tag} id="{element}"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:{tag}>'


@pytest.mark.parametrize(
    ("body", "element", "rule"),
    [
        (task("work", form="none") + line("begin", "work", "finish"), "work", "form"),
        ('<bpmn:userTask id="work" />' + line("begin", "work", "finish"), "work", "form"),
        (task("work", "") + line("begin", "work", "finish"), "work", "assignment"),
        (task("work", 'candidateGroups="boss"') + line("begin", "work", "finish"), "work", "role"),
        (task("work", 'assignee="=1 +"') + line("begin", "work", "finish"), "work", "expression"),
        (task("work", 'assignee="=somebody.id"') + line("begin", "work", "finish"), "work", "unknown-name"),
        (GOOD + task("lost"), "lost", "unconnected"),
        (GOOD + task("lost") + flow("lost", "finish"), "lost", "unconnected"),
        (GOOD + task("more") + flow("work", "more") + flow("more", "finish"), "work", "implicit-split"),
        (task("work") + flow("begin", "work") + flow("work", "finish", "=true"), "work", "condition"),
        (timer("timeCycle", "R/P1D"), "wait", "timer"),
        (timer("timeDate", "=date("), "wait", "expression"),
        (ext("serviceTask", "s", '<zeebe:taskDefinition type="unknown" />') + line("begin", "s", "finish"), "s", "service"),
        (ext("scriptTask", "s", "") + line("begin", "s", "finish"), "s", "script"),
        (ext("businessRuleTask", "s", '<zeebe:calledDecision decisionId="no" resultVariable="r" />') + line("begin", "s", "finish"), "s", "decision"),
        ('<bpmn:receiveTask id="r" />' + line("begin", "r", "finish"), "r", "message"),
        ('<bpmn:subProcess id="s"><bpmn:startEvent id="x" /></bpmn:subProcess>' + line("begin", "s", "finish"), "s", "end"),
        ('<bpmn:complexGateway id="g" />' + line("begin", "g", "finish"), "g", "unsupported"),
        ('<bpmn:task id="t" />' + line("begin", "t", "finish"), "t", "unsupported"),
        (GOOD + '<bpmn:boundaryEvent id="b" attachedToRef="work"><bpmn:timerEventDefinition /></bpmn:boundaryEvent>', "b", "timer"),
        ('<bpmn:intermediateCatchEvent id="c"><bpmn:signalEventDefinition /></bpmn:intermediateCatchEvent>' + line("begin", "c", "finish"), "c", "code"),
        (task("End") + line("begin", "End", "finish"), "End", "id"),
    ],
)  # fmt: skip
def test_a_wrong_element_is_found_by_its_id(body, element, rule):
    assert ("p.bpmn", element, rule) in found(small(body))


def test_an_exclusive_gateway_needs_a_condition_on_every_flow_but_its_default():
    body = task("work") + '<bpmn:exclusiveGateway id="g" /><bpmn:endEvent id="other" />'
    body += line("begin", "work", "g", "finish") + flow("g", "other", "=amount &gt; 1")
    assert found(small(body)) == {("p.bpmn", "g", "condition")}


def test_a_mistyped_variable_is_found_with_what_was_probably_meant():
    body = task("work") + '<bpmn:exclusiveGateway id="g" default="g_to_finish" /><bpmn:endEvent id="other" />'
    body += line("begin", "work", "g", "finish") + flow("g", "other", "=amuont &gt; 1")
    (finding,) = check(small(body))
    assert (finding.element, finding.rule) == ("g_to_other", "unknown-name")
    assert "amount" in finding.text.zh
    assert "did you mean amount" in finding.text.en


def test_two_start_events_or_no_end_are_found():
    assert ("p.bpmn", "p", "start") in found(small(GOOD + '<bpmn:startEvent id="again" />' + flow("again", "work")))
    without_end = (
        HEAD + '<bpmn:process id="p" isExecutable="true"><bpmn:startEvent id="s" /></bpmn:process></bpmn:definitions>'
    )
    files = {**small(GOOD).files, "p.bpmn": without_end.encode()}
    assert ("p.bpmn", "p", "end") in found(make_bundle(files))


def test_ids_are_unique_in_the_bundle():
    files = {**small(GOOD).files, "q.bpmn": diagram(process(GOOD)).encode(), "b.form": json.dumps(FORM).encode()}
    assert {("q.bpmn", "p", "duplicate-id"), ("b.form", "any", "duplicate-id")} <= found(make_bundle(files))


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ("until: 2026-03-31", "until: 2020-01-01", "in_force.until"),
        ("from: 2024-04-01", "from: soon", "in_force.from"),
        ("from: 2024-04-01, until: 2026-03-31", "from: 9999-12-31, until: 9999-12-31", "in_force.from"),
        ("default: 5", "default: five", "settings.publicity.days"),
        ("default: 5", "default: 90", "settings.publicity.days"),
        ("type: integer", "type: fish", "settings.publicity.days"),
        ("roles: [hr]", "roles: [boss]", "start.p.roles"),
        ("hr: {zh", "boss: {zh", "roles.boss"),
        ("process: p", "process: q", "start.q"),
        ("id: small", "ident: small", "id"),
    ],
)
def test_a_wrong_policy_is_found_by_its_key(old, new, element):
    assert old in POLICY
    assert ("policy.yaml", element) in {
        (file, key) for file, key, _ in found(small(GOOD, policy=POLICY.replace(old, new, 1)))
    }


@pytest.mark.parametrize("text", ["", "[]", "a: [", "a: &x [*x]", "id: 1\nid: 2", "\x00", "- - - -", "true"])
def test_what_is_no_policy_is_a_finding_not_a_crash(text):
    assert {file for file, _, _ in found(small(GOOD, policy=text))} >= {"policy.yaml"}


BOMB = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="&b;" /></definitions>"""
EXTERNAL = """<?xml version="1.0"?><!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="p" name="&x;" /></definitions>"""


@pytest.mark.parametrize("xml", [BOMB, EXTERNAL, "<broken", "", "<a/>", "\x00\x01"])
@pytest.mark.parametrize("file", ["x.bpmn", "x.dmn"])
def test_hostile_or_broken_xml_is_a_finding_that_names_the_file(xml, file):
    findings = check(make_bundle({**small(GOOD).files, file: xml.encode()}))
    assert [finding.file for finding in findings] == [file]
    assert "root:" not in str(findings[0])


@pytest.mark.parametrize("form", ["", "[]", "{", "null", '{"id": "x", "components": [{"type": "iframe", "id": "i"}]}'])
def test_a_broken_form_is_a_finding(form):
    assert {"x.form"} == {file for file, _, _ in found(make_bundle({**small(GOOD).files, "x.form": form.encode()}))}


def test_a_bundle_with_findings_is_refused_with_all_of_them_and_nothing_is_written(empty):
    bad = small(task("work", 'candidateGroups="boss"', form="none") + line("begin", "work", "finish"))
    with pytest.raises(BundleRefusedError) as refusal:
        empty.deploy(ADMIN, bad)
    assert {finding.rule for finding in refusal.value.findings} == {"form", "role"}
    assert empty.deployments(ADMIN) == []


def test_the_same_bundle_is_the_same_version(empty):
    first, again = empty.deploy(ADMIN, small(GOOD)), empty.deploy(ADMIN, small(GOOD))
    assert (first["id"], first["new"], again["id"], again["new"]) == (1, True, 1, False)
    changed = empty.deploy(ADMIN, small(GOOD, policy=POLICY.replace("default: 5", "default: 7")))
    assert changed["version"] == 2


OLD_POLICY = (
    POLICY.replace("default: 5", "default: null").replace("roles: [hr]", "roles: [hr, leader]")
    + "unknown: 1\nid: small\n"
)
OLD_BODY = task(
    "work.one",
    'candidateGroups="expert"',
    '<zeebe:properties><zeebe:property name="typo" value="x" /></zeebe:properties>',
)


def test_a_deployment_that_newer_checks_would_refuse_stays_readable():
    bundle = small(OLD_BODY + line("begin", "work.one", "finish"), policy=OLD_POLICY)
    assert {"duplicate-key", "id", "property"} <= {rule for _, _, rule in found(bundle)}
    compiled = compile_parts(read_parts(bundle))
    assert compiled.policy.id == "small"
    assert set(compiled.runnable) == {"p"}
