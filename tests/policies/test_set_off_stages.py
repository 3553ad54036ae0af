"""The messages that people set off, that begin an instance, and those with a way of their own: early, in time, late, twice."""

from functools import partial

import pytest

from engine.errors import ConflictError
from engine.queries import inspection
from tests.people import ADMIN
from tests.policies.stories import APPOINTED, EXITED, STEPS, place
from tests.policies.test_message_stages import (
    BEGUN,
    SET_OFF,
    deliver_again,
    everybody,
    give_up,
    put,
    see,
    sent_by,
    status,
    tell,
    until,
)

__all__ = ["until"]
STAGES = [(message, stage) for message, row in SET_OFF.items() for stage in row.taken]
NOT_NOW = [(message, stage) for message, row in SET_OFF.items() for stage in row.refused]


def set_off(world, message):
    row = SET_OFF[message]
    element = row.waits.split(".")[1]
    world.engine.set_off(world.actor(row.by), world.instances[row.receiver], element, row.values)


def times(world, message):
    events = see(world, SET_OFF[message].receiver).events
    return len([event for event in events if event.kind == "set off"])


@pytest.mark.parametrize(("message", "stage"), STAGES)
def test_what_a_person_sets_off_in_time_is_taken_and_a_second_time_only_where_it_still_waits(until, message, stage):
    row = SET_OFF[message]
    world = until(row.story, stage)
    set_off(world, message)
    assert times(world, message) == 1
    assert world.engine.incidents(ADMIN) == []
    if row.again:
        set_off(world, message)
        assert times(world, message) == 2
        return
    before = everybody(world)
    with pytest.raises(ConflictError):
        set_off(world, message)
    assert everybody(world) == before


@pytest.mark.parametrize(("message", "stage"), NOT_NOW)
def test_what_a_person_sets_off_too_early_or_too_late_is_refused_and_changes_nothing(until, message, stage):
    world = until(SET_OFF[message].story, stage)
    before = everybody(world)
    with pytest.raises(ConflictError):
        set_off(world, message)
    assert everybody(world) == before


@pytest.mark.parametrize("message", BEGUN)
def test_a_message_that_begins_an_instance_begins_exactly_one_however_often_it_is_taken(until, message):
    row = BEGUN[message]
    world = until(row.story, row.there)
    children = partial(inspection.children, parent_id=world.instances[row.parent], process=row.waits.split(".")[0])
    assert len(world.engine.inspect(children)) == 1
    deliver_again(world, message)
    world.engine.tick()
    assert len(world.engine.inspect(children)) == 1
    assert world.engine.incidents(ADMIN) == []


@pytest.mark.parametrize("stage", ["screening", "recusal/declare"])
def test_a_request_of_recusal_is_kept_and_read_when_the_declarations_are_in(until, stage):
    """Nobody waits for it: the round reads it once, after the declarations, and takes no later one."""
    world = until(STEPS, stage)
    set_off(world, "recusal_request_made")
    tell(world, STEPS[place(STEPS, stage) : place(STEPS, "meeting")])
    # It is about the chair, so that HR decides.
    assert see(world, "round").active == {"recusal/decide_chair_recusal"}
    before = everybody(world)
    deliver_again(world, "recusal_requested")
    assert everybody(world) == before


def test_the_end_of_an_appointment_ends_its_open_appraisal_whenever_it_comes_and_an_ended_one_is_an_incident(until):
    world = until(APPOINTED, "self_report")
    over = (sent_by(APPOINTED)["appointment_over"][0], "appointment", "first")
    assert status(world, put(world, over)) == "delivered"
    assert see(world, "first").line.end_element == "appraisal_dropped"
    before = everybody(world)
    late = put(world, over)
    give_up(world.engine)
    assert everybody(world) != before  # the incident stands in the history
    assert see(world, "first").line.end_element == "appraisal_dropped"
    assert status(world, late) != "delivered"
    (incident,) = world.engine.incidents(ADMIN)
    assert (incident.element, incident.instance_id) == ("appointment_over", world.instances["first"])


def test_the_end_of_an_exit_lets_the_window_begin_anew_and_a_repeat_changes_nothing(until):
    world = until(EXITED, "exit_reversal")
    assert see(world, "round").active == {"publicity"}
    tell(world, EXITED[place(EXITED, "exit_reversal") : place(EXITED, "post#2")])
    assert see(world, "round").active == {"post"}
    before = everybody(world)
    deliver_again(world, "exit_reversed")
    assert everybody(world) == before
    tell(world, EXITED[place(EXITED, "post#2") :])
    (window, *_) = [one for one in see(world, "round").windows if one.status == "open"]
    assert window.counts[-1]["counted"][0] == "2025-07-16"
