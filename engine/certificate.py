"""The certificate number of the Annex (22 places, seven parts), and the formats of certificates that people bring.

Writing and reading our own numbers is strict; recognising what an applicant brings is lenient. Which letters and
provinces exist is data of the policy (`CodeSets`), never guessed here. Allocating a serial is not done here.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from engine.errors import InvalidError
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LENGTH, PREFIX_LENGTH = 22, 13
LENGTH_WITH_LONG_YEAR = 24
FIRST_YEAR, LAST_YEAR = 2000, 2099
LAST_SERIAL = 999_999
PROVINCE_FILED = "0000"


@dataclass(frozen=True, slots=True)
class CodeSets:
    """The codes that a policy allows (policy.yaml, `certificate`); `letters` maps a level's name to its letter.

    A level without a known letter is absent from `letters`: no number can be made for it.
    """

    category: Mapping[str, Text]
    province: Mapping[str, Text]
    levels: Mapping[str, Text]
    letters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """One of the seven parts: `places` counts from 1, `meaning` says what this value stands for."""

    part: int
    places: str
    value: str
    name: Text
    meaning: Text


@dataclass(frozen=True, slots=True)
class Parts:
    """A number taken apart."""

    number: str
    parts: tuple[Part, ...]

    @property
    def prefix(self) -> str:
        return self.number[:PREFIX_LENGTH]

    @property
    def issue_year(self) -> int:
        return FIRST_YEAR + int(self.number[13:15])

    @property
    def level_letter(self) -> str:
        return self.number[15]

    @property
    def serial(self) -> int:
        return int(self.number[16:])

    def as_json(self) -> list[dict[str, Any]]:
        return [
            {
                "part": part.part,
                "places": part.places,
                "value": part.value,
                "name": part.name.as_json(),
                "meaning": part.meaning.as_json(),
            }
            for part in self.parts
        ]


class Kind(StrEnum):
    """The formats of certificates in circulation."""

    NATIONAL_22 = "national-22"
    FORMER_16 = "former-16"
    REGIONAL_20 = "regional-20"
    PADDED_13 = "padded-13"
    UNKNOWN = "unknown"


KIND_NAMES = {
    Kind.NATIONAL_22: Text("22位职业技能等级证书编号", "skill-level certificate, 22 places"),
    Kind.FORMER_16: Text("16位国家职业资格证书编号", "former national qualification, 16 digits"),
    Kind.REGIONAL_20: Text("20位地方证书编号", "regional certificate, 20 places"),
    Kind.PADDED_13: Text("13位证书编号", "13 digits, also padded with zeros"),
    Kind.UNKNOWN: Text("无法识别的编号格式", "a format that is not recognised"),
}


@dataclass(frozen=True, slots=True)
class Brought:
    """What the number of a brought certificate tells; `senior_technician` is None when it does not tell."""

    kind: Kind
    number: str
    senior_technician: bool | None

    @property
    def name(self) -> Text:
        return KIND_NAMES[self.kind]


def read_code_sets(data: Mapping[str, Any]) -> CodeSets:
    """From policy.yaml's `certificate`: category and province {code: {zh, en}}, levels {name: {letter, zh, en}}."""
    levels = {str(name): level for name, level in data["levels"].items()}
    return CodeSets(
        category={str(code): _text(row) for code, row in data["category"].items()},
        province={str(code): _text(row) for code, row in data["province"].items()},
        levels={name: _text(level) for name, level in levels.items()},
        letters={name: str(level["letter"]) for name, level in levels.items() if level.get("letter")},
    )


def letter_of(level: str, code_sets: CodeSets) -> str:
    """The letter of place 16 for a level's name (`special`); raises InvalidError while none is configured."""
    if level in code_sets.letters:
        return code_sets.letters[level]
    name = code_sets.levels.get(level, Text(level, level))
    raise InvalidError(
        f"{name.zh}的等级代码(第16位)尚未配置，不能编号；请管理员在政策中录入代码及其来源",
        f"no level letter (place 16) is configured for {name.en}, so no number can be made; "
        "an administrator must enter it in the policy with its source",
    )


def check_prefix(prefix: str, code_sets: CodeSets) -> None:
    """Places 1-13, assigned by the authority (AX.2); raises InvalidError naming the place."""
    _check_characters(prefix, PREFIX_LENGTH)
    _check_prefix_parts(prefix, code_sets)


def number(prefix: str, issue_year: int, level_letter: str, serial: int, code_sets: CodeSets) -> str:
    """The number of a certificate; `issue_year` is the full year of the issue date (AX.1, AX.3)."""
    check_prefix(prefix, code_sets)
    if not FIRST_YEAR <= issue_year <= LAST_YEAR:
        raise _wrong("14-15", "核发年份", "issue year", str(issue_year), f"{FIRST_YEAR}-{LAST_YEAR}")
    _check_letter(level_letter, code_sets)
    if not 1 <= serial <= LAST_SERIAL:
        raise _wrong("17-22", "证书序列码", "serial", str(serial), f"1-{LAST_SERIAL}")
    return f"{prefix}{issue_year % 100:02d}{level_letter}{serial:06d}"


def parse(text: str, code_sets: CodeSets) -> Parts:
    """A number in its seven parts; nothing is repaired, whatever deviates raises InvalidError naming the place."""
    _check_characters(text, LENGTH)
    _check_prefix_parts(text, code_sets)
    if not text[13:15].isdigit():
        raise _wrong("14-15", "核发年份", "issue year", text[13:15], "00-99")
    _check_letter(text[15], code_sets)
    if not text[16:].isdigit() or int(text[16:]) == 0:
        raise _wrong("17-22", "证书序列码", "serial", text[16:], "000001-999999")
    return Parts(text, tuple(_parts(text, code_sets)))


def classify_brought(text: str) -> Brought:
    """What kind of certificate a number belongs to, and whether it says senior technician (A7.2a).

    Lenient: spaces and hyphens go, full-width and small letters are read. It proves nothing about authenticity.
    """
    plain = re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()
    if re.fullmatch(r"[A-Z][0-9]{14}[1-5A-Z][0-9]{6}", plain):
        level = plain[15]
        return Brought(Kind.NATIONAL_22, plain, level == "1" if level.isdigit() else None)
    if re.fullmatch(r"R[0-9A-Z]{19}", plain):
        return Brought(Kind.REGIONAL_20, plain, None)
    if re.fullmatch(r"[0-9]{13}|000[0-9]{13}", plain):
        return Brought(Kind.PADDED_13, plain, None)
    if re.fullmatch(r"[0-9]{10}[1-5][0-9]{5}", plain):
        return Brought(Kind.FORMER_16, plain, plain[10] == "1")
    if re.fullmatch(r"[0-9]{13}000", plain):
        return Brought(Kind.PADDED_13, plain, None)
    return Brought(Kind.UNKNOWN, plain, None)


def _parts(text: str, code_sets: CodeSets) -> Iterator[Part]:
    level = next(name for name, letter in code_sets.letters.items() if letter == text[15])
    year, serial, filed = text[13:15], int(text[16:]), text[1:5]
    central = Text(f"由国家备案，代码{filed}", f"filed with the ministry, code {filed}")
    body = Text("由省级备案", "filed with the province") if filed == PROVINCE_FILED else central
    yield Part(1, "1", text[0], Text("评价机构类别", "category of the evaluating body"), code_sets.category[text[0]])
    yield Part(2, "2-5", filed, Text("评价机构代码", "code of the evaluating body"), body)
    yield Part(3, "6-7", text[5:7], Text("机构(站点)所在地", "province of the site"), code_sets.province[text[5:7]])
    yield Part(4, "8-13", text[7:13], Text("机构(站点)序列码", "number of the site"), _same(f"{text[7:13]}"))
    yield Part(5, "14-15", year, Text("核发年份", "issue year"), Text(f"20{year}年", f"20{year}"))
    yield Part(6, "16", text[15], Text("等级代码", "level"), code_sets.levels[level])
    yield Part(7, "17-22", text[16:], Text("证书序列码", "serial"), Text(f"第{serial}号", f"number {serial}"))


def _check_characters(text: str, length: int) -> None:
    """Length and alphabet, the commonest slips told apart."""
    if unicodedata.normalize("NFKC", text) != text:
        raise _refused(text, "含全角字符，请改用半角", "contains full-width characters; use half-width ones")
    if re.search(r"\s", text):
        raise _refused(text, "含空格，请去掉", "contains a space; take it out")
    if text != text.upper():
        raise _refused(text, "含小写字母，请改用大写", "contains a small letter; use capitals")
    if length == LENGTH and len(text) == LENGTH_WITH_LONG_YEAR and re.match(r"20[0-9]{2}\D", text[13:18]):
        raise _refused(text, "第14-15位年份只用末两位数字", "places 14-15 take the last two digits of the year only")
    if len(text) != length:
        raise _refused(text, f"应为{length}位，实有{len(text)}位", f"must have {length} places, has {len(text)}")
    if not re.fullmatch(r"[A-Z0-9]*", text, re.ASCII):
        raise _refused(text, "只能含大写英文字母和数字", "may contain capital letters and digits only")


def _check_prefix_parts(text: str, code_sets: CodeSets) -> None:
    if text[0] not in code_sets.category:
        raise _wrong("1", "评价机构类别代码", "category", text[0], ", ".join(code_sets.category))
    if not text[1:5].isdigit():
        raise _wrong("2-5", "评价机构代码", "body code", text[1:5], "0000-9999")
    if text[5:7] not in code_sets.province:
        raise _wrong("6-7", "省级代码", "province", text[5:7], ", ".join(code_sets.province))
    if not text[7:13].isdigit():
        raise _wrong("8-13", "机构(站点)序列码", "site number", text[7:13], "000000-999999")


def _check_letter(letter: str, code_sets: CodeSets) -> None:
    if letter not in code_sets.letters.values():
        raise _wrong("16", "职业技能等级代码", "level", letter, ", ".join(code_sets.letters.values()))


def _wrong(places: str, zh: str, en: str, found: str, expected: str) -> InvalidError:
    return InvalidError(
        f"证书编号第{places}位({zh})应为 {expected}，实为 {found!r}",
        f"certificate number, place {places} ({en}): expected {expected}, found {found!r}",
    )


def _refused(text: str, zh: str, en: str) -> InvalidError:
    return InvalidError(f"证书编号 {text!r} {zh}", f"the certificate number {text!r} {en}")


def _same(text: str) -> Text:
    return Text(text, text)


def _text(row: Mapping[str, Any]) -> Text:
    return Text(str(row["zh"]), str(row["en"]))
