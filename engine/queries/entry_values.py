"""The values of an entry as people meet them: what each is called, under which heading, and how it is best corrected."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine import rectifying
from forms.components import CHOICES, Component, Kind
from forms.naming import component_at, heading_at, name_at
from forms.options import option_of
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from engine.compiled import Compiled
    from engine.diagram import Diagram, Element
    from engine.replay import Entry
    from forms.components import Path
    from forms.form import Form
    from forms.tree import Tree
    from forms.views import OptionView

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


@dataclass(frozen=True, slots=True)
class Value:
    """One value of an entry; `shown` as a field holds it, `kind` is `day`, `truth`, `choice`, `long`, `text` or `sealed`."""

    path: str
    name: Text
    shown: str
    kind: str
    heading: Text
    options: tuple[OptionView, ...] = ()


@dataclass(frozen=True, slots=True)
class _Source:
    """Where an entry was made, and the form it was made with."""

    compiled: Compiled
    diagram: Diagram
    element: Element | None
    form: Form | None

    @property
    def bearer(self) -> Text:
        at = self.element or self.diagram
        return Text(at.name, at.name_en)


def values(compiled: Compiled, process: str, entry: Entry) -> tuple[Value, ...]:
    """All that stands in it, identity numbers too: those are shown, and corrected elsewhere."""
    source = _source(compiled, process, entry.kind, entry.element)
    found = rectifying.values_of(entry, compiled, process)
    return tuple(_value(source, path, value) for path, value in found.items())


def name_of(compiled: Compiled, process: str, kind: str, element: str | None, path: str) -> Text:
    """As a form calls it, else by the element that brought it."""
    return _name(_source(compiled, process, kind, element), path)


def _source(compiled: Compiled, process: str, kind: str, element_id: str | None) -> _Source:
    diagram = compiled.diagrams[process]
    element = diagram.elements.get(element_id or "")
    form_id = diagram.start.form_id if kind == "started" else element.form_id if element is not None else None
    return _Source(compiled, diagram, element, compiled.forms.get(form_id or ""))


def _value(source: _Source, path: str, value: Any) -> Value:
    root, *rest = path.split(".")
    own = (
        component_at(source.form.tree, tuple(rest)) if source.form is not None and root == rectifying.ENTERED else None
    )
    shown = "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)
    options = tuple(_options(own, shown)) if own is not None else ()
    in_form = heading_at(source.form.components, tuple(rest)) if source.form is not None and own is not None else None
    is_sealed = own is not None and source.form is not None and tuple(rest) in source.form.sealed
    kind = "sealed" if is_sealed else _kind(own, value, options)
    return Value(path, _name(source, path), shown, kind, in_form or source.bearer, options)


def _kind(component: Component | None, value: Any, options: Sequence[OptionView]) -> str:
    if options:
        return "choice"
    if isinstance(value, bool) or (component is not None and component.kind is Kind.CHECKBOX):
        return "truth"
    is_day = component is not None and component.raw.get("subtype", "date") == "date" and not value
    if (isinstance(value, str) and _DAY.fullmatch(value)) or (
        is_day and component is not None and component.kind is Kind.DATETIME
    ):
        return "day"
    return "long" if component is not None and component.kind is Kind.TEXTAREA else "text"


def _options(component: Component, shown: str) -> Iterator[OptionView]:
    """The choices that stand in the form itself, if what is there is one of them."""
    raw = component.raw.get("values") if component.kind in CHOICES else None
    found = [option for item in raw or () if (option := option_of(item, component))]
    if all(isinstance(option.value, str) for option in found) and (not shown or shown in {each.name for each in found}):
        yield from found


def _element_name(source: _Source, element_id: str) -> Text:
    element = source.diagram.elements.get(element_id)
    return Text(element.name, element.name_en) if element is not None and element.name else source.bearer


# --- names


def _name(source: _Source, path: str) -> Text:
    root, *rest = path.split(".")
    if root == rectifying.ENTERED and source.form is not None and component_at(source.form.tree, tuple(rest)):
        return name_at(source.form.tree, tuple(rest))
    inside = tuple(rest) if root == rectifying.ENTERED else tuple(rest[1:])
    bearer = source.bearer if root == rectifying.ENTERED else _element_name(source, rest[0])
    start, known = _known(source.compiled.forms.values(), inside)
    number = next((int(step) + 1 for step in reversed(inside[:start]) if step.isdigit()), None)
    word = next((step for step in reversed(inside) if not step.isdigit()), "")
    called = known or Text(word, word)
    if number is not None:
        return Text(f"{bearer.zh}（第 {number} 行）{called.zh}", f"{bearer.en}, row {number}, {called.en}")
    return known or Text(f"{bearer.zh}：{word}", f"{bearer.en}: {word}")


def _known(forms: Iterable[Form], path: Path) -> tuple[int, Text | None]:
    """What most other forms call it: the longest end of the path that any of them knows, and where it begins."""
    trees = [tree for form in forms for tree in (form.tree, *_inside(form.tree))]
    for start in range(len(path)):
        found = Counter(name_at(tree, path[start:]) for tree in trees if component_at(tree, path[start:]) is not None)
        for name, count in found.most_common(1):
            return (start, name) if 2 * count > found.total() else (len(path), None)
    return len(path), None


def _inside(tree: Tree) -> list[Tree]:
    return [below for below in tree.values() if isinstance(below, dict)]
