"""Who there is comes from the system administrator, what they may be from the security administrator: one file each."""

import pytest

from engine.errors import ConflictError, InvalidError, NotPermittedError
from engine.permissions import Actor, Role
from tests.people import ADMIN

SYSTEM_ADMIN = Actor("root", "系统管理员", roles=frozenset({Role.ADMIN}))
SECURITY = Actor("guard", "安全管理员", roles=frozenset({Role.SECURITY}))
AUDITOR = Actor("audit", "审计管理员", roles=frozenset({Role.AUDIT}))
PEOPLE = """人员编号,姓名,单位编号,部门编号,邮箱,账号启用
n1,新人甲,E1,U1,one@example.com,是
n2,新人乙,E1,,,
n3,新人丙,,,three@example.com,否
"""
ROLES = """人员编号,角色,仅限本部门,授予或更改的理由
n1,人事；单位负责人,是,任命文件1号
n2,candidate,,本人申请
"""


@pytest.fixture
def office(empty):
    empty.add_employer(ADMIN, id="E1", name="津虚重工", trades=[])
    empty.add_employer(ADMIN, id="E2", name="渤虚船厂", trades=[])
    for actor in (SYSTEM_ADMIN, SECURITY, AUDITOR):
        empty.add_person(ADMIN, id=actor.id, name=actor.name, roles=list(actor.roles))
    unit = {"code": "U1", "name": "焊接车间", "kind": "employer", "employer_id": "E1"}
    empty.save_entry(SYSTEM_ADMIN, "units", unit)
    return empty


def test_two_files_by_two_administrators_let_people_in(office):
    assert office.import_register(SYSTEM_ADMIN, "people", PEOPLE.encode())["new"] == 3
    assert office.actor("n1").roles == frozenset()
    assert office.actor("n3") is None
    assert office.import_register(SECURITY, "roles", ROLES.encode())["changed"] == 2
    n1 = office.actor("n1")
    assert (n1.roles, n1.unit, n1.unit_only, n1.employer_id) == ({"hr", "leader"}, "U1", True, "E1")
    assert office.actor("n2").roles == {"candidate"}
    assert office.import_register(SYSTEM_ADMIN, "people", PEOPLE.encode())["same"] == 3
    assert office.register_entry(AUDITOR, "roles", "n1").row.data["reason"] == "任命文件1号"


@pytest.mark.parametrize(("actor", "register"), [(SYSTEM_ADMIN, "roles"), (SECURITY, "people"), (AUDITOR, "people")])
def test_neither_does_the_others_work(office, actor, register):
    entry = {"id": "n9", "name": "新人"} if register == "people" else {"person": "root", "roles": ["hr"], "reason": "r"}
    with pytest.raises(NotPermittedError):
        office.save_entry(actor, register, entry, key=None if register == "people" else "root")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("n4,新人,E1,U9,,", "U9"),
        ("n4,新人,E2,U1,,", "U1不是该单位的部门"),
        ("n4,新人,E9,,,", "E9"),
        ("n4,新人,E1,,no address,", "邮箱"),
        ("n4,,E1,,,", "姓名"),
        ("n 4,新人,E1,,,", "人员编号"),
    ],
)
def test_a_file_with_a_mistake_is_refused_by_row_and_column_and_nothing_is_written(office, line, said):
    with pytest.raises(InvalidError) as refused:
        office.import_register(SYSTEM_ADMIN, "people", f"{PEOPLE}{line}\n".encode())
    assert "第5行" in refused.value.text.zh
    assert said in refused.value.text.zh
    assert office.actor("n1") is None


def grant(office, person, roles, actor=SECURITY):
    return office.save_entry(actor, "roles", {"person": person, "roles": roles, "reason": "调整"}, key=person)


def test_nobody_is_two_administrators_nor_grants_roles_to_themselves(office):
    office.import_register(SYSTEM_ADMIN, "people", PEOPLE.encode())
    for two in (["admin", "security"], ["security", "audit"], ["hr", "admin", "audit"]):
        with pytest.raises(InvalidError):
            grant(office, "n1", two)
    with pytest.raises(NotPermittedError):
        grant(office, "guard", ["security", "hr"])
    with pytest.raises(InvalidError):
        office.add_person(ADMIN, id="n8", name="新人", roles=["admin", "audit"])
    assert office.actor("n1").roles == frozenset()


def test_somebody_is_always_left_who_lets_people_in_and_says_what_they_may(office):
    with pytest.raises(ConflictError):
        grant(office, "root", ["owner"])
    office.import_register(SYSTEM_ADMIN, "people", PEOPLE.encode())
    grant(office, "n1", ["security"])
    second = office.actor("n1")
    grant(office, "guard", ["owner"], second)
    closed = {"id": "n1", "name": "新人甲", "employer_id": "E1", "unit": "U1", "active": False}
    with pytest.raises(ConflictError):
        office.save_entry(SYSTEM_ADMIN, "people", closed, key="n1")
    assert office.actor("n1").roles == {"security"}
    with pytest.raises(NotPermittedError):
        grant(office, "n2", ["hr"], office.actor("guard"))


def test_what_was_closed_stays_closed_and_the_last_administrator_open(office):
    office.import_register(SYSTEM_ADMIN, "people", PEOPLE.encode())
    office.accounts.close(SECURITY, "n1")
    office.save_entry(SYSTEM_ADMIN, "people", {"id": "n1", "name": "新人甲", "employer_id": "E1"}, key="n1")
    assert office.actor("n1") is None
    with pytest.raises(ConflictError):
        office.accounts.close(SECURITY, "root")
    assert office.actor("root") is not None
