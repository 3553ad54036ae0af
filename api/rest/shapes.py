"""Shapes that several resources share: a text in both languages, a moment, a page, a problem."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from flask import request, url_for
from marshmallow import Schema, fields, validate

from api.rest.wording import DAY, MOMENT, PAGE_LENGTH
from engine.clock import SHANGHAI

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

MOST = 200


class Moment(fields.DateTime):
    """RFC 3339 with the offset of Asia/Shanghai, where the regulation counts its days."""

    def _serialize(self, value: datetime | None, *_: Any, **__: Any) -> str | None:
        return value.astimezone(SHANGHAI).isoformat() if value else None


def wanted_moment() -> fields.AwareDateTime:
    """A moment that a caller gives; without its zone nobody knows which is meant."""
    return fields.AwareDateTime(required=True, error_messages={"invalid": MOMENT, "invalid_awareness": MOMENT})


def wanted_day() -> fields.Date:
    """A day that a caller may give."""
    return fields.Date(load_default=None, error_messages={"invalid": DAY, "format": DAY})


class TextSchema(Schema):
    """The same words in Chinese and in English."""

    zh = fields.String(required=True)
    en = fields.String(required=True)


def text(**options: Any) -> fields.Nested:
    return fields.Nested(TextSchema, required=True, **options)


class NothingSchema(Schema):
    """No members."""


class PageQuery(Schema):
    """Which part of a list: at most `limit` items, those after a place that an earlier page named."""

    limit = fields.Integer(load_default=50, validate=validate.Range(1, MOST, error=PAGE_LENGTH))
    after = fields.String(load_default=None, metadata={"description": "taken from the Link of the page before"})


class ProblemSchema(Schema):
    """An error as RFC 9457 has it; `fields` by dotted path, `findings` of a bundle's checks, `scope` that a token lacks."""

    type = fields.String(required=True)
    title = fields.String(required=True)
    status = fields.Integer(required=True)
    detail = fields.String(required=True)
    detail_zh = fields.String(required=True)
    fields_ = fields.Dict(keys=fields.String(), values=fields.Nested(TextSchema), data_key="fields")
    findings = fields.List(fields.Nested(lambda: FindingSchema()))
    scope = fields.String()


class FindingSchema(Schema):
    """What a deployment check says of one place."""

    file = fields.String(required=True)
    element = fields.String(required=True)
    rule = fields.String(required=True)
    message = text()


def etag(revision: int) -> dict[str, str]:
    return {"ETag": f'"{revision}"'}


def page(items: Sequence[Any], limit: int) -> tuple[dict[str, Any], Mapping[str, str]]:
    """The first `limit` of one item more than were asked for, and the way to the next page if there is one."""
    shown = items[:limit]
    if len(items) <= limit:
        return {"items": shown}, {}
    return {"items": shown}, {"Link": next_link(shown[-1].id)}


def next_link(after: str) -> str:
    """The same request for what follows the item of this id."""
    here = {**(request.view_args or {}), **request.args.to_dict(), "after": after}
    return f'<{url_for(request.endpoint or "", **here)}>; rel="next"'
