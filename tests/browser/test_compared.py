"""Two versions compared, in a browser: both drawings in colours, each sentence shows its shape, and what paper is given."""

import re

from engine.bundle import make_bundle
from tests.api.test_pages_difference import bundle as version
from tests.browser.visitor import Visitor
from tests.engine.bundles import drawn, line, small, task
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


def folded(name):
    """A sub-process that is drawn small, what is in it on a page of its own, with a task of this name."""
    inner = '<bpmn:startEvent id="in" /><bpmn:endEvent id="out" />' + task("inner") + line("in", "inner", "out")
    found = small(f'<bpmn:subProcess id="part" name="part">{inner}</bpmn:subProcess>' + line("begin", "part", "finish"))
    content = drawn(
        found.files["p.bpmn"].replace(b'name="inner"', f'name="{name}"'.encode()), "begin", "part", "finish"
    )
    content = content.replace(b'bpmnElement="part">', b'bpmnElement="part" isExpanded="false">')
    own = drawn(b"</bpmn:definitions>", "in", "inner", "out", process_id="part")
    content = content.replace(b"</bpmn:definitions>", re.sub(rb' id="(drawn|plane)"', rb' id="own_\1"', own))
    return make_bundle({**found.files, "p.bpmn": content})


def compared(visitor: Visitor) -> None:
    visitor.be("admin")
    older, newer = sorted(one.id for one in visitor.engine.deployments(ADMIN))[-2:]
    visitor.go(f"/deployments/compare?old={older}&new={newer}")
    visitor.page.wait_for_function(SHOWN)


def test_both_drawings_are_marked_and_the_list_and_they_lead_to_each_other(site, visit):
    visitor = visit(site())
    for elements in (("write", "check"), ("write", "decide")):
        visitor.engine.deploy(ADMIN, version(*elements))
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
    # What lies in a part that is drawn folded marks the part.
    page.emulate_media(media="screen")
    for name in ("one", "two"):
        visitor.engine.deploy(ADMIN, folded(name))
    compared(visitor)
    marked = "() => Array.from(document.querySelectorAll('.djs-shape.is-changed')).map(one => one.dataset.elementId)"
    assert visitor.page.evaluate(marked) == ["part", "part"]
    assert visitor.page.locator("a.diagram-mark").count() == 2
