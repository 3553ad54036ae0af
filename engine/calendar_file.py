"""A calendar file that somebody imports, read strictly: whatever is wrong is named with its line, its day and the remedy.

A wrong day moves every window that counts over it, so nothing is guessed and nothing unknown is passed over.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from engine.calendar import DECEMBER, ONE_DAY, SATURDAY, Year, read_year
from engine.errors import InvalidError
from engine.policy import doubled_keys, read_yaml
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

MAX_BYTES = 64_000
FIRST_YEAR, LAST_YEAR = 2008, 2099
LONGEST = 31  # days of one rest; a longer one is a mistyped year
LONGEST_TEXT = 500
DEEPEST = 3  # a key of a row of a list

# What every year's notice names; two may share a row (国庆节、中秋节).
FESTIVALS = ("元旦", "春节", "清明", "劳动", "端午", "中秋", "国庆")
# Days off by law whose date is the same each year.
BY_LAW = ((1, 1), (5, 1), (10, 1), (10, 2), (10, 3))

_TEXTS = {"notice": True, "source": True, "title": False}
_KEYS = ("year", "notice", "issued_on", "source", "holidays", "make_up", "title")
_ROW = ("name", "en", "from", "until")

# No database keeps these.
_LOOSE = re.compile("[\0\ud800-\udfff]")

Path = tuple[str | int, ...]


def read_import(content: bytes) -> Year:
    """A year's file. Raises InvalidError with a line for everything that is wrong with it."""
    document, lines = _parsed(content)
    checked = _Checked(lines)
    if isinstance(document, dict):
        _check(document, checked)
    else:
        checked.add((), Text("应为键和值, 如 year: 2027", "should be keys and values, such as year: 2027"))
    if checked.problems:
        raise InvalidError(
            "日历文件未导入:\n" + "\n".join(text.zh for text in checked.problems),
            "the calendar file was not imported:\n" + "\n".join(text.en for text in checked.problems),
        )
    return read_year(content.decode())


@dataclass(slots=True)
class _Checked:
    """What was found so far; `lines` are those of the file by path."""

    lines: Mapping[Path, int]
    problems: list[Text] = field(default_factory=list)

    def add(self, path: Path, said: Text) -> None:
        place = next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), 1)
        self.problems.append(Text(f"第{place}行: {said.zh}", f"line {place}: {said.en}"))


def _parsed(content: bytes) -> tuple[Any, Mapping[Path, int]]:
    if len(content) > MAX_BYTES:
        raise InvalidError(
            f"日历文件超过{MAX_BYTES}字节, 一年的日历用不了这么多。请核对是否选错文件。",
            f"the calendar file is larger than {MAX_BYTES} bytes, more than a year needs; check that it is the right file.",
        )
    try:
        content.decode()
        document, doubled = read_yaml(content), doubled_keys(content)
        lines = dict(_lines(yaml.compose(content, Loader=yaml.SafeLoader)))
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InvalidError(
            f"日历文件不是有效的YAML: {error}。请按此位置改正, 并存为UTF-8。",
            f"the calendar file is not valid YAML: {error}. Correct it there and save it as UTF-8.",
        ) from error
    if doubled:
        key, line = doubled[0]
        raise InvalidError(
            f"第{line}行: 键{key}出现两次。请删去其一。", f"line {line}: the key {key} stands twice; remove one."
        )
    return document, lines


def _lines(node: yaml.Node | None, path: Path = ()) -> Iterator[tuple[Path, int]]:
    if node is None:
        return
    yield path, node.start_mark.line + 1
    if len(path) == DEEPEST:
        return
    if isinstance(node, yaml.SequenceNode):
        for index, item in enumerate(node.value):
            yield from _lines(item, (*path, index))
    elif isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield from _lines(value, (*path, key.value))


def _check(document: Mapping[Any, Any], checked: _Checked) -> None:
    _check_keys(document, (), _KEYS, checked)
    year = document.get("year")
    if not isinstance(year, int) or isinstance(year, bool) or not FIRST_YEAR <= year <= LAST_YEAR:
        checked.add(
            ("year",),
            Text(
                f"year应为{FIRST_YEAR}至{LAST_YEAR}之间的年份, 实际为{_shown(year)}。请更正。",
                f"year should be a year from {FIRST_YEAR} to {LAST_YEAR}, but is {_shown(year)}; correct it.",
            ),
        )
        return
    for key, required in _TEXTS.items():
        if required or key in document:
            _check_text(document.get(key), (key,), checked)
    _day(document.get("issued_on"), ("issued_on",), checked)
    resting = _resting(document.get("holidays"), year, checked)
    _check_make_up(document.get("make_up"), year, resting, checked)
    if not checked.problems:
        _check_complete(document["holidays"], year, resting, checked)


def _check_keys(found: Mapping[Any, Any], path: Path, known: tuple[str, ...], checked: _Checked) -> None:
    for key in found:
        if key not in known:
            one = (*path, str(key))
            said = Text(f"不认识的键{_shown(key)}", f"unknown key {_shown(key)}")
            known_ones = ", ".join(known)
            checked.add(one, Text(f"{said.zh}; 可用的键: {known_ones}", f"{said.en}; the keys are {known_ones}"))


def _check_text(value: Any, path: Path, checked: _Checked) -> None:
    if not _is_text(value):
        checked.add(
            path,
            Text(
                f"{path[-1]}应为不超过{LONGEST_TEXT}字的文字, 实际为{_shown(value)}。请填写。",
                f"{path[-1]} should be a text of at most {LONGEST_TEXT} characters, but is {_shown(value)}; fill it in.",
            ),
        )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and 0 < len(value.strip()) <= LONGEST_TEXT and not _LOOSE.search(value)


def _day(value: Any, path: Path, checked: _Checked) -> dt.date | None:
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return value
    said = _shown(value)
    checked.add(
        path, Text(f"{said}不是日期, 请写作2027-01-01的形式。", f"{said} is not a day; write it like 2027-01-01.")
    )
    return None


def _resting(rows: Any, year: int, checked: _Checked) -> dict[dt.date, str]:
    """Every day off by its name; a day in two rows is told."""
    found: dict[dt.date, str] = {}
    for index, row in enumerate(_listed(rows, "holidays", checked)):
        path: Path = ("holidays", index)
        for day in _days_of(row, path, year, checked):
            if day in found:
                checked.add(
                    path,
                    Text(
                        f"{day}已在“{found[day]}”中。请只保留一处。",
                        f"{day} is in {found[day]} already; keep it in one place.",
                    ),
                )
            found.setdefault(day, str(row.get("name")))
    return found


def _listed(value: Any, key: str, checked: _Checked) -> list[Any]:
    if isinstance(value, list):
        return value
    checked.add((key,), Text(f"{key}应为列表, 每项一行。", f"{key} should be a list, one item a line."))
    return []


def _days_of(row: Any, path: Path, year: int, checked: _Checked) -> list[dt.date]:
    if not isinstance(row, dict):
        shape = "{name: 元旦, en: New Year's Day, from: 2027-01-01, until: 2027-01-03}"
        checked.add(path, Text(f"应写作 {shape}", f"should read {shape}"))
        return []
    _check_keys(row, path, _ROW, checked)
    first, last = _day(row.get("from"), (*path, "from"), checked), _day(row.get("until"), (*path, "until"), checked)
    for key in ("name", "en"):
        if not _is_text(row.get(key)):
            checked.add(
                path,
                Text(
                    f"{first}起的放假日没有名称({key})。无名称的工作日不能作为放假日, 请写明是哪个节日。",
                    f"the days off from {first} have no name ({key}); say which festival makes a weekday a day off.",
                ),
            )
    if first is None or last is None:
        return []
    if not 0 <= (last - first).days < LONGEST:
        checked.add(
            path,
            Text(
                f"{first}至{last}应为1至{LONGEST}天。请核对起止日。",
                f"from {first} until {last} should be 1 to {LONGEST} days; check both.",
            ),
        )
        return []
    days = [first + ONE_DAY * n for n in range((last - first).days + 1)]
    return [day for day in days if _is_of(day, year, path, checked)]


def _is_of(day: dt.date, year: int, path: Path, checked: _Checked) -> bool:
    """A notice names days of its year, or of the December before."""
    if dt.date(year - 1, DECEMBER, 1) <= day <= dt.date(year, DECEMBER, 31):
        return True
    checked.add(
        path,
        Text(f"{day}不在{year}年内。请更正年份或日期。", f"{day} is not of {year}; correct the year or the day."),
    )
    return False


def _check_make_up(days: Any, year: int, resting: Mapping[dt.date, str], checked: _Checked) -> None:
    seen: set[dt.date] = set()
    for index, value in enumerate(_listed(days, "make_up", checked)):
        path: Path = ("make_up", index)
        day = _day(value, path, checked)
        if day is None or not _is_of(day, year, path, checked):
            continue
        if day in seen:
            checked.add(path, Text(f"调休上班日{day}出现两次。请删去其一。", f"{day} stands twice; remove one."))
        if day in resting:
            checked.add(
                path,
                Text(
                    f"{day}同时是“{resting[day]}”的放假日和调休上班日。请按通知只保留一处。",
                    f"{day} is a day off ({resting[day]}) and a make-up day; keep what the notice says.",
                ),
            )
        elif day.weekday() < SATURDAY:
            checked.add(
                path,
                Text(
                    f"调休上班日{day}不是周末, 本来就上班。请核对日期。",
                    f"the make-up day {day} is no Saturday or Sunday and is worked anyway; check the day.",
                ),
            )
        seen.add(day)


def _check_complete(rows: list[dict[str, Any]], year: int, resting: Mapping[dt.date, str], checked: _Checked) -> None:
    """Part of a notice is worse than none: a year that is known is counted over."""
    names = " ".join(row["name"] for row in rows)
    lacking = [festival for festival in FESTIVALS if festival not in names]
    lacking += [f"{day}" for day in (dt.date(year, *part) for part in BY_LAW) if day not in resting]
    if lacking:
        said = "、".join(lacking)
        checked.add(
            ("holidays",),
            Text(
                f"{year}年不完整, 缺: {said}。请对照通知补齐。", f"{year} is not complete, missing: {said}; add them."
            ),
        )


def _shown(value: Any) -> str:
    if value is None:
        return "空"
    # Python refuses to write very long numbers in decimals.
    return hex(value)[:60] if isinstance(value, int) and abs(value) >= 1 << 64 else repr(value)[:60]
