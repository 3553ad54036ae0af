"""Each sentence of docs/dialect.md that is marked, on a small diagram, through the Engine."""

from datetime import UTC, datetime

import pytest

from engine.bundle import make_bundle
from engine.cases.reading import moment
from engine.errors import ConflictError, InvalidError, NotPermittedError
from engine.queries import inspection
from tests.engine.bundles import FORM, POLICY, diagram, flow, line, process, small, task
from tests.people import ADMIN

REST = {"note": None, "amount": None}


@pytest.fixture
def staff(empty):
    """An employer with two people of HR and two experts; says how to get an actor."""
    empty.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    for person, roles in (("hr", ["hr"]), ("hr2", ["hr"]), ("x1", ["expert"]), ("x2", ["expert"])):
        empty.add_person(ADMIN, id=person, name=f"某{person}", employer_id="E1", roles=roles)
    return empty.actor


@pytest.fixture
def run(empty, staff):
    """Deploy a bundle, start `p` as HR, and say what there is to see."""

    def begin(bundle):
        empty.deploy(ADMIN, bundle)
        return empty.start(staff("hr"), "p", {})["instance"]

    return begin


@pytest.fixture
def see(empty):
    return lambda instance: empty.inspect(lambda tx: inspection.whole(tx, empty.library, instance))


def the_task(engine, actor, which="groups"):
    (found,) = engine.inbox(actor, which)
    return found.id


def test_what_begins_with_an_equals_sign_is_feel_and_the_rest_is_text(run, see):
    script = '<zeebe:script expression="{}" resultVariable="{}" />'
    body = "".join(
        f'<bpmn:scriptTask id="{name}"><bpmn:extensionElements>{script.format(expression, name)}</bpmn:extensionElements></bpmn:scriptTask>'
        for name, expression in (("sum", "=1 + 2"), ("days", "=settings.publicity.days"))
    )
    plain = '<bpmn:extensionElements><zeebe:ioMapping><zeebe:output source="1 + 2" target="text" /></zeebe:ioMapping>'
    body += (
        f'<bpmn:scriptTask id="third">{plain}{script.format("=1", "one")}</bpmn:extensionElements></bpmn:scriptTask>'
    )
    found = see(run(small(body + line("begin", "sum", "days", "third", "finish"))))
    assert found.variables == {"sum": 3, "days": 5, "text": "1 + 2"}
    assert found.line.end_element == "finish"


def test_an_expression_sees_variables_settings_process_and_the_calendar(run, see):
    expression = "={who: process.initiator.name, key: process.key, end: working days after(date(&quot;2025-06-23&quot;), settings.publicity.days)}"
    body = f'<bpmn:scriptTask id="s"><bpmn:extensionElements><zeebe:script expression="{expression}" resultVariable="seen" /></bpmn:extensionElements></bpmn:scriptTask>'
    instance = run(small(body + line("begin", "s", "finish")))
    assert see(instance).variables["seen"] == {
        "who": "某hr",
        "key": see(instance).line.business_key,
        "end": "2025-06-30",
    }


def test_now_and_today_are_the_moment_of_the_command_in_shanghai(run, see, empty):
    empty.clock.move_to(datetime(2025, 6, 30, 17, 0, tzinfo=UTC))
    body = '<bpmn:scriptTask id="s"><bpmn:extensionElements><zeebe:script expression="=today()" resultVariable="day" /></bpmn:extensionElements></bpmn:scriptTask>'
    assert see(run(small(body + line("begin", "s", "finish")))).variables["day"] == "2025-07-01"


def test_reserved_names_cannot_be_written(run):
    body = '<bpmn:scriptTask id="s"><bpmn:extensionElements><zeebe:script expression="=1" resultVariable="settings" /></bpmn:extensionElements></bpmn:scriptTask>'
    with pytest.raises(InvalidError, match="settings"):
        run(small(body + line("begin", "s", "finish")))


def test_a_user_task_waits_for_a_person_of_its_role_and_takes_only_its_form(run, see, empty, staff):
    instance = run(small(task("work") + line("begin", "work", "finish")))
    assert empty.inbox(staff("x1"), "groups") == []
    with pytest.raises(NotPermittedError):
        empty.complete(staff("x1"), the_task(empty, staff("hr")), {})
    empty.complete(staff("hr"), the_task(empty, staff("hr")), {"note": "好", "amount": 3})
    assert see(instance).variables == {"note": "好", "amount": 3}


def test_an_assigned_task_needs_no_claim_and_is_nobody_elses(run, empty, staff):
    run(small(task("work", 'assignee="=process.initiator.id"') + line("begin", "work", "finish")))
    mine = the_task(empty, staff("hr"), "mine")
    with pytest.raises(NotPermittedError):
        empty.complete(staff("hr2"), mine, {})
    empty.complete(staff("hr"), mine, {})


def test_a_claimed_task_is_out_of_the_colleagues_hands(run, empty, staff):
    run(small(task("work") + line("begin", "work", "finish")))
    found = the_task(empty, staff("hr"))
    empty.claim(staff("hr"), found)
    empty.claim(staff("hr"), found)
    assert empty.inbox(staff("hr2"), "groups") == []
    with pytest.raises(ConflictError):
        empty.claim(staff("hr2"), found)
    with pytest.raises(ConflictError):
        empty.complete(staff("hr2"), found, {})


def test_separation_of_duties_bars_the_people_named(run, empty, staff):
    barred = '<zeebe:properties><zeebe:property name="notBy" value="=process.initiator.id" /></zeebe:properties>'
    run(small(task("work", inside=barred) + line("begin", "work", "finish")))
    with pytest.raises(NotPermittedError):
        empty.complete(staff("hr"), the_task(empty, staff("hr2")), {})
    empty.complete(staff("hr2"), the_task(empty, staff("hr2")), {})


def test_a_due_date_is_an_expression_too(run, empty, staff):
    due = '<zeebe:taskSchedule dueDate="=working days after(today(), 2)" />'
    run(small(task("work", inside=due) + line("begin", "work", "finish")))
    (found,) = empty.inbox(staff("hr"), "groups")
    assert found.due_at == moment("2025-05-13T00:00:00+08:00")
    assert found.working_days_left == 2


def test_inputs_are_seen_by_the_element_alone_and_outputs_say_what_leaves_it(run, see, empty, staff):
    mapping = """<zeebe:ioMapping><zeebe:input source="=40 + 2" target="hint" />
        <zeebe:output source="=amount * 2" target="doubled" /></zeebe:ioMapping>"""
    instance = run(small(task("work", inside=mapping) + line("begin", "work", "finish")))
    found = empty.task(staff("hr"), the_task(empty, staff("hr")))
    assert found.context["hint"] == 42
    empty.complete(staff("hr"), found.line.id, {"amount": 4})
    assert see(instance).variables == {"doubled": 8}


def test_an_input_that_bears_the_name_of_what_it_is_made_of_is_reckoned_once_and_before_the_others(run, see):
    given = '<zeebe:input source="=place.level" target="place" /><zeebe:input source="=place.trade" target="trade" />'
    made = (
        """<zeebe:script expression="={level: &quot;chief&quot;, trade: &quot;焊工&quot;}" resultVariable="place" />"""
    )
    body = f'<bpmn:scriptTask id="make"><bpmn:extensionElements>{made}</bpmn:extensionElements></bpmn:scriptTask>'
    body += f"""<bpmn:endEvent id="failed"><bpmn:extensionElements><zeebe:ioMapping>{given}</zeebe:ioMapping>
      </bpmn:extensionElements><bpmn:errorEventDefinition errorRef="e" /></bpmn:endEvent>"""
    inside = f"""<bpmn:subProcess id="part"><bpmn:startEvent id="part_begin" />{body}{line("part_begin", "make", "failed")}
      </bpmn:subProcess>"""
    caught = """<bpmn:boundaryEvent id="caught" attachedToRef="part"><bpmn:errorEventDefinition errorRef="e" /></bpmn:boundaryEvent>"""
    flows = line("begin", "part", "finish") + line("caught", "finish")
    error = '<bpmn:error id="e" name="wrong" errorCode="wrong" />'
    found = see(run(small(inside + caught + flows, before=error)))
    assert (found.variables["place"], found.variables["trade"]) == ("chief", "焊工")


def test_parallel_branches_share_the_variables_and_lose_nothing(run, see, empty, staff):
    body = '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />' + task("a") + task("b", form="other")
    body += line("begin", "split", "a", "join", "finish") + line("split", "b", "join")
    other = {**FORM, "id": "other", "components": [{"type": "textfield", "key": "other", "label": "另", "id": "o"}]}
    import json

    instance = run(small(body, files={"other.form": json.dumps(other).encode()}))
    first, second = sorted(empty.inbox(staff("hr"), "groups"), key=lambda found: found.element)
    empty.complete(staff("hr"), first.id, {"note": "甲"})
    empty.complete(staff("hr"), second.id, {"other": "乙"})
    assert see(instance).variables == {"note": "甲", "amount": None, "other": "乙"}
    assert see(instance).line.end_element == "finish"


def choice(condition):
    body = task("work") + '<bpmn:exclusiveGateway id="choose" default="choose_to_finish" /><bpmn:endEvent id="big" />'
    return body + line("begin", "work", "choose", "finish") + flow("choose", "big", condition)


@pytest.mark.parametrize(("amount", "end"), [(5, "finish"), (6, "big")])
def test_an_exclusive_gateway_takes_the_first_true_flow_or_the_default(run, see, empty, staff, amount, end):
    instance = run(small(choice("=amount &gt; 5")))
    empty.complete(staff("hr"), the_task(empty, staff("hr")), {"amount": amount})
    assert see(instance).line.end_element == end


def test_a_condition_that_is_neither_true_nor_false_stops_the_step_and_writes_nothing(run, see, empty, staff):
    instance = run(small(choice("=amount &gt; 5")))
    found = the_task(empty, staff("hr"))
    before = see(instance)
    with pytest.raises(InvalidError, match="choose"):
        empty.complete(staff("hr"), found, {"amount": None})
    assert see(instance) == before
    assert the_task(empty, staff("hr")) == found


def test_a_loop_gives_each_its_own_item_and_collects_in_the_order_of_the_input(run, see, empty, staff):
    loop = """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics
        inputCollection="=[&quot;x1&quot;, &quot;x2&quot;]" inputElement="who" outputCollection="said"
        outputElement="={who: who, turn: loopCounter, note: note}" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"""
    instance = run(small(task("ask", 'assignee="=who"', after=loop) + line("begin", "ask", "finish")))
    empty.complete(staff("x2"), the_task(empty, staff("x2"), "mine"), {"note": "二"})
    assert "said" not in see(instance).variables
    empty.complete(staff("x1"), the_task(empty, staff("x1"), "mine"), {"note": "一"})
    assert see(instance).variables == {
        "said": [{"who": "x1", "turn": 1, "note": "一"}, {"who": "x2", "turn": 2, "note": "二"}]
    }


def test_a_loop_over_nothing_is_done_at_once(run, see):
    loop = """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics inputCollection="=[]"
        outputCollection="said" outputElement="=note" /></bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"""
    found = see(run(small(task("ask", after=loop) + line("begin", "ask", "finish"))))
    assert found.line.end_element == "finish"


def test_a_sequential_loop_goes_one_by_one_and_ends_when_its_condition_says_so(run, see, empty, staff):
    loop = """<bpmn:multiInstanceLoopCharacteristics isSequential="true"><bpmn:extensionElements><zeebe:loopCharacteristics
        inputCollection="=[1, 2, 3]" inputElement="n" outputCollection="said" outputElement="=n" /></bpmn:extensionElements>
        <bpmn:completionCondition>=amount = 9</bpmn:completionCondition></bpmn:multiInstanceLoopCharacteristics>"""
    instance = run(small(task("ask", after=loop) + line("begin", "ask", "finish")))
    empty.complete(staff("hr"), the_task(empty, staff("hr")), {"amount": 1})
    assert see(instance).line.end_element is None
    empty.complete(staff("hr"), the_task(empty, staff("hr")), {"amount": 9})
    assert see(instance).line.end_element == "finish"
    assert see(instance).variables["said"] == [1, 2, None]


def timed(kind, expression):
    event = f"<bpmn:timerEventDefinition><bpmn:{kind}>{expression}</bpmn:{kind}></bpmn:timerEventDefinition>"
    return f'<bpmn:intermediateCatchEvent id="wait">{event}</bpmn:intermediateCatchEvent>' + line(
        "begin", "wait", "finish"
    )


@pytest.mark.parametrize(
    ("kind", "expression", "due"),
    [
        ("timeDate", "=date(&quot;2025-05-20&quot;)", "2025-05-20T00:00:00+08:00"),
        ("timeDate", "2025-05-20T08:30:00+08:00", "2025-05-20T08:30:00+08:00"),
        ("timeDuration", "PT36H", "2025-05-10T21:00:00+08:00"),
        ("timeDuration", "=duration(&quot;P1M&quot;)", "2025-06-09T09:00:00+08:00"),
    ],
)
def test_a_timer_is_evaluated_once_and_fires_at_its_own_moment(run, see, empty, kind, expression, due):
    instance = run(small(timed(kind, expression)))
    assert see(instance).windows[0].due_at == moment(due)
    empty.clock.move_to(moment("2025-12-31"))
    assert empty.tick() == 1
    found = see(instance)
    assert found.line.end_element == "finish"
    assert found.line.ended_at == moment(due)


def test_a_timer_whose_calendar_is_missing_stays_open_however_late_it_gets(run, see, empty):
    instance = run(small(timed("timeDate", "=working days after(date(&quot;2026-12-25&quot;), 5)")))
    assert see(instance).windows[0].due_at is None
    empty.clock.move_to(moment("2030-01-01"))
    assert empty.tick() == 0
    assert see(instance).active == {"wait"}


def test_a_timer_that_gives_no_time_is_refused_naming_the_element(run):
    with pytest.raises(InvalidError, match="wait"):
        run(small(timed("timeDate", "=nothing_here_but_null")))


def test_timers_that_were_missed_fire_in_the_order_in_which_they_were_due(run, see, empty):
    def wait(name, hours):
        event = (
            f"<bpmn:timerEventDefinition><bpmn:timeDuration>PT{hours}H</bpmn:timeDuration></bpmn:timerEventDefinition>"
        )
        return f'<bpmn:intermediateCatchEvent id="{name}">{event}</bpmn:intermediateCatchEvent>'

    body = '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />' + wait("late", 9) + wait("early", 3)
    body += wait("next", 2) + line("begin", "split", "late", "join", "finish") + line("split", "early", "next", "join")
    instance = run(small(body))
    empty.clock.move_to(moment("2025-06-01"))
    assert empty.tick() == 3
    fired = [(event.element, event.at) for event in see(instance).events if event.kind == "timer fired"]
    assert [element for element, _ in fired] == ["early", "next", "late"]
    assert [at for _, at in fired] == sorted(at for _, at in fired)


MESSAGES = """<bpmn:message id="m_go" name="go"><bpmn:extensionElements><zeebe:subscription correlationKey="=process.key" /></bpmn:extensionElements></bpmn:message>
<bpmn:message id="m_done" name="done"><bpmn:extensionElements><zeebe:subscription correlationKey="=process.key" /></bpmn:extensionElements></bpmn:message>"""


def send(element, kind, message, inputs=""):
    return f"""<bpmn:sendTask id="{element}" messageRef="{message}"><bpmn:extensionElements><zeebe:taskDefinition type="{kind}" />
      <zeebe:ioMapping>{inputs}</zeebe:ioMapping></bpmn:extensionElements></bpmn:sendTask>"""


def receive(element, message, fan_in=None):
    fan = f'<zeebe:properties><zeebe:property name="fanIn" value="{fan_in}" /></zeebe:properties>' if fan_in else ""
    return f'<bpmn:receiveTask id="{element}" messageRef="{message}"><bpmn:extensionElements>{fan}</bpmn:extensionElements></bpmn:receiveTask>'


@pytest.fixture
def family(empty, staff):
    """A parent that tells its children to go and waits for all of them; children that wait, report and end."""
    policy = (
        POLICY + "  - {process: child, roles: [hr], parent: p, while: open, given: {from_parent: '=process.key'}}\n"
    )
    given = '<zeebe:input source="=&quot;开始&quot;" target="word" />'
    parent = task("open") + send("tell", "message-to-children", "m_go", given) + receive("all", "m_done", "child")
    parent += line("begin", "open", "tell", "all", "finish")
    report = '<zeebe:input source="=note" target="note" />'
    child = task("early") + receive("wait", "m_go") + task("work") + send("say", "message-to-parent", "m_done", report)
    child += line("begin", "early", "wait", "work", "say", "finish")
    files = {
        "policy.yaml": policy.encode(),
        "p.bpmn": diagram(process(parent), process(child, "child"), messages=MESSAGES).encode(),
    }
    empty.deploy(ADMIN, make_bundle({**small(line("begin", "finish")).files, **files}))
    return empty.start(staff("hr"), "p", {})["instance"]


def do(engine, actor, element, instance=None, **values):
    found = [t for t in engine.inbox(actor, "groups") if t.element == element and instance in (None, t.instance_id)]
    engine.complete(actor, found[0].id, values)


def test_children_inherit_the_deployment_and_what_the_parent_gives(family, see, empty, staff):
    child = empty.start(staff("hr"), "child", {}, parent_id=family)["instance"]
    assert see(child).variables["from_parent"] == see(family).line.business_key
    assert see(child).line.deployment_id == see(family).line.deployment_id


def test_a_message_sent_before_its_wait_begins_is_kept_until_then(family, see, empty, staff):
    child = empty.start(staff("hr"), "child", {}, parent_id=family)["instance"]
    do(empty, staff("hr"), "open")
    assert see(child).active == {"early"}
    do(empty, staff("hr"), "early")
    assert see(child).active == {"work"}
    assert see(child).variables["word"] == "开始"


def test_fan_in_waits_until_every_child_has_reported_and_brings_what_they_said(family, see, empty, staff):
    children = [empty.start(staff("hr"), "child", {}, parent_id=family)["instance"] for _ in range(3)]
    for child in children:
        do(empty, staff("hr"), "early", child)
    do(empty, staff("hr"), "open")
    for number, child in enumerate(children):
        assert see(family).active == {"all"}
        do(empty, staff("hr"), "work", child, note=str(number))
    assert see(family).line.end_element == "finish"
    assert [report["note"] for report in see(family).variables["reports"]] == ["0", "1", "2"]


def test_fan_in_over_no_children_is_over_at_once(family, see, empty, staff):
    do(empty, staff("hr"), "open")
    assert see(family).variables["reports"] == []


def test_reports_that_came_before_the_parent_asks_count(family, see, empty, staff):
    """The child ends before the parent reaches its wait: the count, not the message, decides."""
    child = empty.start(staff("hr"), "child", {}, parent_id=family)["instance"]
    do(empty, staff("hr"), "early")
    do(empty, staff("hr"), "open")
    do(empty, staff("hr"), "work", child, note="早")
    assert see(family).line.end_element == "finish"


def test_a_child_is_refused_once_the_parent_has_moved_on(family, empty, staff):
    do(empty, staff("hr"), "open")
    with pytest.raises(ConflictError):
        empty.start(staff("hr"), "child", {}, parent_id=family)


def test_what_is_for_staff_alone_is_hidden_from_candidates_and_experts(play):
    """The votes and who cast them: S1's candidate sees neither before the matter is decided, HR sees both."""
    world = play("recheck")
    subject = world.instances["jia"]
    for person, sees in (("jia", False), ("hr", True)):
        found = world.engine.instance(world.actor(person), subject)
        assert any(finding["row"] == "A10.2c" for finding in found.findings) == sees
        assert any(event.element == "tally" for event in found.decisions) == sees
        names = {event.actor_name for event in found.events if event.element == "review"}
        assert (names == {"—"}) != sees
    expert = world.engine.instance(world.actor("e1"), subject)
    reviews = [event.actor_name for event in expert.events if (event.kind, event.element) == ("completed", "review")]
    assert reviews.count("—") == 6
