"""Correcting an honest mistake: two signatures, what follows from it, and that what was done since stands or stops it."""

import dataclasses

import pytest

from engine import rectifying
from engine.cases import read_case
from engine.cases.running import play_steps
from engine.commands.assessing import readable
from engine.errors import ConflictError, InvalidError, NotFoundError, NotPermittedError
from engine.queries.recorded import recorded
from engine.queries.verification import verify
from engine.rehearsing import rehearse
from engine.replay import play as play_again
from forms import FormError
from tests.people import ADMIN, S1


def number_of(world, what, name, who="hr"):
    """The entry that may be corrected, by its element's name; a start under the process'."""
    found = world.engine.rectifications.correctable(world.actor(who), world.instances[what])
    return next(each.number for each in found if each.name.zh == name)


def typed(world, what, name, who="hr", **values):
    """`review_on="2025-06-19"` for the value whose path ends so."""
    number = number_of(world, what, name, who)
    paths = [
        each.path
        for each in world.engine.rectifications.entry_form(world.actor(who), world.instances[what], number).values
    ]
    return number, {
        next(path for path in paths if path.endswith(end.replace("__", "."))): value for end, value in values.items()
    }


def asked(world, what, name, who="hr", **values):
    number, wanted = typed(world, what, name, who, **values)
    return world.engine.rectifications.ask(world.actor(who), world.instances[what], number, wanted, "登记时写错了")[
        "rectification"
    ]


def previewed(world, what, name, who="hr", **values):
    return world.engine.rectifications.preview(
        world.actor(who), world.instances[what], *typed(world, what, name, who, **values)
    )


def signed(world, what, name, who="hr", **values):
    found = asked(world, what, name, who, **values)
    world.engine.rectifications.sign(world.actor("leader"), found, "属实")
    return found


def window(world, element):
    windows = world.engine.instance(world.actor("hr"), world.instances["round"]).windows
    return next(each for each in windows if each.element == element and each.status == "open")


def rest_of(world, element):
    """Play S1 on from this step."""
    steps = list(read_case(S1).steps)
    at = next(i for i, step in enumerate(steps) if element in (step.get("complete"), step.get("start")))
    return play_steps(world, steps[at:])


def require_faithful(world):
    """Every instance still plays by its record to what it is, and its history verifies."""
    engine = world.engine

    def read(tx):
        found = recorded(tx, list(world.instances.values()))
        return [(one, engine.library.get(tx.session, one.instance.deployment_id)) for one in found]

    for one, compiled in engine.inspect(read):
        assert rehearse(one, compiled, compiled, engine.library.evaluator, engine.clock.now()).found == ()
    assert verify(engine.audit_export(ADMIN)).breaks == ()


def test_a_wrong_day_in_the_public_plan_is_put_right_with_all_that_was_given_it(play):
    world = play("screening")
    before = window(world, "applications_open").due_at
    preview = previewed(world, "round", "制定工作方案", applications_until="2025-06-03")
    (effect,) = preview.told.effects
    assert (effect.kind, effect.name.zh) == ("window", "报名截止")
    (child,) = preview.told.related
    assert [(one.what, one.old, one.new) for one in child.changes] == [
        ("values.plan.applications_until", "2025-05-30", "2025-06-03")
    ]
    signed(world, "round", "制定工作方案", applications_until="2025-06-03")
    assert (window(world, "applications_open").due_at - before).days == 4
    detail = world.engine.instance(world.actor("hr"), world.instances["jia"])
    assert "corrected" in [event.kind for event in detail.events]
    require_faithful(world)
    told = [notice.kind for notice in world.engine.notices(world.actor("jia"))]
    assert "correction" in told


def test_a_mistyped_interval_changes_its_finding_and_the_matter_goes_on(play):
    world = play("screening")
    preview = previewed(world, "jia", "申报", posts__0__start="2021-03-01")
    assert ("finding", "A7.2b") in [(each.kind, each.row) for each in preview.told.effects]
    assert not preview.obstacles
    signed(world, "jia", "申报", posts__0__start="2018-12-01")
    assert rest_of(world, "screening") is None
    require_faithful(world)


def posted(play):
    """S1 while its list is posted."""
    world = play("post")
    (step,) = [each for each in read_case(S1).steps if each.get("complete") == "post"]
    assert play_steps(world, [step]) is None
    return world


def test_a_name_that_is_put_right_while_it_is_posted_is_posted_again(play):
    world = posted(play)
    preview = previewed(world, "jia", "申报", application__name="甲试壹", signed_name="甲试壹")
    (of_round,) = preview.told.related
    assert of_round.void.zh == "公示期满"
    assert of_round.window_ends == "2025-07-01T00:00:00+08:00", "posted again today, on the 23rd"
    signed(world, "jia", "申报", application__name="甲试壹", signed_name="甲试壹")
    (task,) = [each for each in world.engine.inbox(world.actor("hr"), "groups") if each.element == "post"]
    world.engine.move_clock(ADMIN, world.clock.now().replace(day=24))
    posting = {"posting": {"posted_on": "2025-06-24", "place": "公告栏", "contact": "人事部门"}}
    world.engine.complete(world.actor("hr"), task.id, posting)
    assert window(world, "publicity").counts[-1]["end"] == "2025-07-01"
    notice = world.engine.posted(world.actor("hr"), world.instances["round"])
    assert [one["name"] for one in notice.people] == ["甲试壹"]
    require_faithful(world)


def test_a_window_that_was_announced_never_ends_earlier(play):
    world = play("post")
    (step,) = [each for each in read_case(S1).steps if each.get("complete") == "post"]
    assert (
        play_steps(world, [{**step, "with": {"posting": {**step["with"]["posting"], "posted_on": "2025-06-26"}}}])
        is None
    )
    before = window(world, "publicity").due_at
    preview = previewed(world, "round", "张贴公示", posted_on="2025-06-23")
    assert (preview.told.void, preview.told.effects) == (None, ())
    signed(world, "round", "张贴公示", posted_on="2025-06-23")
    assert window(world, "publicity").due_at == before
    require_faithful(world)


def test_what_was_done_since_must_have_been_possible(play):
    world = play("upload")
    preview = previewed(world, "round", "张贴公示", posted_on="2025-06-26")
    assert any("too early" in text.en or "another way" in text.en for text in preview.obstacles)
    with pytest.raises(ConflictError, match="cannot be corrected so"):
        asked(world, "round", "张贴公示", posted_on="2025-06-26")


def test_nobody_corrects_what_only_its_author_may_say(play):
    world = play("recheck")
    found = world.engine.rectifications.correctable(world.actor("hr"), world.instances["jia"])
    assert {each.name.zh for each in found} == {"审核资格条件", "申报"}
    with pytest.raises(NotFoundError, match="experts' own"):
        world.engine.rectifications.entry_form(world.actor("hr"), world.instances["jia"], 5)


def test_who_corrects_who_signs_and_what_nobody_may(play):
    world = play("screening")
    number, wanted = typed(world, "round", "制定工作方案", applications_until="2025-06-03")
    door, instance = world.engine.rectifications, world.instances["round"]
    for person in ("jia", "e1"):
        with pytest.raises((NotFoundError, NotPermittedError)):
            door.ask(world.actor(person), instance, number, wanted, "x")
    with pytest.raises(NotPermittedError):
        door.ask(world.actor("leader"), instance, number, wanted, "x")
    found = asked(world, "round", "制定工作方案", applications_until="2025-06-03")
    with pytest.raises(NotPermittedError):
        door.sign(world.actor("hr"), found)
    with pytest.raises(InvalidError, match="the answer"):
        door.sign(world.actor("leader"), found, "属实\0")
    door.refuse(world.actor("leader"), found, "不实")
    with pytest.raises(ConflictError, match="settled"):
        door.sign(world.actor("leader"), found)
    assert [each.status for each in door.rectifications(world.actor("hr"), instance)] == ["refused"]


def test_bad_values_are_named_and_a_matter_that_moved_on_is_looked_at_again(play):
    world = play("screening")
    with pytest.raises(FormError) as refused:
        previewed(world, "round", "制定工作方案", applications_until="昨天")
    assert list(refused.value.fields) == ["plan.applications_until"]
    with pytest.raises(InvalidError, match="nothing was changed"):
        previewed(world, "round", "制定工作方案", applications_until="2025-05-30")
    with pytest.raises(InvalidError, match="no such value"):
        world.engine.rectifications.preview(world.actor("hr"), world.instances["round"], 2, {"values.no": "1"})
    with pytest.raises(InvalidError, match="identity number"):
        previewed(world, "jia", "申报", id_number="110101199001011234")
    found = asked(world, "jia", "申报", posts__0__start="2021-03-01")
    rest_of(world, "screening")
    with pytest.raises(ConflictError):
        world.engine.rectifications.sign(world.actor("leader"), found)


def test_what_was_done_outside_with_the_wrong_value_is_not_corrected_behind_it(play):
    world = play("agreement")
    library = world.engine.library

    def look(tx):
        one, compiled = readable(tx, library, world.instances["jia"])
        return one, compiled, play_again(one, compiled, library.evaluator, world.clock.now())

    _, compiled, played = world.engine._driver.read(world.actor("hr"), look)
    (numbered,) = [each for each in played.served if each[1] == "certificate-number"]
    same = dataclasses.replace(played, served=[numbered])
    other = dataclasses.replace(same, variables={**same.variables, "application": {}})
    diagram = compiled.diagrams["candidacy"]
    (obstacle,) = rectifying._done_outside(same, other, diagram)
    assert obstacle.en.startswith("“Allocate the number” was done with the old value (a certificate number has been")
    assert list(rectifying._done_outside(same, same, diagram)) == []


def test_a_list_that_was_posted_is_not_another_one_behind_the_publicity(play):
    world = play("determine")
    found = previewed(world, "jia", "申报", application__name="甲试壹", signed_name="甲试壹")
    assert any("the public saw the old list" in text.en for text in found.obstacles)


def test_what_was_entered_since_must_be_what_its_form_would_have_taken(play):
    world = play("committee")
    found = previewed(world, "jia", "申报", posts__0__start="2021-03-01")
    assert any("would not have been taken" in text.en for text in found.obstacles), found.obstacles


def test_a_correction_is_corrected(play):
    world = play("screening")
    signed(world, "jia", "申报", posts__0__start="2021-03-01")
    number = number_of(world, "jia", "申报")
    values = world.engine.rectifications.entry_form(world.actor("hr"), world.instances["jia"], number).values
    assert "2021-03-01" in [each.shown for each in values]
    signed(world, "jia", "申报", posts__0__start="2018-12-01")
    detail = world.engine.instance(world.actor("hr"), world.instances["jia"])
    assert detail.variables["application"]["posts"][0]["start"] == "2018-12-01"
    require_faithful(world)


def test_nobody_corrects_or_signs_what_they_applied_for(play):
    world = play("screening")
    found = asked(world, "jia", "申报", posts__0__start="2018-12-01")
    asker = dataclasses.replace(world.actor("jia"), roles=frozenset({"candidate", "hr"}))
    with pytest.raises(NotPermittedError):
        world.engine.rectifications.correctable(asker, world.instances["jia"])
    signer = dataclasses.replace(world.actor("jia"), roles=frozenset({"candidate", "leader"}))
    with pytest.raises(NotPermittedError):
        world.engine.rectifications.sign(signer, found)
