"""One operation of the API: its place, what it takes and gives, and the function behind it.

Served by `rest`, described by `description`: the same table, so that the two cannot differ.
"""

from __future__ import annotations

import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from flask import jsonify
from marshmallow import Schema
from werkzeug.exceptions import NotFound

from api.inbox.papers import served
from api.request import require_sandbox, token_actor
from api.rest import reading
from engine.permissions import Actor
from engine.scopes import Scope, require_scope

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from flask import Response

# Who asks without a token; no role, so the table of permissions gives nothing.
_ANYBODY = Actor("anybody", "公众")


@dataclass(frozen=True, slots=True)
class Call:
    """What a caller sent, read and checked; `content` is a body that is not JSON, `files` are names and contents of a form's."""

    actor: Actor
    query: Mapping[str, Any]
    body: Mapping[str, Any]
    content: bytes
    files: tuple[tuple[str, bytes], ...]
    key: str | None
    revision: int | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; `data` is what the operation's schema dumps."""

    data: Any
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Operation:
    """`path` in Flask's words. `body` is a schema; with `takes_files` of a multipart form's other fields.

    `statuses` are those of success; `scope`: what a token with scopes needs; `conditional`: If-Match is heeded; `public`: nobody need be signed in;
    `sandbox`: there is no such thing in production (404).
    """

    method: str
    path: str
    run: Callable[..., Answer]
    answer: type[Schema] = Schema
    query: type[Schema] = Schema
    body: type[Schema] = Schema
    statuses: tuple[int, ...] = (200,)
    scope: Scope = Scope.READ
    takes_zip: bool = False
    takes_files: bool = False
    gives_file: bool = False
    conditional: bool = False
    public: bool = False
    sandbox: bool = False

    @property
    def name(self) -> str:
        return self.run.__name__

    @property
    def words(self) -> str:
        """The function's docstring: the first line is the summary, the rest is for people too."""
        return inspect.cleandoc(self.run.__doc__ or "")

    def serve(self, **arguments: Any) -> Response:
        """Read the request, do it, answer."""
        call = self._call()
        if any("\0" in value for value in arguments.values() if isinstance(value, str)):
            raise NotFound
        done = self.run(call, **arguments)
        response = served(done.data) if self.gives_file else jsonify(self.answer().dump(done.data))
        response.status_code = done.status
        response.headers.extend(done.headers)
        return response

    def _call(self) -> Call:
        if self.sandbox:
            require_sandbox()
        actor = _ANYBODY if self.public else token_actor()
        require_scope(actor, self.scope)
        is_post = self.method == "POST"
        return Call(
            actor=actor,
            query=reading.query(self.query),
            key=reading.idempotency_key() if is_post else None,
            revision=reading.revision() if self.conditional else None,
            body=self._body() if is_post else {},
            content=reading.zip_body() if self.takes_zip else b"",
            files=reading.files() if self.takes_files else (),
        )

    def _body(self) -> Mapping[str, Any]:
        if self.takes_files:
            return reading.form_body(self.body)
        return {} if self.takes_zip else reading.json_body(self.body)


def operation(method: str, path: str, **rest: Any) -> Callable[[Callable[..., Answer]], Operation]:
    """Make an operation of a function `(call, **path) -> Answer`; `rest` are the fields of Operation."""
    return lambda run: Operation(method, path, run, **rest)
