"""Giving back, handing on, entrusting: who does a task changes, nothing else, and the history keeps both."""

import pytest
from sqlalchemy import update

from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.tables import person
from tests.acceptance.test_many_writers import at_once
from tests.engine.bundles import line, task
from tests.engine.commands.office import begin, entries, open_office, task_at, told, whole
from tests.people import ADMIN

ONE = task("work") + line("begin", "work", "finish")


@pytest.fixture
def people(empty):
    return open_office(empty)


@pytest.fixture
def work(empty, people):
    """A task that hr has claimed, with its instance."""
    instance = begin(empty, people["hr"], ONE)
    found = task_at(empty, instance, "work")
    empty.claim(people["hr"], found)
    return found, instance


def ids(lines):
    return [line.id for line in lines]


def test_what_is_given_back_is_there_for_the_whole_group_again(empty, people, work):
    found, instance = work
    assert empty.inbox(people["hr2"], "groups") == []
    assert empty.unclaim(people["hr"], found) == {"task": found, "instance": instance}
    assert ids(empty.inbox(people["hr2"], "groups")) == [found]
    assert empty.inbox(people["hr"], "mine") == []
    (entry,) = entries(empty, instance, "unclaimed")
    assert (entry["old"]["assignee"], entry["new"]["assignee"]) == ("hr", None)
    empty.claim(people["hr2"], found)
    empty.complete(people["hr2"], found, {})


def test_only_the_claimer_gives_back_and_only_what_was_claimed(empty, people, work):
    found, _ = work
    for somebody in ("boss", "other", "admin"):
        with pytest.raises(NotPermittedError):
            empty.unclaim(people[somebody], found)
    with pytest.raises(ConflictError, match="colleague"):
        empty.unclaim(people["hr2"], found)
    empty.unclaim(people["hr"], found)
    with pytest.raises(ConflictError, match="nobody has claimed"):
        empty.unclaim(people["hr"], found)
    with pytest.raises(NotFoundError):
        empty.unclaim(people["hr"], "nothing")


def test_what_the_diagram_assigns_by_name_cannot_be_given_back(empty, people):
    instance = begin(empty, people["hr"], task("work", 'assignee="hr"') + line("begin", "work", "finish"))
    with pytest.raises(ConflictError, match="by name"):
        empty.unclaim(people["hr"], task_at(empty, instance, "work"))


def test_a_task_is_handed_to_a_colleague_with_the_reason_on_record(empty, people, work):
    found, instance = work
    empty.reassign(people["hr"], found, "hr2", " 出差 ")
    assert ids(empty.inbox(people["hr2"], "mine")) == [found]
    (entry,) = entries(empty, instance, "reassigned")
    assert entry == {
        "task": found,
        "reason": "出差",
        "old": {"assignee": "hr", "owner": None},
        "new": {"assignee": "hr2", "owner": None},
    }
    with pytest.raises(ConflictError):
        empty.complete(people["hr"], found, {})
    empty.complete(people["hr2"], found, {})
    assert whole(empty, instance).line.end_element == "finish"


@pytest.mark.parametrize("to", ["other", "boss", "x", "worker", "nobody"])
def test_nobody_receives_what_they_may_not_do(empty, people, work, to):
    found, instance = work
    for verb in (empty.reassign, empty.delegate):
        with pytest.raises(InvalidError):
            verb(people["hr"], found, to, "理由")
    assert entries(empty, instance, "reassigned") == entries(empty, instance, "delegated") == []


def test_nobody_receives_what_separation_of_duties_bars_them_from(empty, people):
    barring = '<zeebe:properties><zeebe:property name="notBy" value="=&quot;hr2&quot;" /></zeebe:properties>'
    instance = begin(empty, people["hr"], task("work", inside=barring) + line("begin", "work", "finish"))
    found = task_at(empty, instance, "work")
    empty.claim(people["hr"], found)
    for verb in (empty.reassign, empty.delegate):
        with pytest.raises(InvalidError, match="人事乙"):
            verb(people["hr"], found, "hr2", "理由")
    with pytest.raises(InvalidError, match="人事乙"):
        empty.add_signer(people["hr"], found, "hr2", "怎么看?")


def test_a_closed_account_receives_nothing(empty, people, work):
    found, _ = work
    with empty.sessions() as session:
        session.execute(update(person).where(person.c.id == "hr2").values(active=False))
        session.commit()
    with pytest.raises(InvalidError, match="closed"):
        empty.reassign(people["hr"], found, "hr2", "理由")


def test_a_reason_is_wanted(empty, people, work):
    for reason in ("", "  ", "长" * 1001, "a\0b"):
        with pytest.raises(InvalidError):
            empty.reassign(people["hr"], work[0], "hr2", reason)


def test_a_leader_disposes_of_the_employers_tasks_and_an_administrator_of_all(empty, people, work):
    found, _ = work
    for somebody in ("hr2", "other", "centre", "x", "worker"):
        with pytest.raises((NotPermittedError, ConflictError)):
            empty.reassign(people[somebody], found, "hr2", "理由")
    empty.reassign(people["boss"], found, "hr2", "请假")
    empty.reassign(people["admin"], found, "hr", "离职")
    assert ids(empty.inbox(people["hr"], "mine")) == [found]


def test_a_leader_does_not_choose_who_of_the_centre_looks_at_their_employer(empty, people):
    body = task("look", 'candidateGroups="centre"') + line("begin", "look", "finish")
    instance = begin(empty, people["hr"], body)
    found = task_at(empty, instance, "look")
    empty.claim(people["centre"], found)
    with pytest.raises(NotPermittedError):
        empty.reassign(people["boss"], found, "centre2", "理由")
    empty.reassign(people["centre"], found, "centre2", "轮班")


def test_what_nobody_has_claimed_is_claimed_before_it_is_handed_on_but_a_leader_may_give_it_to_somebody(empty, people):
    instance = begin(empty, people["hr"], ONE)
    found = task_at(empty, instance, "work")
    with pytest.raises(ConflictError, match="claim it first"):
        empty.reassign(people["hr"], found, "hr2", "理由")
    empty.reassign(people["boss"], found, "hr2", "分派")
    assert empty.inbox(people["hr"], "groups") == []
    empty.unclaim(people["hr2"], found)
    assert ids(empty.inbox(people["hr"], "groups")) == [found]


def test_what_is_for_a_person_in_person_is_not_handed_on(empty, people):
    body = task("vote", 'assignee="x"') + line("begin", "vote", "finish")
    instance = begin(empty, people["hr"], body)
    found = task_at(empty, instance, "vote")
    with pytest.raises(NotPermittedError):
        empty.reassign(people["x"], found, "y", "理由")
    with pytest.raises(NotPermittedError):
        empty.delegate(people["x"], found, "y", "理由")
    with pytest.raises(InvalidError, match="in person"):
        empty.reassign(people["admin"], found, "y", "理由")


def test_what_names_a_colleague_goes_to_another_of_the_same_role(empty, people):
    instance = begin(empty, people["hr"], task("work", 'assignee="hr"') + line("begin", "work", "finish"))
    found = task_at(empty, instance, "work")
    with pytest.raises(InvalidError):
        empty.reassign(people["hr"], found, "boss", "理由")
    empty.reassign(people["hr"], found, "hr2", "理由")
    with pytest.raises(ConflictError, match="by name"):
        empty.unclaim(people["hr2"], found)


def test_it_goes_no_further_through_many_hands_than_from_the_one_whom_the_diagram_names(empty, people):
    empty.add_person(ADMIN, id="both", name="人事兼负责人", employer_id="E1", roles=["hr", "leader"])
    instance = begin(empty, people["hr"], task("work", 'assignee="hr"') + line("begin", "work", "finish"))
    found = task_at(empty, instance, "work")
    empty.reassign(people["hr"], found, "both", "理由")
    for verb in (empty.reassign, empty.delegate):
        with pytest.raises(InvalidError, match="负责人丙"):
            verb(empty.actor("both"), found, "boss", "理由")
    empty.reassign(empty.actor("both"), found, "hr2", "理由")


EACH = """<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements><zeebe:loopCharacteristics
    inputCollection="=[&quot;hr&quot;, &quot;hr2&quot;]" inputElement="who" outputCollection="said" outputElement="=note" />
    </bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"""


def test_of_several_who_are_named_nobody_speaks_twice(empty, people):
    empty.add_person(ADMIN, id="hr3", name="人事丑", employer_id="E1", roles=["hr"])
    instance = begin(empty, people["hr"], task("vote", 'assignee="=who"', after=EACH) + line("begin", "vote", "finish"))
    (mine,) = empty.inbox(people["hr"], "mine")
    (theirs,) = empty.inbox(people["hr2"], "mine")
    for verb in (empty.reassign, empty.delegate):
        with pytest.raises(InvalidError, match="turn of their own"):
            verb(people["hr"], mine.id, "hr2", "理由")
    empty.complete(people["hr2"], theirs.id, {"note": "同意"})
    with pytest.raises(InvalidError, match="turn of their own"):
        empty.delegate(people["hr"], mine.id, "hr2", "理由")
    empty.delegate(people["hr"], mine.id, "hr3", "出差")
    empty.complete(empty.actor("hr3"), mine.id, {"note": "反对"})
    assert whole(empty, instance).variables["said"] == ["反对", "同意"]


def test_what_is_entrusted_is_done_by_the_delegate_for_its_owner(empty, people, work):
    found, instance = work
    empty.delegate(people["hr"], found, "hr2", "出差")
    assert ids(empty.inbox(people["hr2"], "mine")) == [found]
    with pytest.raises(ConflictError, match="take it back"):
        empty.complete(people["hr"], found, {})
    for verb in (empty.delegate, empty.reassign):
        with pytest.raises(ConflictError, match="entrusted"):
            verb(people["hr2"], found, "hr", "理由")
    empty.complete(people["hr2"], found, {"note": "代办"})
    (entry,) = entries(empty, instance, "completed")
    assert entry["owner"] == "hr"
    (done,) = [event for event in whole(empty, instance).events if event.kind == "completed"]
    assert done.actor_name == "人事乙"


@pytest.mark.parametrize("who", ["hr", "hr2"])
def test_what_is_entrusted_comes_back_when_either_asks(empty, people, work, who):
    found, instance = work
    empty.delegate(people["hr"], found, "hr2", "出差")
    (entrusted,) = empty.inbox(people["hr"], "entrusted")
    assert (entrusted.id, entrusted.owner_id, entrusted.assignee_id) == (found, "hr", "hr2")
    with pytest.raises(ConflictError):
        empty.unclaim(people[who], found)
    for somebody in ("boss", "other", "admin"):
        with pytest.raises(NotPermittedError):
            empty.give_back(people[somebody], found)
    empty.give_back(people[who], found)
    assert ids(empty.inbox(people["hr"], "mine")) == [found]
    assert empty.inbox(people["hr"], "entrusted") == []
    with pytest.raises(ConflictError):
        empty.give_back(people[who], found)
    (entry,) = entries(empty, instance, "given back")
    assert (entry["old"]["assignee"], entry["new"]["assignee"]) == ("hr2", "hr")
    empty.unclaim(people["hr"], found)
    assert ids(empty.inbox(people["hr2"], "groups")) == [found]


def test_nothing_happens_to_what_is_done(empty, people, work):
    found, _ = work
    empty.complete(people["hr"], found, {})
    with pytest.raises(ConflictError):
        empty.unclaim(people["hr"], found)
    with pytest.raises(ConflictError):
        empty.reassign(people["hr"], found, "hr2", "理由")
    with pytest.raises(ConflictError):
        empty.delegate(people["hr"], found, "hr2", "理由")


def test_the_same_key_does_it_once(empty, people, work):
    found, instance = work
    first = empty.reassign(people["hr"], found, "hr2", "出差", idempotency_key="k")
    assert empty.reassign(people["hr"], found, "hr2", "出差", idempotency_key="k") == first
    assert len(entries(empty, instance, "reassigned")) == 1
    with pytest.raises(ConflictError, match="another request"):
        empty.reassign(people["hr"], found, "hr2", "别的", idempotency_key="k")


def test_of_six_at_the_same_moment_one_hands_it_on(empty, people, work):
    found, instance = work
    calls = [lambda: empty.unclaim(people["hr"], found)] * 2
    calls += [lambda: empty.reassign(people["hr"], found, "hr2", "出差")] * 2
    calls += [lambda: empty.delegate(people["hr"], found, "hr2", "出差")] * 2
    answers = [answer for answer, _ in at_once([lambda call=call: told(call) for call in calls])]
    assert (answers.count("done"), answers.count("conflict")) == (1, 5)
    assert sum(len(entries(empty, instance, kind)) for kind in ("unclaimed", "reassigned", "delegated")) == 1
