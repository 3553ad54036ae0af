"""Who reads which part of an application: identity and phone are for staff and the applicant alone."""

import pytest

PERSONAL = {"application.id_kind", "application.id_number", "application.birth_month", "application.phone"}


def named(fields):
    for one in fields:
        yield one.name
        yield from named(one.fields)
        for row in one.rows:
            yield from named(row.fields)


@pytest.mark.parametrize(("person", "sees"), [("jia", True), ("hr", True), ("centre", True), ("e1", False)])
def test_identity_and_phone_are_for_staff_and_the_applicant(play, person, sees):
    world = play("recheck")
    application = world.engine.instance(world.actor(person), world.instances["jia"]).application
    names = set(named(application.fields))
    assert "application.certificate_number" in names
    assert "application.apprentices.0.result" in names
    assert names & PERSONAL == (PERSONAL if sees else set())


def test_an_expert_finds_no_identity_number_anywhere_on_the_task(play):
    world = play("review")
    (line,) = world.engine.inbox(world.actor("e1"), "mine")
    detail = world.engine.task(world.actor("e1"), line.id)
    assert "999999197805010012" not in str(detail.instance.application)
    assert "焊接变形" in str(detail.instance.application)
