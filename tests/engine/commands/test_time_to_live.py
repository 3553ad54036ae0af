"""A message that nobody waits for is kept for a time; then it is an incident, never dropped and never a surprise."""

from datetime import timedelta

import pytest

from engine.cases.reading import moment
from engine.checks import check
from engine.queries import inspection
from tests.engine.bundles import line, small, task
from tests.people import ADMIN

MESSAGE = """<bpmn:message id="m_go" name="go"><bpmn:extensionElements>
  <zeebe:subscription correlationKey="=&quot;K-7&quot;" /></bpmn:extensionElements></bpmn:message>"""


def sending(properties=""):
    """`p` sends at once, and waits only once somebody, or a timer after ten days, has led it there."""
    given = f"<zeebe:properties>{properties}</zeebe:properties>" if properties else ""
    send = f"""<bpmn:sendTask id="tell" messageRef="m_go"><bpmn:extensionElements><zeebe:taskDefinition type="message" />
      <zeebe:ioMapping><zeebe:input source="=&quot;K-7&quot;" target="correlationKey" /><zeebe:input source="=1" target="word" />
      </zeebe:ioMapping>{given}</bpmn:extensionElements></bpmn:sendTask>"""
    return (
        send
        + task("work")
        + '<bpmn:receiveTask id="wait" messageRef="m_go" />'
        + line("begin", "tell", "work", "wait", "finish")
    )


def property_(value):
    return f'<zeebe:property name="timeToLive" value="{value}" />'


@pytest.fixture
def hr(empty):
    empty.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    empty.add_person(ADMIN, id="hr", name="人事甲", employer_id="E1", roles=["hr"])
    return empty.actor("hr")


@pytest.fixture
def begin(empty, hr):
    def begin_(body):
        empty.deploy(ADMIN, small(body, before=MESSAGE))
        return empty.start(hr, "p", {})["instance"]

    return begin_


def see(engine, instance):
    return engine.inspect(lambda tx: inspection.whole(tx, engine.library, instance))


def reach_the_wait(engine, hr):
    (found,) = engine.inbox(hr, "groups")
    engine.complete(hr, found.id, {})


def pass_(engine, **time):
    engine.move_clock(ADMIN, engine.clock.now() + timedelta(**time))


def test_within_seven_days_the_wait_gets_it(empty, hr, begin):
    instance = begin(sending())
    pass_(empty, days=7, seconds=-1)
    reach_the_wait(empty, hr)
    assert see(empty, instance).line.end_element == "finish"
    assert empty.incidents(ADMIN) == []


def test_after_seven_days_it_is_an_incident_that_names_message_and_key(empty, hr, begin):
    instance = begin(sending())
    sent_at = empty.clock.now()
    pass_(empty, days=30)
    (incident,) = empty.incidents(ADMIN)
    assert "go" in incident.cause.zh
    assert "K-7" in incident.cause.zh
    assert "go" in incident.cause.en
    assert "K-7" in incident.cause.en
    assert (incident.instance_id, incident.opened_at) == (instance, sent_at + timedelta(days=7))
    empty.tick()
    assert len(empty.incidents(ADMIN)) == 1
    reach_the_wait(empty, hr)
    assert see(empty, instance).active == {"wait"}


def test_an_administrator_retries_it_and_the_wait_that_has_begun_gets_it_now(empty, hr, begin):
    instance = begin(sending())
    pass_(empty, days=8)
    reach_the_wait(empty, hr)
    (incident,) = empty.incidents(ADMIN)
    empty.retry(ADMIN, incident.id)
    assert see(empty, instance).line.end_element == "finish"
    assert see(empty, instance).line.ended_at == empty.clock.now()
    assert empty.incidents(ADMIN) == []


def test_retried_too_early_it_is_kept_as_long_again(empty, hr, begin):
    instance = begin(sending())
    pass_(empty, days=8)
    (incident,) = empty.incidents(ADMIN)
    empty.retry(ADMIN, incident.id)
    pass_(empty, days=6)
    assert empty.incidents(ADMIN) == []
    pass_(empty, days=2)
    assert [found.instance_id for found in empty.incidents(ADMIN)] == [instance]


@pytest.mark.parametrize(
    "value", ["P30D", "=duration(&quot;P1M&quot;)", "=settings.publicity.days * duration(&quot;P6D&quot;)"]
)
def test_the_sender_may_give_it_longer(empty, hr, begin, value):
    instance = begin(sending(property_(value)))
    pass_(empty, days=29)
    reach_the_wait(empty, hr)
    assert see(empty, instance).line.end_element == "finish"


def test_a_wait_that_a_timer_opens_after_its_time_does_not_get_it_though_both_passed_in_one_jump(empty, begin):
    event = "<bpmn:timerEventDefinition><bpmn:timeDuration>P10D</bpmn:timeDuration></bpmn:timerEventDefinition>"
    body = sending().replace(
        task("work"), f'<bpmn:intermediateCatchEvent id="work">{event}</bpmn:intermediateCatchEvent>'
    )
    instance = begin(body)
    pass_(empty, days=30)
    assert see(empty, instance).active == {"wait"}
    assert len(empty.incidents(ADMIN)) == 1


def test_a_time_to_live_that_is_no_time_is_refused_at_deployment():
    (finding,) = check(small(sending(property_("soon")), before=MESSAGE))
    assert (finding.element, finding.rule) == ("tell", "time")


def test_a_message_to_a_child_is_kept_as_long_as_the_child_goes_on(play):
    """S1's candidacy is told that the review is open long before it comes to wait for it."""
    world = play("review")
    world.engine.move_clock(ADMIN, moment("2026-03-01"))
    assert [found for found in world.engine.incidents(ADMIN) if found.kind == "message"] == []
