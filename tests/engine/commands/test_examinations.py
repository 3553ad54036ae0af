"""The gate's work in the background: stopped, killed, done by two at once, and always the same report; nothing else written."""

import time_machine
from sqlalchemy import func, select

from engine.bundle import zipped
from engine.clock import real_now
from engine.commands.examinations import LEASE, PIECE
from engine.examining import examine
from engine.gate import Exam, Wanted
from engine.rehearsals import rehearse_all
from engine.tables import history, process_instance
from engine.tables.policies import rehearsed
from tests.engine.bundles import POLICY, line, small
from tests.people import ADMIN

WAIT = """<bpmn:intermediateCatchEvent id="pause"><bpmn:timerEventDefinition><bpmn:timeDuration
  xsi:type="bpmn:tFormalExpression">=duration("P" + string(settings.publicity.days) + "D")</bpmn:timeDuration>
  </bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>"""
BODY = WAIT + line("begin", "pause", "finish")
MANY = 2 * PIECE + 7


def office(engine):
    engine.add_employer(ADMIN, id="E1", name="津虚重工")
    for person_id, role in (("owner", "owner"), ("bureau", "bureau"), ("hr", "hr")):
        engine.add_person(ADMIN, id=person_id, name=person_id, roles=[role], employer_id="E1")
    engine.deploy(ADMIN, small(BODY, policy=POLICY))
    for _ in range(MANY):
        engine.start(engine.actor("hr"), "p", {})
    revised = small(BODY, policy=POLICY.replace("default: 5", "default: 7"))
    engine.redeployment.stage(ADMIN, zipped(revised.files))
    return revised, engine.redeployment.propose(ADMIN, Wanted(revised.digest, "修订"))["proposal"]


def exam(engine, number):
    return next(each for each in engine.redeployment.proposal(ADMIN, number).examined if each.kind is Exam.REHEARSAL)


def kept(engine):
    """All that is not the gate's own."""
    with engine.sessions() as session:
        rows = session.execute(
            select(process_instance.c.id, process_instance.c.revision, process_instance.c.history_head)
        )
        told = select(func.count()).where(history.c.subject_id.not_like("proposal/%"))
        return sorted(tuple(row) for row in rows), session.scalar(told)


def report(engine, number):
    found = engine.redeployment.rehearsal(ADMIN, number, limit=None)
    return {
        each.instance_id: [(one.kind, one.element, one.old["due_at"], one.new["due_at"]) for one in each.effects]
        for each in found.affected
    }


def test_a_worker_that_dies_is_followed_by_another_and_the_report_is_the_same(empty):
    revised, number = office(empty)
    before = kept(empty)
    while (piece := empty.redeployment.take_piece()) is not None and piece.kind is not Exam.REHEARSAL:
        empty.redeployment.finish_piece(piece, passed=True, result={})
    dead = piece
    assert empty.redeployment.take_piece() is None, "somebody has it in hand"
    with time_machine.travel(real_now() + LEASE, tick=True):
        examine(empty, 0)  # looks once, and stops
        other = empty.redeployment.take_piece()
        assert (other.kind, other.at) == (Exam.REHEARSAL, None)
    with time_machine.travel(real_now() + 3 * LEASE, tick=True):
        while examine(empty, 0.01):
            assert exam(empty, number).done <= MANY
        empty.redeployment.keep_piece(dead, "0", 1, {"played": {"p": 999}})  # the dead one wakes up
        empty.redeployment.finish_piece(dead, passed=False, result={})
    found = exam(empty, number)
    assert (found.status, found.done, found.total) == ("done", MANY, MANY)
    assert found.result["played"] == {"p": MANY}
    assert found.result["different"] == {"p": MANY}
    whole = {one.instance_id: one for batch in rehearse_all(empty, revised) for one in batch if one.found}
    assert report(empty, number).keys() == whole.keys()
    assert {len(effects) for effects in report(empty, number).values()} == {1}
    assert kept(empty) == before


def test_what_is_settled_is_worked_on_no_more(empty):
    _, number = office(empty)
    piece = empty.redeployment.take_piece()
    empty.redeployment.withdraw(ADMIN, number, "改期")
    empty.redeployment.finish_piece(piece, passed=True, result={})
    assert examine(empty) == 0
    with empty.sessions() as session:
        assert session.scalar(select(func.count()).select_from(rehearsed)) == 0
