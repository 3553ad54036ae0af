"""What is marked in the two drawings, and what is read cell by cell."""

import pytest
from lxml import etree

from engine.bundle import read_folder
from engine.difference import (
    How,
    difference,
    drawings,
    holders,
    in_order,
    mark_of,
    others,
    pieces,
    rows,
    rule_tables,
    say,
)
from tests.engine.bundles import diagram, process, small, task
from tests.engine.bundles import drawn as drawn_as
from tests.engine.difference.test_difference import (
    B,
    D,
    add_rule,
    attribute,
    by_id,
    cell,
    drop_rule,
    move_lane,
    policy,
    resaved,
    setting,
    with_five_days,
    xml,
)
from tests.people import BUNDLE

ADDED, REMOVED, CHANGED = How.ADDED, How.REMOVED, How.CHANGED
R = "round.bpmn"


def drop_flow(root):
    for one in [by_id(root, "quorum_ok_to_open_review")]:
        one.getparent().remove(one)


@pytest.fixture(scope="module")
def revised(bundle):
    """The 2026 revision's files, and what differs."""
    new = read_folder(BUNDLE.parent / "tianjin-2026-fictional").files
    return new, difference(bundle.files, new)


def drawn(old, new):
    return drawings(old, new, difference(old, new))


def seen(drawing):
    return [(mark.how, mark.old, mark.new) for mark in drawing.marks]


# What is edited in the round, and the marks that must be there: how, in which elements of the old drawing and of the new.
EDITS = {
    "a flow taken out": (drop_flow, [(REMOVED, ("quorum_ok_to_open_review",), ())]),
    "a name": (attribute("plan", "name", "定方案"), [(CHANGED, ("plan",), ("plan",))]),
    "a lane": (move_lane, None),
    "a message, at what waits for it": (
        attribute("message_review_opened", "name", "review_begun"),
        [(CHANGED, ("open_review",), ("open_review",))],
    ),
    "the process itself, nowhere in it": (attribute("round", "name", "评审"), []),
}


@pytest.mark.parametrize("edit", EDITS)
def test_what_differs_is_marked_where_it_is_drawn(bundle, edit):
    change, marks = EDITS[edit]
    edited, told = xml(R, change)(bundle.files)
    (drawing,) = drawn(bundle.files, edited)
    part = (told or {}).get("part")
    assert seen(drawing) == ([(CHANGED, (part,), (part,))] if marks is None else marks)
    assert (drawing.processes, drawing.old, drawing.new) == (("round",), bundle.files[R], edited[R])


def test_five_days_that_become_seven_are_one_mark_and_what_is_moved_or_saved_again_is_none(bundle):
    before = with_five_days(bundle.files)
    after = {**before, R: before[R].replace(b"P5D", b"P7D")}
    (drawing,) = drawn(before, after)
    assert seen(drawing) == [(CHANGED, ("applications_open",), ("applications_open",))]
    diagrams = {path: content for path, content in bundle.files.items() if path.endswith(".bpmn")}
    assert drawn(diagrams, resaved(diagrams)) == ()


def test_the_revision_shows_its_new_step_with_each_sentence_at_its_number(bundle, revised):
    new, changes = revised
    (drawing,) = drawings(bundle.files, new, changes)
    # Shapes first, as one reads.
    assert seen(drawing)[0] == (ADDED, (), ("share_check",))
    assert sorted(seen(drawing)[1:]) == [
        (ADDED, (), ("from_term_to_share_check",)),
        (ADDED, (), ("share_check_to_term_check",)),
        (REMOVED, ("from_term_to_term_check",), ()),
    ]
    assert [mark.number for mark in drawing.marks] == [1, 2, 3, 4]
    of = {mark.number: one.place.part for one in changes if (mark := mark_of([drawing], one))}
    assert of == {mark.number: mark.part for mark in drawing.marks}
    told = in_order([drawing], rows(one for one in changes if one.place.kind == "diagram"))
    assert [row.part for row in told] == [mark.part for mark in drawing.marks]
    # A table that came is read as its rules.
    (table,) = rule_tables(one for one in changes if one.place.kind == "table")
    assert (table.holder, {row.how for row in table.rows}, len(table.rows)) == ("share_table", {ADDED}, 3)
    assert list(dict.fromkeys(column.under for column in table.columns)) == ["input", "output", "annotation"]


def test_a_process_that_came_or_went_is_drawn_on_one_side_and_one_without_shapes_on_none(bundle):
    without = {path: content for path, content in bundle.files.items() if path != "filing.bpmn"}
    for old, new in ((without, bundle.files), (bundle.files, without)):
        (drawing,) = drawn(old, new)
        assert (drawing.old, drawing.new) == (old.get("filing.bpmn"), new.get("filing.bpmn"))
        assert (drawing.processes, drawing.marks) == (("filing",), ())
    (bare,) = drawn(small(task("write")).files, small(task("read")).files)
    assert (bare.old, bare.new, bare.marks) == (None, None, ())


def test_marks_are_numbered_row_by_row_and_a_drawing_whose_places_are_no_numbers_is_marked_all_the_same():
    def files(name, places="150"):
        body = "".join(task(one).replace(f'name="{one}"', f'name="{name}"') for one in ("a", "b", "c"))
        content = drawn_as(small(body).files["p.bpmn"], "c", "b", "a")
        return {"p.bpmn": content.replace(b'x="150"', f'x="{places}"'.encode())}

    for places in ("150", "anywhere", "inf", "nan"):
        (drawing,) = drawn(files("one", places), files("two", places))
        assert {mark.part for mark in drawing.marks} == {"a", "b", "c"}
        assert places != "150" or [mark.part for mark in drawing.marks] == ["c", "b", "a"]


def test_two_processes_of_one_file_are_one_drawing():
    def files(name):
        both = diagram(process(task("one")), process(task("two"), "q")).replace('name="one"', f'name="{name}"')
        return {"p.bpmn": both.replace('name="two"', f'name="{name}"').encode()}

    (drawing,) = drawn(files("a"), files("b"))
    assert drawing.processes == ("p", "q")


def test_a_changed_rule_is_read_whole_with_its_unchanged_cells(bundle):
    def every(root):
        cell("inputEntry")(root)
        add_rule(root)

    edited, _ = xml("eligibility.dmn", every)(bundle.files)
    changes = difference(bundle.files, edited)
    (table,) = rule_tables(changes)
    changed, added = table.rows
    assert (table.holder, changed.how, added.how) == ("required_years", CHANGED, ADDED)
    told = [(one.old, one.new) for column in table.columns for one in [changed.cell(column.what)]]
    rule = by_id(etree.fromstring(bundle.files["eligibility.dmn"]), "required_years_table").find(f"{D}rule")
    before = [one.text or "-" for one in rule.iterfind(f"{D}*/{D}text")]
    assert [old for old, _ in told] == before
    assert [new for _, new in told] == ["99", *before[1:]]
    assert {one.old for one in added.cells} == {None}
    assert others(changes) == []


def test_rules_come_in_their_order_and_one_that_went_keeps_its_cells(bundle):
    def last_and_first(root):
        drop_rule(root)
        for rule in by_id(root, "certificate_finding_table").findall(f"{D}rule"):
            rule.find(f"{D}outputEntry/{D}text").text = '"NEW"'

    edited, _ = xml("eligibility.dmn", last_and_first)(bundle.files)
    finding, years = rule_tables(difference(bundle.files, edited))
    numbers = [int(row.name.en.removeprefix("rule ")) for row in finding.rows]
    assert numbers == sorted(numbers)
    assert [row.how for row in years.rows] == [REMOVED]
    assert all(one.old and one.new is None for one in years.rows[0].cells)


def test_a_setting_is_read_with_its_unit_whatever_of_it_differs(bundle):
    edited, _ = policy(setting("publicity.days", "max", 90))(bundle.files)
    (row,) = rows(difference(bundle.files, edited))
    assert (row.part, row.cell("unit").new, row.cell("default").new) == ("publicity.days", "working day", "5")
    assert [change.place.what for change in row.changes] == ["max"]


def test_a_worked_case_is_one_line_however_much_of_it_differs(bundle, revised):
    new, changes = revised
    cases = holders(one for one in changes if one.place.kind == "case")
    hows = {case.part: case.how for case in cases}
    assert {hows.get(path, CHANGED) for path in bundle.files.keys() & new.keys() if "cases/" in path} == {CHANGED}
    assert {path for path, how in hows.items() if how is REMOVED} == {
        path for path in bundle.files.keys() - new.keys() if path.startswith("cases/") and path.endswith(".yaml")
    }


def test_an_element_is_called_by_its_name_where_a_sentence_refers_to_it(bundle):
    edited, told = xml(R, move_lane)(bundle.files)
    (change,) = difference(bundle.files, edited)
    lanes = {one.get("id"): one.get("name") for one in etree.fromstring(bundle.files[R]).iter(f"{B}lane")}
    assert f"由“{lanes[told['old']]}”改为“{lanes[told['new']]}”" in say(change).zh


LONG = "".join(f"line {number}\n" for number in range(30))


@pytest.mark.parametrize(
    ("old", "new", "went", "came"),
    [
        ("P5D", "P7D", "P5D", "P7D"),
        ("a and b", "a or b", "and", "or"),
        ("制定工作方案", "制定方案", "工作", ""),
        ("一", "", "一", ""),
        (LONG, LONG.replace("line 15\n", "line 99\n"), "15", "99"),
        ("x " * 2000, "y " * 2000, "x " * 2000, "y " * 2000),
    ],
)
def test_of_two_texts_what_went_and_what_came_is_told_apart(old, new, went, came):
    before, after = pieces(old, new)
    assert "".join(one.text for one in before if one.how is REMOVED) == went
    assert "".join(one.text for one in after if one.how is ADDED) == came
    if len(old) < 100:
        assert ("".join(one.text for one in before), "".join(one.text for one in after)) == (old, new)


def test_long_stretches_that_stay_are_left_out():
    shown = "".join(one.text for one in pieces(LONG, LONG.replace("line 15\n", "line 99\n"))[1])
    assert shown.splitlines() == ["line 0", "…", "line 14", "line 99", "line 16", "…", "line 29"]
