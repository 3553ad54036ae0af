"""Registers as files: CSV and XLSX in, CSV and XLSX out. Nothing in a file is trusted: sizes first, then the contents.

What goes out is read by spreadsheets: no cell of it may run as a formula there.
"""

from __future__ import annotations

import csv
import io
import warnings
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidError
from engine.registers.values import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from engine.registers.definition import Column, Register
    from engine.registers.stores import Row

MAX_BYTES = 5_000_000
MAX_ROWS = 5_000
_MAX_COLUMNS = 60
# Rows without anything in them are passed over; what stands below this one is not missed but refused.
_LAST_ROW = 20_000
_MAX_CELL = 5_000
_MAX_UNPACKED = 30_000_000
_MAX_PARTS = 200
_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_RUNS = ("=", "+", "-", "@", "\t", "\r")
_QUOTE = "'"


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a file below its heading: its number as a spreadsheet shows it, the cells by column."""

    number: int
    cells: dict[str, Any]


def read_file(register: Register, content: bytes) -> list[Line]:
    """Every row with something in it. Raises InvalidError for what is no such file, or has other columns."""
    if len(content) > MAX_BYTES:
        raise _too_large(f"{MAX_BYTES // 1_000_000} MB")
    if content.startswith(_OLD_EXCEL):
        raise InvalidError(
            "这是旧版Excel文件(.xls)。请另存为.xlsx或CSV后重新上传。",
            "this is an old Excel file (.xls); save it as .xlsx or CSV and upload it again.",
        )
    try:
        rows = _spreadsheet(content) if content.startswith(_ZIP) else _csv(content)
        return list(_lines(register, rows))
    except _Unreadable as error:
        raise InvalidError(
            f"文件无法读取: {error}。请用CSV(UTF-8或GB18030)或.xlsx。",
            f"the file cannot be read: {error}; use CSV (UTF-8 or GB18030) or .xlsx.",
        ) from error


class _Unreadable(Exception):  # noqa: N818  turned into an InvalidError by whoever reads
    """Not a file of the kind that it seems to be."""


def _lines(register: Register, rows: Iterator[Sequence[Any]]) -> Iterator[Line]:
    heading, columns = 0, None
    count = 0
    for number, row in enumerate(rows, 1):
        if all(cell is None or str(cell).strip() == "" for cell in row):
            continue
        if columns is None:
            heading, columns = number, _columns(register, row)
            continue
        count += 1
        if count > MAX_ROWS:
            raise _too_large(f"{MAX_ROWS}行", f"{MAX_ROWS} rows")
        extra = [cell for cell in row[len(columns) :] if cell not in (None, "")]
        if extra:
            raise InvalidError(
                f"第{number}行比第{heading}行的表头多出内容{str(extra[0])!r:.40}。请核对分隔符。",
                f"row {number} has more cells than the heading in row {heading}: {str(extra[0])!r:.40}; check the separators.",
            )
        yield Line(number, {key: _unquoted(cell) for key, cell in zip(columns, row, strict=False) if key})
    if columns is None:
        raise InvalidError("文件是空的。请下载模板填写。", "the file is empty; download the template and fill it in.")


def _columns(register: Register, heading: Sequence[Any]) -> list[str]:
    """The column of each cell of the heading, by its label in either language or by its key."""
    names = {
        name.lower(): column.key
        for column in register.columns
        for name in (column.label.zh, column.label.en, column.key)
    }
    cells = [str(cell).strip() if cell is not None else "" for cell in heading]
    while cells and not cells[-1]:
        cells.pop()
    found = [names.get(cell.lower().rstrip("*").strip(), "") for cell in cells]
    unknown = [cell or f"第{place}列" for place, (cell, key) in enumerate(zip(cells, found, strict=True), 1) if not key]
    doubled = [register.by_key[key].label.zh for key in dict.fromkeys(found) if key and found.count(key) > 1]
    missing = [column for column in register.columns if column.required and column.key not in found]
    if unknown or doubled or missing:
        raise InvalidError(
            f"表头不符。{_told('没有这些列', unknown)}{_told('重复的列', doubled)}{_told('缺少必填列', [one.label.zh for one in missing])}请下载模板对照。",
            f"the heading is not as expected. {_told('unknown', unknown)}{_told('twice', doubled)}"
            f"{_told('missing', [one.label.en for one in missing])}Compare it with the template.",
        )
    return found


def _told(what: str, names: Sequence[str]) -> str:
    return f"{what}: {', '.join(names)[:300]}. " if names else ""


def _csv(content: bytes) -> Iterator[Sequence[Any]]:
    text = _decoded(content)
    if "\0" in text:
        raise _Unreadable("NUL")
    try:
        for row in csv.reader(io.StringIO(text, newline=""), _dialect(text), strict=True):
            yield _checked(row)
    except csv.Error as error:
        raise _Unreadable(str(error)) from error


def _decoded(content: bytes) -> str:
    """Spreadsheets write either; what is valid UTF-8 is never meant to be GB18030."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise _Unreadable("UTF-8 / GB18030")


def _dialect(text: str) -> type[csv.Dialect]:
    first = text.lstrip("\r\n").partition("\n")[0]
    return csv.excel_tab if "\t" in first and "," not in first else csv.excel


def _spreadsheet(content: bytes) -> Iterator[Sequence[Any]]:
    """The first sheet."""
    _refuse_bomb(content)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # extensions of a file that are of no matter to a table
            yield from _sheet_rows(content)
    except (InvalidError, _Unreadable):
        raise
    except Exception as error:  # a damaged file makes the library fail in any way at all
        raise _Unreadable(f"{type(error).__name__}") from error


def _sheet_rows(content: bytes) -> Iterator[Sequence[Any]]:
    """Read as a stream: the extent that a sheet claims to have is not believed."""
    from openpyxl import load_workbook

    sheet = load_workbook(io.BytesIO(content), read_only=True, data_only=True, keep_links=False).worksheets[0]
    sheet.reset_dimensions()
    for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
        if number <= _LAST_ROW:
            yield _checked(row)
        elif any(row):
            raise _too_large(f"第{_LAST_ROW}行以内", f"down to row {_LAST_ROW}")


def _refuse_bomb(content: bytes) -> None:
    """By what the archive says of itself, which the reader holds it to, and before any XML is parsed."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > _MAX_PARTS or sum(part.file_size for part in parts) > _MAX_UNPACKED:
                raise _too_large(f"展开后{_MAX_UNPACKED // 1_000_000} MB", f"{_MAX_UNPACKED // 1_000_000} MB unpacked")
            for part in parts:
                if part.filename.lower().endswith((".xml", ".rels")) and _declares(archive.read(part)):
                    raise _Unreadable("DOCTYPE")
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, OSError, EOFError) as error:
        raise _Unreadable("ZIP") from error


def _declares(part: bytes) -> bool:
    """A document type could name entities: no spreadsheet has one. Without the zeros of UTF-16."""
    return b"<!DOCTYPE" in part.replace(b"\0", b"").upper()


def _checked(row: Sequence[Any]) -> Sequence[Any]:
    if len(row) > _MAX_COLUMNS and any(cell not in (None, "") for cell in row[_MAX_COLUMNS:]):
        raise _too_large(f"{_MAX_COLUMNS}列", f"{_MAX_COLUMNS} columns")
    if any(isinstance(cell, str) and len(cell) > _MAX_CELL for cell in row):
        raise _too_large(f"每格{_MAX_CELL}字", f"{_MAX_CELL} characters in a cell")
    return row[:_MAX_COLUMNS]


def _too_large(zh: str, en: str | None = None) -> InvalidError:
    return InvalidError(
        f"文件过大: 最多{zh}。请分成几个文件上传。",
        f"the file is too large: at most {en or zh}; split it into several files.",
    )


# --- out


def to_csv(register: Register, rows: Iterable[Row], language: str) -> bytes:
    """With a byte-order mark: without it spreadsheets take Chinese for something else."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(_heading(register, language))
    writer.writerows(_cells(register, row, language) for row in rows)
    return file.getvalue().encode("utf-8-sig")


def to_xlsx(register: Register, rows: Iterable[Row], language: str) -> bytes:
    """Every cell is text: nothing is a formula, and no long number is rounded."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(register.label.zh if language == "zh" else register.name)
    for place in range(1, len(register.columns) + 1):
        sheet.column_dimensions[get_column_letter(place)].width = 20
    sheet.freeze_panes = "A2"
    for cells in (_heading(register, language), *(_cells(register, row, language) for row in rows)):
        line = []
        for text in cells:
            cell = WriteOnlyCell(sheet, value=text)
            cell.data_type, cell.number_format = "s", "@"
            line.append(cell)
        sheet.append(line)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _heading(register: Register, language: str) -> list[str]:
    return [column.label.zh if language == "zh" else column.label.en for column in register.columns]


def _cells(register: Register, row: Row, language: str) -> list[str]:
    return [_quoted(_cell(column, row, language)) for column in register.columns]


def _cell(column: Column, row: Row, language: str) -> str:
    return shown(column, row.data.get(column.key), language)


def _quoted(text: str) -> str:
    return _QUOTE + text if text.startswith(_RUNS) else text


def _unquoted(cell: Any) -> Any:
    is_quoted = isinstance(cell, str) and cell.startswith(_QUOTE) and cell[1:].startswith(_RUNS)
    return cell[1:] if is_quoted else cell
