"""A compiled form: reads a submission, shows what may be entered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from forms.ballot import Ballot, ballot_of
from forms.checks import check_form
from forms.errors import FormRefusedError
from forms.expressions import words
from forms.loading import load
from forms.schema import schema_of
from forms.sealed import sealed_paths
from forms.settling import Circumstances
from forms.tree import Tree, compile_components, tree_of
from forms.viewing import view

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from marshmallow import Schema

    from forms.components import Component, Evaluate, Path
    from forms.text import Text
    from forms.views import FormView


@dataclass(frozen=True, slots=True)
class Form:
    """A form that has passed its checks.

    `schema` is the marshmallow schema of what may be submitted; `steering` the words of its expressions, among them the
    names of the fields that others hang on; `sealed` the places of identity numbers.
    """

    id: str
    components: tuple[Component, ...]
    tree: Tree
    schema: Schema
    steering: frozenset[str]
    ballot: Ballot | None = None
    sealed: tuple[Path, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The names that the form's values have at the top."""
        return tuple(self.tree)

    def load(
        self, submitted: Mapping[str, Any], context: Mapping[str, Any], evaluate: Evaluate, *, today: date
    ) -> dict[str, Any]:
        """The values to keep, in JSON's types; raises `FormError` with a sentence for every field that is wrong.

        Hidden and disabled fields are left out; read-only ones hold what the context says; blank ones are null, an
        empty list or false. A field that was not submitted at all takes its default.
        """
        return load(self, submitted, Circumstances(context, evaluate), today)

    def view(
        self,
        values: Mapping[str, Any],
        context: Mapping[str, Any],
        evaluate: Evaluate,
        errors: Mapping[str, Text] | None = None,
    ) -> FormView:
        """The form as a page shows it: `values` as typed, else the context's, else the defaults.

        `errors` are those of a `FormError`.
        """
        return view(self, values, Circumstances(context, evaluate), errors or {})


def compile_form(schema: Mapping[str, Any]) -> Form:
    """Compile a form-js schema; raises `FormRefusedError` with what `check_form` has against it."""
    if problems := check_form(schema, ""):
        raise FormRefusedError(problems)
    components = compile_components(schema["components"])
    tree = tree_of(components)
    return Form(
        str(schema.get("id", "")),
        components,
        tree,
        schema_of(tree),
        words(schema),
        ballot_of(components),
        sealed_paths(components),
    )
