"""The grammar of type names: `number`, `list<string>`, `context<a: number>`, `function<number> -> string`."""

from __future__ import annotations

from engine.feel import tree
from engine.feel.names import Names
from engine.feel.reading import Reading
from forms.text import Text

GENERIC = frozenset(("list", "context", "function", "range"))
LONG_TYPES = Names(frozenset(("date and time", "days and time duration", "years and months duration", "date time")))


class TypeNames(Reading):
    """Reads a type."""

    def type_name(self) -> tree.TypeName:
        with self.nested():
            name = self.plain_type_name()
            if name not in GENERIC or not self.take("<"):
                return tree.TypeName(name)
            if name == "context":
                return self.context_type()
            parts = [] if self.sees(">") else [self.type_name()]
            while self.take(","):
                parts.append(self.type_name())
            self.expect(">")
            if name == "function":
                self.expect("->")
                parts.append(self.type_name())
            return tree.TypeName(name, tuple(parts))

    def plain_type_name(self) -> str:
        match = self.types.match(self.stream, self.at) or LONG_TYPES.match(self.stream, self.at)
        if match:
            self.at += match[1]
            return match[0]
        end = self.at
        while self.is_word(end) or self.stream[end].text in (".", "function"):
            end += 1
        if end == self.at:
            raise self.unexpected(Text("类型名", "a type name"))
        return self.joined(end - self.at)

    def context_type(self) -> tree.TypeName:
        keys, parts = [], []
        while not self.take(">"):
            keys.append(self.key())
            parts.append(self.type_name())
            if not self.sees(">"):
                self.expect(",")
        return tree.TypeName("context", tuple(parts), tuple(keys))
