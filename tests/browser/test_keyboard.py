"""Without a mouse, and without scripts: from the door to a completed task."""

from engine.cases import read_case
from tests.browser.stories import Story
from tests.people import S1, submitted

_FOCUSED = """() => {
  const at = document.activeElement, style = getComputedStyle(at);
  const shown = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) > 0;
  return { tag: at.tagName, id: at.id, name: at.name || "", text: (at.textContent || "").trim(), shown, place: at.getBoundingClientRect().toJSON() };
}"""
_MOST = 120


class Keys:
    """Somebody with a keyboard alone; wherever they come, they see where they are."""

    def __init__(self, page):
        self.page = page

    def focused(self):
        return self.page.evaluate(_FOCUSED)

    def to(self, wanted):
        """By the tabulator to the first that is wanted; whatever has the focus on the way shows it."""
        for _ in range(_MOST):
            self.page.keyboard.press("Tab")
            here = self.focused()
            assert here["tag"] == "BODY" or here["shown"], here
            if wanted(here):
                return here
        raise AssertionError("it cannot be reached by the tabulator")

    def enter(self):
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")


def test_from_the_door_to_a_completed_task_by_keys_alone(site, visit):
    visitor = visit(site())
    steps = read_case(S1).steps
    before = next(number for number, step in enumerate(steps) if step.get("complete") == "publish_plan")
    Story(visitor, read_case(S1)).behind_the_pages(steps[:before])
    visitor.go("/")
    keys, page = Keys(visitor.page), visitor.page
    keys.to(lambda here: here["text"].startswith("人事甲"))
    keys.enter()
    mine = visitor.engine.inbox(visitor.whoever(), "mine")
    visitor.go("/inbox" if mine else "/inbox?list=groups")
    page.keyboard.press("Tab")
    assert keys.focused()["text"] == "跳到正文"
    page.keyboard.press("Enter")
    assert keys.focused()["id"] == "content"
    page.keyboard.press("j")
    assert "line-link" in page.evaluate("document.activeElement.className")
    keys.enter()
    if not mine:
        keys.to(lambda here: here["text"] == "签收")
        keys.enter()
    for name, value in submitted("publish_plan")["publication"].items():
        keys.to(lambda here, name=name: here["name"] == f"publication.{name}")
        page.keyboard.type("05122025" if name == "published_on" else value)
        visitor.settle()
    keys.to(lambda here: here["name"] == "_submit")
    keys.enter()
    visitor.succeed()


def test_the_tabulator_comes_around_on_every_page_it_is_tried_on(site, visit):
    visitor = visit(site())
    visitor.be("hr")
    keys = Keys(visitor.page)
    for path in ("/inbox", "/agenda", "/permissions"):
        visitor.go(path)
        first = keys.to(lambda here: here["text"] == "跳到正文")
        again = keys.to(lambda here: here["text"] == "跳到正文")
        assert again["place"] == first["place"], path


def test_without_scripts_a_round_is_started_and_its_first_task_completed(site, visit):
    visitor = visit(site(), java_script_enabled=False)
    page = visitor.page
    visitor.be("hr")
    visitor.go("/inbox")
    visitor.follow(page.locator("a[href^='/start/round']").first)
    visitor.follow(page.locator("main form .btn-primary").last)
    (task,) = (
        line.id for which in ("mine", "groups") for line in visitor.engine.inbox(visitor.engine.actor("hr"), which)
    )
    visitor.go(f"/tasks/{task}")
    claim = page.locator("form.claim button")
    if claim.count():
        visitor.follow(claim.first)
    for name, value in submitted("plan")["plan"].items():
        field = page.locator(f"[name='plan.{name}']:not([type=hidden])")
        if isinstance(value, list):
            for option in value:
                page.locator(f"input[name='plan.{name}'][value='{option}']").check()
        else:
            field.first.fill(str(value))
    visitor.submit()
    visitor.succeed()
    assert not page.evaluate("document.documentElement.classList.contains('scripted')")
