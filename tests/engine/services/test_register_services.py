"""What diagrams read from registers and write into them."""

import pytest
from sqlalchemy import select, update

from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.queries.verification import verify
from engine.services.registers import require_active
from engine.tables import employer, person, register_entry
from tests.engine.commands.office import open_office
from tests.engine.services.desk import PREFIX, serve
from tests.people import ADMIN

FILED = (
    '[{"trade": "焊工", "level": "special", "occupation_code": "6-18-02-04", "senior_count": 6, "standard": "焊工标准"},'
    '{"trade": "焊工", "level": "chief", "occupation_code": "6-18-02-04", "senior_count": 6},'
    '{"trade": "车工", "level": "special", "occupation_code": "6-18-01-01", "senior_count": 2}]'
)
APPOINTED = (
    '{"person": "worker", "name": "申报人壬", "level": "special", "trade": "焊工", "start_on": "2025-07-10",'
    ' "end_on": "2028-07-09", "status": "在聘", "certificate_number": "Y00001200012325T000001"}'
)


@pytest.fixture
def people(empty):
    return open_office(empty)


def changed(engine, table, key, **values):
    with engine.sessions.begin() as session:
        session.execute(update(table).where(table.c.id == key).values(**values))


def approve(engine, people, approved, on="2025-05-01", trades=FILED):
    return serve(
        engine,
        people["hr"],
        "trade-approval",
        approved=approved,
        trades=trades,
        approved_on=f'"{on}"',
        filing="process.key",
    )["approved_trades"]


def trades_of(engine, employer_id):
    with engine.sessions() as session:
        return session.scalar(select(employer.c.trades).where(employer.c.id == employer_id))


def test_an_employer_comes_with_its_state_and_headquarters(empty, people):
    hq = {"agency_code": "0018", "name": "华虚能源", "scope": [{"trade": "焊工", "level": "special"}]}
    changed(empty, employer, "E1", hq=hq, prefix=PREFIX)
    found = serve(empty, people["hr"], "employer-register")["employer"]
    assert found == {
        "id": "E1", "name": "津虚重工", "prefix": PREFIX, "status": "active", "exit": None, "hq": hq, "trades": []
    }  # fmt: skip


def test_all_employers_are_listed_with_their_state(empty, people):
    changed(empty, employer, "E2", status="exited")
    found = serve(empty, people["hr"], "employer-list")["employers"]
    assert [(one["id"], one["status"]) for one in found] == [("E1", "active"), ("E2", "exited")]


def test_experts_come_with_employer_and_conflicts(empty, people):
    conflicts = [{"person": "worker", "name": "申报人壬", "relation": "relative"}]
    changed(empty, person, "x", employer_id="E2", conflicts=conflicts)
    found = {one["id"]: one for one in serve(empty, people["hr"], "expert-register")["experts_register"]}
    assert (found["x"]["employer"], found["x"]["conflicts"]) == ("E2", conflicts)
    assert (found["y"]["employer"], found["y"]["conflicts"]) == (None, [])


def test_approved_trades_are_added_and_nothing_is_taken_away(empty, people):
    (first,) = approve(empty, people, '["焊工|special"]')
    assert (first["levels"], first["senior_count"], first["approved_on"]) == (["special"], 6, "2025-05-01")
    approve(empty, people, '["焊工|chief", "车工|special"]', on="2025-09-01")
    found = {one["trade"]: one for one in trades_of(empty, "E1")}
    assert found["焊工"]["levels"] == ["special", "chief"]
    assert (found["焊工"]["approved_on"], found["焊工"]["standard"]) == ("2025-05-01", "焊工标准")
    assert found["车工"]["levels"] == ["special"]
    assert trades_of(empty, "E2") == []
    assert verify(empty.audit_export(ADMIN)).breaks == ()


def test_a_trade_without_limits_stays_without(empty, people):
    changed(empty, employer, "E1", trades=[{"trade": "焊工", "occupation_code": "6-18-02-04", "senior_count": 3}])
    approve(empty, people, '["焊工|chief"]')
    (found,) = trades_of(empty, "E1")
    assert "levels" not in found
    assert found["senior_count"] == 6


@pytest.mark.parametrize("approved", ['["电工|special"]', '["车工|chief"]', '["车工"]', '"车工|"', "[null]"])
def test_what_was_not_filed_cannot_be_approved(empty, people, approved):
    with pytest.raises(InvalidError):
        approve(empty, people, approved)
    assert trades_of(empty, "E1") == []


def test_nothing_approved_writes_nothing(empty, people):
    assert approve(empty, people, "[]") == []


def test_an_entry_is_written_and_changed_by_what_is_named(empty, people):
    written = serve(empty, people["hr"], "register-write", register='"appointments"', key='"A-1"', entry=APPOINTED)
    assert written["register_key"] == "A-1"
    serve(empty, people["hr"], "register-write", register='"appointments"', key='"A-1"', entry='{"status": "解聘"}')
    with empty.sessions() as session:
        (row,) = session.execute(select(register_entry)).all()
    assert (row.data["status"], row.data["name"], row.employer_id, row.person_id) == (
        "dismissed",
        "申报人壬",
        "E1",
        "worker",
    )
    entries = [one for one in empty.audit_export(ADMIN)["entries"] if one["subject"] == "register/appointments/E1"]
    assert [one["payload"]["old"] for one in entries] == [None, {"status": "in_office"}]
    assert verify(empty.audit_export(ADMIN)).breaks == ()


def test_a_diagrams_long_reason_is_kept_whole(empty, people):
    serve(empty, people["hr"], "register-write", register='"appointments"', key='"A-1"', entry=APPOINTED)
    long = "理" * 4000
    entry = f'{{"status": "dismissed", "reason": "{long}"}}'
    serve(empty, people["hr"], "register-write", register='"appointments"', key='"A-1"', entry=entry)
    assert empty.register_entry(ADMIN, "appointments", "A-1").row.data["reason"] == long


@pytest.mark.parametrize(
    ("register", "entry", "named"),
    [
        ("appointments", '{"level": "special"}', "start_on"),
        ("appointments", '{"grade": 1}', "grade"),
        ("appointments", '"text"', "context"),
        ("letters", '{"level": "chief", "letter": "c", "source": "x"}', "capital"),
        ("letters", '{"level": "chief", "letter": "C"}', "source"),
        ("posts", '{"person": "nobody", "start": "2020-01-01", "employer": "x", "post": "y"}', "nobody"),
        ("posts", '{"person": "worker", "start": "2020-02-30", "employer": "x", "post": "y"}', "2020-02-30"),
    ],
)
def test_an_entry_that_is_wrong_is_refused_naming_the_column(empty, people, register, entry, named):
    with pytest.raises(InvalidError, match=named):
        serve(empty, people["hr"], "register-write", register=f'"{register}"', key="null", entry=entry)


def test_a_register_that_is_not_there_is_named(empty, people):
    with pytest.raises(NotFoundError, match="there are employers"):
        serve(empty, people["hr"], "register-write", register='"cars"', key="null", entry="{}")


def test_an_instance_reads_its_own_employers_entries(empty, people):
    serve(empty, people["hr"], "register-write", register='"appointments"', key='"A-1"', entry=APPOINTED)
    own = serve(empty, people["hr"], "register-read", register='"appointments"', where='{"level": "special"}')[
        "entries"
    ]
    assert [(one["register_key"], one["status"]) for one in own] == [("A-1", "in_office")]
    none = serve(empty, people["hr"], "register-read", register='"appointments"', where='{"level": "chief"}')["entries"]
    other = serve(empty, people["other"], "register-read", register='"appointments"', where="null")["entries"]
    assert (none, other) == ([], [])


def test_a_persons_records_are_all_that_registers_hold(empty, people):
    post = '{"person": "worker", "start": "2019-03-01", "employer": "津虚重工", "own": true, "post": "焊工高级技师"}'
    award = '{"person": "worker", "award": "haihe", "name": "海河工匠", "year": 2023}'
    for register, entry in (("posts", post), ("awards", award), ("appointments", APPOINTED)):
        key = '"A-1"' if register == "appointments" else "null"
        serve(empty, people["hr"], "register-write", register=f'"{register}"', key=key, entry=entry)
    found = serve(empty, people["hr"], "person-records", person='"worker"')["records"]
    assert [(one["start"], one["end"], one["own"]) for one in found["posts"]] == [("2019-03-01", None, True)]
    assert [(one["award"], one["year"]) for one in found["awards"]] == [("haihe", 2023)]
    assert [(one["level"], one["status"]) for one in found["appointments"]] == [("special", "in_office")]
    assert found["certificates"] == []
    assert serve(empty, people["hr"], "person-records")["records"]["posts"] == []


def test_a_letter_is_the_policys_or_else_the_registers(empty, people):
    assert serve(empty, people["hr"], "level-letter", level='"special"')["letter"] == {"letter": "T", "source": "AX.1"}
    assert serve(empty, people["hr"], "level-letter", level='"chief"')["letter"] is None
    entry = '{"level": "chief", "letter": "C", "source": "虚构复函1号"}'
    serve(empty, people["hr"], "register-write", register='"letters"', key="null", entry=entry)
    assert serve(empty, people["hr"], "level-letter", level='"chief"')["letter"] == {
        "letter": "C",
        "source": "虚构复函1号",
    }


def test_a_registered_letter_that_another_level_has_counts_for_nothing(empty, people):
    entry = '{"level": "chief", "letter": "T", "source": "误登"}'
    serve(empty, people["hr"], "register-write", register='"letters"', key="null", entry=entry)
    assert serve(empty, people["hr"], "level-letter", level='"chief"')["letter"] is None


def test_an_employer_that_has_left_is_refused_with_the_decision(empty, people):
    empty.inspect(lambda tx: require_active(tx, "E1"))
    changed(empty, employer, "E1", status="exited", exit={"number": "虚决1号", "decided_on": "2025-06-01"})
    with pytest.raises(ConflictError, match="A14.2.*虚决1号"):
        empty.inspect(lambda tx: require_active(tx, "E1"))


DRAW = {
    "seed": '"2025-双色球第1期"',
    "employers": '["E1", "E2"]',
    "inspectors": '["centre", "centre2", "hr", "other"]',
    "count": "1",
}


def test_a_draw_is_the_same_for_everybody_who_draws_again(empty, people):
    import hashlib

    found = serve(empty, people["hr"], "random-draw", **DRAW)
    again = serve(empty, people["hr"], "random-draw", **{**DRAW, "employers": '["E2", "E1"]'})
    assert found == again
    first = min(("E1", "E2"), key=lambda one: hashlib.sha256(f"2025-双色球第1期|{one}".encode()).hexdigest())
    (drawn,) = found["drawn"]
    assert drawn["employer"] == first
    assert len(drawn["inspectors"]) == 2
    assert found["draw"]["count"] == 1
    assert found["draw"]["candidates"][0]["id"] == first
    assert set(found["draw"]["method"]) == {"zh", "en"}


def test_nobody_inspects_their_own_employer(empty, people):
    for seed in range(5):
        found = serve(empty, people["hr"], "random-draw", **{**DRAW, "count": "2", "seed": f'"s{seed}"'})["drawn"]
        own = {one["employer"]: set(one["inspectors"]) for one in found}
        assert "hr" not in own["E1"]
        assert "other" not in own["E2"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"count": "3"}, "from 1 to 2"),
        ({"count": "0"}, "from 1 to 2"),
        ({"count": "1.5"}, "from 1 to 2"),
        ({"count": '"1"'}, "from 1 to 2"),
        ({"seed": '" "'}, "seed"),
        ({"employers": '["E1", "E9"]'}, "E9"),
        ({"inspectors": '["hr"]', "employers": '["E1"]'}, "津虚重工"),
        ({"inspectors": '"centre"'}, "inspectors"),
    ],
)
def test_a_draw_with_too_little_to_draw_from_is_refused(empty, people, change, named):
    with pytest.raises(InvalidError, match=named):
        serve(empty, people["hr"], "random-draw", **{**DRAW, **change})
