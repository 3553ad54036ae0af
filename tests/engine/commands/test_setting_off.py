"""What people set off while an instance waits for it: who may, with what, when, and once for one key."""

from datetime import date

import pytest

from engine.arrangement import Arrangement
from engine.bundle import make_bundle
from engine.checks import check
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from forms import FormError
from tests.engine.bundles import diagram, line, process, small, task
from tests.engine.commands.office import WITH_CENTRE, entries, open_office, task_at, whole
from tests.people import ADMIN

KEYED = """<bpmn:message id="m" name="changed"><bpmn:extensionElements><zeebe:subscription correlationKey="=process.key" />
</bpmn:extensionElements></bpmn:message>"""


def event(by, *more):
    properties = "".join(f'<zeebe:property name="{name}" value="{value}" />' for name, value in (("by", by), *more))
    inside = f"<bpmn:extensionElements><zeebe:properties>{properties}</zeebe:properties></bpmn:extensionElements>"
    return f'{inside}<bpmn:messageEventDefinition id="changed_m" messageRef="m" />'


def bundle(by="hr", *more):
    """A task, and beside it at any time something to set off, which leads to another task."""
    beside = (
        f"""<bpmn:boundaryEvent id="changed" name="变更" attachedToRef="work">{event(by, *more)}</bpmn:boundaryEvent>"""
    )
    body = task("work") + beside + task("again") + line("begin", "work", "finish") + line("changed", "again", "finish")
    text = diagram(process(body), messages=KEYED)
    return make_bundle({**small("", policy=WITH_CENTRE).files, "p.bpmn": text.encode()})


FORM = ("form", "any")


@pytest.fixture
def people(empty):
    return open_office(empty)


@pytest.fixture
def begin(empty, people):
    def begun(found):
        assert check(found) == ()
        empty.deploy(ADMIN, found)
        return empty.start(people["hr"], "p", {})["instance"]

    return begun


def test_those_whose_role_the_diagram_names_set_it_off_with_its_form(empty, people, begin):
    instance = begin(bundle("hr", FORM))
    told = empty.set_off(people["hr2"], instance, "changed", {"amount": 3})
    assert told == {"instance": instance, "element": "changed"}
    found = whole(empty, instance)
    assert (found.active, found.variables["amount"]) == ({"again"}, 3)
    (entry,) = entries(empty, instance, "set off")
    assert entry["values"]["amount"] == 3
    assert [event.actor_name for event in found.events if event.kind == "set off"] == ["人事乙"]


@pytest.mark.parametrize("person", ["other", "boss", "x", "worker"])
def test_nobody_else_may_not_even_hr_of_another_employer(empty, people, begin, person):
    instance = begin(bundle("hr"))
    with pytest.raises(NotPermittedError):
        empty.set_off(people[person], instance, "changed", {})
    assert whole(empty, instance).active == {"work"}
    assert entries(empty, instance, "set off") == []


def test_what_is_for_the_one_who_began_it_is_for_no_colleague(empty, people, begin):
    instance = begin(bundle("initiator"))
    with pytest.raises(NotPermittedError):
        empty.set_off(people["hr2"], instance, "changed", {})
    empty.set_off(people["hr"], instance, "changed", {})
    assert whole(empty, instance).active == {"again"}


def test_a_stand_in_who_sets_it_off_is_told_from_the_starter(empty, people, begin):
    """Also where the diagram names the starter beside a role."""
    instance = begin(bundle("initiator,hr"))
    day = date(2025, 5, 9)
    empty.arrange_stand_in(people["hr2"], Arrangement("hr2", "boss", day, day, (), "出差"))
    empty.set_off(empty.actor("boss"), instance, "changed", {})
    assert entries(empty, instance, "set off")[0]["in_place_of"] == "hr2"


@pytest.mark.parametrize(("when", "is_time"), [("=parent.amount = null", True), ("=parent.amount = 1", False)])
def test_when_it_is_not_the_time_it_is_neither_offered_nor_taken(empty, people, begin, when, is_time):
    instance = begin(bundle("hr", ("when", when)))
    assert [offer.element for offer in empty.instance(people["hr"], instance).offers] == (
        ["changed"] if is_time else []
    )
    if is_time:
        empty.set_off(people["hr"], instance, "changed", {})
        return
    with pytest.raises(ConflictError, match="too early or too late"):
        empty.set_off(people["hr"], instance, "changed", {})
    assert whole(empty, instance).active == {"work"}


@pytest.mark.parametrize("wrong", [{"amount": "viel"}, {"unknown": 1}])
def test_wrong_values_are_named_and_nothing_happens(empty, people, begin, wrong):
    instance = begin(bundle("hr", FORM))
    with pytest.raises(FormError) as refused:
        empty.set_off(people["hr"], instance, "changed", wrong)
    assert set(refused.value.fields) == set(wrong)
    assert whole(empty, instance).active == {"work"}


def test_without_a_form_it_takes_no_values(empty, people, begin):
    instance = begin(bundle("hr"))
    with pytest.raises(InvalidError):
        empty.set_off(people["hr"], instance, "changed", {"amount": 1})
    assert whole(empty, instance).active == {"work"}


def test_a_second_click_is_told_that_it_is_too_late_and_a_repeated_request_gets_the_first_answer(empty, people, begin):
    instance = begin(bundle("hr"))
    told = empty.set_off(people["hr"], instance, "changed", {}, idempotency_key="k")
    assert empty.set_off(people["hr"], instance, "changed", {}, idempotency_key="k") == told
    with pytest.raises(ConflictError):
        empty.set_off(people["hr"], instance, "changed", {})
    assert len(entries(empty, instance, "set off")) == 1


def test_what_is_not_waited_for_now_is_refused(empty, people, begin):
    instance = begin(bundle("hr"))
    empty.complete(people["hr"], task_at(empty, instance, "work"), {})
    with pytest.raises(ConflictError):
        empty.set_off(people["hr"], instance, "changed", {})


@pytest.mark.parametrize("element", ["work", "nothing"])
def test_what_is_nobodys_to_set_off_is_not_found(empty, people, begin, element):
    instance = begin(bundle("hr"))
    with pytest.raises(NotFoundError):
        empty.set_off(people["hr"], instance, element, {})
    with pytest.raises(NotFoundError):
        empty.set_off(people["hr"], "nothing", "changed", {})


def test_no_other_system_sends_what_a_person_sets_off(empty, people, begin):
    instance = begin(bundle("hr"))
    with pytest.raises(NotPermittedError):
        empty.send_message(ADMIN, "changed", whole(empty, instance).line.business_key, {})
    assert whole(empty, instance).active == {"work"}
    assert empty.set_off(people["hr"], instance, "changed", {})["element"] == "changed"


def test_nobody_would_say_that_the_instance_waits_for_it(empty, begin):
    """As for one with the property `aside`: it may come, the list of what is awaited does not name it."""
    instance = begin(bundle("hr"))
    assert whole(empty, instance).active == {"work"}
