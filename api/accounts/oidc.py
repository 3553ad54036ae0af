"""Signing in by an OpenID provider's word: code flow with PKCE, state and nonce, all of it Authlib's.

The provider says who somebody is; whether that is anybody here, and what they may, is ours to say. Nobody is made by it.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import OAuth
from flask import Blueprint, abort, current_app, redirect, render_template, request, session, url_for
from joserfc.errors import JoseError

from api.request import configuration, engine, local_address, origin, session_secret
from api.request import sign_in as begin_session
from engine.errors import InvalidError
from engine.signing_in import UnknownIdentityError

if TYPE_CHECKING:
    from flask import Flask
    from werkzeug.wrappers import Response

    from api.configuration import Provider
    from engine.errors import PingpinError
    from forms.text import Text

pages = Blueprint("oidc", __name__, url_prefix="/sign-in/oidc")
_SECONDS = 10
_log = logging.getLogger("pingpin.api.oidc")
# Wrong state, nonce, signature or audience; a refusal by the provider; one that cannot be reached or makes no sense.
_FAILURES = (AuthlibBaseError, JoseError, requests.RequestException, RuntimeError, KeyError, TypeError, ValueError)


class ProviderError(InvalidError):
    """The provider did not say who this is, or not in a way that can be believed."""

    def __init__(self) -> None:
        super().__init__(
            "统一身份认证没有完成，未登录。请重新登录；仍不成功请联系安全管理员。",
            "Single sign-on did not come to an end, and you are not signed in. Try again; if it fails again, ask the security "
            "administrator.",
        )


def install(app: Flask, provider: Provider | None) -> None:
    """Nothing is asked of the provider before somebody signs in."""
    if provider is None:
        return
    app.extensions["pingpin.provider"] = OAuth(app).register(
        "provider",
        server_metadata_url=f"{provider.issuer.rstrip('/')}/.well-known/openid-configuration",
        client_id=provider.client_id,
        client_secret=provider.client_secret,
        client_kwargs={"scope": "openid profile", "code_challenge_method": "S256", "default_timeout": _SECONDS},
    )


@pages.get("")
def begin() -> Response | tuple[str, int]:
    """Off to the provider; what is begun earlier in this browser is forgotten."""
    client, scheme = _client(), "https" if configuration().https and not configuration().sandbox else request.scheme
    for key in [key for key in session if key.startswith("_state_")]:
        session.pop(key)
    session["next"] = local_address(request.args.get("next", "/"))
    try:
        found: Response = client.authorize_redirect(url_for("oidc.end", _external=True, _scheme=scheme))
    except _FAILURES:
        _log.warning("the OpenID provider cannot be asked", exc_info=True)
        return _refused(ProviderError(), 502)
    return found


@pages.get("/callback")
def end() -> Response | tuple[str, int]:
    """Back from the provider, with a code or an error; what is wrong with it is for the log, not for the page."""
    client, provider, back = _client(), configuration().provider, local_address(session.get("next", "/"))
    assert provider is not None
    try:
        subject, claimed = _who(client, provider)
    except _FAILURES as error:
        _log.warning("signing in by the OpenID provider failed: %s", type(error).__name__)
        return _refused(ProviderError(), 400)
    try:
        secret = engine().accounts.sign_in_by_identity(
            provider.issuer, subject, claimed, origin(), replaces=session_secret()
        )
    except UnknownIdentityError as error:
        return _refused(error, 403)
    begin_session(secret)
    return redirect(back, 303)


def _who(client: Any, provider: Provider) -> tuple[str, str | None]:
    """The subject, and the person that the claim names; raises one of the failures."""
    token = client.authorize_access_token()
    claims = token["userinfo"]
    if claims["iss"] != provider.issuer:
        raise ValueError("another issuer")
    subject = str(claims["sub"])
    if not provider.claim:
        return subject, None
    if provider.claim not in claims:
        claims = client.userinfo(token=token)
        if str(claims["sub"]) != subject:
            raise ValueError("another subject")
    claimed = claims.get(provider.claim)
    return subject, claimed if isinstance(claimed, str) and claimed and "\0" not in claimed else None


def _client() -> Any:
    client = current_app.extensions.get("pingpin.provider")
    if client is None:
        abort(404)
    return client


def _refused(error: PingpinError, status: int) -> tuple[str, int]:
    why: Text | None = None
    page = render_template(
        "sign_in.html",
        next=local_address(session.get("next", "/")),
        problem=error.text,
        why=why,
        name="",
        has_provider=True,
    )
    return page, status
