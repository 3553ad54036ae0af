"""Forms: what a person may enter; pure, no database and no HTTP.

A `.form` file (form-js schema) is compiled once; the compiled form reads what was submitted and shows what may be
entered. FEEL comes in as the function `evaluate(expression, context, unary)`, handed over by the caller.
"""

from forms.checks import check_form
from forms.components import Evaluate
from forms.errors import FormError, FormRefusedError, Problem
from forms.expressions import expressions
from forms.form import Form, compile_form
from forms.html import edit_rows, read_html
from forms.text import Language, Text
from forms.views import FieldView, FormView, OptionView, RowView

__all__ = [
    "Evaluate",
    "FieldView",
    "Form",
    "FormError",
    "FormRefusedError",
    "FormView",
    "Language",
    "OptionView",
    "Problem",
    "RowView",
    "Text",
    "check_form",
    "compile_form",
    "edit_rows",
    "expressions",
    "read_html",
]
