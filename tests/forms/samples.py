"""Forms to try, and an `evaluate` for the tests in which FEEL is not the matter."""

from datetime import date

from forms import FormError, compile_form

TODAY = date(2025, 6, 23)


def schema(*components, **top):
    return {"type": "default", "id": "sample", "schemaVersion": 18, "components": list(components), **top}


def form(*components):
    return compile_form(schema(*components))


def field(kind, key, **keywords):
    return {"type": kind, "id": f"id_{key}", "key": key, "label": f"标签{key}", **keywords}


def options(*values):
    return [{"label": f"选项{value}", "value": value} for value in values]


def rows(path, *components, **keywords):
    listed = {"type": "dynamiclist", "id": f"id_{path}", "path": path, "label": f"列表{path}", "isRepeating": True}
    return {**listed, "allowAddRemove": True, "components": list(components), **keywords}


def group(*components, **keywords):
    return {"type": "group", "id": "id_group", "label": "分组", "components": list(components), **keywords}


def hidden_when(expression):
    return {"hide": f"={expression}"}


def evaluate(expression, context, _unary):
    """Names, and `name = "text"`: as much of FEEL as these tests want."""
    name, _, literal = expression.partition(" = ")
    value = context
    for step in name.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    return value == literal.strip('"') if literal else value


def load(made, submitted, context=None, *, today=TODAY):
    return made.load(submitted, context or {}, evaluate, today=today)


def refused(made, submitted, context=None):
    """The sentences by path; fails if the submission was taken."""
    try:
        taken = load(made, submitted, context)
    except FormError as error:
        return error.fields
    raise AssertionError(f"taken: {taken}")


def view(made, values=None, context=None, errors=None):
    return made.view(values or {}, context or {}, evaluate, errors)
