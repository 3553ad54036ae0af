"""Worked cases bring registers along and say what should stand in them."""

import pytest

from engine.cases import read_case
from engine.cases.running import run_case
from tests.engine.bundles import POLICY, line, small, task
from tests.engine.services.desk import LEVELS

CASE = """
case: 台账
starts_at: 2025-05-09 09:00
employers:
  E1: {name: 津虚重工, prefix: Y000012000123, prefix_source: 虚构, status: active, hq: {agency_code: "0018", name: 总部, scope: [{trade: 焊工, level: special}]}, trades: [{trade: 焊工, levels: [special]}]}
people:
  hr: {name: 人事甲, employer: E1, roles: [hr]}
  jia: {name: 甲试一, employer: E1, roles: [candidate]}
  e1: {name: 专家一, roles: [expert], conflicts: [{person: jia, name: 甲试一, relation: relative}]}
registers:
  posts: [{person: jia, start: 2019-03-01, employer: 津虚重工, own: true, post: 焊工高级技师}]
  certificates: [{number: Y00001200012325T000041, holder: 旧一, level: special, issued_on: 2025-01-10, source: 以前}]
steps:
  - {start: p, by: hr, as: round}
  - expect:
      registers:
"""


def played(tmp_path, expected):
    path = tmp_path / "case.yaml"
    path.write_text(CASE + "".join(f"        {line}\n" for line in expected), encoding="utf-8")
    return run_case(
        read_case(path), small(task("work") + line("begin", "work", "finish"), policy=POLICY + LEVELS)
    ).failure


def test_entries_of_the_head_stand_in_the_registers(tmp_path):
    expected = [
        "posts: {jia|2019-03-01|津虚重工: {own: true, end: null, start: 2019-03-01}}",
        "employers: {E1: {status: active, hq_agency_code: '0018'}}",
        "experts: {e1: {conflicts.0.relation: relative}}",
        "trades: {E1|焊工: {levels: [special]}}",
        "certificates: {Y00001200012325T000041: {employer_id: E1, status: valid}}",
        "appointments: {round: null}",
    ]
    assert played(tmp_path, expected) is None


@pytest.mark.parametrize(
    ("expected", "said"),
    [
        ("employers: {E1: {status: exited}}", "expected 'exited', found 'active'"),
        ("appointments: {round: {status: 在聘}}", "appointments p-"),
        ("posts: {jia|2019-03-01|津虚重工: null}", "expected None"),
        ("cars: {x: null}", "there is no register cars"),
    ],
)
def test_an_entry_that_is_not_as_expected_is_said_with_both_sides(tmp_path, expected, said):
    assert said in played(tmp_path, [expected])
