"""Item definitions: a model's own types, built from FEEL's, with their allowed values."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.decisions.xml import Element, attribute, child, children, text_of
from engine.errors import FeelError
from engine.feel.expression import Expression, parse
from engine.feel.kinds import ANY, BUILT_IN, ContextType, FunctionType, ListType, Type
from engine.feel.limits import Run
from engine.feel.scope import Scope

if TYPE_CHECKING:
    from collections.abc import Callable

DEFAULT_TYPES = ("", "Any", "<Undefined>")


@dataclass(frozen=True)
class Restricted(Type):
    """A type with allowed values: `instance of` looks at the type alone, a conversion at both."""

    name: str
    base: Type
    allowed: Expression

    def holds(self, value: Any) -> bool:
        return self.base.holds(value)

    def coerce(self, value: Any) -> Any:
        found = self.base.coerce(value)
        return found if found is not None and permitted(self.allowed, found) else None

    def wider_than(self, other: Type) -> bool:
        return self == other


def permitted(allowed: Expression, value: Any) -> bool:
    assert allowed.test is not None
    return allowed.test(value, Scope({"?": value}, Run())) is True


class Items:
    """The types of one model, resolved when first asked for, since definitions come in any order."""

    def __init__(self, root: Element, complain: Callable[[Element, str, str], None]) -> None:
        self.complain = complain
        self.elements = {attribute(item, "name"): item for item in children(root, "itemDefinition")}
        self.found: dict[str, Type] = {}
        self.open: set[str] = set()
        self.root = root
        self.properties = {attribute(item, "name") for item in root.iter("{*}itemComponent")}

    def all(self) -> dict[str, Type]:
        for name in self.elements:
            self.named(name, self.root)
        return self.found

    def named(self, name: str, at: Element) -> Type:
        """The type that a typeRef means; one that does not exist is a problem, then Any."""
        name = name.removeprefix("feel:")
        if name in DEFAULT_TYPES or name in self.open:
            return ANY
        if name in self.found:
            return self.found[name]
        if name in self.elements:
            self.open.add(name)
            self.found[name] = self.built(self.elements[name])
            self.open.discard(name)
            return self.found[name]
        if name in BUILT_IN:
            return BUILT_IN[name]
        self.complain(at, f"没有类型 {name}", f"there is no type {name}")
        return ANY

    def of(self, element: Element | None) -> Type:
        """The type that an element's typeRef names, else Any."""
        return ANY if element is None else self.named(attribute(element, "typeRef"), element)

    def built(self, item: Element) -> Type:
        kind = self.restricted(item, self.base(item), "allowedValues")
        if attribute(item, "isCollection") in ("true", "1"):
            kind = ListType(kind)
        return self.restricted(item, kind, "typeConstraint")

    def base(self, item: Element) -> Type:
        function = child(item, "functionItem")
        if function is not None:
            parameters = tuple(self.of(parameter) for parameter in children(function, "parameters"))
            return FunctionType(parameters, self.named(attribute(function, "outputTypeRef"), function))
        components = list(children(item, "itemComponent"))
        if components:
            return ContextType(tuple((attribute(part, "name"), self.built(part)) for part in components))
        reference = child(item, "typeRef")
        return ANY if reference is None else self.named((reference.text or "").strip(), item)

    def restricted(self, item: Element, base: Type, constraint: str) -> Type:
        element = child(item, constraint)
        text = text_of(element)
        if element is None or text is None:
            return base
        try:
            return Restricted(attribute(item, "name") or base.name, base, parse(text, unary=True))
        except FeelError as error:
            self.complain(element, error.text.zh, error.text.en)
            return base
