"""What a caller sent, read strictly: JSON, zip, query and headers. What is wrong is named place by place.

Nothing here knows a resource; schemas come from the rooms beside it.
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any

from flask import request
from marshmallow import Schema, ValidationError, fields, validate
from werkzeug.exceptions import RequestEntityTooLarge

from api.rest.refusals import MalformedError, PreconditionError, TooLargeError, WrongContentTypeError
from api.rest.wording import KEY_LENGTH, NOT_NESTED_SO_DEEP, NOT_TEXT, said_of
from forms import FormError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from forms.text import Text

MAX_JSON = 1_000_000
MAX_KEY = 200
_DEEPEST = 32
_LOOSE = re.compile("[\0\ud800-\udfff]")
_REVISION = re.compile(r'\s*"([0-9]{1,9})"\s*')


class HeadersSchema(Schema):
    """What every POST may carry."""

    key = fields.String(data_key="Idempotency-Key", validate=validate.Length(1, MAX_KEY, error=KEY_LENGTH))


def json_body(schema: type[Schema]) -> dict[str, Any]:
    """The body as the schema has it; none at all counts as `{}`.

    Raises MalformedError, WrongContentTypeError, TooLargeError, FormError naming every member that is wrong.
    """
    content = _content("application/json", MAX_JSON)
    return load(schema, _parsed(content) if content else {}, "body")


def zip_body() -> bytes:
    return _content("application/zip", request.max_content_length)


def form_body(schema: type[Schema]) -> dict[str, Any]:
    """The fields of a multipart form, as the schema has them. Raises WrongContentTypeError, TooLargeError, FormError."""
    if request.mimetype != "multipart/form-data":
        found = request.mimetype or "-"
        raise WrongContentTypeError(
            f"Content-Type应为multipart/form-data, 实际为{found}。请改正后重试。",
            f"the Content-Type should be multipart/form-data, but is {found}; correct it and try again.",
        )
    try:
        return load(schema, request.form.to_dict(), "body")
    except RequestEntityTooLarge as error:
        most = request.max_content_length
        raise TooLargeError(
            f"提交内容超过{most}字节。请分次上传。", f"what was sent is larger than {most} bytes; send less at once."
        ) from error


def files() -> tuple[tuple[str, bytes], ...]:
    """Names and contents of the parts called `file`, once the form has been read."""
    return tuple((one.filename or "", one.read()) for one in request.files.getlist("file"))


def query(schema: type[Schema]) -> dict[str, Any]:
    return load(schema, request.args.to_dict(), "query")


def idempotency_key() -> str | None:
    given = {name: value for name, value in request.headers if name == "Idempotency-Key"}
    key: str | None = load(HeadersSchema, given, "headers").get("key")
    return key


def revision() -> int | None:
    """The revision of If-Match; None where the caller does not mind. Raises PreconditionError for no revision of ours."""
    wanted = request.headers.get("If-Match")
    if wanted is None or wanted.strip() == "*":
        return None
    found = _REVISION.fullmatch(wanted)
    if found is None:
        raise PreconditionError(
            f"If-Match: {wanted} 不是本系统给出的ETag, 未作任何更改。请重新读取并使用其ETag。",
            f"If-Match: {wanted} is no ETag of ours; nothing was changed. Read again and use the ETag that you are given.",
        )
    return int(found[1])


def load(schema: type[Schema], data: Any, place: str) -> dict[str, Any]:
    """Raises FormError; `place` names the whole."""
    refused = dict(_unsuitable(data, place))
    if refused:
        raise FormError(refused)
    try:
        loaded: dict[str, Any] = schema().load(data)
    except ValidationError as error:
        raise FormError(dict(_sentences(error.messages, place))) from error
    return loaded


def _content(kind: str, most: int | None) -> bytes:
    request.max_content_length = most
    try:
        content = request.get_data()
    except RequestEntityTooLarge as error:
        raise TooLargeError(
            f"提交内容超过{most}字节。请减小后重试。", f"what was sent is larger than {most} bytes; send less."
        ) from error
    if content and request.mimetype != kind:
        found = request.mimetype or "-"
        raise WrongContentTypeError(
            f"Content-Type应为{kind}, 实际为{found}。请改正后重试。",
            f"the Content-Type should be {kind}, but is {found}; correct it and try again.",
        )
    return content


def _parsed(content: bytes) -> Any:
    """JSON and no more than JSON: no NaN, no number beyond a double."""
    try:
        return json.loads(content, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError) as error:
        raise MalformedError(
            f"提交内容不是有效的JSON: {error}。请按此位置改正。",
            f"the body is not valid JSON: {error}. Correct it there.",
        ) from error


def _finite(text: str) -> float:
    if not math.isfinite(number := float(text)):
        raise ValueError(f"{text} is no number that JSON can carry")
    return number


def _unsuitable(data: Any, place: str) -> Iterator[tuple[str, Text]]:
    """Texts that no database can keep, and what is nested without an end in sight."""
    waiting: list[tuple[str, Any, int]] = [("", data, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if depth > _DEEPEST:
            yield path, said_of(path, NOT_NESTED_SO_DEEP)
            return
        if isinstance(value, str) and _LOOSE.search(value):
            yield path or place, said_of(path or place, NOT_TEXT)
        waiting += [(_path(path, name), item, depth + 1) for name, item in _inside(value)]


def _inside(value: Any) -> list[tuple[str, Any]]:
    """The members and the items, and the names of the members as texts."""
    if isinstance(value, dict):
        return [(_printable(name), item) for name, item in value.items()] + [(_printable(name), name) for name in value]
    return [(str(index), item) for index, item in enumerate(value)] if isinstance(value, list) else []


def _printable(name: str) -> str:
    return _LOOSE.sub("\ufffd", name)


def _path(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _sentences(messages: Any, place: str, path: str = "") -> Iterator[tuple[str, Text]]:
    """The messages of marshmallow, nested as the data, by dotted path."""
    if isinstance(messages, list):
        where = path or place
        yield where, said_of(where, str(messages[0]))
        return
    items: Mapping[Any, Any] = messages
    for name, below in items.items():
        yield from _sentences(below, place, path if name == "_schema" else _path(path, str(name)))
