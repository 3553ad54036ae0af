"""Certificates issued before are imported, and numbers go on after them: one by one, and two hundred at once."""

import threading

import pytest
from sqlalchemy import create_engine, select

from engine import Engine
from engine.cases.reading import moment
from engine.clock import VirtualClock
from engine.errors import InvalidError, NotFoundError, NotPermittedError
from engine.queries.verification import verify
from engine.tables import certificate, certificate_serial
from engine.transaction import make_sessions
from tests import databases
from tests.engine.bundles import POLICY, flow, line, small, task
from tests.engine.commands.office import open_office, task_at, whole
from tests.engine.services.desk import LEVELS, PREFIX, bundle, serve, service
from tests.people import ADMIN, KEYS

HEADING = "证书编号,持证人,证件号码,等级,工种,发证日期,状态,来源\n"
BEFORE = f"{PREFIX}25T000041,甲旧一,120101199001011234,特级技师,焊工,2025-01-10,有效,2024年评聘\n"
OWN = {"prefix": PREFIX, "prefix_source": "虚构通知"}


@pytest.fixture
def people(empty):
    found = open_office(empty)
    empty.save_entry(ADMIN, "employers", {**OWN, "id": "E1", "name": "津虚重工"}, key="E1")
    empty.deploy(ADMIN, bundle("certificate-number", level='"special"', trade='"焊工"'))
    return found


def issued(engine, people):
    return whole(engine, engine.start(people["hr"], "p", {})["instance"]).variables["certificate_number"]


def imported(engine, text, actor=ADMIN):
    return engine.import_register(actor, "certificates", text.encode())


def numbers_of(engine):
    with engine.sessions() as session:
        return sorted(session.scalars(select(certificate.c.number)))


def test_numbers_go_on_after_the_highest_that_was_imported(empty, people):
    done = imported(empty, HEADING + BEFORE + BEFORE.replace("000041", "000007"))
    assert (done["new"], done["serials"]) == (2, [{"prefix": PREFIX, "year": 2025, "letter": "T", "from": 0, "to": 41}])
    assert issued(empty, people) == f"{PREFIX}25T000042"
    later = imported(empty, HEADING + BEFORE.replace("000041", "000003"))
    assert later["serials"] == []
    assert issued(empty, people) == f"{PREFIX}25T000043"
    assert verify(empty.audit_export(ADMIN)).breaks == ()


def test_other_years_keep_their_own_serials(empty, people):
    imported(empty, HEADING + BEFORE.replace("25T", "24T").replace("2025-01-10", "2024-12-20"))
    assert issued(empty, people) == f"{PREFIX}25T000001"


def test_an_imported_certificate_can_be_checked_by_anybody_and_belongs_to_the_prefixs_employer(empty, people):
    imported(empty, HEADING + BEFORE)
    found = empty.certificate(f"{PREFIX}25T000041")
    assert (found.level.zh, found.employer_name, str(found.issued_on)) == ("特级技师", "津虚重工", "2025-01-10")
    row = empty.register_entry(people["hr"], "certificates", f"{PREFIX}25T000041").row
    assert (row.employer_id, row.data["holder_id_number"]) == ("E1", "120" + "*" * 13 + "34")
    with pytest.raises(NotFoundError):
        empty.register_entry(people["other"], "certificates", f"{PREFIX}25T000041")


def test_a_void_one_is_not_confirmed(empty, people):
    imported(empty, HEADING + BEFORE.replace("有效", "作废"))
    with pytest.raises(NotFoundError):
        empty.certificate(f"{PREFIX}25T000041")


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (("25T000041", "25T00041"), "22"),
        (("25T000041", "25X000041"), "place 16"),
        (("25T000041", "25t000041"), "small letter"),
        (("Y000012000123", "Y000012000124"), "AX.2"),
        (("2025-01-10", "2022-01-10"), "Q24"),
        (("2025-01-10", "2025-12-31"), "Q24"),
        (("特级技师", "首席技师"), "AX.1"),
        (("特级技师", "高级工"), "level"),
        (("甲旧一", ""), "holder"),
    ],
)
def test_a_number_that_is_wrong_is_refused_with_its_row_and_nothing_is_written(empty, people, change, named):
    wrong = BEFORE.replace(*change)
    with pytest.raises(InvalidError, match="row 3") as refusal:
        imported(empty, HEADING + BEFORE.replace("000041", "000040") + wrong)
    assert named in refusal.value.text.en
    assert numbers_of(empty) == []
    assert issued(empty, people) == f"{PREFIX}25T000001"


def test_a_number_twice_in_the_file_or_in_the_register_is_refused(empty, people):
    with pytest.raises(InvalidError, match="the same as row 2"):
        imported(empty, HEADING + BEFORE + BEFORE)
    imported(empty, HEADING + BEFORE)
    with pytest.raises(InvalidError, match="in the register already"):
        imported(empty, HEADING + BEFORE)
    issued(empty, people)
    with pytest.raises(InvalidError, match="in the register already"):
        imported(empty, HEADING + BEFORE.replace("000041", "000042"))


@pytest.mark.parametrize("who", ["hr", "boss", "centre", "x", "worker"])
def test_nobody_but_an_administrator_imports_certificates(empty, people, who):
    with pytest.raises(NotPermittedError):
        imported(empty, HEADING + BEFORE, people[who])


def test_a_chief_gets_no_number_until_the_letter_is_registered_with_its_source(empty, people):
    with pytest.raises(InvalidError, match="place 16"):
        serve(empty, people["hr"], "certificate-number", level='"chief"')
    with pytest.raises(InvalidError, match="source"):
        empty.save_entry(ADMIN, "letters", {"level": "chief", "letter": "C"})
    empty.save_entry(ADMIN, "letters", {"level": "chief", "letter": "C", "source": "虚构复函"})
    found = serve(empty, people["hr"], "certificate-number", level='"chief"')
    assert found["certificate_number"] == f"{PREFIX}25C000001"
    assert empty.certificate(found["certificate_number"]).level.zh == "首席技师"
    chief = BEFORE.replace("25T", "25C").replace("特级技师", "首席技师")
    assert imported(empty, HEADING + chief)["serials"][0]["to"] == 41


def test_a_number_that_was_given_out_is_in_the_register_with_its_instance(empty, people):
    number = issued(empty, people)
    detail = empty.register_entry(people["hr"], "certificates", number)
    assert (detail.row.data["holder"], detail.row.data["trade"], detail.row.data["level"]) == (
        "人事甲",
        "焊工",
        "special",
    )
    assert detail.source is not None
    assert [change.kind for change in detail.changes] == ["certificate allocated"]


AT_ONCE, CONNECTIONS = 200, 80
# Every fifth fails in the step that has given it its number.
FAILING = '<bpmn:exclusiveGateway id="after" />' + flow(
    "after", "finish", "=if modulo(amount, 5) = 0 then null else true"
)


@pytest.fixture
def large():
    """PostgreSQL, where each thread has a connection of its own, as many as the server takes at once."""
    database = create_engine(databases.postgresql(), pool_size=CONNECTIONS, max_overflow=0, pool_timeout=300)
    yield Engine(make_sessions(database), VirtualClock(moment("2025-05-09 09:00")), keys=KEYS)
    database.dispose()


def test_two_hundred_at_once_get_two_hundred_numbers_without_a_hole(large):
    people = open_office(large)
    large.save_entry(ADMIN, "employers", {**OWN, "id": "E1", "name": "津虚重工"}, key="E1")
    body = task("work") + service("certificate-number", level='"special"') + FAILING
    large.deploy(ADMIN, small(body + line("begin", "work", "serve", "after"), policy=POLICY + LEVELS))
    imported(large, HEADING + BEFORE)
    begun = [large.start(people["hr"], "p", {})["instance"] for _ in range(AT_ONCE)]
    waiting = [task_at(large, instance, "work") for instance in begun]
    ready, failed = threading.Barrier(AT_ONCE), []

    def issue(place):
        ready.wait()
        try:
            large.complete(people["hr"], waiting[place], {"amount": place})
        except Exception as error:  # noqa: BLE001  looked at below
            failed.append((place, type(error).__name__))

    threads = [threading.Thread(target=issue, args=[place]) for place in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(failed) == [(place, "InvalidError") for place in range(0, AT_ONCE, 5)]
    done = {begun[place] for place in range(AT_ONCE) if place % 5}
    with large.sessions() as session:
        assert session.scalar(select(certificate_serial.c.last)) == 41 + len(done)
        assert set(session.scalars(select(certificate.c.instance_id))) == done | {None}
    assert [int(number[16:]) for number in numbers_of(large)] == list(range(41, 41 + len(done) + 1))
    assert verify(large.audit_export(ADMIN)).breaks == ()
