"""policy.yaml by itself: whatever is wrong in it is a finding with its key, never a crash and never passed over."""

import pytest

from engine.checks import check
from tests.engine.bundles import POLICY, line, small

REMINDERS = """
  reminders.before: {default: [3, 1], type: list, label: x}
  reminders.on: {default: false, type: boolean, label: x}
  reminders.after: {default: [], type: list, label: x}
  reminders.escalate: {default: null, nullable: true, type: integer, label: x}
  reminders.urge_limit: {default: 0, type: integer, label: x}
"""
LINE = line("begin", "finish")
RULE = "{process: p, roles: [hr]}"
CERTIFICATE = """
certificate:
  category: {Y: {zh: 用人单位, en: employer}}
  province: {"12": {zh: 天津市, en: Tianjin}}
  levels: {special: {letter: T, zh: 特级技师, en: special grade}, chief: {letter: null, zh: 首席技师, en: chief}}
"""


def found(policy, body=LINE):
    return {
        (finding.element, finding.rule)
        for finding in check(small(body, policy=policy))
        if finding.file == "policy.yaml"
    }


def setting(text):
    return POLICY.replace("settings:\n", f"settings:\n  {text}\n")


def rule(text):
    return POLICY.replace(RULE, text)


def test_a_policy_with_every_section_has_no_finding():
    policy = setting("limit: {default: null, nullable: true, type: integer, label: {zh: 限, en: limit}}") + CERTIFICATE
    policy = policy.replace("settings:\n", f"settings:\n{REMINDERS}").replace("en: HR}", "en: HR, head: leader}")
    assert found(policy + "clauses: {A1.1: {gist: {zh: 依据, en: basis}, note: {zh: 无, en: none}}}\n") == set()


@pytest.mark.parametrize(
    ("text", "rule_id"),
    [
        ("x: 2024-02-30", "yaml"),
        ("x: 2024-01-01 99:99:99", "yaml"),
        (f"x: {'9' * 5000}", "yaml"),
        ("x: !!int abc", "yaml"),
        ("x: !!python/object/apply:os.system ['id']", "yaml"),
        (f"x: {'[' * 5000}{']' * 5000}", "yaml"),
        (f"x: {'{a: ' * 3000}1{'}' * 3000}", "yaml"),
        ("x: &a [*a]", "yaml"),
        ("x: \x00", "yaml"),
        ("? [a, b]\n: c", "yaml"),
    ],
)
def test_what_yaml_cannot_make_sense_of_is_a_finding(text, rule_id):
    assert ("", rule_id) in found(f"{POLICY}{text}\n")


@pytest.mark.parametrize(
    ("policy", "element", "rule_id"),
    [
        (POLICY + "id: other\n", "id", "duplicate-key"),
        (POLICY.replace("label: {zh: 天数", "label: {zh: 日数, zh: 天数"), "zh", "duplicate-key"),
        (POLICY + "setings: {}\n", "setings", "unknown-key"),
        (POLICY.replace("id: small", "id: [a]"), "id", "id"),
        (POLICY.replace("id: small", "id: null"), "id", "id"),
        (POLICY.replace("id: small", "id: 5"), "id", "id"),
        (POLICY.replace("id: small", "id: ../x"), "id", "id"),
        (POLICY.replace("id: small", f"id: {'x' * 101}"), "id", "id"),
        (POLICY.replace("title: {zh: 测试, en: test}", "title: null"), "title", "text"),
        (POLICY.replace("title: {zh: 测试, en: test}", "title: {zh: 测试}"), "title", "text"),
        (POLICY.replace("title: {zh: 测试, en: test}", 'title: "\\ud800"'), "title", "text"),
        (POLICY.replace("title: {zh: 测试, en: test}", f"title: {'长' * 301}"), "title", "title"),
        (POLICY + "document: [a]\n", "document", "shape"),
        (POLICY + "clauses: [a]\n", "clauses", "shape"),
        (POLICY + "clauses: {A1: x}\n", "clauses.A1", "clause"),
        (POLICY + "clauses: {A1: {check: R}}\n", "clauses.A1", "clause"),
        (POLICY + "clauses: {A1: {gist: 依据, note: []}}\n", "clauses.A1.note", "text"),
        (POLICY + "clauses: {A1: {gist: {zh: 依据}}}\n", "clauses.A1.gist", "text"),
        (POLICY + "clauses: {A1: {gist: {zh: 一, en: a}, element: p.nowhere}}\n", "clauses.A1.element", "unknown-key"),
        (POLICY + "clauses: {A1: {gist: {zh: 一, en: a}}}\n", "clauses.A1", "clause"),
        (POLICY.replace("{from: 2024-04-01, until: 2026-03-31}", "2024-04-01"), "in_force", "shape"),
        (POLICY.replace("until: 2026-03-31", "until: '2026-03-31'"), "in_force.until", "date"),
        (POLICY.replace("until: 2026-03-31", "til: 2026-03-31"), "in_force.til", "unknown-key"),
        (POLICY.replace("leader: {zh: 负责人, en: head}", "leader: {zh: 负责人}"), "roles.leader", "text"),
        (POLICY.replace("en: HR}", "en: HR, head: boss}"), "roles.hr.head", "role"),
        (POLICY.replace("en: HR}", "en: HR, head: hr}"), "roles.hr.head", "role"),
        (POLICY.replace("en: HR}", "en: HR, head: centre}"), "roles.hr.head", "role"),
        (POLICY.replace("en: HR}", "en: HR, head: [leader]}"), "roles.hr.head", "role"),
    ],
)  # fmt: skip
def test_a_wrong_section_is_found_by_its_key(policy, element, rule_id):
    assert (element, rule_id) in found(policy)


@pytest.mark.parametrize(
    ("text", "element", "rule_id"),
    [
        ("publicity: {default: 5, type: integer, label: x}", "settings.publicity", "setting-key"),
        ("5: {default: 5, type: integer, label: x}", "settings.5", "key"),
        ("a-b: {default: 5, type: integer, label: x}", "settings.a-b", "setting-key"),
        ("x: null", "settings.x", "shape"),
        ("x: {default: null, type: integer, label: x}", "settings.x", "setting-value"),
        ("x: {type: integer, label: x}", "settings.x", "setting-value"),
        ("x: {default: true, type: integer, label: x}", "settings.x", "setting-value"),
        ("x: {default: .nan, type: number, label: x}", "settings.x.default", "number"),
        ("x: {default: 1.0e+300, type: number, label: x}", "settings.x.default", "number"),
        ("x: {default: [2024-01-01], type: list, label: x}", "settings.x", "setting-value"),
        ("x: {default: [!!set {a}], type: list, label: x}", "settings.x.default.1", "value"),
        ("x: {default: [!!binary aGk=], type: list, label: x}", "settings.x.default.1", "value"),
        ("x: {default: a, type: choice, options: 5, label: x}", "settings.x", "setting-value"),
        ("x: {default: 5, type: integer, min: low, label: x}", "settings.x", "setting-range"),
        ("x: {default: 5, type: integer, mni: 1, label: x}", "settings.x.mni", "unknown-key"),
        ("x: {default: 5, type: integer, label: x, unit: {a: b}}", "settings.x.unit", "text"),
        ("x: {default: 5, type: integer}", "settings.x.label", "text"),
        ("x: {default: 5, type: [integer], label: x}", "settings.x", "setting-type"),
        ("reminders.befor: {default: [1], type: list, label: x}", "settings.reminders.befor", "unknown-key"),
        ("reminders: {default: [1], type: list, label: x}", "settings.reminders", "unknown-key"),
        ("reminders.on: {default: 1, type: integer, label: x}", "settings.reminders.on", "setting-type"),
        ("reminders.after: {default: [1, 0], type: list, label: x}", "settings.reminders.after", "setting-value"),
        ("reminders.after: {default: [true], type: list, label: x}", "settings.reminders.after", "setting-value"),
        ("reminders.before: {default: [9999], type: list, label: x}", "settings.reminders.before", "setting-value"),
        ("reminders.before: {default: ['1'], type: list, label: x}", "settings.reminders.before", "setting-value"),
        ("reminders.escalate: {default: 0, type: integer, label: x}", "settings.reminders.escalate", "setting-value"),
        (
            "reminders.urge_limit: {default: -1, type: integer, label: x}",
            "settings.reminders.urge_limit",
            "setting-value",
        ),
    ],
)
def test_a_wrong_setting_is_found_by_its_key(text, element, rule_id):
    assert (element, rule_id) in found(setting(text))


@pytest.mark.parametrize(
    ("text", "element", "rule_id"),
    [
        ("{process: p, roles: [hr], given: {x: 5}}", "start.p.given.x", "given"),
        ("{process: p, roles: [hr], given: {x: null}}", "start.p.given.x", "given"),
        ("{process: p, roles: [hr], given: {x: plain}}", "start.p.given.x", "given"),
        ("{process: p, roles: [hr], given: [a]}", "start.p.given", "given"),
        ("{process: p, roles: [hr], given: {settings: '=1'}}", "start.p.given.settings", "name"),
        ("{process: p, roles: [hr], given: {x: '=nobody'}}", "start.p.given.x", "unknown-name"),
        ("{process: p, roles: [hr], given: {x: '=1 +'}}", "start.p.given.x", "expression"),
        ("{process: [p], roles: [hr]}", "start.1", "start"),
        ("{process: null, roles: [hr]}", "start.1", "start"),
        ("p", "start.1", "start"),
        ("{process: p, roles: [hr], parent: [p], while: begin}", "start.p.parent", "start"),
        ("{process: p, roles: [hr], parent: q, while: begin}", "start.p.parent", "start"),
        ("{process: p, roles: [hr], parent: p, while: begin}", "start.p.parent", "start"),
        ("{process: p, roles: [hr], parent: p, while: begin}", "start.p.while", "start"),
        ("{process: p, roles: [hr], parent: p}", "start.p", "start"),
        ("{process: p, roles: hr}", "start.p.roles", "role"),
        ("{process: p, roles: [[hr]]}", "start.p.roles", "role"),
        ("{process: p, roles: []}", "start.p.roles", "role"),
        ("{process: p, roles: [owner]}", "start.p.roles", "role"),
        ("{process: p, roles: [hr], once: always}", "start.p.once", "start"),
        ("{process: p, roles: [hr], rolls: [hr]}", "start.p.rolls", "unknown-key"),
        ("{process: p, roles: [hr]}\n  - {process: p, roles: [candidate]}", "start.p", "start"),
    ],
)
def test_a_start_rule_that_nobody_can_follow_is_found(text, element, rule_id):
    assert (element, rule_id) in found(rule(text))


@pytest.mark.parametrize(
    ("old", "new", "element"),
    [
        ("certificate:\n", "certificate: abc\nx:\n", "certificate"),
        ("letter: T", "letter: TT", "certificate.levels.special"),
        ("letter: T", "letter: t", "certificate.levels.special"),
        ("letter: T", "letter: 5", "certificate.levels.special"),
        ("letter: null", "letter: T", "certificate.levels.chief"),
        ("Y: {", "YY: {", "certificate.category.YY"),
        ('"12": {', '"123": {', "certificate.province.123"),
        ('  province: {"12": {zh: 天津市, en: Tianjin}}\n', "", "certificate.province"),
    ],
)
def test_certificate_codes_have_the_shape_of_the_annex(old, new, element):
    assert old in CERTIFICATE
    assert (element, "certificate") in found(POLICY + CERTIFICATE.replace(old, new))


def number(level):
    mapping = f"<zeebe:ioMapping>{level}</zeebe:ioMapping>"
    inside = (
        f'<bpmn:extensionElements><zeebe:taskDefinition type="certificate-number" />{mapping}</bpmn:extensionElements>'
    )
    return f'<bpmn:serviceTask id="issue">{inside}</bpmn:serviceTask>' + line("begin", "issue", "finish")


def level(source):
    return f"<zeebe:input source='{source}' target=\"level\" />"


def test_a_process_that_issues_certificates_needs_their_codes():
    assert found(POLICY, number(level('="special"'))) == {("certificate", "certificate")}
    assert found(POLICY + CERTIFICATE, number(level('="special"'))) == set()


@pytest.mark.parametrize("inputs", [level('="chief"'), level("chief")])
def test_a_level_whose_letter_is_not_known_yet_may_be_drawn(inputs):
    assert check(small(number(inputs), policy=POLICY + CERTIFICATE)) == ()


@pytest.mark.parametrize("inputs", ["", level('="speical"'), level("cheif")])
def test_a_certificate_of_a_level_that_is_not_listed_is_found_where_it_is_drawn(inputs):
    findings = check(small(number(inputs), policy=POLICY + CERTIFICATE))
    assert [(finding.file, finding.element, finding.rule) for finding in findings] == [
        ("p.bpmn", "issue", "certificate")
    ]
