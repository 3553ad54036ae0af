"""Urging on both databases: by whom, how often, on which day, and what is left behind by a refusal."""

import pytest

from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.tables import person
from tests.engine.bundles import line, small, task
from tests.engine.commands.office import entries, open_office, task_at, whole
from tests.engine.commands.test_reminders import POLICY, at, body, later, opened, told
from tests.people import ADMIN


@pytest.fixture
def people(empty):
    found = open_office(empty)
    for name, employer, roles in [
        ("bureau", None, ["bureau"]),
        ("owner", None, ["owner"]),
        ("boss2", "E2", ["leader"]),
    ]:
        empty.add_person(ADMIN, id=name, name=name, employer_id=employer, roles=roles)
        found[name] = empty.actor(name)
    return found


def count(engine):
    with engine.sessions() as session:
        from sqlalchemy import func, select

        from engine.tables import history, notice

        return session.scalar(select(func.count()).select_from(history)), session.scalar(
            select(func.count()).select_from(notice)
        )


def for_leaders(engine, actor):
    return opened(engine, actor, assignment='candidateGroups="leader"')


MAY = {"hr", "hr2", "centre", "centre2"}


def test_staff_and_who_began_it_may_urge_and_nobody_else(empty, people):
    """A task for the employer's leaders: `boss` could do it."""
    _, found = for_leaders(empty, people["hr"])
    before = count(empty)
    for name in people.keys() - MAY:
        with pytest.raises((NotPermittedError, ConflictError)):
            empty.urge(people[name], found)
    assert count(empty) == before
    for name in sorted(MAY):
        _, found = for_leaders(empty, people["hr"])
        assert empty.urge(people[name], found)["number"] == 1
    assert told(empty) == [("boss", "urged")] * len(MAY)


def test_whoever_began_the_matter_urges_though_they_are_no_staff(empty, people):
    empty.deploy(ADMIN, small(body(), policy=POLICY.replace("roles: [hr]}", "roles: [candidate]}")))
    instance = empty.start(people["worker"], "p", {})["instance"]
    empty.urge(people["worker"], task_at(empty, instance, "work"), "等您审核")
    assert told(empty) == [("hr", "urged"), ("hr2", "urged")]
    (said,) = [event for event in empty.instance(people["worker"], instance).events if event.kind == "urged"]
    assert said.payload["reason"] == "等您审核"
    assert "told" not in said.payload  # who could do it is for staff


def test_what_is_for_staff_alone_is_hurried_by_staff_alone(empty, people):
    hidden = '<zeebe:properties><zeebe:property name="shownTo" value="staff" /></zeebe:properties>'
    policy = POLICY.replace("roles: [hr]}", "roles: [candidate]}")
    review = task("work", 'assignee="=&quot;x&quot;"', inside=hidden) + line("begin", "work", "finish")
    empty.deploy(ADMIN, small(review, policy=policy))
    instance = empty.start(people["worker"], "p", {})["instance"]
    found = task_at(empty, instance, "work")
    with pytest.raises(NotPermittedError):
        empty.urge(people["worker"], found)
    assert empty.urgeable(people["worker"], instance) == []
    assert [one.assignee_name for one in empty.urgeable(people["hr"], instance)] == ["专家庚"]
    empty.urge(people["hr"], found, "请于周五前完成")
    (said,) = [event for event in empty.instance(people["x"], instance).events if event.kind == "urged"]
    assert said.payload["reason"] == "请于周五前完成"  # it was said to them
    (seen,) = [event for event in empty.instance(people["worker"], instance).events if event.kind == "urged"]
    assert seen.payload == {}


def test_the_claimer_alone_hears_and_the_words_stand_in_the_history(empty, people):
    instance, found = for_leaders(empty, people["hr"])
    empty.add_person(ADMIN, id="boss3", name="副职", employer_id="E1", roles=["leader"])
    empty.claim(people["boss"], found)
    empty.urge(people["hr"], found, "  请尽快 ")
    assert told(empty) == [("boss", "urged")]
    assert entries(empty, instance, "urged") == [{"task": found, "number": 1, "told": ["boss"], "reason": "请尽快"}]


def test_once_a_day_and_not_beyond_the_limit(empty, people):
    _, found = for_leaders(empty, people["hr"])
    empty.urge(people["hr"], found)
    with pytest.raises(ConflictError, match="today"):
        empty.urge(people["centre"], found)
    later(empty, "2025-07-01", 23)
    assert empty.urge(people["hr2"], found)["number"] == 2
    later(empty, "2025-07-05")
    with pytest.raises(ConflictError, match="allows 2"):
        empty.urge(people["hr"], found)
    assert [kind for _, kind in told(empty)] == ["urged", "urged"]


def test_a_day_ends_at_midnight_in_shanghai(empty, people):
    _, found = for_leaders(empty, people["hr"])
    later(empty, "2025-07-01", 23)
    empty.urge(people["hr"], found)
    empty.move_clock(ADMIN, at("2025-07-02", 0, 1))
    assert empty.urge(people["hr"], found)["number"] == 2


def test_the_same_request_under_the_same_key_urges_once(empty, people):
    instance, found = for_leaders(empty, people["hr"])
    answers = [empty.urge(people["hr"], found, "请办理", idempotency_key="k") for _ in range(3)]
    assert answers == [{"task": found, "number": 1, "instance": instance}] * 3
    assert told(empty) == [("boss", "urged")]


def test_ones_own_task_is_done_and_not_urged(empty, people):
    instance, found = opened(empty, people["hr"])
    with pytest.raises(ConflictError, match="yourself"):
        empty.urge(people["hr"], found)
    empty.claim(people["hr2"], found)
    assert [one.task_id for one in empty.urgeable(people["hr"], instance)] == [found]
    empty.urge(people["hr"], found)
    with pytest.raises(ConflictError, match="yourself"):
        empty.urge(people["hr2"], found)


def test_a_refusal_leaves_nothing_behind(empty, people):
    instance, found = for_leaders(empty, people["hr"])
    before = count(empty)
    with pytest.raises(InvalidError):
        empty.urge(people["hr"], found, "长" * 1001)
    with pytest.raises(NotFoundError):
        empty.urge(people["hr"], "nothing")
    with empty.sessions.begin() as session:
        from sqlalchemy import update

        session.execute(update(person).where(person.c.id == "boss").values(active=False))
    with pytest.raises(InvalidError, match="nobody"):
        empty.urge(people["hr"], found)
    assert count(empty) == before
    assert entries(empty, instance, "urged") == []


def test_what_is_done_is_not_urged(empty, people):
    instance, found = for_leaders(empty, people["hr"])
    empty.complete(people["boss"], found, {})
    with pytest.raises(ConflictError):
        empty.urge(people["hr"], found)
    assert empty.urgeable(people["hr"], instance) == []


def test_a_policy_without_the_setting_urges_nobody(empty, people):
    from tests.engine.commands.office import begin

    instance = begin(empty, people["hr"], body(assignment='candidateGroups="leader"'))
    assert empty.urgeable(people["hr"], instance) == []
    with pytest.raises(ConflictError):
        empty.urge(people["hr"], task_at(empty, instance, "work"))


def test_it_is_offered_as_long_as_it_would_be_taken(empty, people):
    instance, found = for_leaders(empty, people["hr"])
    (offer,) = empty.urgeable(people["hr"], instance)
    assert (offer.task_id, offer.urged, offer.left) == (found, 0, 2)
    assert empty.urgeable(people["boss"], instance) == empty.urgeable(people["other"], instance) == []
    empty.urge(people["hr"], found)
    assert empty.urgeable(people["hr"], instance) == []
    later(empty, "2025-07-01")
    assert [one.left for one in empty.urgeable(people["hr"], instance)] == [1]
    empty.urge(people["hr"], found)
    later(empty, "2025-07-02")
    assert empty.urgeable(people["hr"], instance) == []
    assert whole(empty, instance).line.status == "active"
