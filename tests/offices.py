"""An installation for the tests of accounts: one database a module, set back to the same few people before each test."""

from contextlib import contextmanager

from sqlalchemy import delete, insert

from engine import Engine
from engine.clock import VirtualClock
from engine.commands.people import HASHER
from engine.commands.sign_ins import admit
from engine.permissions import SYSTEM
from engine.signing_in import Origin
from engine.tables import accounts, agenda_feed, api_token, notice, outgoing, person
from engine.transaction import begin, make_sessions, open_database
from tests import databases
from tests.people import KEYS, s1

HERE = Origin("10.1.1.7", "Firefox")
OLD, NEW = "雨后山间的小路很安静呢我", "清晨河边的老人正在钓鱼吧"
PEOPLE = {
    "zhang": ("张三", "centre"),
    "li": ("李四", "centre"),
    "sec": ("安全员", "security"),
    "aud": ("审计员", "audit"),
}
_WITH_PASSWORD = {"zhang", "li"}
_HASH = HASHER.hash(OLD)
_TABLES = (
    accounts.throttle, accounts.account_event, accounts.web_session, accounts.credential, accounts.reset_link,
    accounts.identity_link, api_token, agenda_feed, outgoing.letter, outgoing.address_link, outgoing.mail_address, notice, person,
)  # fmt: skip


@contextmanager
def opened(dialect, folder):
    """A database of this kind."""
    with databases.lent(dialect, folder) as address:
        database = open_database(address)
        yield database
        database.dispose()


def set_back(database):
    """The engine on it, with the people as at the beginning and nobody signed in."""
    with database.begin() as connection:
        for table in _TABLES:
            connection.execute(delete(table))
        for key, (name, role) in PEOPLE.items():
            hashed = _HASH if key in _WITH_PASSWORD else None
            connection.execute(insert(person).values(id=key, name=name, roles=[role], password_hash=hashed))
    return Engine(make_sessions(database), VirtualClock(s1().starts_at), keys=KEYS)


def try_without_comparing(engine, name, times, origin=HERE):
    """Tries that are counted as failures, without the tenth of a second that a comparison takes."""
    for _ in range(times):
        with begin(engine.sessions, engine.clock, SYSTEM) as tx:
            assert not admit(tx, name, origin).wait
