"""Whether an answer is what the API's own description says: the part of JSON Schema that the description uses."""

import re
from datetime import datetime

TYPES = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": type(None),
}
KNOWN = {
    "$ref", "anyOf", "type", "format", "enum", "properties", "required", "additionalProperties", "items",
    "description", "default", "minimum", "maximum", "minLength", "maxLength",
}  # fmt: skip


def differences(description, method, path, response):
    """Where the answer is not as described, each with its place; none is what is wanted."""
    described = _operation(description, method, path)
    if described is None:
        return [f"{method} {path} is not described"]
    answer = described["responses"].get(str(response.status_code))
    if answer is None:
        return [f"{method} {path} may answer {sorted(described['responses'])}, not {response.status_code}"]
    if response.mimetype not in answer["content"]:
        return [f"{method} {path} answers {response.mimetype}, not {list(answer['content'])}"]
    if answer["content"][response.mimetype]["schema"].get("format") == "binary":
        return []
    return list(_wrong(response.get_json(), answer["content"][response.mimetype]["schema"], description, "answer"))


def _operation(description, method, path):
    """Fixed addresses before those with arguments, as a router reads them."""
    for template in sorted(description["paths"], key=lambda known: known.count("{")):
        pattern = re.sub(r"\{\w+\}", "[^/]+", re.escape(template).replace(r"\{", "{").replace(r"\}", "}"))
        if re.fullmatch(pattern, path) and method in description["paths"][template]:
            return description["paths"][template][method]
    return None


def _wrong(value, schema, description, place):
    assert schema.keys() <= KNOWN, f"{place}: the checker does not know {schema.keys() - KNOWN}"
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/components/schemas/")
        yield from _wrong(value, description["components"]["schemas"][name], description, place)
    elif "anyOf" in schema:
        if all(list(_wrong(value, choice, description, place)) for choice in schema["anyOf"]):
            yield f"{place}: {value!r} is none of {schema['anyOf']}"
    elif not _is_a(value, schema.get("type")):
        yield f"{place}: {value!r} is not {schema['type']}"
    elif isinstance(value, dict):
        yield from _wrong_members(value, schema, description, place)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from _wrong(item, schema.get("items", {}), description, f"{place}.{number}")
    elif (
        schema.get("format") == "date-time" and isinstance(value, str) and datetime.fromisoformat(value).tzinfo is None
    ):
        yield f"{place}: {value} has no offset"


def _is_a(value, types):
    if types is None:
        return True
    named = types if isinstance(types, list) else [types]
    return any(isinstance(value, TYPES[name]) and not (name == "integer" and isinstance(value, bool)) for name in named)


def _wrong_members(value, schema, description, place):
    properties, others = schema.get("properties", {}), schema.get("additionalProperties", None)
    for name in set(schema.get("required", ())) - value.keys():
        yield f"{place}.{name} is missing"
    for name, item in value.items():
        if name in properties:
            yield from _wrong(item, properties[name], description, f"{place}.{name}")
        elif others is None and properties:
            yield f"{place}.{name} is not described"
        elif isinstance(others, dict):
            yield from _wrong(item, others, description, f"{place}.{name}")
