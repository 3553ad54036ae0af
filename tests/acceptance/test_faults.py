"""The database fails at each statement of each command, and at its commit: nothing is ever half-done.

One test drives every command through all its moments. After each failure the database is as it was; afterwards the same
command goes through and brings what it brings undisturbed.
"""

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError

from engine.commands.incidents import PAUSES
from engine.correction import Correction
from engine.driving import Driver
from engine.tables import employer, metadata, outbox
from tests.engine.bundles import line, small, task
from tests.engine.commands.test_outside_messages import bundle as waiting
from tests.people import ADMIN, submitted


class FaultError(Exception):
    """What a database that is gone raises."""


class Saboteur:
    """Fails the n-th statement, or with `at_commit` the commit, of whatever comes next."""

    def __init__(self, database):
        self.countdown, self.at_commit, self.seen = None, False, 0
        event.listen(database, "before_cursor_execute", self.on_statement)
        self.commit, database.dialect.do_commit = database.dialect.do_commit, self.on_commit

    def on_statement(self, *_):
        self.seen += 1
        if self.countdown is not None:
            self.countdown -= 1
            if self.countdown == 0:
                self.countdown = None
                raise OperationalError("statement", {}, FaultError("the database is gone"))

    def on_commit(self, connection):
        if self.at_commit:
            self.at_commit = False
            raise OperationalError("commit", {}, FaultError("disk full"))
        self.commit(connection)


def everything(engine):
    """Every row of every table."""
    with engine.sessions.kw["bind"].connect() as connection:
        return {
            name: sorted(map(repr, connection.exec_driver_sql(f"SELECT * FROM {name}"))) for name in metadata.tables
        }


def deploy(world):
    return lambda: world.engine.deploy(ADMIN, small(task("work") + line("begin", "work", "finish")))


def claim(world):
    hr = world.actor("hr")
    found = world.engine.inbox(hr, "groups")[0].id
    return lambda: world.engine.claim(hr, found)


def complete(element):
    def prepare(world):
        hr = world.actor("hr")
        found = world.engine.inbox(hr, "groups")[0].id
        return lambda: world.engine.complete(hr, found, submitted(element), idempotency_key="k")

    return prepare


def start(world):
    values = submitted("candidacy")
    return lambda: world.engine.start(world.actor("jia"), "candidacy", values, parent_id=world.instances["round"])


def verb(name, *arguments, first=lambda _engine, _hr, _task: None, **options):
    """A verb on hr's own task, after what must have happened `first`."""

    def prepare(world):
        hr = world.actor("hr")
        found = world.engine.inbox(hr, "groups")[0].id
        world.engine.claim(hr, found)
        world.engine.add_person(ADMIN, id="colleague", name="人事同事", roles=["hr"], employer_id="E1")
        first(world.engine, hr, found)
        by = world.actor(options.get("by", "hr"))
        return lambda: getattr(world.engine, name)(by, found, *arguments, **options.get("named", {}))

    return prepare


def completed(engine, hr, found):
    engine.complete(hr, found, submitted("plan"))


def entrusted(engine, hr, found):
    engine.delegate(hr, found, "colleague", "出差")


def asked(engine, hr, found):
    engine.add_signer(hr, found, "e1", "是否可行?")


def message(world):
    """Another system's message for an instance that waits for it."""
    engine, hr = world.engine, world.actor("hr")
    engine.deploy(ADMIN, waiting())
    key = engine.start(hr, "p", {})["key"]
    return lambda: engine.send_message(ADMIN, "paid", key, {"amount": 1}, idempotency_key="m")


def set_off(world):
    """The candidate withdraws; what the round waits for is asked anew."""
    engine, jia, own = world.engine, world.actor("jia"), world.instances["jia"]
    return lambda: engine.set_off(jia, own, "withdrawn", {"withdrawal": {"reason": "个人原因"}}, idempotency_key="s")


def incident(name, *arguments):
    """What the centre's receipt sets off fails: no prefix is registered, so no certificate can be issued."""

    def prepare(world):
        engine, centre = world.engine, world.actor("centre")
        with engine.sessions() as session:
            session.execute(update(employer).values(prefix=None))
            session.commit()
        receipt = {"receipt": {"decision": "accepted", "receipt_no": "1", "received_on": "2025-07-04"}}
        engine.complete(centre, engine.inbox(centre, "groups")[0].id, receipt)
        for _ in PAUSES:
            with engine.sessions() as session:
                session.execute(update(outbox).values(retry_at=None))
                session.commit()
            engine.tick()
        (found,) = engine.incidents(ADMIN)
        return lambda: getattr(engine, name)(ADMIN, found.id, *arguments)

    return prepare


COMMANDS = {
    "message from outside": ("plan", message),
    "deploy": ("plan", deploy),
    "claim": ("plan", claim),
    "complete": ("publish_plan", complete("publish_plan")),
    "complete with a message": ("screening", complete("screening")),
    "start": ("candidacy", start),
    "set off": ("screening", set_off),
    "unclaim": ("plan", verb("unclaim", named={"idempotency_key": "k"})),
    "give back": ("plan", verb("give_back", first=entrusted, named={"idempotency_key": "k"})),
    "reassign": ("plan", verb("reassign", "colleague", "出差")),
    "delegate": ("plan", verb("delegate", "colleague", "出差")),
    "withdraw": ("plan", verb("withdraw", "填错了", first=completed)),
    "ask for an opinion": ("plan", verb("add_signer", "e1", "是否可行?")),
    "ask no longer": ("plan", verb("cancel_signer", "e1", "不必了", first=asked)),
    "give an opinion": ("plan", verb("give_opinion", "可行", first=asked, by="e1", named={"agrees": True})),
    "correct and retry": (
        "receipt",
        incident("retry", Correction(variables={"determined_on": "2025-07-03"}, reason="x")),
    ),
    "resolve": ("receipt", incident("resolve", "另行处理")),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_that_fails_anywhere_leaves_everything_as_it_was(play, name):
    until, prepare = COMMANDS[name]
    world = play(until)
    command = prepare(world)
    saboteur = Saboteur(world.engine.sessions.kw["bind"])
    before = everything(world.engine)
    failures = 0
    for moment in range(1, 60):
        saboteur.countdown = moment
        try:
            command()
        except OperationalError:
            failures += 1
            assert everything(world.engine) == before, f"half-done after statement {moment}"
            continue
        break  # the command has fewer statements than that, or the failure was in the delivery that follows it
    saboteur.countdown = None
    assert failures >= 5
    world.engine.tick()
    after = everything(world.engine)
    assert after != before
    assert all(row for row in after["history"])


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commit_that_fails_leaves_everything_as_it_was(play, name):
    until, prepare = COMMANDS[name]
    world = play(until)
    command = prepare(world)
    saboteur = Saboteur(world.engine.sessions.kw["bind"])
    before = everything(world.engine)
    saboteur.at_commit = True
    with pytest.raises(OperationalError):
        command()
    assert everything(world.engine) == before
    command()
    assert everything(world.engine) != before


def test_a_database_that_fails_while_messages_are_delivered_loses_none_and_delivers_none_twice(play, monkeypatch):
    """The candidacy's report to its round fails at every statement of its delivery; in the end it is there once."""
    world = play("screening")
    hr = world.actor("hr")
    found = world.engine.inbox(hr, "groups")[0].id
    with monkeypatch.context() as gone:
        gone.setattr(Driver, "deliver_all", lambda *_: None)
        world.engine.complete(hr, found, submitted("screening"))
    saboteur = Saboteur(world.engine.sessions.kw["bind"])
    failures = 0
    for moment in range(1, 60):
        assert everything(world.engine)["report"] == [] or failures
        saboteur.countdown = moment
        try:
            world.engine.tick()
        except OperationalError:
            failures += 1
            saboteur.countdown = None
            continue
        break
    saboteur.countdown = None
    world.engine.tick()
    assert failures >= 5
    assert len(everything(world.engine)["report"]) == 1
    assert [row for row in everything(world.engine)["outbox"] if "pending" in row] == []
