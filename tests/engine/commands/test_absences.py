"""Somebody acts in the place of who is away: what that gives, what it never gives, and that the history says so."""

from datetime import date

import pytest

from engine.arrangement import Arrangement
from engine.cases.reading import moment
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.queries.filters import Box, Filters
from tests.engine.bundles import POLICY, diagram, line, process, small, task
from tests.engine.commands.office import begin, entries, open_office, task_at
from tests.people import ADMIN

BARS_BOSS = '<zeebe:properties><zeebe:property name="notBy" value="=[&quot;boss&quot;]" /></zeebe:properties>'
WORK = (
    task("work") + task("then", 'candidateGroups="leader"', inside=BARS_BOSS) + line("begin", "work", "then", "finish")
)
TODAY, LATER = date(2025, 5, 9), date(2025, 5, 16)


@pytest.fixture
def people(empty):
    found = open_office(empty)
    for name, employer, roles in (("clerk", "E1", ["hr"]), ("boss2", "E1", ["leader"]), ("guard", None, ["security"])):
        empty.add_person(ADMIN, id=name, name=name, employer_id=employer, roles=roles)
        found[name] = empty.actor(name)
    return found


def arranged(absent="hr", stand_in="boss2", first=TODAY, last=LATER, processes=(), reason="出差"):
    return Arrangement(absent, stand_in, first, last, tuple(processes), reason)


def test_a_stand_in_does_what_the_absent_person_could_under_their_own_name(empty, people):
    instance = begin(empty, people["hr"], WORK)
    found = task_at(empty, instance, "work")
    empty.claim(people["hr"], found)
    with pytest.raises(NotPermittedError):
        empty.complete(people["boss2"], found, {})
    empty.arrange_stand_in(people["hr"], arranged())
    stand_in = empty.actor("boss2")
    assert [one.absent.id for one in stand_in.stands_in_for] == ["hr"]
    assert empty.task(stand_in, found).line.assignee_id == "hr"
    empty.complete(stand_in, found, {})
    (told,) = entries(empty, instance, "completed")
    assert told["in_place_of"] == "hr"
    (shown,) = [event for event in empty.instance(people["hr"], instance).events if event.kind == "completed"]
    assert (shown.actor_name, shown.in_place_of) == ("boss2", "人事甲")
    assert {notice.kind for notice in empty.notices(people["boss2"])} == {"absence"}


def test_who_must_stay_out_stays_out_whoever_stands_in_for_whom(empty, people):
    """`boss` is barred from the second step: neither they in another's place, nor anybody in theirs."""
    instance = begin(empty, people["hr"], WORK)
    empty.complete(people["hr"], task_at(empty, instance, "work"), {})
    found = task_at(empty, instance, "then")
    empty.arrange_stand_in(people["boss2"], arranged("boss2", "boss"))
    empty.arrange_stand_in(people["boss"], arranged("boss", "clerk"))
    for stand_in in ("boss", "clerk"):
        with pytest.raises(NotPermittedError):
            empty.complete(empty.actor(stand_in), found, {})
    empty.arrange_stand_in(people["boss2"], arranged("boss2", "clerk"))
    empty.complete(empty.actor("clerk"), found, {})
    assert [told.get("in_place_of") for told in entries(empty, instance, "completed")] == [None, "boss2"]


def test_what_is_assigned_by_name_is_done_in_person_and_colleagues_alone_stand_in(empty, people):
    instance = begin(empty, people["hr"], task("sign", 'assignee="boss2"') + line("begin", "sign", "finish"))
    empty.arrange_stand_in(people["boss2"], arranged("boss2", "clerk"))
    clerk = empty.actor("clerk")
    with pytest.raises(NotPermittedError):
        empty.complete(clerk, task_at(empty, instance, "sign"), {})
    assert empty.inboxes.page(clerk, Filters(Box.SUBSTITUTED)).lines == ()
    moved = {"id": "clerk", "name": "clerk", "employer_id": "E2", "active": True}
    empty.save_entry(ADMIN, "people", moved, key="clerk")
    assert empty.actor("clerk").stands_in_for == ()
    empty.add_person(ADMIN, id="official", name="市局官员", roles=["bureau"])
    with pytest.raises(InvalidError):
        empty.arrange_stand_in(empty.actor("official"), arranged("official", "centre"))


def test_it_holds_on_its_days_alone_and_in_its_processes_alone(empty, people):
    instance = begin(empty, people["hr"], WORK)
    found = task_at(empty, instance, "work")
    empty.arrange_stand_in(people["hr"], arranged(first=date(2025, 5, 12), last=date(2025, 5, 12), processes=["p"]))
    for day, stands_in in (("2025-05-11", False), ("2025-05-12", True), ("2025-05-13", False)):
        empty.clock.move_to(moment(f"{day} 12:00"))
        assert bool(empty.actor("boss2").stands_in_for) is stands_in
    empty.clock.move_to(moment("2025-05-14 12:00"))
    other = process(task("other") + line("q_begin", "other", "q_finish"), "q")
    policy = POLICY.replace("- {process: p, roles: [hr]}", "- {process: p, roles: [hr]}\n  - {process: q, roles: [hr]}")
    empty.deploy(ADMIN, small(WORK, policy=policy, files={"q.bpmn": diagram(other).encode()}))
    empty.arrange_stand_in(people["hr"], arranged(first=date(2025, 5, 14), processes=["q"]))
    stand_in = empty.actor("boss2")
    with pytest.raises(NotPermittedError):
        empty.claim(stand_in, found)
    other = empty.start(people["hr"], "q", {})["instance"]
    empty.claim(stand_in, task_at(empty, other, "other"))
    assert entries(empty, other, "claimed")[0]["in_place_of"] == "hr"


def test_an_arrangement_is_ended_at_once_with_a_reason_and_once(empty, people):
    instance = begin(empty, people["hr"], WORK)
    made = empty.arrange_stand_in(people["hr"], arranged())["absence"]
    with pytest.raises(InvalidError):
        empty.end_stand_in(people["hr"], made, " ")
    with pytest.raises(NotPermittedError):
        empty.end_stand_in(people["other"], made, "回来了")
    empty.end_stand_in(people["boss"], made, "回来了")
    assert empty.actor("boss2").stands_in_for == ()
    with pytest.raises(ConflictError):
        empty.end_stand_in(people["hr"], made, "再次")
    with pytest.raises(NotPermittedError):
        empty.claim(empty.actor("boss2"), task_at(empty, instance, "work"))


def test_what_a_stand_in_has_claimed_goes_back_when_their_time_is_over(empty, people):
    """By its date, by hand: it is refused with words that say so, told, and open to the absent person's group again."""
    instances = [begin(empty, people["hr"], WORK), *(empty.start(people["hr"], "p", {})["instance"] for _ in range(2))]
    mine, by_date, by_hand = (task_at(empty, one, "work") for one in instances)
    empty.arrange_stand_in(people["hr"], arranged(last=TODAY))
    for found in (mine, by_date):
        empty.claim(empty.actor("boss2"), found)
    with pytest.raises(NotPermittedError):  # what is not lent
        empty.add_signer(empty.actor("boss2"), mine, "x", "如何?")
    empty.complete(empty.actor("boss2"), mine, {})
    assert entries(empty, instances[0], "completed")[0]["in_place_of"] == "hr"
    empty.clock.move_to(moment("2025-05-10 00:01"))
    for refused in (lambda one: empty.complete(one, by_date, {}), lambda one: empty.unclaim(one, by_date)):
        with pytest.raises(NotPermittedError) as said:
            refused(empty.actor("boss2"))
        assert "代理人事甲的期间已经结束" in said.value.text.zh
    empty.tick()
    assert by_date in {line.id for line in empty.inbox(empty.actor("hr"), "groups")}
    (told,) = entries(empty, instances[1], "lapsed")
    assert (told["old"]["assignee"], told["new"]["assignee"]) == ("boss2", None)
    assert [notice.task_id for notice in empty.notices(people["hr"]) if notice.task_id] == [by_date]
    with pytest.raises(NotPermittedError) as said:
        empty.task(empty.actor("boss2"), by_date)
    assert "期间已经结束" in said.value.text.zh
    empty.complete(people["hr"], by_date, {})

    day = date(2025, 5, 10)
    again = empty.arrange_stand_in(people["hr"], arranged(first=day, last=day))["absence"]
    stand_in = empty.actor("boss2")
    empty.claim(stand_in, by_hand)
    empty.end_stand_in(people["hr"], again, "提前回来")
    with pytest.raises(ConflictError):  # whose request came in while it was being ended
        empty.claim(stand_in, by_hand)
    empty.claim(people["clerk"], by_hand)
    assert len(entries(empty, instances[2], "lapsed")) == 1

    # What they take back afterwards is the group's, too.
    empty.withdraw(empty.actor("boss2"), mine, "填错了")
    assert [event.kind for event in empty.instance(people["hr"], instances[0]).events][-2:] == ["withdrawn", "lapsed"]
    empty.claim(people["hr"], mine)


def test_who_may_arrange_it_for_whom(empty, people):
    allowed = {"hr": "hr", "boss": "hr", "guard": "hr"}
    for by in ("clerk", "other", "centre", "x", "worker"):
        with pytest.raises(NotPermittedError):
            empty.arrange_stand_in(people[by], arranged())
    for place, (by, absent) in enumerate(allowed.items()):
        day = date(2025, 6, 1 + place)
        empty.arrange_stand_in(people[by], arranged(absent, first=day, last=day))
    lines = empty.absences(people["hr"]).lines
    assert [line.from_on.day for line in lines] == [3, 2, 1]
    assert empty.absences(people["other"]).lines == ()
    assert {one for one, _ in empty.absences(people["hr"]).absent} == {"hr"}
    assert {"hr", "hr2", "boss", "boss2", "clerk"} == {one for one, _ in empty.absences(people["boss"]).absent}


@pytest.mark.parametrize(
    ("wanted", "error"),
    [
        (arranged(stand_in="hr"), InvalidError),
        (arranged(stand_in="other"), InvalidError),
        (arranged(stand_in="worker"), InvalidError),
        (arranged(stand_in="nobody"), NotFoundError),
        (arranged(first=LATER, last=TODAY), InvalidError),
        (arranged(first=date(2025, 5, 1), last=date(2025, 5, 8)), InvalidError),
        (arranged(last=date(2027, 5, 16)), InvalidError),
        (arranged(processes=["none"]), InvalidError),
        (arranged(reason="  "), InvalidError),
        (arranged(reason="a\0b"), InvalidError),
    ],
)
def test_what_cannot_be_arranged_is_refused_and_nothing_written(empty, people, wanted, error):
    empty.deploy(ADMIN, small(WORK))
    with pytest.raises(error):
        empty.arrange_stand_in(people["hr"], wanted)
    assert empty.absences(people["hr"]).lines == ()


def test_nobody_makes_themselves_somebodys_stand_in_and_nothing_is_arranged_twice(empty, people):
    with pytest.raises(InvalidError):
        empty.arrange_stand_in(people["boss"], arranged("hr", "boss"))
    key = "k1"
    first = empty.arrange_stand_in(people["hr"], arranged(), idempotency_key=key)
    assert empty.arrange_stand_in(people["hr"], arranged(), idempotency_key=key) == first
    with pytest.raises(ConflictError):
        empty.arrange_stand_in(people["hr"], arranged(first=LATER, last=LATER))
    with pytest.raises(InvalidError):
        empty.arrange_stand_in(people["guard"], arranged("x", "y"))


OF_CANDIDATES = POLICY.replace("roles: [hr]", "roles: [hr, candidate]")


def test_people_kept_to_their_unit_reach_its_matters_and_those_of_none(empty, people):
    empty.deploy(ADMIN, small(WORK, policy=OF_CANDIDATES))
    for code in ("U1", "U2"):
        unit = {"code": code, "name": code, "kind": "employer", "employer_id": "E1"}
        empty.save_entry(ADMIN, "units", unit)
    for name, unit in (("hr", "U1"), ("hr2", "U2"), ("worker", "U2")):
        about = {"id": name, "name": name, "employer_id": "E1", "unit": unit}
        empty.save_entry(ADMIN, "people", about, key=name)
    for name in ("hr", "hr2"):
        granted = {"person": name, "roles": ["hr"], "unit_only": True, "reason": "只管本部门"}
        empty.save_entry(ADMIN, "roles", granted, key=name)
    hr, hr2, clerk, worker = (empty.actor(name) for name in ("hr", "hr2", "clerk", "worker"))
    of_unit, of_all = (empty.start(one, "p", {})["instance"] for one in (worker, clerk))
    found = task_at(empty, of_unit, "work")
    assert [{line.instance_id for line in empty.inbox(one, "groups")} for one in (hr, hr2, clerk)] == [
        {of_all},
        {of_unit, of_all},
        {of_unit, of_all},
    ]
    assert [{line.id for line in empty.instances(one)} for one in (hr, hr2)] == [{of_all}, {of_unit, of_all}]
    with pytest.raises(NotPermittedError):
        empty.claim(hr, found)
    empty.claim(hr2, found)
