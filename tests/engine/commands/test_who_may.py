"""Every verb by everybody: who may do it to a task that somebody has claimed, and that a refusal leaves nothing behind."""

import pytest
from sqlalchemy import select, update

from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.tables import history, metadata, person, process_instance
from tests.engine.bundles import line, task
from tests.engine.commands.office import begin, open_office, task_at
from tests.people import ADMIN

BARRED = (
    '<zeebe:properties><zeebe:property name="notBy" value="=[&quot;hr3&quot;, &quot;boss2&quot;]" /></zeebe:properties>'
)
WORK = task("work", inside=BARRED) + task("then") + line("begin", "work", "then", "finish")
# Besides the office: two whom separation of duties bars, the other roles, and somebody without any.
MORE = [
    ("hr3", "E1", ["hr"]),
    ("boss2", "E1", ["leader"]),
    ("boss_other", "E2", ["leader"]),
    ("bureau", None, ["bureau"]),
    ("owner", None, ["owner"]),
    ("nobody", "E1", []),
]
# By whom, of the task that `hr` has claimed; `withdraw` after `hr` has completed it, `give` after `x` was asked.
VERBS = {
    "claim": (lambda e, actor, found: e.claim(actor, found), {"hr"}),
    "complete": (lambda e, actor, found: e.complete(actor, found, {}), {"hr"}),
    "unclaim": (lambda e, actor, found: e.unclaim(actor, found), {"hr"}),
    "reassign": (lambda e, actor, found: e.reassign(actor, found, "hr2", "理由"), {"hr", "boss", "admin"}),
    "delegate": (lambda e, actor, found: e.delegate(actor, found, "hr2", "理由"), {"hr"}),
    "give back": (lambda e, actor, found: e.give_back(actor, found), {"hr", "hr2"}),
    "ask": (lambda e, actor, found: e.add_signer(actor, found, "y", "怎么看?"), {"hr"}),
    "give": (lambda e, actor, found: e.give_opinion(actor, found, "可以", agrees=True), {"x"}),
    "cancel": (lambda e, actor, found: e.cancel_signer(actor, found, "x", "理由"), {"hr"}),
    "withdraw": (lambda e, actor, found: e.withdraw(actor, found, "理由"), {"hr"}),
    "see": (lambda e, actor, found: e.task(actor, found), {"hr"}),
}
REFUSALS = (NotPermittedError, NotFoundError, ConflictError, InvalidError)


@pytest.fixture
def people(empty):
    found = open_office(empty)
    for name, employer, roles in MORE:
        empty.add_person(ADMIN, id=name, name=name, employer_id=employer, roles=roles)
        found[name] = empty.actor(name)
    return found


def prepared(empty, people, verb):
    instance = begin(empty, people["hr"], WORK)
    found = task_at(empty, instance, "work")
    empty.claim(people["hr"], found)
    if verb in {"give", "cancel"}:
        empty.add_signer(people["hr"], found, "x", "怎么看?")
    elif verb == "give back":
        empty.delegate(people["hr"], found, "hr2", "出差")
    elif verb == "withdraw":
        empty.complete(people["hr"], found, {})
    return instance, found


def everything(engine):
    with engine.sessions() as session:
        tables = [table for table in metadata.sorted_tables if table.name != "person"]
        return {table.name: sorted(map(repr, session.execute(select(table)).all())) for table in tables}


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_is_done_by_those_named_here_and_refused_to_all_others_without_a_trace(empty, people, verb):
    run, allowed = VERBS[verb]
    _, found = prepared(empty, people, verb)
    before = everything(empty)
    for name in people.keys() - allowed:
        with pytest.raises(REFUSALS):
            run(empty, people[name], found)
    assert everything(empty) == before
    for name in allowed:
        run(empty, people[name], prepared(empty, people, verb)[1])


SEE = {"hr", "hr2", "hr3", "boss", "boss2", "centre", "centre2", "bureau", "x"}


def test_who_sees_the_matter_and_what_was_asked_about_it(empty, people):
    instance, found = prepared(empty, people, "give")
    seen = set()
    for name, actor in people.items():
        try:
            events = empty.instance(actor, instance).events
        except NotFoundError:
            continue
        seen.add(name)
        (asked,) = [event.payload for event in events if event.kind == "opinion asked"]
        assert ("question" in asked) == (name != "x")  # who is asked sees it in their own list, staff in the history
    assert seen == SEE
    assert {name for name, actor in people.items() if empty.opinions(actor)} == {"x"}
    assert found


def test_incidents_are_seen_and_dealt_with_by_whom_the_table_says(empty, people):
    for name, actor in people.items():
        if name in {"owner", "admin"}:
            assert empty.incidents(actor) == []
        else:
            with pytest.raises(NotPermittedError):
                empty.incidents(actor)
        expected = NotFoundError if name == "admin" else NotPermittedError
        for call in (empty.incident, empty.retry, lambda actor, found: empty.resolve(actor, found, "理由")):
            with pytest.raises(expected):
                call(actor, "none")
    with empty.sessions() as session:
        assert (
            session.execute(select(history).where(history.c.subject_id.in_(select(process_instance.c.id)))).all() == []
        )


def test_a_closed_account_is_nobody_by_id_by_password_and_by_token(empty, people):
    token = empty.create_token(ADMIN, "hr2", "t")
    assert empty.actor_by_token(token) == people["hr2"]
    with empty.sessions() as session:
        session.execute(update(person).where(person.c.id == "hr2").values(active=False))
        session.commit()
    assert (empty.actor("hr2"), empty.actor_by_token(token), empty.accounts.begin_session("hr2")) == (None, None, None)
