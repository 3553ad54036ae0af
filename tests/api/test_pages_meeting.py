"""The committee's meeting on one page: who fills in what, what is kept, what nobody sees."""

import pytest
from sqlalchemy import update

from engine.errors import InvalidError, NotFoundError, NotPermittedError
from engine.places import of_task
from engine.tables import person as people
from engine.tables import process_instance
from engine.tables.ballots import ballot
from tests.api.visiting import Visitor, application, flat, words
from tests.people import ADMIN, submitted

REVIEW = submitted("review", by=None)


@pytest.fixture
def meeting(play):
    world = play("review")
    path = f"/meetings/{world.instances['round']}/review"
    app = application(world.engine)
    return world, path, lambda person, language="zh": Visitor(app, person, language)


def task_of(world, person):
    """Their open review; StopIteration where there is none."""
    return next(line.id for line in world.engine.inbox(world.actor(person), "mine") if line.element == "review")


def entered(world, person, **changes):
    values = {**flat(REVIEW), **changes}
    return {f"{task_of(world, person)}:{name}": value for name, value in values.items() if value is not None}


def test_an_expert_fills_in_a_row_is_told_what_is_missing_and_submits_it_once(meeting):
    world, path, visit = meeting
    e1 = visit("e1")
    listed = words(e1.page("/meetings"))
    assert "还有1人待评" in listed
    task = task_of(world, "e1")
    half = entered(world, "e1", **{"review.opinion": None, "review.skill": "999"})
    refused = e1.post(path, {**half, "_submit_all": "1"})
    assert refused.status_code == 422
    tree = e1.tree(refused)
    assert tree.xpath(f"//input[@name='{task}:review.skill']/@value") == ["999"]
    # What was typed stays on the page, the vote too; kept are the scores alone.
    assert len(tree.xpath(f"//input[@name='{task}:review.vote'][@checked]")) == 1
    typed = dict(world.engine.papers.draft_at(world.actor("e1"), of_task(task)).typed)
    assert typed["review.skill"] == "999"
    assert "review.vote" not in typed
    again = e1.page(path)
    assert again.xpath(f"//input[@name='{task}:review.skill']/@value") == ["999"]
    assert not again.xpath(f"//input[@name='{task}:review.vote'][@checked]")
    whole = entered(world, "e1")
    for _ in range(2):
        assert e1.post(path, {**whole, "_submit_all": "1"}).status_code == 303
    done = e1.page(path)
    assert "我已提交的" in words(done)
    assert not done.xpath("//form[contains(@class, 'roster')]")
    found = world.engine.meeting(world.actor("hr"), world.instances["round"], "review")
    assert [(line.done, line.asked) for line in found.agenda] == [(1, 7)]


def test_a_row_without_a_vote_is_saved_and_not_submitted(meeting):
    world, path, visit = meeting
    half = entered(world, "e2", **{"review.vote": None})
    response = visit("e2").post(path, {**half, "_submit_all": "1"})
    assert response.status_code == 303
    assert task_of(world, "e2")
    task = task_of(world, "e2")
    kept = visit("e2").client.post(
        f"{path}/keep", data={"_csrf": "token", **half}, headers={"HX-Trigger": f"row_{task}"}
    )
    assert "可以提交" in kept.text


def test_the_counts_are_for_staff_and_the_chair_when_all_have_voted(meeting):
    world, path, visit = meeting
    for person in ("e1", "e2", "e3", "e4", "e5", "e6", "e7"):
        assert "投票未结束" in words(visit("hr").page(path))
        assert visit(person).post(path, {**entered(world, person), "_submit_all": "1"}).status_code == 303
    seen = words(visit("hr").page(path))
    assert "同意 7" in seen
    assert "票箱校验一致" in seen
    assert "同意 7" in words(visit("e1").page(path))  # the chair
    with world.engine.sessions() as session:
        session.execute(ballot.update().values(choice="no"))
        session.commit()
    assert "票箱与计票记录不符" in words(visit("hr").page(path))
    assert "同意 7" not in words(visit("e2").page(path))
    assert "同意7票" in words(visit("hr").page(f"{path}/minutes"))
    assert visit("hr").get(f"{path}/sheet").status_code == 200
    assert visit("e2").get(f"{path}/minutes").status_code == 403


def test_signatures_are_entered_from_the_paper_by_staff_and_stand_in_the_minutes(meeting):
    world, path, visit = meeting
    visit("e1").post(path, {**entered(world, "e1"), "_submit_all": "1"})
    hr, round_ = visit("hr"), world.instances["round"]
    assert hr.post(f"{path}/signatures", {"signed": "e2", "remark": ""}).status_code == 422
    assert hr.post(f"{path}/signatures", {"signed": "e1", "remark": "其余待签"}).status_code == 303
    minutes = words(hr.page(f"{path}/minutes"))
    assert "专家一。说明：其余待签" in minutes
    engine = world.engine
    with pytest.raises(NotPermittedError):
        engine.record_signatures(world.actor("e1"), round_, "review", ["e1"], "")
    with pytest.raises(InvalidError):
        engine.record_signatures(world.actor("hr"), round_, "review", [], "")
    with pytest.raises(NotFoundError):
        engine.record_signatures(world.actor("hr"), "none", "review", ["e1"], "")


def test_nobody_else_sees_the_meeting_nor_fills_in_somebody_elses_row(meeting):
    world, path, visit = meeting
    world.engine.add_employer(ADMIN, id="E9", name="旁观厂", trades=[])
    world.engine.add_person(ADMIN, id="other", name="旁观者", employer_id="E9", roles=["hr"])
    world.engine.add_person(ADMIN, id="e9", name="专家九", roles=["expert"])
    for person in ("other", "e9"):
        assert visit(person).get(path).status_code == 404
        assert visit(person).post(path, {"_submit_all": "1"}).status_code == 404
    for wrong in ("none/review", f"{world.instances['round']}/screening", f"{world.instances['round']}/none"):
        assert visit("hr").get(f"/meetings/{wrong}").status_code == 404
    theirs = entered(world, "e2")
    visit("e3").post(path, {**theirs, "_submit": task_of(world, "e2")})
    assert task_of(world, "e2")
    assert visit("hr").get(path).status_code == 200
    assert not visit("hr").page(path).xpath("//form[contains(@class, 'roster')]")


def test_who_is_kept_to_a_unit_finds_none_of_anothers_candidates_in_the_meeting(meeting):
    world, path, visit = meeting
    assert "甲试一" in words(visit("hr").page(path))
    with world.engine.sessions() as session:
        session.execute(update(process_instance).where(process_instance.c.process == "candidacy").values(unit="U2"))
        session.execute(update(people).where(people.c.id == "hr").values(unit="U1", unit_only=True))
        session.commit()
    assert "甲试一" not in words(visit("hr").page(path))
    assert "甲试一" not in words(visit("hr").page(f"{path}/minutes"))
