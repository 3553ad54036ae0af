"""The marshmallow schema compiled from a form: which fields there are and of which type.

Required, hidden, options and limits hang on other values; those are for `settling` and `rules`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from marshmallow import RAISE, Schema, ValidationError, fields

from forms.components import Component, Kind
from forms.reading import read
from forms.sentences import UNKNOWN, Misfit, expected, too_many_rows
from forms.text import Text
from forms.tree import tree_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from forms.components import Path
    from forms.tree import Tree

_WHOLE = "_schema"

_OURS: Mapping[Any, Text] = {
    "unknown": UNKNOWN,
    "type": Text("应为一组字段。请改正。", "must be an object with fields. Correct it."),
}
"""marshmallow's own two messages."""


class Fields(Schema):
    """The base of every compiled schema: strict about what it does not know."""

    class Meta:
        """Unknown fields are errors, each under its own name."""

        unknown = RAISE

    error_messages: ClassVar[dict[str, str]] = {"unknown": "unknown", "type": "type"}  # type: ignore[misc]


class _Leaf:
    """Reads one value as its component says; mixed into the marshmallow field that API descriptions know."""

    component: Component

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> Any:
        try:
            return read(self.component, value)
        except Misfit as misfit:
            raise ValidationError([misfit.text]) from None


class _TextLeaf(_Leaf, fields.String):
    """Text."""


class _NumberLeaf(_Leaf, fields.Float):
    """A number."""


class _TickLeaf(_Leaf, fields.Boolean):
    """Yes or no."""


class _ChoiceLeaf(_Leaf, fields.Raw):
    """One of the options, or several."""


class _Rows(fields.Field[list[Any]]):
    """A list of rows; each row is read even where another is wrong, and keeps its number."""

    def __init__(self, component: Component, row: Schema) -> None:
        super().__init__(allow_none=True, metadata={"description": component.name.zh})
        self.component, self.row = component, row

    def _deserialize(self, value: Any, *_: Any, **__: Any) -> list[Any]:
        if not isinstance(value, list):
            raise ValidationError([expected("由行组成的列表", "a list of rows", value).text])
        if len(value) > self.component.most_rows:
            raise ValidationError([too_many_rows(self.component.most_rows, len(value))])
        read = [_load_row(self.row, row) for row in value]
        errors = {index: messages for index, (_, messages) in enumerate(read) if messages}
        rows = [row for row, _ in read]
        if errors:
            raise ValidationError(errors, valid_data=rows)
        return rows


def _load_row(schema: Schema, row: Any) -> tuple[dict[str, Any], Any]:
    try:
        return schema.load(row), None
    except ValidationError as error:
        return dict(error.valid_data or {}), error.messages


_FIELDS: Mapping[Kind, type[_TextLeaf | _NumberLeaf | _TickLeaf | _ChoiceLeaf]] = {
    Kind.TEXTFIELD: _TextLeaf,
    Kind.TEXTAREA: _TextLeaf,
    Kind.DATETIME: _TextLeaf,
    Kind.NUMBER: _NumberLeaf,
    Kind.CHECKBOX: _TickLeaf,
    Kind.SELECT: _ChoiceLeaf,
    Kind.RADIO: _ChoiceLeaf,
    Kind.CHECKLIST: _ChoiceLeaf,
}


def schema_of(tree: Tree) -> Schema:
    """Names are prefixed inside, as a form may call a field `fields` or `Meta`."""
    made = {f"field_{step}": _field(step, node) for step, node in tree.items()}
    return Fields.from_dict(made, name="Submitted")()


def _field(step: str, node: Component | Tree) -> fields.Field[Any]:
    field = _nested(node) if isinstance(node, dict) else _of_component(node)
    field.data_key = field.attribute = step
    return field


def _nested(tree: Tree) -> fields.Field[Any]:
    return fields.Nested(schema_of(tree), allow_none=True)


def _of_component(component: Component) -> fields.Field[Any]:
    if component.kind is Kind.DYNAMICLIST:
        return _Rows(component, schema_of(tree_of(component.children)))
    leaf = _FIELDS[component.kind](allow_none=True, metadata={"description": component.name.zh})
    leaf.component = component
    return leaf


def load_types(schema: Schema, submitted: Mapping[str, Any]) -> tuple[dict[str, Any], dict[Path, Text]]:
    """The values of the right type, and for every other path the half sentence that says why not."""
    try:
        return schema.load(submitted), {}
    except ValidationError as error:
        return dict(error.valid_data or {}), dict(_flat(error.messages))


def _flat(messages: Any, path: Path = ()) -> Iterator[tuple[Path, Text]]:
    """Nested messages as paths; what marshmallow says of a whole object stands under `_schema`."""
    if not isinstance(messages, dict):
        yield path, _OURS.get(messages[0], messages[0])
        return
    for step, below in messages.items():
        yield from _flat(below, path if step == _WHOLE else (*path, str(step)))
