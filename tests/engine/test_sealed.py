"""Identity numbers at rest: encrypted in a row of their own, masked everywhere else; keys, and what becomes of them."""

import json
import zlib

import pytest
from sqlalchemy import delete, func, select, update

from engine import Engine
from engine.errors import InvalidError, NotFoundError, NotPermittedError
from engine.keys import Keys, UnreadableError, new_key, read_keys
from engine.permissions import OPERATOR, Role
from engine.places import of_task
from engine.queries import inspection
from engine.tables import history, process_instance
from engine.tables.papers import access, draft
from engine.tables.sealed import sealed
from forms import FormError
from tests.people import ADMIN, KEYS, submitted

NUMBER, MASK = "999999197805010012", "999*************12"
PATH = "application.id_number"


def rows(engine, table):
    with engine.sessions() as session:
        return session.execute(select(table)).all()


def change(engine, statement):
    with engine.sessions() as session:
        session.execute(statement)
        session.commit()


def with_keys(engine, keys):
    return Engine(engine.sessions, engine.clock, keys=keys)


def whole(world, name="jia"):
    return world.engine.inspect(lambda tx: inspection.whole(tx, world.engine.library, world.instances[name]))


def task(world, element):
    (found,) = world.engine.inspect(lambda tx: inspection.open_tasks(tx, world.instances["jia"], element))
    return found


def returned(world):
    """The task in which a candidate corrects the application."""
    gaps = {"verified": ["awards"], "opinion": "缺推荐意见", "decision": "supplement", "gaps": "请补充推荐意见"}
    world.engine.complete(world.actor("hr"), task(world, "screening"), {"screening": gaps})
    return task(world, "supplement")


def supplied(number, **changed):
    application = submitted("candidacy")["application"]
    return {"application": {**application, "id_number": number, **changed}}


def sealed_numbers(engine):
    return [(row.path, row.number) for row in rows(engine, sealed)]


def test_a_number_is_kept_masked_corrected_and_withdrawn_and_each_time_the_right_one_is_there(play):
    world = play("screening")
    engine, jia = world.engine, world.instances["jia"]
    me = world.actor("jia")

    def number():
        return engine.papers.unmask(me, jia, PATH)["number"]

    assert whole(world).variables["application"]["id_number"] == MASK
    assert number() == NUMBER
    found = returned(world)
    form = engine.task_form(me, engine.task(me, found), {})
    shown = {one.name: one for group in form.fields for part in group.fields for one in (part, *part.fields)}
    assert shown[PATH].value == MASK
    assert shown["application.id_number_check"].hidden

    # A mask that is not the one there, and a number with a wrong place, are none.
    for wrong in ("999*************13", "999999197805010013", "99*"):
        with pytest.raises(FormError):
            engine.complete(me, found, supplied(wrong))
    # The same mask is the same number, judged as it is: it is no resident's number of another kind.
    with pytest.raises(FormError):
        engine.complete(me, found, supplied(MASK, phone=""))
    done = len(sealed_numbers(engine))
    engine.complete(me, found, supplied(MASK), idempotency_key="once")
    assert len(sealed_numbers(engine)) == done
    assert number() == NUMBER
    engine.withdraw(me, found, "填错")

    engine.complete(me, found, supplied("X00000009", id_kind="passport"))
    assert whole(world).variables["application"]["id_number"] == "X00****09"
    assert number() == "X00000009"
    assert len(sealed_numbers(engine)) == done + 1
    engine.withdraw(me, found, "又填错")
    assert whole(world).variables["application"]["id_number"] == MASK
    assert number() == NUMBER
    assert len(sealed_numbers(engine)) == done


def test_who_reads_a_number_in_full_says_what_for_and_its_owner_sees_it(play):
    world = play("screening")
    engine, jia = world.engine, world.instances["jia"]
    hr, me = world.actor("hr"), world.actor("jia")
    for purpose, words in (("", ""), ("curiosity", "想看看"), ("other", " "), ("other", "字" * 201)):
        with pytest.raises(InvalidError):
            engine.papers.unmask(hr, jia, PATH, purpose, words)
    with pytest.raises(NotFoundError):
        engine.papers.unmask(hr, jia, "application.phone", "identity")
    assert rows(engine, access) == []
    assert engine.papers.unmask(hr, jia, PATH, "other", "与社保核对")["number"] == NUMBER
    assert engine.papers.unmask(world.actor("centre"), jia, PATH, "certificate")["number"] == NUMBER
    assert engine.papers.unmask(me, jia, PATH)["number"] == NUMBER
    found = [(row.reader_id, row.person_id, row.what, row.purpose) for row in rows(engine, access)]
    assert found == [
        ("hr", "jia", "number", "other: 与社保核对"),
        ("centre", "jia", "number", "certificate"),
        ("jia", "jia", "number", None),
    ]
    assert engine.papers.my_data(me).readings[0].reader.en == "you"
    assert [one.purpose for one in engine.papers.my_data(me).readings][1:] == ["certificate", "other: 与社保核对"]
    told = [row for row in rows(engine, history) if row.kind == "number read"]
    assert (told[0].actor_id, told[0].payload) == ("hr", {"path": PATH, "purpose": "other: 与社保核对"})
    assert NUMBER not in str(rows(engine, history))


def test_nobody_else_reads_it(play):
    world = play("recheck")
    engine, jia = world.engine, world.instances["jia"]
    engine.add_employer(ADMIN, id="E2", name="另一单位")
    for role in Role:
        engine.add_person(ADMIN, id=f"a-{role}", name=role, employer_id="E2", roles=[role.value])
    for person in ("e1", "leader", *(f"a-{role}" for role in Role if role is not Role.CENTRE)):
        with pytest.raises((NotPermittedError, NotFoundError)):
            engine.papers.unmask(world.actor(person), jia, PATH, "identity")
    assert rows(engine, access) == []


def test_a_correction_by_hand_is_sealed_too_and_a_deleted_row_takes_the_number_with_it(play):
    from engine.commands import corrections
    from engine.transaction import begin

    world = play("screening")
    engine, jia = world.engine, world.instances["jia"]
    application = {**whole(world).variables["application"], "id_number": "X00000009"}
    with begin(engine.sessions, engine.clock, world.actor("hr"), keys=KEYS) as tx:
        told = corrections._set(tx, engine.library, jia, {"application": application})
    assert "X00000009" not in json.dumps(told)
    assert whole(world).variables["application"]["id_number"] == "X00****09"
    assert engine.papers.unmask(world.actor("jia"), jia, PATH)["number"] == "X00000009"
    change(engine, delete(sealed))
    with pytest.raises(NotFoundError):
        engine.papers.unmask(world.actor("jia"), jia, PATH)
    # Without it the mask is not a number: it is typed anew.
    with pytest.raises(FormError):
        engine.complete(world.actor("jia"), returned(world), supplied("X00****09", id_kind="passport"))


def test_keys_are_rotated_in_steps_and_a_missing_or_changed_one_is_said_never_shown(play):
    world = play("screening")
    jia, old = world.instances["jia"], world.engine
    me, newest = world.actor("jia"), read_keys(new_key())
    place = of_task(returned(world))
    old.papers.save_draft(me, place, [(PATH, NUMBER), ("application.name", "甲")])
    assert all(NUMBER.encode() not in row.typed for row in rows(old, draft))
    change(old, update(draft).values(key_id=None, typed=zlib.compress(json.dumps([[PATH, NUMBER]]).encode())))
    ring = Keys([*newest._ring.values(), *KEYS._ring.values()])
    both, alone = with_keys(old, ring), with_keys(old, newest)

    # The newest alone cannot read what the old one keeps, and says what to do.
    with pytest.raises(UnreadableError) as missing:
        alone.papers.unmask(me, jia, PATH)
    assert KEYS.ids[0] in missing.value.text.zh
    assert NUMBER not in str(missing.value.text)
    assert not all(use.is_there for use in alone.check_keys(OPERATOR).uses)
    assert alone.rotate_keys(OPERATOR) == {"draft": 1}
    assert [one.typed for one in alone.papers.drafts(me)] == [((PATH, NUMBER),)]

    count = len(rows(old, sealed))
    assert both.rotate_keys(OPERATOR) == {"sealed": count}
    assert both.rotate_keys(OPERATOR) == {}
    checked = alone.check_keys(OPERATOR)
    assert {(use.table, use.key_id, use.is_there) for use in checked.uses} == {
        ("sealed", newest.ids[0], True),
        ("draft", newest.ids[0], True),
    }
    assert checked.broken == ()
    assert alone.papers.unmask(me, jia, PATH)["number"] == NUMBER
    # A draft whose key is gone stands in the list, and the sentence in its place.
    assert [one.typed for one in old.papers.drafts(me)] == [()]
    with pytest.raises(UnreadableError):
        old.papers.draft_at(me, place)

    # Changed, or put in another's place, it does not open.
    change(alone, update(sealed).where(sealed.c.instance_id == jia).values(number=sealed.c.number + 1))
    with pytest.raises(UnreadableError, match="changed or is damaged"):
        alone.papers.unmask(me, jia, PATH)
    assert len(alone.check_keys(OPERATOR).broken) == 1


def test_without_a_key_nothing_that_is_to_be_encrypted_is_kept(play):
    world = play("candidacy")
    bare = with_keys(world.engine, Keys())
    with bare.sessions() as session:
        before = session.scalar(select(func.count()).select_from(process_instance))
    with pytest.raises(InvalidError, match="PINGPIN_DATA_KEYS"):
        bare.start(world.actor("jia"), "candidacy", submitted("candidacy"), parent_id=world.instances["round"])
    with bare.sessions() as session:
        assert session.scalar(select(func.count()).select_from(process_instance)) == before


def test_a_request_with_a_number_is_digested_with_a_key():
    content = json.dumps(["start", NUMBER]).encode()
    newest = Keys([b"n" * 32, b"k" * 32])
    assert newest.digests(content)[1] == Keys([b"k" * 32]).digests(content)[0]
    assert len({*newest.digests(content), *Keys().digests(content)}) == 3
