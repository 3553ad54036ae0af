"""A version's way into force: who may do what, what the gate asks for, what is kept with it for ever."""

from datetime import date

import pytest
import yaml

from engine.bundle import make_bundle, zipped
from engine.errors import ConflictError, InvalidError, NotPermittedError
from engine.examining import examine
from engine.files import Handed
from engine.gate import Exam, Extension, Status, Wanted
from engine.permissions import Actor, Role
from tests.engine.bundles import POLICY, line, small, task
from tests.people import ADMIN

OWNER = Actor("owner", "流程负责人壬", roles=frozenset({Role.OWNER}))
BUREAU = Actor("bureau", "处长丑", roles=frozenset({Role.BUREAU}))
BODY = task("work") + line("begin", "work", "finish")
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


@pytest.fixture
def office(empty):
    for person_id, role in (("owner", "owner"), ("owner2", "owner"), ("bureau", "bureau"), ("admin", "admin")):
        empty.add_person(ADMIN, id=person_id, name=person_id, roles=[role])
    empty.deploy(ADMIN, small(BODY, policy=POLICY))
    return empty


def revised(days="7"):
    return small(BODY, policy=POLICY.replace("default: 5", f"default: {days}"))


def proposed(engine, bundle=None, by=ADMIN, **more):
    found = bundle or revised()
    engine.redeployment.stage(by, zipped(found.files))
    return engine.redeployment.propose(by, Wanted(found.digest, "修订", **more))["proposal"]


def finished(engine, number):
    while examine(engine, 60):
        pass
    return engine.redeployment.proposal(ADMIN, number)


def test_another_person_approves_what_was_examined_and_it_comes_into_force_on_its_day(office):
    day = date(2025, 6, 2)
    number = proposed(office, from_on=day)
    with pytest.raises(ConflictError, match="not finished"):
        office.redeployment.approve(BUREAU, number, "同意")
    found = finished(office, number)
    assert [each.status for each in found.examined] == ["done"] * 4
    assert not found.lacking
    done = office.redeployment.approve(BUREAU, number, "同意")
    lines = office.deployments(ADMIN)
    assert [(one.version, one.is_current, one.from_on, one.gate) for one in lines] == [
        (2, False, day, "approved"),
        (1, True, None, "installed"),
    ]
    assert lines[0].id == done["deployment"]
    office.move_clock(ADMIN, office.clock.now().replace(year=2025, month=6, day=3))
    assert [one.is_current for one in office.deployments(ADMIN)] == [True, False]
    kept = office.redeployment.proposal(ADMIN, number)
    assert kept.line.status is Status.DEPLOYED
    assert [(one.by, one.approves, one.reason) for one in kept.approvals] == [("bureau", True, "同意")]
    told = [notice.text.en for notice in office.notices(Actor("owner", "o", roles=frozenset({Role.OWNER})))]
    assert any("is in force from 2025-06-02" in text for text in told)


def test_nobody_approves_their_own_nor_without_the_office_nor_twice(office):
    number = proposed(office, by=OWNER)
    finished(office, number)
    with pytest.raises(NotPermittedError, match="another person"):
        office.redeployment.approve(OWNER, number, "同意")
    with pytest.raises(NotPermittedError):
        office.redeployment.approve(ADMIN, number, "同意")
    office.redeployment.refuse(BUREAU, number, "依据不足")
    with pytest.raises(ConflictError, match="settled"):
        office.redeployment.approve(BUREAU, number, "同意")
    assert len(office.deployments(ADMIN)) == 1
    again = proposed(office, by=OWNER)
    with pytest.raises(NotPermittedError, match="only who proposed"):
        office.redeployment.withdraw(ADMIN, again, "改期")
    office.redeployment.withdraw(OWNER, again, "改期")


def test_an_emergency_takes_two_others_and_says_so_for_ever(office):
    number = proposed(office, emergency=True)
    assert office.redeployment.approve(BUREAU, number, "急用") == {"proposal": number, "deployment": None}
    with pytest.raises(NotPermittedError):
        office.redeployment.approve(BUREAU, number, "再批")
    office.redeployment.approve(OWNER, number, "同意")
    assert office.deployments(ADMIN)[0].gate == "emergency"
    assert examine(office) == 0, "what is settled is not examined any more"


def test_what_fails_its_own_cases_is_not_approved(office):
    case = yaml.safe_dump(
        {"case": "错的", "starts_at": "2025-01-01 09:00", "steps": [{"start": "nothing", "by": "nobody"}]}
    )
    bad = make_bundle({**revised().files, "cases/bad.yaml": case.encode()})
    number = proposed(office, bad)
    found = finished(office, number)
    assert [each.status for each in found.examined if each.kind is Exam.CASES] == ["failed"]
    assert "cases/bad.yaml" in found.examined[2].result["failed"]
    with pytest.raises(ConflictError, match="worked cases failed"):
        office.redeployment.approve(BUREAU, number, "同意")


def test_a_case_of_an_upload_reads_nothing_outside_its_bundle_not_by_way_of_others_either(office, tmp_path):
    (tmp_path / "secret.conf").write_text("password: hunter2: x")
    likes = {
        "cases/by.yaml": "sub/out.md",
        "cases/sub/out.md": f"../../../../../..{tmp_path}/secret.conf",
        "cases/absolute.yaml": f"{tmp_path}/secret.conf",
        "cases/round.yaml": "again.yaml",
        "cases/again.yaml": "./round.yaml",
        "cases/none.yaml": "missing.yaml",
    }
    head = {"case": "外", "starts_at": "2025-01-01 09:00", "steps": []}
    cases = {path: yaml.safe_dump({**head, "like": like}).encode() for path, like in likes.items()}
    cases["cases/step.yaml"] = yaml.safe_dump({**head, "steps": [{"deploy": "../x"}]}).encode()
    number = proposed(office, make_bundle({**revised().files, **cases}))
    failed = finished(office, number).examined[2].result["failed"]
    assert "hunter2" not in str(failed)
    assert {
        path: words in failed[path]
        for path, words in {
            "cases/by.yaml": "outside the bundle",
            "cases/absolute.yaml": "outside the bundle",
            "cases/step.yaml": "outside the bundle",
            "cases/round.yaml": "like itself",
            "cases/again.yaml": "like itself",
            "cases/none.yaml": "cases/missing.yaml",
        }.items()
    } == dict.fromkeys(failed, True)


def test_days_that_are_over_or_outside_the_term_and_files_that_are_there_are_refused(office):
    office.redeployment.stage(ADMIN, zipped(revised().files))
    for day, words in ((date(2025, 1, 1), "is over"), (date(2027, 1, 1), "outside the policy's term")):
        with pytest.raises(InvalidError, match=words):
            office.redeployment.propose(ADMIN, Wanted(revised().digest, "修订", day))
    proposed(office)
    with pytest.raises(ConflictError, match="proposed already"):
        proposed(office)
    with pytest.raises(ConflictError, match="deployed as version 1"):
        proposed(office, small(BODY, policy=POLICY))


def test_a_term_is_extended_with_its_basis_and_document_and_only_into_a_gap(office):
    first = office.deployments(ADMIN)[0]
    wanted = Extension(date(2026, 12, 31), "上级决定", "津虚人社〔2026〕1号", Handed("通知.pdf", PDF))
    done = office.redeployment.extend(BUREAU, first.id, wanted)
    line = office.deployments(ADMIN)[0]
    assert line.in_force_until == date(2026, 12, 31)
    assert office.redeployment.document(OWNER, done["activation"]).content == PDF
    decision = office.redeployment.version(OWNER, first.id).decisions[0]
    assert (decision.kind, decision.from_on, decision.basis) == ("extension", date(2026, 4, 1), "津虚人社〔2026〕1号")
    with pytest.raises(InvalidError, match="later than"):
        office.redeployment.extend(BUREAU, first.id, wanted)
    with pytest.raises(InvalidError, match="attach the document"):
        office.redeployment.extend(BUREAU, first.id, Extension(date(2027, 1, 1), "x", "y", None))
    office.move_clock(ADMIN, office.clock.now().replace(year=2026, month=4, day=2))
    assert not office.notices(OWNER), "it goes on"
    later = Extension(date(2027, 6, 30), "再延", "津虚人社〔2026〕9号", Handed("通知.pdf", PDF))
    again = office.redeployment.extend(BUREAU, first.id, later)
    office.redeployment.cancel(BUREAU, again["activation"], "撤销")
    assert office.deployments(ADMIN)[0].in_force_until == date(2026, 12, 31)
    with pytest.raises(ConflictError, match="has begun"):
        office.redeployment.cancel(BUREAU, done["activation"], "撤销")


def test_an_earlier_version_comes_in_force_again_and_nothing_is_deleted(office):
    number = proposed(office, emergency=True)
    for who in (BUREAU, OWNER):
        office.redeployment.approve(who, number, "急用")
    office.tick()
    new, old = office.deployments(ADMIN)
    assert new.is_current
    with pytest.raises(ConflictError, match="in force on"):
        office.redeployment.roll_back(ADMIN, new.id, "手误")
    office.redeployment.roll_back(ADMIN, old.id, "新版有误")
    new, old = office.deployments(ADMIN)
    assert (new.is_current, old.is_current) == (False, True)
    (line,) = office.redeployment.in_force(ADMIN).lines
    assert [(each.current and each.current.version) for each in line.ranges][-1] is None
    assert len(office.redeployment.version(ADMIN, old.id).decisions) == 2
    office.tick()
    assert office.notices(OWNER)[0].text.en.startswith("Version 1 of"), "people are told that it is back"


def test_what_two_approved_for_a_day_one_does_not_bring_forward(office):
    number = proposed(office, from_on=date(2025, 12, 1))
    finished(office, number)
    version = office.redeployment.approve(BUREAU, number, "自十二月起")["deployment"]
    with pytest.raises(ConflictError, match="never been in force"):
        office.redeployment.roll_back(ADMIN, version, "提前")
    (planned,) = office.redeployment.version(ADMIN, version).decisions
    office.redeployment.cancel(ADMIN, planned.id, "改期")
    longer = Extension(date(2026, 12, 31), "续", "依据", Handed("通知.pdf", PDF))
    for days in ((None, None), (date(2026, 5, 1), longer)):
        with pytest.raises(ConflictError, match="never been in force"):
            office.redeployment.roll_back(ADMIN, version, "提前", *days)
    with pytest.raises(ConflictError, match="no term to extend"):
        office.redeployment.extend(ADMIN, version, longer)


def test_of_two_proposals_against_one_version_the_second_does_not_undo_the_first_unseen(office):
    first, second = proposed(office), proposed(office, revised(9))
    for number in (first, second):
        finished(office, number)
    office.redeployment.approve(BUREAU, first, "同意")
    with pytest.raises(ConflictError, match="no longer the version that it was compared"):
        office.redeployment.approve(BUREAU, second, "同意")
    assert not office.redeployment.proposal(ADMIN, second).approvals
    office.redeployment.withdraw(ADMIN, second, "重提")
    again = proposed(office, revised(9))
    assert office.redeployment.proposal(ADMIN, again).against.version == 2


def test_after_its_term_a_version_is_not_approved_any_more(office):
    number = proposed(office)
    finished(office, number)
    office.move_clock(ADMIN, office.clock.now().replace(year=2026, month=4, day=5))
    with pytest.raises(ConflictError, match="term of this version ended on 2026-03-31"):
        office.redeployment.approve(BUREAU, number, "同意")
    assert len(office.deployments(ADMIN)) == 1


def test_the_term_is_what_stands_decided_without_a_break(office):
    door, (first,) = office.redeployment, office.deployments(ADMIN)

    def until():
        return office.deployments(ADMIN)[0].in_force_until

    def extended(day):
        wanted = Extension(day, "延期", "依据", Handed("通知.pdf", PDF))
        return door.extend(BUREAU, first.id, wanted)["activation"]

    middle, last = extended(date(2026, 6, 30)), extended(date(2026, 9, 30))
    door.cancel(BUREAU, middle, "不延")
    assert until() == date(2026, 3, 31), "what comes after the gap is not within it"
    extended(date(2026, 6, 30))
    assert until() == date(2026, 9, 30), "the gap is filled"
    door.cancel(BUREAU, last, "不延")
    assert until() == date(2026, 6, 30)
    longer = Extension(date(2027, 6, 30), "再用", "依据", Handed("通知.pdf", PDF))
    again = door.roll_back(BUREAU, first.id, "再用", date(2027, 1, 1), longer)["activation"]
    assert until() == date(2027, 6, 30)
    door.cancel(BUREAU, again, "不用")
    assert until() == date(2026, 6, 30)
    with pytest.raises(InvalidError, match="no day after 2200"):
        extended(date(9999, 12, 31))
    with pytest.raises(InvalidError, match="no day after 2200"):
        door.roll_back(BUREAU, first.id, "手误", date(9999, 12, 31), Extension(date.max, "x", "y", longer.document))


def test_a_term_of_no_real_last_day_is_without_one(empty):
    empty.deploy(ADMIN, small(BODY, policy=POLICY.replace("until: 2026-03-31", "until: 9999-12-31")))
    (first,) = empty.deployments(ADMIN)
    (line,) = empty.redeployment.in_force(ADMIN).lines
    assert [(each.current.version, each.until_on) for each in line.ranges] == [(1, None)]
    with pytest.raises(ConflictError, match="nothing to extend"):
        empty.redeployment.extend(BUREAU, first.id, Extension(date(2100, 1, 1), "x", "y", Handed("通知.pdf", PDF)))
