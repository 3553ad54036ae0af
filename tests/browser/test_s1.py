"""S1 and its sisters, played by different people in a browser from the first page to the last."""

from engine.cases import read_case
from tests.browser.stories import Story
from tests.people import S1


def test_s1_is_played_through_the_pages_to_the_certificate_and_the_agreement(site, visit):
    story = Story(visit(site()), read_case(S1))
    story.play()
    visitor = story.visitor
    visitor.be("jia")
    visitor.go(f"/instances/{story.instances['jia']}")
    assert "Y00001200012325T000001" in visitor.page.locator("main").inner_text()
    assert "已聘任" in visitor.page.locator("main").inner_text()


def test_s2_is_played_to_a_persons_reasoned_refusal(site, visit):
    path = S1.parent / "s2-short.yaml"
    story = Story(visit(site(path)), read_case(path))
    story.play()
    visitor = story.visitor
    visitor.be("yi")
    visitor.go(f"/instances/{story.instances['yi']}")
    shown = visitor.page.locator("main").inner_text()
    assert "2025年7月1日起满5年" in shown
    assert "不予受理" in shown
    assert "4年9个月" in shown


def test_another_trade_eleven_experts_and_a_window_across_the_national_day(site, visit):
    path = S1.parent / "s1-eleven-experts.yaml"
    story = Story(visit(site(path)), read_case(path))
    story.play()
    visitor = story.visitor
    visitor.be("hr")
    visitor.go(f"/instances/{story.instances['round']}")
    assert "10月10日" in visitor.page.locator("main").inner_text()
    visitor.go(f"/instances/{story.instances['jia']}")
    assert "Y00001200045625T000001" in visitor.page.locator("main").inner_text()
