"""Single edits of the shipped policy, each found and named exactly; and what is no change at all."""

import copy
import json

import pytest
import yaml
from lxml import etree

from engine.difference import How, Kind, difference, say

B = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"
Z = "{http://camunda.org/schema/zeebe/1.0}"
D = "{https://www.omg.org/spec/DMN/20191111/MODEL/}"


def xml(file, edit):
    """An edit of an XML file's tree; it may say more about what is expected."""

    def run(files):
        root = etree.fromstring(files[file])
        told = edit(root)
        return {**files, file: etree.tostring(root, xml_declaration=True, encoding="UTF-8")}, told

    return run


def form(file, edit):
    def run(files):
        schema = json.loads(files[file])
        told = edit(schema)
        return {**files, file: json.dumps(schema, ensure_ascii=False).encode()}, told

    return run


def policy(edit):
    def run(files):
        told = yaml.load(files["policy.yaml"], Loader=yaml.CSafeLoader)
        said = edit(told)
        return {**files, "policy.yaml": yaml.dump(told, Dumper=yaml.CSafeDumper, allow_unicode=True).encode()}, said

    return run


def by_id(root, element_id):
    return next(one for one in root.iter() if one.get("id") == element_id)


def attribute(element_id, name, value, inside=None):
    def edit(root):
        element = by_id(root, element_id)
        element = element if inside is None else element.find(f".//{inside}")
        old = element.get(name)
        element.set(name, value)
        return {"old": old, "new": value}

    return edit


def text_of(element_id, tag, value):
    def edit(root):
        element = by_id(root, element_id).find(f".//{tag}")
        old, element.text = element.text.strip(), value
        return {"old": old, "new": value}

    return edit


def zeebe_property(element_id, name, value):
    def edit(root):
        found = by_id(root, element_id).find(f".//{Z}property[@name='{name}']")
        old = found.get("value")
        found.set("value", value)
        return {"old": old, "new": value}

    return edit


def put_property(root):
    holder = by_id(root, "plan").find(f".//{Z}properties")
    etree.SubElement(holder, f"{Z}property", name="bulk", value="no")


def drop_property(root):
    found = by_id(root, "plan").find(f".//{Z}property[@name='clause']")
    found.getparent().remove(found)


def add_element(root):
    annotation = etree.SubElement(root.find(f"{B}process"), f"{B}textAnnotation", id="note_new")
    etree.SubElement(annotation, f"{B}text").text = "说明"


def move_lane(root):
    lanes = list(root.iter(f"{B}lane"))
    reference = next(one for one in lanes[0].iter(f"{B}flowNodeRef"))
    lanes[0].remove(reference)
    lanes[1].append(reference)
    return {"part": reference.text.strip(), "old": lanes[0].get("id"), "new": lanes[1].get("id")}


def retype(root):
    found = by_id(root, "plan")
    found.tag = f"{B}manualTask"


def five_days_to_seven(root):
    """As the desktop modeler writes a timer; the same edit on both sides but for the number."""
    definition = by_id(root, "applications_open").find(f"{B}timerEventDefinition")
    for one in list(definition):
        definition.remove(one)
    etree.SubElement(definition, f"{B}timeDuration").text = "P7D"


def with_five_days(files):
    root = etree.fromstring(files["round.bpmn"])
    five_days_to_seven(root)
    text = etree.tostring(root, xml_declaration=True, encoding="UTF-8").replace(b"P7D", b"P5D")
    return {**files, "round.bpmn": text}


def first_rule(root):
    return by_id(root, "required_years_table").find(f"{D}rule")


def cell(tag):
    def edit(root):
        entry = first_rule(root).find(f"{D}{tag}")
        old = (entry.find(f"{D}text").text or "").strip() or "-"
        entry.find(f"{D}text").text = "99"
        table = by_id(root, "required_years_table")
        column = table.find(f"{D}{'input' if tag == 'inputEntry' else 'output'}").get("id")
        return {"part": first_rule(root).get("id"), "what": f"cell:{column}", "old": old, "new": "99"}

    return edit


def clause_of_a_rule(root):
    found = first_rule(root).find(f"{D}annotationEntry/{D}text")
    old, found.text = found.text, "A7.9"
    return {"old": old, "new": "A7.9"}


def add_rule(root):
    rule = copy.deepcopy(first_rule(root))
    for one in rule.iter():
        if one.get("id"):
            one.set("id", one.get("id") + "_new")
    by_id(root, "required_years_table").append(rule)
    return {"part": rule.get("id")}


def drop_rule(root):
    rule = first_rule(root)
    rule.getparent().remove(rule)
    return {"part": rule.get("id")}


def swap_rules(root):
    table = by_id(root, "required_years_table")
    first, second = table.findall(f"{D}rule")[:2]
    first.addprevious(second)


def component(schema, component_id):
    waiting = [schema]
    while waiting:
        one = waiting.pop()
        if one.get("id") == component_id:
            return one
        waiting += one.get("components", [])
    raise LookupError(component_id)


def put(component_id, *path, value):
    def edit(schema):
        place = component(schema, component_id)
        for step in path[:-1]:
            place = place.setdefault(step, {})
        place[path[-1]] = value

    return edit


def add_field(schema):
    schema["components"][0]["components"].append(
        {"type": "textfield", "key": "more", "id": "more_field", "label": "补充"}
    )


def drop_field(schema):
    group = schema["components"][0]["components"]
    group.remove(next(one for one in group if one["id"] == "review_09_opinion"))


def swap_fields(schema):
    group = schema["components"][0]["components"]
    group[-1], group[-2] = group[-2], group[-1]


def setting(key, name, value):
    def edit(told):
        if value is None:
            del told["settings"][key]
        else:
            told["settings"].setdefault(key, {})[name] = value

    return edit


def new_setting(told):
    told["settings"]["new.days"] = {"default": 3, "label": {"zh": "新", "en": "new"}}


def put_policy(*path, value):
    def edit(told):
        place = told
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value

    return edit


CASE = "cases/s2-short.yaml"


def change_case(edit):
    def run(files):
        told = yaml.load(files[CASE], Loader=yaml.CSafeLoader)
        edit(told)
        return {**files, CASE: yaml.safe_dump(told, allow_unicode=True, sort_keys=False).encode()}, None

    return run


def file_with(path, content):
    def run(files):
        kept = {name: text for name, text in files.items() if name != path}
        return (kept if content is None else {**kept, path: content}), None

    return run


CHANGED, ADDED, REMOVED = How.CHANGED, How.ADDED, How.REMOVED
DIAGRAM, TABLE, FORM, SETTING, POLICY, WORKED, FILE = Kind
R, V = "round.bpmn", "review.form"
# What is edited, and what must be said of it: (kind, holder, part, property, how); an edit may say part, old and new itself.
EDITS = {
    "a task's name": (xml(R, attribute("plan", "name", "定方案")), (DIAGRAM, "round", "plan", "name", CHANGED)),
    "its English name": (
        xml(R, zeebe_property("plan", "en", "Plan")),
        (DIAGRAM, "round", "plan", "property[en].value", CHANGED),
    ),
    "its rows": (
        xml(R, zeebe_property("plan", "clause", "A10.9")),
        (DIAGRAM, "round", "plan", "property[clause].value", CHANGED),
    ),
    "who may do it": (
        xml(R, attribute("meeting", "candidateGroups", "leader", f"{Z}assignmentDefinition")),
        (DIAGRAM, "round", "meeting", "assignmentDefinition.candidateGroups", CHANGED),
    ),
    "its form": (
        xml(R, attribute("meeting", "formId", "plan-form", f"{Z}formDefinition")),
        (DIAGRAM, "round", "meeting", "formDefinition.formId", CHANGED),
    ),
    "its due date": (
        xml(R, attribute("meeting", "dueDate", "=today()", f"{Z}taskSchedule")),
        (DIAGRAM, "round", "meeting", "taskSchedule.dueDate", CHANGED),
    ),
    "who must not": (
        xml(R, zeebe_property("meeting", "notBy", "=null")),
        (DIAGRAM, "round", "meeting", "property[notBy].value", CHANGED),
    ),
    "a property put in": (xml(R, put_property), (DIAGRAM, "round", "plan", "property[bulk].value", ADDED)),
    "a property taken out": (xml(R, drop_property), (DIAGRAM, "round", "plan", "property[clause].value", REMOVED)),
    "a moment": (
        xml(R, text_of("applications_open", f"{B}timeDate", "=today()")),
        (DIAGRAM, "round", "applications_open", "timerEventDefinition.timeDate", CHANGED),
    ),
    "a condition": (
        xml(R, text_of("plan_complete_to_publish_plan", f"{B}conditionExpression", "=true")),
        (DIAGRAM, "round", "plan_complete_to_publish_plan", "conditionExpression", CHANGED),
    ),
    "where a flow leads": (
        xml(R, attribute("plan_complete_to_publish_plan", "targetRef", "meeting")),
        (DIAGRAM, "round", "plan_complete_to_publish_plan", "targetRef", CHANGED),
    ),
    "a gateway's default": (
        xml(R, attribute("quorum_ok", "default", "quorum_ok_to_open_review")),
        (DIAGRAM, "round", "quorum_ok", "default", CHANGED),
    ),
    "which decision": (
        xml(R, attribute("quorum_check", "decisionId", "check_plan", f"{Z}calledDecision")),
        (DIAGRAM, "round", "quorum_check", "calledDecision.decisionId", CHANGED),
    ),
    "an output": (
        xml(R, attribute("quorum_check", "source", "=1", f"{Z}output")),
        (DIAGRAM, "round", "quorum_check", "output[quorum_check].source", CHANGED),
    ),
    "an input of a message": (
        xml(R, attribute("open_review", "source", "=[]", f"{Z}input")),
        (DIAGRAM, "round", "open_review", "input[experts].source", CHANGED),
    ),
    "a process that is called": (
        xml(R, attribute("recusal", "processId", "issuing", f"{Z}calledElement")),
        (DIAGRAM, "round", "recusal", "calledElement.processId", CHANGED),
    ),
    "a message's name": (
        xml(R, attribute("message_review_opened", "name", "review_begun")),
        (DIAGRAM, "round", "message_review_opened", "name", CHANGED),
    ),
    "an element's kind": (xml(R, retype), (DIAGRAM, "round", "plan", "", CHANGED)),
    "an element put in": (xml(R, add_element), (DIAGRAM, "round", "note_new", "", ADDED)),
    "a lane": (xml(R, move_lane), (DIAGRAM, "round", None, "lane", CHANGED)),
    "a loop's collection": (
        xml("candidacy.bpmn", attribute("review", "inputCollection", "=[]", f"{Z}loopCharacteristics")),
        (
            DIAGRAM,
            "candidacy",
            "review",
            "multiInstanceLoopCharacteristics.loopCharacteristics.inputCollection",
            CHANGED,
        ),
    ),
    "a loop's output": (
        xml("candidacy.bpmn", attribute("review", "outputElement", "=1", f"{Z}loopCharacteristics")),
        (DIAGRAM, "candidacy", "review", "multiInstanceLoopCharacteristics.loopCharacteristics.outputElement", CHANGED),
    ),
    "a process' title": (
        xml(R, zeebe_property("round", "title", "=1")),
        (DIAGRAM, "round", "", "property[title].value", CHANGED),
    ),
    "a rule's condition": (xml("eligibility.dmn", cell("inputEntry")), (TABLE, "required_years", None, None, CHANGED)),
    "a rule's conclusion": (
        xml("eligibility.dmn", cell("outputEntry")),
        (TABLE, "required_years", None, None, CHANGED),
    ),
    "a rule's row of the text": (
        xml("eligibility.dmn", clause_of_a_rule),
        (TABLE, "required_years", None, "cell:annotation-1", CHANGED),
    ),
    "a rule put in": (xml("eligibility.dmn", add_rule), (TABLE, "required_years", None, "", ADDED)),
    "a rule taken out": (xml("eligibility.dmn", drop_rule), (TABLE, "required_years", None, "", REMOVED)),
    "the order of rules": (xml("eligibility.dmn", swap_rules), (TABLE, "required_years", "", "order", CHANGED)),
    "a hit policy": (
        xml("eligibility.dmn", attribute("required_years_table", "hitPolicy", "UNIQUE")),
        (TABLE, "required_years", "", "hitPolicy", CHANGED),
    ),
    "an expression": (
        xml("tally.dmn", text_of("tally_count", f"{D}text", "1")),
        (TABLE, "tally_count", "", "literalExpression.text", CHANGED),
    ),
    "a decision's name": (
        xml("tally.dmn", attribute("tally_count", "name", "票数")),
        (TABLE, "tally_count", "", "name", CHANGED),
    ),
    "a field's label": (
        form(V, put("review_03_ethics", "label", value="品德")),
        (FORM, "review-form", "review_03_ethics", "label", CHANGED),
    ),
    "a field's limit": (
        form(V, put("review_03_ethics", "validate", "max", value=12)),
        (FORM, "review-form", "review_03_ethics", "validate.max", CHANGED),
    ),
    "what must be filled in": (
        form(V, put("review_09_opinion", "validate", "required", value=False)),
        (FORM, "review-form", "review_09_opinion", "validate.required", CHANGED),
    ),
    "when a field is hidden": (
        form(V, put("review_influence", "conditional", "hide", value="=true")),
        (FORM, "review-form", "review_influence", "conditional.hide", CHANGED),
    ),
    "an option": (
        form(V, lambda schema: component(schema, "review_08_vote")["values"][0].update(label="赞成")),
        (FORM, "review-form", "review_08_vote", "values[yes].label", CHANGED),
    ),
    "a field's English": (
        form(V, put("review_03_ethics", "properties", "en", value="Morals")),
        (FORM, "review-form", "review_03_ethics", "properties.en", CHANGED),
    ),
    "a secret ballot made open": (
        form(V, lambda schema: component(schema, "review_08_vote")["properties"].pop("ballot") and None),
        (FORM, "review-form", "review_08_vote", "properties.ballot", REMOVED),
    ),
    "a field put in": (form(V, add_field), (FORM, "review-form", "more_field", "", ADDED)),
    "a field taken out": (form(V, drop_field), (FORM, "review-form", "review_09_opinion", "", REMOVED)),
    "the order of fields": (form(V, swap_fields), (FORM, "review-form", "review_01_review", "order", CHANGED)),
    "a setting's default": (
        policy(setting("publicity.days", "default", 7)),
        (SETTING, "settings", "publicity.days", "default", CHANGED),
    ),
    "a setting's range": (
        policy(setting("publicity.days", "max", 90)),
        (SETTING, "settings", "publicity.days", "max", CHANGED),
    ),
    "a setting put in": (policy(new_setting), (SETTING, "settings", "new.days", "", ADDED)),
    "a setting taken out": (
        policy(setting("publicity.days", "", None)),
        (SETTING, "settings", "publicity.days", "", REMOVED),
    ),
    "the term": (
        policy(put_policy("in_force", "until", value="2027-03-31")),
        (POLICY, "in_force", "", "until", CHANGED),
    ),
    "who may start": (
        policy(lambda told: told["start"][0].update(roles=["leader"])),
        (POLICY, "start", "", "[filing].roles", CHANGED),
    ),
    "a row's gist": (
        policy(put_policy("clauses", "A10.3a", "gist", "zh", value="另一句")),
        (POLICY, "clauses", "A10.3a", "gist.zh", CHANGED),
    ),
    "a role's head": (
        policy(put_policy("roles", "hr", "head", value="centre")),
        (POLICY, "roles", "hr", "head", CHANGED),
    ),
    "a case's first day": (
        change_case(lambda told: told.update(starts_at="2025-05-08 09:00")),
        (WORKED, CASE, "", "starts_at", CHANGED),
    ),
    "a step put in": (
        change_case(lambda told: told["steps"].insert(1, {"at": "2025-05-09 10:00"})),
        (WORKED, CASE, None, "", ADDED),
    ),
    "a step taken out": (change_case(lambda told: told["steps"].pop()), (WORKED, CASE, None, "", REMOVED)),
    "a case taken out": (file_with(CASE, None), (WORKED, CASE, "", "", REMOVED)),
    "a text put in": (file_with("notes.md", b"# notes"), (FILE, "notes.md", "", "", ADDED)),
}


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_is_found_and_named_and_nothing_else_is(bundle, edit):
    run, (kind, holder, part, what, how) = EDITS[edit]
    edited, told = run(bundle.files)
    told = told or {}
    (found,) = difference(bundle.files, edited)
    place = found.place
    assert (place.kind, place.holder, found.how) == (kind, holder, how)
    assert part is None or place.part == part
    assert what is None or place.what == what
    for name in ("old", "new"):
        assert name not in told or getattr(found, name) == told[name]
    assert told.get("part", place.part) == place.part
    assert told.get("what", place.what) == place.what
    sentence = say(found)
    assert sentence.zh
    assert sentence.en
    assert sentence.zh != sentence.en
    # The other way round it is the same difference, told backwards.
    (back,) = difference(edited, bundle.files)
    assert (back.place, back.old, back.new) == (place, found.new, found.old)


def test_five_days_become_seven(bundle):
    before = with_five_days(bundle.files)
    after = {**before, "round.bpmn": before["round.bpmn"].replace(b"P5D", b"P7D")}
    (found,) = difference(before, after)
    assert (found.place.part, found.place.what, found.old, found.new) == (
        "applications_open",
        "timerEventDefinition.timeDuration",
        "P5D",
        "P7D",
    )
    assert say(found).zh == "流程图“评聘批次”的“报名截止”（applications_open）：等待时长由“P5D”改为“P7D”"
    assert say(found).en.endswith("duration from “P5D” to “P7D”")


def resaved(files):
    """As editors leave files behind: other spaces, another order of elements, other tools' marks, shapes moved."""
    again = {}
    for path, content in files.items():
        if path.endswith((".bpmn", ".dmn")):
            root = etree.fromstring(content, etree.XMLParser(remove_blank_text=True))
            root.set("exporterVersion", "9.9.9")
            for bounds in root.iter(
                "{http://www.omg.org/spec/DD/20100524/DC}Bounds", "{http://www.omg.org/spec/DMN/20180521/DC/}Bounds"
            ):
                bounds.set("x", str(float(bounds.get("x")) + 40))
            for process in root.iter(f"{B}process"):
                process[:] = sorted(
                    process, key=lambda one: (etree.QName(one).localname == "extensionElements", one.get("id") or "")
                )
            again[path] = etree.tostring(root, pretty_print=True, xml_declaration=True, encoding="UTF-8")
        elif path.endswith(".form"):
            schema = {**json.loads(content), "exporter": {"name": "form-js", "version": "9.9"}}
            again[path] = json.dumps(schema, indent=4, sort_keys=True).encode()
        elif path.endswith(".yaml"):
            again[path] = yaml.safe_dump(yaml.safe_load(content), allow_unicode=True, width=300).encode()
        else:
            again[path] = content
    return again


def test_a_file_saved_again_and_a_moved_shape_are_no_change(bundle):
    assert difference(bundle.files, bundle.files) == []
    assert [say(one).zh for one in difference(bundle.files, resaved(bundle.files))] == []
