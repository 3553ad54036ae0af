"""Errors as answers: one table from error class to status, one page and one problem document for all of them."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from flask import Response, g, jsonify, make_response, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from api.inbox import drafting
from api.request import SignInRequiredError, StaleFormError, local_address
from api.rest.refusals import MalformedError, PreconditionError, TooLargeError, WrongContentTypeError
from engine import mishaps
from engine.errors import (
    BundleRefusedError,
    ConflictError,
    InvalidError,
    NotFoundError,
    NotPermittedError,
    PingpinError,
    PolicyNotInForceError,
)
from engine.scopes import ScopeMissingError
from engine.signing_in import TooManyError
from forms import FormError
from forms.text import Text

if TYPE_CHECKING:
    from flask import Flask

# The first class that fits decides.
STATUS: tuple[tuple[type[Exception], int, Text], ...] = (
    (SignInRequiredError, 401, Text("请先登录", "Sign in first")),
    (TooManyError, 429, Text("请求过多", "Too many requests")),
    (NotPermittedError, 403, Text("没有权限", "Not permitted")),
    (NotFoundError, 404, Text("没有找到", "Not found")),
    (StaleFormError, 409, Text("页面已过期", "The page is out of date")),
    (PreconditionError, 412, Text("情况已变化", "Things have moved on")),
    (MalformedError, 400, Text("无法读取", "This cannot be read")),
    (WrongContentTypeError, 415, Text("类型不符", "Another type is wanted")),
    (TooLargeError, 413, Text("内容过大", "Too large")),
    (ConflictError, 409, Text("情况已变化", "Things have moved on")),
    (PolicyNotInForceError, 409, Text("没有施行中的政策", "No policy is in force")),
    (FormError, 422, Text("填写有误", "Some entries need correction")),
    (BundleRefusedError, 422, Text("政策包未通过检查", "The bundle did not pass its checks")),
    (InvalidError, 422, Text("无法处理", "This cannot be done")),
    (PingpinError, 422, Text("无法处理", "This cannot be done")),
)

_HTTP = {
    400: Text("请求有误。", "The request is malformed."),
    404: Text("没有这个页面。请从左侧菜单重新进入。", "There is no such page. Use the menu to find your way."),
    405: Text("不能这样访问此地址。", "This address cannot be used that way."),
    413: Text("上传内容过大。", "What was sent is too large."),
    415: Text("请以JSON格式提交(Content-Type: application/json)。", "Send JSON (Content-Type: application/json)."),
}
_HTTP_OF_REST = {
    404: Text(
        "没有这个地址。可用的地址见/api/v1/openapi.json。", "There is no such address. /api/v1/openapi.json lists them."
    ),
    405: Text(
        "此地址不支持该方法。支持的方法见Allow。",
        "This address has no such method; the Allow header lists its methods.",
    ),
}
_UNEXPECTED = Text(
    "系统出现意外错误, 未作任何更改。请稍后重试或联系管理员。",
    "Something unexpected happened; nothing was changed. Try again later or tell an administrator.",
)

_UNAUTHORISED = 401
_log = logging.getLogger("pingpin.api")


def install(app: Flask) -> None:
    app.register_error_handler(PingpinError, _refused)
    app.register_error_handler(FormError, _refused)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def status_of(error: Exception) -> tuple[int, Text]:
    return next((status, title) for kind, status, title in STATUS if isinstance(error, kind))


def _refused(error: Any) -> Any:
    status, title = status_of(error)
    g.kept = drafting.keep() if request.method == "POST" and not _is_rest() else None
    if isinstance(error, SignInRequiredError) and not _is_rest():
        return redirect(url_for("sign_in.show", next=_after_sign_in()))
    name = type(error).__name__.removesuffix("Error")
    answer = make_response(_answer(status, title, error.text, name, _details(error)))
    if isinstance(error, TooManyError):
        answer.headers["Retry-After"] = str(error.seconds)
    return answer


def _after_sign_in() -> str:
    """Where somebody was; what they had typed awaits them there."""
    if g.kept:
        return drafting.address_of(g.kept)
    return request.full_path if request.method == "GET" else _back() or "/"


def _details(error: Exception) -> dict[str, Any]:
    if isinstance(error, FormError):
        return {"fields": {path: text.as_json() for path, text in error.fields.items()}}
    if isinstance(error, ScopeMissingError):
        return {"scope": error.scope}
    if isinstance(error, BundleRefusedError):
        return {"findings": [finding.as_json() for finding in error.findings]}
    return {}


def _http(error: HTTPException) -> Any:
    status = error.code or 500
    if status in {301, 302, 308}:
        return error
    known = _HTTP | _HTTP_OF_REST if _is_rest() else _HTTP
    text = known.get(status, Text("无法处理该请求。", error.description or "The request cannot be handled."))
    title = Text(error.name, error.name) if _is_rest() else Text(text.zh.rstrip("。"), text.en.rstrip("."))
    answer = _answer(status, title, text, error.name.replace(" ", ""), {})
    if isinstance(error, MethodNotAllowed) and isinstance(answer, Response):
        answer.headers["Allow"] = ", ".join(sorted(error.valid_methods or ()))
    return answer


def _unexpected(error: Exception) -> Any:
    mishaps.record(_log, f"unexpected: {request.method} {request.path}", error)
    return _answer(500, Text("意外错误", "Unexpected error"), _UNEXPECTED, "Unexpected", {})


def _is_rest() -> bool:
    return request.path.startswith("/api/")


def _answer(status: int, title: Text, text: Text, name: str, details: dict[str, Any]) -> Response | tuple[str, int]:
    if _is_rest():
        document = {
            "type": f"urn:pingpin:{name}",
            "title": title.en,
            "status": status,
            "detail": text.en,
            "detail_zh": text.zh,
        }
        response = jsonify({**document, **details})
        response.status_code = status
        response.content_type = "application/problem+json"
        if status == _UNAUTHORISED:
            response.headers["WWW-Authenticate"] = "Bearer"
        return response
    page = render_template(
        "error.html",
        title=title,
        text=text,
        status=status,
        problems=details.get("findings"),
        back=_back(),
        kept=g.get("kept"),
    )
    return page, status


def _back() -> str | None:
    """The page that one came from, to try again; none where it is this very address or another site's."""
    referrer = request.referrer or ""
    local = (
        local_address("/" + referrer.removeprefix(request.host_url)) if referrer.startswith(request.host_url) else "/"
    )
    itself = request.method == "GET" and local == request.full_path.rstrip("?")
    return None if local == "/" or itself else local
