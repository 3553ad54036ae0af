"""An employer's work is ended and goes on again: what stands still, what waits meanwhile, what happens first afterwards."""

import pytest
from sqlalchemy import insert, select, update

from engine.bundle import make_bundle
from engine.checks import check
from engine.errors import ConflictError, InvalidError
from engine.queries import inspection
from engine.queries.verification import verify
from engine.tables import outbox, timer
from tests.engine.bundles import diagram, line, process, small, task
from tests.engine.commands.office import WITH_CENTRE, entries, open_office, task_at, whole
from tests.people import ADMIN

STOPS = '<zeebe:property name="stopsWithEmployer" value="true" />'
KEYED = "".join(
    f'<bpmn:message id="m_{name}" name="{name}"><bpmn:extensionElements><zeebe:subscription correlationKey="=process.key" />'
    "</bpmn:extensionElements></bpmn:message>"
    for name in ("changed", "exit_reversed", "paid")
)
BY = '<bpmn:extensionElements><zeebe:properties><zeebe:property name="by" value="hr" /></zeebe:properties></bpmn:extensionElements>'


def caught(element, message, inside=""):
    return f"""<bpmn:intermediateCatchEvent id="{element}">{inside}<bpmn:messageEventDefinition id="{element}_m" messageRef="m_{message}" />
      </bpmn:intermediateCatchEvent>"""


def service(element, kind, inputs):
    mapping = "".join(f'<zeebe:input source="{source}" target="{target}" />' for target, source in inputs.items())
    return f"""<bpmn:serviceTask id="{element}"><bpmn:extensionElements><zeebe:taskDefinition type="{kind}" />
      <zeebe:ioMapping>{mapping}</zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"""


def bundle():
    """`p`: a window that also hears of changes, payments and of the exit that is reversed; a task beside. `x` ends, `y` restores."""
    window = """<bpmn:intermediateCatchEvent id="window"><bpmn:extensionElements><zeebe:properties>
      <zeebe:property name="window" value="publicity" /></zeebe:properties></bpmn:extensionElements><bpmn:timerEventDefinition><bpmn:timeDuration>P1D</bpmn:timeDuration>
      </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""
    body = '<bpmn:parallelGateway id="both" /><bpmn:eventBasedGateway id="g" /><bpmn:endEvent id="over" /><bpmn:endEvent id="done" />'
    body += window + caught("changed", "changed", BY) + caught("paid", "paid") + caught("back", "exit_reversed")
    body += task("work") + task("anew") + line("begin", "both", "work", "done") + line("both", "g", "window", "over")
    body += line("g", "changed", "finish") + line("g", "paid", "finish") + line("g", "back", "anew", "finish")
    decided = {"number": "=&quot;1号&quot;", "decided_on": "=string(today())", "reason": "=&quot;管理混乱&quot;"}
    end = service("stop", "employer-exit", {"employer": "=note", "scope": "=&quot;this&quot;", **decided})
    again = service("restore", "employer-restore", {"employer": "=note", **decided})
    ends = process(task("x_t") + end + line("x_begin", "x_t", "stop", "x_finish"), "x")
    restores = process(task("y_t") + again + line("y_begin", "y_t", "restore", "y_finish"), "y")
    child = process(task("q_t") + line("q_begin", "q_t", "q_finish"), "q", properties=STOPS)
    rules = "  - {process: x, roles: [centre]}\n  - {process: y, roles: [centre]}\n  - {process: q, roles: [hr], parent: p, while: work}\n"
    text = diagram(process(body, properties=STOPS), ends, restores, child, messages=KEYED)
    return make_bundle(
        {
            **small("", policy=WITH_CENTRE + rules).files,
            "p.bpmn": text.replace('candidateGroups="hr"', 'candidateGroups="hr,centre"').encode(),
        }
    )


@pytest.fixture
def people(empty):
    return open_office(empty)


@pytest.fixture
def begun(empty, people):
    """One matter of E1, one of E2."""
    assert check(bundle()) == ()
    empty.deploy(ADMIN, bundle())
    return empty.start(people["hr"], "p", {})["instance"], empty.start(people["other"], "p", {})["instance"]


def decide(engine, people, process_id, employer="E1"):
    started = engine.start(people["centre"], process_id, {})["instance"]
    engine.complete(people["centre"], task_at(engine, started, f"{process_id}_t"), {"note": employer})
    return started


def later(engine, **hours):
    from datetime import timedelta

    engine.move_clock(ADMIN, engine.clock.now() + timedelta(**hours))


def test_the_matters_of_that_employer_stand_still_and_no_others(empty, people, begun):
    own, others = begun
    decided = decide(empty, people, "x")
    assert whole(empty, decided).variables["stopped"] == [whole(empty, own).line.business_key]
    (entry,) = entries(empty, own, "suspended")
    assert "A14.2" in entry["zh"]
    assert "1号" in entry["en"]
    assert entries(empty, others, "suspended") == []
    empty.complete(people["other"], task_at(empty, others, "work"), {})


def test_its_people_are_told_at_once_that_it_stands_still_and_that_it_goes_on_again(empty, people, begun):
    own, _ = begun
    decide(empty, people, "x")
    for who in ("hr", "hr2", "boss"):
        (told,) = [each for each in empty.notices(people[who]) if each.kind == "suspended"]
        assert told.instance_id == own
        assert "公示随之终止" in told.text.zh
        assert "1号" in told.text.en
    assert empty.notices(people["other"]) == []
    decide(empty, people, "y")
    assert [each.kind for each in empty.notices(people["boss"])] == ["resumed", "suspended"]


def test_nobody_completes_starts_or_sets_off_anything_in_what_stands_still(empty, people, begun):
    own, _ = begun
    decide(empty, people, "x")
    before = whole(empty, own)
    with pytest.raises(ConflictError):
        empty.complete(people["hr"], task_at(empty, own, "work"), {})
    with pytest.raises(ConflictError):
        empty.set_off(people["hr"], own, "changed", {})
    with pytest.raises(ConflictError):
        empty.start(people["hr"], "q", {}, parent_id=own)
    with pytest.raises(ConflictError):
        empty.start(people["hr"], "p", {})
    after = whole(empty, own)
    assert (after.active, after.events) == (before.active, before.events)


def test_no_timer_fires_and_no_message_comes_through_while_it_stands_still(empty, people, begun):
    own, others = begun
    decide(empty, people, "x")
    with pytest.raises(ConflictError):
        empty.send_message(ADMIN, "paid", whole(empty, own).line.business_key, {})
    later(empty, days=3)
    assert "window" in whole(empty, own).active
    assert "window" not in whole(empty, others).active
    tries = empty.inspect(
        lambda tx: tx.session.scalars(select(timer.c.attempts).where(timer.c.instance_id == own)).all()
    )
    assert tries == [0]  # it is not even tried: failing again and again would make it an incident
    assert empty.incidents(ADMIN) == []


@pytest.mark.parametrize("to", ["target_id", "correlation_key"])
def test_a_message_to_what_stands_still_waits_and_is_no_incident(empty, people, begun, to):
    own, others = begun
    decide(empty, people, "x")
    key = own if to == "target_id" else whole(empty, own).line.business_key
    now = empty.clock.now()
    sent = {
        "kind": "message",
        "message": "paid",
        "source_id": others,
        "source_element": "paid",
        "payload": {"amount": 5},
    }
    with empty.sessions() as session:
        session.execute(insert(outbox).values(**sent, **{to: key}, status="pending", created_at=now, ready_at=now))
        session.commit()
    for _ in range(5):
        with empty.sessions() as session:
            session.execute(update(outbox).values(retry_at=None))
            session.commit()
        empty.tick()
    assert "paid" in whole(empty, own).active
    assert empty.incidents(ADMIN) == []
    with empty.sessions() as session:
        assert session.scalar(select(outbox.c.status).where(outbox.c.message == "paid")) == "pending"


def test_restored_it_hears_of_it_before_any_timer_of_the_time_between(empty, people, begun):
    own, _ = begun
    decide(empty, people, "x")
    later(empty, days=3)
    decided = decide(empty, people, "y")
    found = whole(empty, own)
    assert whole(empty, decided).variables["resumed"] == [found.line.business_key]
    assert found.active == {"work", "anew"}
    assert "over" not in found.passed
    assert [event.kind for event in found.events][-2:] == ["resumed", "received"]
    assert found.variables["reversal"]["number"] == "1号"
    empty.tick()
    later(empty, days=3)
    assert whole(empty, own).active == {"work", "anew"}
    for element in ("work", "anew"):
        empty.complete(people["hr"], task_at(empty, own, element), {})
    assert whole(empty, own).line.end_element == "finish"
    assert verify(empty.audit_export(ADMIN)).breaks == ()


def test_who_does_not_wait_for_it_just_goes_on_where_it_stood(empty, people, begun):
    own, _ = begun
    child = empty.start(people["hr"], "q", {}, parent_id=own)["instance"]
    decide(empty, people, "x")
    with pytest.raises(ConflictError):
        empty.complete(people["hr"], task_at(empty, child, "q_t"), {})
    decide(empty, people, "y")
    assert empty.incidents(ADMIN) == []
    empty.complete(people["hr"], task_at(empty, child, "q_t"), {})
    assert whole(empty, child).line.end_element == "q_finish"


def test_what_was_completed_before_the_exit_is_not_withdrawn_afterwards(empty, people, begun):
    own, _ = begun
    done = task_at(empty, own, "work")
    empty.complete(people["hr"], done, {})
    decide(empty, people, "x")
    with pytest.raises(ConflictError):
        empty.withdraw(people["hr"], done, "填错了")
    decide(empty, people, "y")
    with pytest.raises(ConflictError):
        empty.withdraw(people["hr"], done, "填错了")


def test_an_employer_is_ended_once_and_must_be_registered(empty, people, begun):
    decide(empty, people, "x")
    with pytest.raises(InvalidError, match="ended already"):
        decide(empty, people, "x")
    with pytest.raises(InvalidError, match="not registered"):
        decide(empty, people, "x", "E9")
    open_ = empty.inspect(lambda tx: inspection.open_tasks(tx, begun[0], "work"))
    assert len(open_) == 1
