"""What counts as a difference between two playings, beside findings, windows and tasks."""

from datetime import UTC, datetime

from engine.replay import Opened, Played, effects
from engine.replay.comparing import ENDS, HELD_UP, PEOPLE, SERVED, TOLD
from engine.replay.playing import SUBSCRIPTION, TASK

NOON = datetime(2025, 6, 1, 4, tzinfo=UTC)


def kinds(old, new):
    return [(each.kind, each.element, each.turn, each.name) for each in effects(old, new)]


def test_another_content_of_a_message_and_what_a_service_is_given_are_differences():
    old = Played(sent=[("tell", "m", {"ok": True}), ("tell", "m", {"ok": True})], served=[("give", "s", {"level": 1})])
    new = Played(sent=[("tell", "m", {"ok": True}), ("tell", "m", {"ok": False})], served=[("give", "s", {"level": 2})])
    assert kinds(old, new) == [(TOLD, "tell", 2, "m"), (SERVED, "give", 1, "s")]
    assert kinds(old, old) == []


def test_whom_a_task_is_not_for_is_a_difference():
    old, new = (Played(opened=[Opened(TASK, "screen", 1, NOON, barred_ids=barred)]) for barred in (("jia",), ()))
    assert kinds(old, new) == [(PEOPLE, "screen", 1, "")]


def test_another_end_is_told_though_acts_found_nothing_to_act_upon():
    old, new = Played(end_element="granted"), Played(end_element="refused", unheard=[("completed", "agree")])
    assert (ENDS, "refused", 1, "") in kinds(old, new)


def test_a_wait_that_the_record_does_not_know_holds_the_rest_up():
    new = Played(opened=[Opened(SUBSCRIPTION, "hear", 1, NOON)], unheard=[("completed", "agree")])
    assert kinds(Played(), new) == [(HELD_UP, "hear", 1, "")]
