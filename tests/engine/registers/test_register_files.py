"""Files of registers: read by their heading, refused by row and column, harmless in a spreadsheet."""

import io
import zipfile

import pytest
from openpyxl import Workbook, load_workbook

from engine.errors import InvalidError
from engine.registers import REGISTERS, find
from engine.registers.files import MAX_BYTES, MAX_ROWS, read_file, to_csv, to_xlsx
from engine.registers.stores import Row
from engine.registers.values import read_entry

AWARDS = find("awards")
HEADING = "人员编号,奖项,名称,年份,等次,个人名次,证明材料"
ROW = "jia,海河工匠,第三届海河工匠,2023,,,证书"


def csv(*rows, encoding="utf-8"):
    return "\n".join([HEADING, *rows]).encode(encoding)


def xlsx(*rows):
    book, file = Workbook(), io.BytesIO()
    for row in rows:
        book.active.append(row)
    book.save(file)
    return file.getvalue()


def entries(content, register=AWARDS):
    return [read_entry(register, line.cells) for line in read_file(register, content)]


@pytest.mark.parametrize(
    "content",
    [
        csv(ROW),
        csv(ROW, encoding="utf-8-sig"),
        csv(ROW, encoding="gb18030"),
        csv("", ROW, ",,,,,,").replace(b"\n", b"\r\n"),
        csv(ROW).replace(b",", b"\t"),
        xlsx(HEADING.split(","), ["jia", "海河工匠", "第三届海河工匠", 2023, None, None, "证书"]),
        xlsx(["person", "award", "Title", "year", "proof"], ["jia", "haihe", "第三届海河工匠", 2023.0, "证书"]),
    ],
    ids=["utf-8", "with a mark", "gb18030", "line ends and blank rows", "tabs", "xlsx", "xlsx in English"],
)
def test_a_file_is_read_whatever_it_was_written_by(content):
    ((entry, wrong),) = entries(content)
    assert wrong == {}
    assert entry == {
        "person": "jia", "award": "haihe", "name": "第三届海河工匠", "year": 2023, "class": None, "rank": None, "proof": "证书"
    }  # fmt: skip


def test_rows_are_numbered_as_a_spreadsheet_shows_them():
    assert [line.number for line in read_file(AWARDS, csv("", ROW, "", ROW))] == [3, 5]


@pytest.mark.parametrize(
    ("cell", "value", "column"),
    [
        ("年份", "二〇二三", "year"),
        ("年份", "-1", "year"),
        ("年份", "2023.5", "year"),
        ("年份", "99999999999", "year"),
        ("奖项", "劳动模范", "award"),
        ("奖项", "", "award"),
        ("名称", "名" * 81, "name"),
        ("名称", "a\x01b", "name"),
        ("名称", "甲\u202e乙", "name"),
        ("名称", "a|b", "name"),
    ],
)
def test_a_cell_that_is_wrong_is_named_by_its_column(cell, value, column):
    cells = dict(zip(HEADING.split(","), ROW.split(","), strict=True)) | {cell: value}
    ((_, wrong),) = entries(
        xlsx(list(cells), list(cells.values())) if "\x01" not in value else csv(",".join(cells.values()))
    )
    assert list(wrong) == [column]
    assert wrong[column].zh != wrong[column].en


def bomb(size):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * size)
    return file.getvalue()


def altered(content, change):
    """The same spreadsheet with its sheet's XML changed."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w") as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part.filename, change(data) if part.filename.endswith("sheet1.xml") else data)
    return file.getvalue()


SHEET = xlsx(HEADING.split(","), ROW.split(","))
ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("content", "named"),
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xff\xfe\x00\x00", "cannot be read"),
        (b"\x00" * 100, "cannot be read"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 100, "old Excel"),
        (b"PK\x03\x04 and no more", "cannot be read"),
        (SHEET[: len(SHEET) // 2], "cannot be read"),
        (bomb(100_000_000), "unpacked"),
        (altered(SHEET, lambda data: ENTITIES + data), "DOCTYPE"),
        (altered(SHEET, lambda data: data[:200]), "cannot be read"),
        (b"a" * (MAX_BYTES + 1), "MB"),
        (csv(*[ROW] * (MAX_ROWS + 1)), "rows"),
        (csv(ROW + ",more"), "more cells"),
        (csv('jia,"unclosed'), "cannot be read"),
        (csv("x" * 6000), "characters"),
        ("人员编号,奖项,颜色\n".encode(), "unknown: 颜色"),
        ("人员编号,人员编号,奖项,名称,年份\n".encode(), "twice"),
        ("人员编号,奖项\n".encode(), "missing"),
        (("," * 100 + "x\n").encode(), "columns"),
    ],
)
def test_what_is_no_such_file_is_refused_with_a_sentence(content, named):
    with pytest.raises(InvalidError, match=named) as refusal:
        read_file(AWARDS, content)
    assert refusal.value.text.zh != refusal.value.text.en


@pytest.mark.parametrize(("row", "column"), [(1048576, 1), (2, 16384), (20001, 1)])
def test_what_stands_far_away_is_not_passed_over(row, column):
    book, file = Workbook(), io.BytesIO()
    book.active.append(HEADING.split(","))
    book.active.cell(row, column, "x")
    book.save(file)
    with pytest.raises(InvalidError, match="too large"):
        read_file(AWARDS, file.getvalue())


def test_the_size_that_a_sheet_claims_is_not_believed():
    claimed = altered(SHEET, lambda data: data.replace(b'ref="A1:G2"', b'ref="A1:XFD1048576"'))
    assert claimed != SHEET
    assert len(read_file(AWARDS, claimed)) == 1


def test_a_long_number_that_a_spreadsheet_has_rounded_is_refused():
    register = find("certificates")
    heading = ["证书编号", "持证人", "证件号码", "等级", "发证日期", "来源"]
    ((_, wrong),) = entries(xlsx(heading, ["x", "甲", 120101199001011234, "特级技师", "2025-01-01", "y"]), register)
    assert list(wrong) == ["holder_id_number"]


RUNS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")']


@pytest.mark.parametrize("text", RUNS)
def test_no_cell_of_an_export_runs_as_a_formula_and_it_reads_back(text):
    data = {"person": "jia", "award": "haihe", "name": text, "year": 2023, "class": None, "rank": None, "proof": None}
    exported = to_csv(AWARDS, [Row("k", data)], "zh")
    assert exported.startswith(b"\xef\xbb\xbf")
    (line,) = read_file(AWARDS, exported)
    assert line.cells["name"] == text
    assert ("'" + text).encode() in exported or text.startswith("\t") or '"' in text
    book = to_xlsx(AWARDS, [Row("k", data)], "zh")
    cell = load_workbook(io.BytesIO(book)).active["C2"]
    assert (cell.data_type, cell.value[0]) == ("s", "'")
    (line,) = read_file(AWARDS, book)
    assert line.cells["name"] == text


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("write", [to_csv, to_xlsx])
def test_what_is_exported_is_imported_as_it_was(language, write):
    register = find("experts")
    data = {
        "id": "e1", "name": "专家一", "field": "焊接", "employer_id": "E1", "active": False,
        "conflicts": [{"person": "jia", "name": "甲试一", "relation": "relative"}, {"person": None, "name": "丁", "relation": "other"}],
    }  # fmt: skip
    ((entry, wrong),) = entries(write(register, [Row("e1", data)], language), register)
    assert (entry, wrong) == (data, {})


@pytest.mark.parametrize("name", REGISTERS)
def test_every_registers_template_is_one_of_its_own_files(name):
    for write in (to_csv, to_xlsx):
        for language in ("zh", "en"):
            assert read_file(find(name), write(find(name), (), language)) == []
