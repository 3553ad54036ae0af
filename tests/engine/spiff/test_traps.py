"""The traps of SpiffWorkflow 3.2.0 that we know of, one test each: the docstring says how our house closes it.

Every step is taken by a new engine, as if the process had been started anew; the tests fail if the closing code goes.
"""

import json
import zlib

import pytest
from SpiffWorkflow.bpmn.script_engine.python_engine import PythonScriptEngine
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from engine import Engine
from engine.audit import Event
from engine.commands.step import take
from engine.errors import ConflictError
from engine.instance import as_instance, locked_instance
from engine.permissions import SYSTEM
from engine.queries import inspection
from engine.spiff.snapshot import Complete
from engine.tables import process_instance, task
from engine.transaction import begin
from tests.engine.bundles import flow, line, small
from tests.engine.bundles import task as user_task
from tests.people import ADMIN

LOOP = """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics
  inputCollection="{items}" inputElement="item" outputCollection="said" outputElement="=item" /></bpmn:extensionElements>
  </bpmn:multiInstanceLoopCharacteristics>"""


class Office:
    """One person who does everything, each time with an engine that remembers nothing."""

    def __init__(self, engine):
        self.first = engine
        engine.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
        engine.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
        self.hr = engine.actor("hr")

    @property
    def engine(self):
        return Engine(self.first.sessions, self.first.clock)

    def start(self, body, **options):
        self.first.deploy(ADMIN, small(body, **options))
        return self.again()

    def again(self):
        return self.engine.start(self.hr, "p", {})["instance"]

    def open(self, instance):
        return sorted(
            (line for line in self.engine.inbox(self.hr, "groups") if line.instance_id == instance),
            key=lambda line: line.element,
        )

    def do(self, instance, number=0, **values):
        self.engine.complete(self.hr, self.open(instance)[number].id, values)

    def see(self, instance):
        engine = self.engine
        return engine.inspect(lambda tx: inspection.whole(tx, engine.library, instance))

    def state(self, instance):
        with self.first.sessions() as session:
            return session.scalar(select(process_instance.c.state).where(process_instance.c.id == instance))


@pytest.fixture
def office(empty):
    return Office(empty)


def script(name, expression, variable=None):
    inside = f'<zeebe:script expression="{expression}" resultVariable="{variable or name}" />'
    return f'<bpmn:scriptTask id="{name}"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:scriptTask>'


def test_1_a_variable_with_the_key_typename_survives_at_any_depth(office):
    """Variables live in a column of their own, items of a loop as text: the library's registry never sees their keys."""
    value = "{typename: &quot;甲&quot;, in: [{typename: 1}]}"
    body = script("kept", f"={value}") + user_task("ask", after=LOOP.format(items=f"=[{value}]"))
    instance = office.start(body + line("begin", "kept", "ask", "finish"))
    office.do(instance)
    expected = {"typename": "甲", "in": [{"typename": 1}]}
    assert office.see(instance).variables == {"kept": expected, "said": [expected]}


def test_2_the_state_keeps_the_librarys_own_order_and_no_data_that_depends_on_it(office):
    """The state is compressed text in a binary column; task data stays empty, so no delta is ever resolved."""
    body = (
        user_task("a")
        + user_task("b")
        + user_task("c")
        + script("x", "=1")
        + line("begin", "x", "a", "b", "c", "finish")
    )
    instance = office.start(body)
    for _ in range(2):
        office.do(instance, note="好")
    tasks = json.loads(zlib.decompress(office.state(instance)))["tasks"]
    for place, (_id, parent, *_rest) in enumerate(tasks):
        assert parent is None if place == 0 else parent < place
    # Ids are chance: of a hundred and twenty orders one is sorted, and of many states in a row not one all the time.
    orders = [
        [task[0] for task in json.loads(zlib.decompress(office.state(office.start(body))))["tasks"]] for _ in range(9)
    ]
    assert any(order != sorted(order) for order in [[task[0] for task in tasks], *orders])


def test_3_changing_a_nested_value_in_one_branch_changes_neither_its_sibling_nor_the_past(office):
    """FEEL has no side effects, what a task sees is kept with the task, and the history keeps its own copy."""
    mine = '<zeebe:ioMapping><zeebe:input source="=box" target="mine" />{}</zeebe:ioMapping>'
    change = '<zeebe:output source="=context put(box, &quot;list&quot;, [2])" target="box" />'
    keep = '<zeebe:output source="=note" target="seen" />'
    body = script("box", "={list: [1]}") + '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    body += user_task("a", inside=mine.format(change)) + user_task("b", inside=mine.format(keep))
    body += line("begin", "box", "split", "a", "join", "finish") + line("split", "b", "join")
    instance = office.start(body)
    office.do(instance)
    assert office.engine.task(office.hr, office.open(instance)[0].id).context["mine"] == {"list": [1]}
    office.do(instance, note="好")
    assert office.see(instance).variables == {"box": {"list": [2]}, "seen": "好"}
    assert {"box": {"list": [1]}} in [event.payload.get("old") for event in office.see(instance).events]


def test_4_a_list_or_a_context_that_is_set_again_keeps_nothing_of_the_old_one(office):
    """The host assigns whole variables; the library's deep merge has nothing to merge, at joins neither."""
    body = '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />'
    body += script("a", "=[&quot;C1&quot;, &quot;C2&quot;]", "list") + script("b", "={old: 1, both: 1}", "context")
    body += user_task("work") + script("c", "=[&quot;C3&quot;]", "list") + script("e", "={both: 2}", "context")
    body += line("begin", "split", "a", "join", "work", "c", "e", "finish") + line("split", "b", "join")
    instance = office.start(body)
    office.do(instance, note="好", amount=1)
    assert office.see(instance).variables == {"list": ["C3"], "context": {"both": 2}, "note": "好", "amount": 1}


def test_5_a_loop_goes_round_more_often_than_the_library_can_count(office):
    """At a depth of 1000 the library stops without a word; a state forgets what is over, so it never gets there."""
    body = '<bpmn:exclusiveGateway id="again" /><bpmn:exclusiveGateway id="ask" default="ask_to_finish" />'
    body += user_task("work") + line("begin", "again", "work", "ask", "finish") + flow("ask", "again", "=amount = 1")
    instance = office.start(body)
    office.do(instance, amount=1)
    size = len(zlib.decompress(office.state(instance)))
    for _ in range(350):
        office.do(instance, amount=1)
    assert len(zlib.decompress(office.state(instance))) == size
    office.do(instance, amount=0)
    assert office.see(instance).line.end_element == "finish"


def test_6_a_task_that_is_not_ready_is_not_run_again(office):
    """The library runs a task in any state; `engine.spiff` looks among those that wait, even if the host forgot to."""
    instance = office.start(user_task("a") + user_task("b") + line("begin", "a", "b", "finish"))
    done = office.open(instance)[0].id
    office.do(instance, note="一", amount=1)
    with office.first.sessions() as session:
        session.execute(update(task).where(task.c.id == done).values(status="open"))
        session.commit()
    before = office.see(instance)
    with pytest.raises(ConflictError):
        office.engine.complete(office.hr, done, {"note": "二", "amount": 2})
    assert office.see(instance) == before


def test_7_the_librarys_own_script_engine_is_never_asked(play, monkeypatch):
    """A workflow is loaded with our engine from its first moment; S1 would trip over the other one."""

    def asked(*_, **__):
        raise AssertionError("Python was asked")

    for method in ("evaluate", "execute", "call_service"):
        monkeypatch.setattr(PythonScriptEngine, method, asked)
    world = play()
    assert world.engine.instance(world.actor("hr"), world.instances["round"]).line.end_element is not None


def test_8_days_decimals_and_durations_are_kept_as_json(office):
    """What FEEL gives becomes JSON before it is kept, and text in a loop's items."""
    body = script("day", "=date(&quot;2025-06-23&quot;)") + script("part", "=0.1 + 0.2")
    body += script("span", "={time: duration(&quot;P5D&quot;)}")
    body += user_task("ask", after=LOOP.format(items="=[date(&quot;2025-06-24&quot;), 1.5]"))
    instance = office.start(body + line("begin", "day", "part", "span", "ask", "finish"))
    office.do(instance)
    office.do(instance)
    assert office.see(instance).variables == {
        "day": "2025-06-23",
        "part": 0.3,
        "span": {"time": "P5D"},
        "said": ["2025-06-24", 1.5],
    }


MESSAGE = """<bpmn:message id="m_go" name="go"><bpmn:extensionElements>
  <zeebe:subscription correlationKey="=process.key" /></bpmn:extensionElements></bpmn:message>"""


def test_9_instances_that_share_one_engine_and_its_spec_do_not_share_what_happens_to_them(office, empty):
    """Events are the host's: a message event sub-process that one instance began changes nothing that another looks at."""
    key = '<zeebe:input source="=process.key" target="correlationKey" />'
    inside = f'<zeebe:taskDefinition type="message" /><zeebe:ioMapping>{key}</zeebe:ioMapping>'
    body = f'<bpmn:sendTask id="tell" messageRef="m_go"><bpmn:extensionElements>{inside}</bpmn:extensionElements></bpmn:sendTask>'
    body += user_task("say") + user_task("work") + line("begin", "say", "tell", "work", "finish")
    begins = '<bpmn:startEvent id="heard" isInterrupting="false"><bpmn:messageEventDefinition messageRef="m_go" /></bpmn:startEvent>'
    handler = begins + user_task("answer") + '<bpmn:endEvent id="answered" />' + line("heard", "answer", "answered")
    body += f'<bpmn:subProcess id="handler" triggeredByEvent="true">{handler}</bpmn:subProcess>'
    empty.deploy(ADMIN, small(body, before=MESSAGE))

    def do(instance, element):
        found = next(
            one for one in empty.inbox(office.hr, "groups") if (one.instance_id, one.element) == (instance, element)
        )
        empty.complete(office.hr, found.id, {})

    def waits(instance):
        return {one.element for one in empty.inbox(office.hr, "groups") if one.instance_id == instance}

    first, second = (empty.start(office.hr, "p", {})["instance"] for _ in range(2))
    do(first, "say")
    assert (waits(first), waits(second)) == ({"work", "answer"}, {"say"})
    third = empty.start(office.hr, "p", {})["instance"]
    do(second, "say")
    assert (waits(first), waits(second), waits(third)) == ({"work", "answer"}, {"work", "answer"}, {"say"})
    for instance in (second, first):
        do(instance, "answer")
        do(instance, "work")
    do(third, "say")
    assert waits(third) == {"work", "answer"}
    assert [office.see(instance).line.end_element for instance in (first, second, third)] == ["finish", "finish", None]


def test_10_of_two_copies_of_one_instance_the_older_is_not_written(office, empty):
    """Commands lock the row; should one ever hold an old copy, its revision and its history are refused."""
    instance = office.start(user_task("a") + user_task("b") + line("begin", "a", "b", "finish"))
    found = office.open(instance)[0].id
    with begin(empty.sessions, empty.clock, SYSTEM) as tx:
        copy = as_instance(tx.session.execute(locked_instance().where(process_instance.c.id == instance)).one())
    office.do(instance, note="新", amount=1)
    with pytest.raises((ConflictError, IntegrityError)), begin(empty.sessions, empty.clock, SYSTEM) as tx:
        take(tx, empty.library, copy, Complete(found, {"note": "旧"}), Event("completed", "a", {"task": found}))
    assert office.see(instance).variables["note"] == "新"


@pytest.mark.parametrize("sequential", ["true", "false"])
def test_11_a_loop_hears_of_its_last_child_in_another_process(office, sequential):
    """The parser connects "child is done" to its loop when it makes the spec, not whoever creates the child."""
    loop = LOOP.format(items="=[1, 2, 3]").replace(
        "Characteristics>", f'Characteristics isSequential="{sequential}">', 1
    )
    instance = office.start(user_task("ask", after=loop) + line("begin", "ask", "finish"))
    for _ in range(3):
        assert office.see(instance).active == {"ask"}
        office.do(instance)
    assert office.see(instance).line.end_element == "finish"
    assert office.see(instance).variables["said"] == [1, 2, 3]


def rounds():
    """A user task, then two side by side, and again while `amount` is 1."""
    body = '<bpmn:exclusiveGateway id="again" /><bpmn:exclusiveGateway id="ask" default="ask_to_finish" />'
    body += '<bpmn:parallelGateway id="split" /><bpmn:parallelGateway id="join" />' + user_task("a") + user_task("b")
    body += line("begin", "again", "split", "a", "join", "ask", "finish") + line("split", "b", "join")
    return body + flow("ask", "again", "=amount = 1")


def test_12_a_join_in_a_loop_waits_for_every_branch_in_every_round(office):
    """The library counts a token of an earlier round that waited at the join; ours counts each token once."""
    instance = office.start(rounds())
    for order in (("a", "b"), ("b", "a"), ("a", "b"), ("b", "a")):
        assert office.see(instance).active == {"a", "b"}
        for number, element in enumerate(order):
            found = next(line for line in office.open(instance) if line.element == element)
            office.engine.complete(office.hr, found.id, {"amount": 1})
            if number == 0:
                assert office.see(instance).active == {"a", "b"} - {element}
    for _ in range(2):
        office.do(instance, amount=0)
    assert office.see(instance).line.end_element == "finish"
