"""The API's description (OpenAPI 3.1), made from the table of operations and their marshmallow schemas."""

from __future__ import annotations

import re
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema, fields, validate

from api.rest.operation import Answer, Call, Operation, operation
from api.rest.reading import HeadersSchema
from api.rest.shapes import ProblemSchema
from engine.files import NAMES
from engine.scopes import Scope

if TYPE_CHECKING:
    from collections.abc import Iterator

PREFIX = "/api/v1"
_ARGUMENT = re.compile(r"<(?:(int)[^:]*:)?(\w+)>")
_REFUSALS = {
    400: "what was sent is not JSON",
    401: "no valid token",
    403: "not permitted",
    404: "no such thing, or none that the caller may see",
    409: "things have moved on, or the Idempotency-Key was used for another request",
    412: "the instance is not at the revision of If-Match",
    413: "what was sent is too large",
    415: "another content type than this operation takes",
    429: "called too often; `Retry-After` says in how many seconds to try again",
    422: "what was sent is wrong; `fields` or `findings` name the places",
}
_ABOUT = """Every operation but those marked otherwise takes a token: `Authorization: Bearer …`.

Errors are RFC 9457 problem documents with the sentence in English (`detail`) and Chinese (`detail_zh`). A refused
request has changed nothing. Moments are RFC 3339 with the offset of Asia/Shanghai (+08:00), days are days there.

`Idempotency-Key` on a POST: the same request again under the same key does its work once and is answered the same;
another request under it is 409. Claiming, deploying and evaluating do their work once with or without a key: a bundle
is known by its digest, so that sending it again is 200 where the first time was 201. Lists in pages carry
`Link: <…>; rel="next"` while there is more. `If-Match` with the ETag of a task or an instance: 412 when the instance
has moved on; everything else that has happened meanwhile (closed, claimed by another) is 409."""


_ABOUT_TOKENS = """A token made on the page of one's account has scopes (each operation's `security` names the one that it takes) and ends
after a year at most; it does what its person may and its scopes let through. One without scopes does all that its person may.

Scopes: """ + ", ".join(f"`{scope}`" for scope in Scope)


class DescriptionSchema(Schema):
    """An OpenAPI 3.1 document; its own specification says what is in the members."""

    openapi = fields.String(required=True)
    info = fields.Dict(required=True)
    servers = fields.List(fields.Dict(), required=True)
    security = fields.List(fields.Dict(), required=True)
    paths = fields.Dict(required=True)
    components = fields.Dict(required=True)


@operation("GET", "/openapi.json", answer=DescriptionSchema, public=True)
def openapi(_call: Call) -> Answer:
    """What you are reading, as OpenAPI 3.1."""
    return Answer(describe())


def describe() -> dict[str, Any]:
    """OpenAPI 3.1 as JSON values."""
    from api.rest.rest import OPERATIONS

    spec = APISpec(
        title="Pingpin (评聘)",
        version=version("pingpin"),
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin()],
        info={"description": _ABOUT},
        servers=[{"url": PREFIX}],
        security=[{"token": []}],
    )
    spec.components.security_scheme("token", {"type": "http", "scheme": "bearer", "description": _ABOUT_TOKENS})
    for one in OPERATIONS:
        spec.path(_ARGUMENT.sub(r"{\2}", one.path), operations={one.method.lower(): _described(one)})
    return spec.to_dict()


def _described(one: Operation) -> dict[str, Any]:
    summary, _, rest = one.words.partition("\n\n")
    described: dict[str, Any] = {
        "operationId": one.name,
        "summary": summary,
        "parameters": list(_parameters(one)),
        "responses": {**_answers(one), **_problems(one)},
    }
    if rest:
        described["description"] = rest
    described["security"] = [] if one.public else [{"token": [one.scope.value]}]
    if one.method == "POST":
        described["requestBody"] = _body(one)
    return described


def _parameters(one: Operation) -> Iterator[dict[str, Any]]:
    for kind, name in _ARGUMENT.findall(one.path):
        shape = {"type": "integer" if kind else "string"}
        yield {"in": "path", "name": name, "required": True, "schema": shape}
    if one.query is not Schema:
        yield {"in": "query", "schema": one.query}
    if one.method == "POST":
        yield {"in": "header", "schema": HeadersSchema}
    if one.conditional:
        yield {"in": "header", "name": "If-Match", "schema": {"type": "string"}}


def _body(one: Operation) -> dict[str, Any]:
    if one.takes_zip:
        return {"required": True, "content": {"application/zip": {}}}
    if one.takes_files:
        return {"required": True, "content": {"multipart/form-data": {"schema": _with_files(one.body)}}}
    return {"required": bool(_required(one.body)), "content": {"application/json": {"schema": one.body}}}


@cache
def _with_files(schema: type[Schema]) -> type[Schema]:
    """The fields of a form and its files as one object: what allows no further fields goes into no `allOf`."""
    file = fields.Raw(metadata={"type": "string", "format": "binary"})
    files = fields.List(file, required=True, validate=validate.Length(min=1))
    return schema.from_dict({"file": files}, name=f"{schema.__name__.removesuffix('Schema')}FilesSchema")


def _required(schema: type[Schema]) -> list[str]:
    return [name for name, member in schema().fields.items() if member.required]


def _answers(one: Operation) -> dict[str, Any]:
    meaning = {200: "done", 201: "made"}
    if one.gives_file:
        binary = {"schema": {"type": "string", "format": "binary"}}
        return {"200": {"description": "the file", "content": dict.fromkeys(sorted(NAMES), binary)}}
    return {
        str(status): {"description": meaning[status], "content": {"application/json": {"schema": one.answer}}}
        for status in one.statuses
    }


def _problems(one: Operation) -> dict[str, Any]:
    content = {"application/problem+json": {"schema": ProblemSchema}}
    return {str(status): {"description": _REFUSALS[status], "content": content} for status in _refusals(one)}


def _refusals(one: Operation) -> list[int]:
    """Which errors an operation may answer with, by what it takes."""
    found = {422}
    found |= set() if one.public else {401, 403, 429}
    found |= {404} if "<" in one.path or one.sandbox else set()
    found |= {400, 404, 409, 413, 415} if one.method == "POST" else set()
    found |= {409} if one.name == "task" else set()
    found |= {412} if one.conditional else set()
    return sorted(found)
