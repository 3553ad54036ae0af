"""Two versions compared, in a browser: both drawings in colours, each sentence shows its shape, and what paper is given."""

from engine.bundle import make_bundle
from tests.api.test_pages_difference import bundle as version
from tests.browser.visitor import Visitor
from tests.people import ADMIN

SHOWN = "() => Array.from(document.querySelectorAll('[data-compared]')).every(one => one.hasAttribute('data-shown'))"
LOOKS = """ids => ids.map(id => {
  const found = document.querySelectorAll(`[data-element-id="${id}"]`);
  return Array.from(found).map(one => {
    const line = getComputedStyle(one.querySelector(".djs-visual > :not(defs)"));
    return [line.stroke, line.strokeDasharray !== "none"];
  });
})"""
GREEN, RED, BLACK = "rgb(29, 107, 62)", "rgb(174, 42, 42)", "rgb(34, 36, 42)"


def compared(visitor: Visitor) -> None:
    visitor.be("admin")
    older, newer = sorted(one.id for one in visitor.engine.deployments(ADMIN) if one.policy == "small")
    visitor.go(f"/deployments/compare?old={older}&new={newer}")
    visitor.page.wait_for_function(SHOWN)


def test_both_drawings_are_marked_and_the_list_and_they_lead_to_each_other(site, visit):
    visitor = visit(site())
    for elements in (("write", "check"), ("write", "decide")):
        visitor.engine.deploy(ADMIN, make_bundle(version(*elements).files))
    compared(visitor)
    page = visitor.page
    # By colour, and by a broken line where something went; in both drawings what stays is as ever.
    assert page.evaluate(LOOKS, ["check", "decide", "write_to_check", "write_to_decide", "write"]) == [
        [[RED, True]],
        [[GREEN, False]],
        [[RED, True]],
        [[GREEN, False]],
        [[BLACK, False], [BLACK, False]],
    ]
    number = page.locator("tr", has_text="decide").locator("a.mark-number").last
    known = number.get_attribute("data-mark")
    number.focus()
    assert page.locator(".is-pointed").count() == 1
    page.locator("h1").hover()
    number.press("Enter")
    assert page.url.endswith(f"#drawing-{known}")
    page.locator(f".diagram-mark[data-mark='{known}']").press("Enter")
    assert page.url.endswith(f"#mark-{known}")
    # On paper a drawing is as wide as the page, afterwards as wide as before.
    width = "() => document.querySelector('.pair .diagram').clientWidth"
    before = page.evaluate(width)
    page.evaluate("() => window.dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate(width) > before
    page.evaluate("() => window.dispatchEvent(new Event('afterprint'))")
    assert page.evaluate(width) == before
    page.emulate_media(media="print")
    assert page.locator(".signing").is_visible()
    assert not page.locator("nav.rooms").is_visible()
