"""A text as a stream of tokens and names: what every part of the grammar reads with. No FEEL construct lives here."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from engine.feel.lexer import FULL_WIDTH, Token, error_at, tokens
from engine.feel.limits import MAX_NESTING
from engine.feel.names import JOINED, KEYWORDS, Names, pieces
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.errors import FeelError


class Reading:
    """Where the reader stands in the text, and which names it knows there.

    `free` collects the names that nothing in the text defines, `keys` those of the contexts written in it.
    """

    def __init__(
        self,
        text: str,
        names: frozenset[str],
        builtin: frozenset[str],
        types: frozenset[str] = frozenset(),
        properties: frozenset[str] = frozenset(),
    ) -> None:
        self.text, self.stream, self.at = text, tokens(text), 0
        self.outside, self.builtin = names, builtin
        self.names = Names(names | builtin | frozenset(name for name in properties if len(pieces(name)) > 1))
        self.types = Names(types)
        self.free: dict[str, int] = {}
        self.keys = Names()
        self.depth = self.filters = 0
        self.in_range_end = False

    # -- tokens

    @property
    def token(self) -> Token:
        return self.stream[self.at]

    def sees(self, *texts: str) -> bool:
        token = self.token
        return token.text in texts and token.kind in ("op", "name")

    def take(self, *texts: str) -> str | None:
        """Step over one of these tokens if it stands here."""
        if not self.sees(*texts):
            return None
        self.at += 1
        return self.stream[self.at - 1].text

    def expect(self, *texts: str) -> str:
        found = self.take(*texts)
        if found is None:
            raise self.unexpected(Text(" 或 ".join(texts), " or ".join(texts)))
        return found

    def unexpected(self, expected: Text) -> FeelError:
        token = self.token
        zh = f"应为 {expected.zh}，却是 {token.text or '结尾'}"
        en = f"expected {expected.en}, found {token.text or 'the end'}"
        if token.text in FULL_WIDTH:
            half = FULL_WIDTH[token.text]
            zh, en = f"{zh}；请用半角 {half}", f"{en}; type the half-width {half}"
        return error_at(self.text, token.start, zh, en)

    @contextmanager
    def nested(self) -> Iterator[None]:
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise error_at(
                self.text,
                self.token.start,
                f"嵌套超过上限 {MAX_NESTING} 层；请拆成几个表达式",
                f"nested more than {MAX_NESTING} deep; split it into several expressions",
            )
        yield
        self.depth -= 1

    @contextmanager
    def fresh_range(self, *, end: bool) -> Iterator[None]:
        """Whether a `[` may close an open range here (`[1..10[`)."""
        before, self.in_range_end = self.in_range_end, end
        yield
        self.in_range_end = before

    # -- names

    def key_length(self) -> int:
        """How many tokens the name before a colon takes; 0 when there is none."""
        at = self.at
        while self.stream[at].kind in ("name", "number") or self.stream[at].text in JOINED:
            at += 1
        named = at > self.at and self.stream[at].text == ":" and self.stream[self.at].kind == "name"
        return at - self.at if named else 0

    def key(self) -> str:
        """The name before a colon, and the colon."""
        count = self.key_length()
        if not count:
            raise self.unexpected(Text("名称和冒号", "a name and a colon"))
        name = self.joined(count)
        self.expect(":")
        return name

    def known_or_joined(self) -> str:
        """The longest known name; else every word that follows, for two names side by side mean nothing else."""
        match = self.names.match(self.stream, self.at)
        if match and not self.is_word(self.at + match[1]):
            self.at += match[1]
            return match[0]
        end = self.at + 1
        while self.is_word(end):
            end += 1
        return self.joined(end - self.at)

    def is_word(self, at: int) -> bool:
        token = self.stream[at]
        return (token.kind == "name" and token.text not in KEYWORDS) or token.text.isdecimal()

    def joined(self, count: int) -> str:
        """The name of the next tokens as written, inner blanks reduced to one."""
        part = self.stream[self.at : self.at + count]
        self.at += count
        end = part[-1].start + len(part[-1].text)
        return " ".join(self.text[part[0].start : end].split())
