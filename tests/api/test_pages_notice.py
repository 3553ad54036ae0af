"""The notice of a publicity window, to be printed: whom it is about, the counted days, and nothing more personal."""

import pytest

from engine.cases import read_case
from engine.cases.running import play_steps
from tests.api.visiting import Visitor, application
from tests.people import ADMIN, S1

STEPS = read_case(S1).steps
POST = next(number for number, step in enumerate(STEPS) if step.get("complete") == "post")


def notice_of(world):
    return f"/instances/{world.instances['round']}/notice"


@pytest.fixture
def posted(play):
    """S1 with the list put up on 2025-06-23."""
    world = play("post")
    assert play_steps(world, STEPS[POST : POST + 1]) is None
    return world


@pytest.mark.parametrize(("language", "ends"), [("zh", "2025年6月30日"), ("en", "30 Jun 2025")])
def test_it_names_the_people_and_shows_the_arithmetic_and_nothing_more(posted, language, ends):
    page = Visitor(application(posted.engine), "hr", language).page(notice_of(posted))
    text = " ".join(page.xpath("//article")[0].text_content().split())
    assert "甲试一" in text
    assert "津人社办发〔2024〕9号" in text
    assert ends in text
    assert len(page.xpath("//li[contains(@class, 'day-counted')]")) == 5
    assert "999999197805010012" not in text
    assert "1978" not in text


def test_it_is_taken_down_when_the_window_is_over(posted):
    hr = Visitor(application(posted.engine), "hr")
    matter = f"/instances/{posted.instances['round']}"
    assert hr.page(matter).xpath(f"//a[@href='{notice_of(posted)}']")
    assert play_steps(posted, [{"at": "2025-07-01 10:00"}]) is None
    assert not hr.page(matter).xpath(f"//a[@href='{notice_of(posted)}']")
    assert hr.get(notice_of(posted)).status_code == 404


def test_there_is_none_before_the_posting(play):
    world = play("post")
    assert Visitor(application(world.engine), "hr").get(notice_of(world)).status_code == 404


def test_nobody_of_another_employer_sees_it(posted):
    posted.engine.add_employer(ADMIN, id="E9", name="渤虚船厂", trades=[])
    posted.engine.add_person(ADMIN, id="other", name="人事丁", employer_id="E9", roles=["hr"])
    assert Visitor(application(posted.engine), "other").get(notice_of(posted)).status_code == 404
