"""Text to tokens. Names of several words are not joined here: only the grammar knows which names exist."""

from __future__ import annotations

from dataclasses import dataclass

import regex

from engine.errors import FeelError
from engine.feel.limits import MAX_TEXT

SPACE = r"[\s\u180E\u200B\uFEFF]+"
LETTER = r"\p{L}\p{Nl}_\U00010000-\U000EFFFF"
TOKEN = regex.compile(
    rf"""(?P<skip>{SPACE}|//[^\n]*|/\*(?s:.*?)\*/)
    |(?P<number>(?:[0-9]+(?:\.(?!\.)[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)
    |(?P<at>@"(?:[^"\\]|\\.)*")
    |(?P<string>"(?s:[^"\\]|\\.)*")
    |(?P<name>[{LETTER}][{LETTER}\p{{M}}\p{{Nd}}\u00B7\u200C\u200D\u203F\u2040]*|\?)
    |(?P<op>\.\.|\*\*|<=|>=|!=|->|.)""",
    regex.VERBOSE | regex.VERSION0,
)
ESCAPE = regex.compile(r"""\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{6})|([nrtbf'"\\/]))""")
PLAIN = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
FULL_WIDTH = dict(zip("（），：；“”‘’【】。＝＞＜≥≤≠＋－×÷！？｛｝", "(),:;\"\"''[].=><", strict=False)) | {
    "≥": ">=",
    "≤": "<=",
    "≠": "!=",
    "＋": "+",
    "－": "-",
    "×": "*",
    "÷": "/",
    "！": "!=",
    "？": "?",
    "｛": "{",
    "｝": "}",
}


@dataclass(frozen=True, slots=True)
class Token:
    """`kind` is number, string, at, name, op or end; `text` as written, `start` its place in the whole text."""

    kind: str
    text: str
    start: int


def tokens(text: str) -> list[Token]:
    """All tokens and one `end`; raises FeelError for a text that is too long or has an unclosed string."""
    if len(text) > MAX_TEXT:
        raise FeelError(f"表达式长度超过上限 {MAX_TEXT} 个字符", f"the expression is longer than {MAX_TEXT} characters")
    found: list[Token] = []
    for match in TOKEN.finditer(text):
        kind = match.lastgroup
        assert kind is not None
        if kind == "op" and match.group() == '"':
            raise error_at(text, match.start(), "字符串没有结束的双引号", "a string lacks its closing quote")
        if kind != "skip":
            found.append(Token(kind, match.group(), match.start()))
    found.append(Token("end", "", len(text)))
    return found


def place_of(text: str, start: int) -> tuple[int, int]:
    """Line and column of a place in a text, both from 1."""
    return text.count("\n", 0, start) + 1, start - (text.rfind("\n", 0, start) + 1) + 1


def error_at(text: str, start: int, zh: str, en: str) -> FeelError:
    """A FeelError that names line and column."""
    line, column = place_of(text, start)
    return FeelError(
        f"第 {line} 行第 {column} 列：{zh}", f"line {line}, column {column}: {en}", line=line, column=column
    )


def unquote(text: str) -> str:
    """The value of a string token, quotes and escapes resolved."""
    inner = text[1:-1]
    if "\\" not in inner:
        return inner
    found = str(ESCAPE.sub(_unescape, inner))
    return found.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _unescape(match: regex.Match[str]) -> str:
    code = match[1] or match[2]
    if code is None:
        return PLAIN.get(match[3], match[3])
    return chr(int(code, 16)) if int(code, 16) <= 0x10FFFF else match[0]  # noqa: PLR2004 - the last code point
