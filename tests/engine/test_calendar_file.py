"""A calendar file that somebody imports: what is wrong with it is named with its line, its day and the remedy."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.calendar import SHIPPED, Calendar, load_shipped, read_year
from engine.calendar_file import read_import
from engine.errors import InvalidError

FILE = (Path(__file__).parent / "calendars" / "2027.yaml").read_text(encoding="utf-8")


def refusal(text):
    with pytest.raises(InvalidError) as refused:
        read_import(text.encode() if isinstance(text, str) else text)
    return refused.value.text


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_files_pass_as_imports(path):
    assert read_import(path.read_bytes()) == read_year(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("until: 2027-02-11", "until: 2027-04-03", "第8行: 2027-02-05至2027-04-03应为1至31天"),
        ("until: 2027-04-05", "until: 2027-05-01", "第10行: 2027-05-01已在“清明节”中"),
        ("{name: 清明节, en: Tomb-Sweeping Day,", "{name: 清明节,", "第9行: 2027-04-03起的放假日没有名称(en)"),
        ("name: 清明节", "name: ''", "第9行: 2027-04-03起的放假日没有名称(name)"),
        ("- 2027-02-14", "- 2027-02-15", "第15行: 调休上班日2027-02-15不是周末"),
        ("- 2027-02-14", "- 2027-01-02", "第15行: 2027-01-02同时是“元旦”的放假日和调休上班日"),
        ("- 2027-05-08", "- 2027-02-14", "第16行: 调休上班日2027-02-14出现两次"),
        ("- 2027-05-08", "- 2028-05-06", "第16行: 2028-05-06不在2027年内"),
        ("- 2027-05-08", "- soon", "第16行: 'soon'不是日期"),
        ("- 2027-05-08", "- 2027-05-08T00:00:00Z", "不是日期"),
        ("from: 2027-10-01, until: 2027-10-07", "from: 2027-10-07, until: 2027-10-01", "应为1至31天"),
        ("from: 2027-10-01, until: 2027-10-07", "from: 9999-12-31, until: 9999-12-31", "9999-12-31不在2027年内"),
        ("from: 2027-10-01, until: 2027-10-07", "from: 0001-01-01, until: 9999-12-31", "应为1至31天"),
        ("year: 2027", "year: two", "第2行: year应为2008至2099之间的年份"),
        ("year: 2027", "year: true", "year应为2008至2099之间的年份"),
        ("year: 2027", "year: 0x" + "f" * 5000, "year应为2008至2099之间的年份"),
        ("year: 2027", "year: 2027\nyear: 2028", "第3行: 键year出现两次"),
        ("make_up:", "makeup:", "不认识的键'makeup'"),
        ("source: 虚构，供测试", "source: ''", "第5行: source应为"),
        ("source: 虚构，供测试", "source: [a]", "第5行: source应为"),
        ("notice: 测试通知(虚构)\n", "", "notice应为"),
        ("issued_on: 2026-11-05", "issued_on: yesterday", "第4行: 'yesterday'不是日期"),
        ("  - {name: 端午节, en: Dragon Boat Festival, from: 2027-06-09, until: 2027-06-09}\n", "", "缺: 端午"),
        ("from: 2027-10-01, until: 2027-10-07", "from: 2027-10-02, until: 2027-10-07", "缺: 2027-10-01"),
        ("  - 2027-02-14\n  - 2027-05-08", "  2027-02-14", "make_up应为列表"),
        ("  - {name: 元旦, en: New Year's Day, from: 2027-01-01, until: 2027-01-03}", "  - 元旦", "应写作"),
        ("name: 元旦,", "name: 元旦, weight: 3,", "不认识的键'weight'"),
    ],
)
def test_each_mistake_is_named_with_its_line(old, new, said):
    assert old in FILE
    assert said in refusal(FILE.replace(old, new)).zh


def test_all_mistakes_are_named_at_once_in_both_languages():
    text = refusal(FILE.replace("- 2027-02-14", "- 2027-02-15").replace("source: 虚构，供测试", "source: ''"))
    assert text.zh.count("\n") == 2
    assert "line 5: " in text.en
    assert "line 15: " in text.en


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"null",
        b"2027",
        b"\xff\xfe",
        b"a: &a [x]\nb: [*a, *a]",
        b"!!python/object/apply:os.system [ls]",
        b"? [a, b]\n: c",
        b"[" * 20_000,
        b"{" * 20_000,
        b"year: 2027\n---\nyear: 2028",
        b"# " + b"x" * 70_000,
        FILE.replace("notice: 测试通知(虚构)", 'notice: "\\0"').encode(),
        FILE.replace("name: 清明节", 'name: "\\ud800"').encode(),
        FILE.replace("year: 2027", "year: 2027\n1: 2\n2027-01-01: 3").encode(),
    ],
)
def test_a_hostile_file_is_refused_and_nothing_more(content):
    refusal(content)


@given(st.text(max_size=200), st.integers(0, len(FILE)))
def test_whatever_is_typed_into_it_is_read_or_refused(typed, place):
    try:
        read_import((FILE[:place] + typed + FILE[place:]).encode("utf-8", "surrogatepass"))
    except InvalidError as error:
        assert error.text.zh


def test_a_notice_may_amend_the_december_before_it():
    year = read_import(FILE.replace("from: 2027-01-01, until", "from: 2026-12-31, until").encode())
    amended = load_shipped().with_year(year)
    (difference,) = load_shipped().differences(amended)
    assert (str(difference.day), difference.before, difference.after.zh) == ("2026-12-31", None, "元旦")


def test_calendars_that_are_the_same_have_no_differences():
    assert load_shipped().differences(load_shipped()) == ()
    assert Calendar(()).differences(load_shipped()) == ()
