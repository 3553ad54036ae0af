"""Configuration by environment, each value with its meaning; a production start refuses insecure ones."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, fields
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.errors import InvalidError
from engine.keys import VARIABLE, Keys, read_keys
from engine.retaining import LEAST_SIGN_INS, USUAL_DAYS, Days
from engine.signing_in import SessionLimits
from forms.text import Text

if TYPE_CHECKING:
    from collections.abc import Mapping

MIN_SECRET = 32


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable."""

    name: str
    default: str
    meaning: str


VARIABLES = (
    Variable("PINGPIN_DATABASE_URL", "sqlite:///var/pingpin.db", "where the data is: an SQLAlchemy address"),
    Variable("PINGPIN_SECRET_KEY", "", f"signs sessions; at least {MIN_SECRET} characters, the same for all processes"),
    Variable(
        VARIABLE,
        "",
        "encrypt identity numbers and drafts: each 32 bytes in base64, the newest first, with commas between; the same for all "
        "processes. Make one with `openssl rand -base64 32`, and keep it apart from the database's backups",
    ),
    Variable("PINGPIN_HOST", "127.0.0.1", "the address to serve on"),
    Variable("PINGPIN_PORT", "8000", "the port to serve on"),
    Variable("PINGPIN_HTTPS", "1", "1: cookies only over HTTPS; 0 for a private network without it"),
    Variable("PINGPIN_SMTP_URL", "", "the mail server: smtp://, smtp+starttls:// or smtps://user:password@host:port"),
    Variable("PINGPIN_MAIL_FROM", "pingpin@localhost", "the sender of mail"),
    Variable(
        "PINGPIN_BASE_URL", "", "where people reach this installation, https://host: what links in mails begin with"
    ),
    Variable(
        "PINGPIN_WEBHOOK_HOSTS",
        "",
        "hosts of the own network that web hooks may call all the same, with commas between",
    ),
    Variable("PINGPIN_TICK_SECONDS", "1", "how often due timers and waiting messages are looked for"),
    Variable("PINGPIN_SESSION_IDLE_MINUTES", "30", "after how long without a request somebody has to sign in again"),
    Variable("PINGPIN_SESSION_HOURS", "12", "after how long somebody has to sign in again in any case"),
    Variable(
        "PINGPIN_SESSIONS_AT_ONCE", "5", "in how many browsers a person is signed in at once; one more ends the oldest"
    ),
    Variable("PINGPIN_API_CALLS_PER_MINUTE", "1200", "how often a token, or an address without one, may call the API"),
    Variable("PINGPIN_KEEP_LETTERS_DAYS", str(USUAL_DAYS.letters), "how long what became of a mail is kept"),
    Variable("PINGPIN_KEEP_HOOK_CALLS_DAYS", str(USUAL_DAYS.hook_calls), "how long calls of web hooks are kept"),
    Variable(
        "PINGPIN_KEEP_SIGN_INS_DAYS",
        str(USUAL_DAYS.sign_ins),
        f"how long the log of sign-ins is kept; {LEAST_SIGN_INS} at least",
    ),
    Variable(
        "PINGPIN_KEEP_DRAFTS_DAYS",
        str(USUAL_DAYS.drafts),
        "how long drafts, and files beside a form, are kept that are never submitted",
    ),
    Variable(
        "PINGPIN_PROXIES", "0", "how many proxies of yours stand before it, whose X-Forwarded headers are believed"
    ),
    Variable("PINGPIN_OIDC_ISSUER", "", "the OpenID provider's issuer, https://…; empty: local passwords only"),
    Variable("PINGPIN_OIDC_CLIENT_ID", "", "what the provider calls this installation"),
    Variable("PINGPIN_OIDC_CLIENT_SECRET", "", "the secret that the provider has given it"),
    Variable(
        "PINGPIN_OIDC_CLAIM",
        "",
        "the claim that is a person's id here, if the provider guarantees it; empty: linked people only",
    ),
)
_LOCAL = {"127.0.0.1", "localhost", "::1"}


@dataclass(frozen=True, slots=True)
class Provider:
    """An OpenID provider by whose word people sign in."""

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    claim: str = ""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What one process runs with."""

    database_url: str = field(repr=False)
    secret_key: str = field(repr=False)
    host: str
    port: int
    https: bool
    tick_seconds: float
    sandbox: bool = False
    smtp_url: str | None = field(default=None, repr=False)
    mail_from: str = "pingpin@localhost"
    base_url: str | None = None
    webhook_hosts: frozenset[str] = frozenset()
    session_limits: SessionLimits = field(default_factory=SessionLimits)
    api_calls_per_minute: int = 1200
    proxies: int = 0
    provider: Provider | None = None
    days: Days = USUAL_DAYS
    keys: Keys = field(default_factory=Keys, repr=False)


def from_environment(environment: Mapping[str, str] | None = None) -> Configuration:
    """Raises InvalidError naming the variable and the remedy."""
    values = {variable.name: variable.default for variable in VARIABLES} | dict(environment or os.environ)
    try:
        port, tick = int(values["PINGPIN_PORT"]), float(values["PINGPIN_TICK_SECONDS"])
        proxies = int(values["PINGPIN_PROXIES"])
    except ValueError as error:
        raise InvalidError(
            f"环境变量应为数字: {error}", f"an environment variable should be a number: {error}"
        ) from error
    return Configuration(
        database_url=values["PINGPIN_DATABASE_URL"],
        secret_key=values["PINGPIN_SECRET_KEY"],
        host=values["PINGPIN_HOST"],
        port=port,
        https=values["PINGPIN_HTTPS"] != "0",
        tick_seconds=tick,
        smtp_url=_smtp_url(values["PINGPIN_SMTP_URL"]),
        mail_from=values["PINGPIN_MAIL_FROM"],
        base_url=_base_url(values["PINGPIN_BASE_URL"].strip(), https=values["PINGPIN_HTTPS"] != "0"),
        webhook_hosts=_hosts(values["PINGPIN_WEBHOOK_HOSTS"]),
        session_limits=_session_limits(values),
        api_calls_per_minute=_counted(values, "PINGPIN_API_CALLS_PER_MINUTE", 1_000_000),
        proxies=max(0, proxies),
        provider=_provider(values),
        days=_days(values),
        keys=read_keys(values[VARIABLE]),
    )


def _session_limits(values: Mapping[str, str]) -> SessionLimits:
    return SessionLimits(
        idle=timedelta(minutes=_counted(values, "PINGPIN_SESSION_IDLE_MINUTES", 24 * 60)),
        absolute=timedelta(hours=_counted(values, "PINGPIN_SESSION_HOURS", 24 * 7)),
        at_once=_counted(values, "PINGPIN_SESSIONS_AT_ONCE", 100),
    )


def _days(values: Mapping[str, str]) -> Days:
    least = {"sign_ins": LEAST_SIGN_INS}
    names = [each.name for each in fields(Days)]
    return Days(
        **{each: _counted(values, f"PINGPIN_KEEP_{each.upper()}_DAYS", 36_500, least.get(each, 1)) for each in names}
    )


def _counted(values: Mapping[str, str], name: str, most: int, least: int = 1) -> int:
    text = values[name].strip()
    if not (text.isascii() and text.isdigit() and least <= int(text) <= most):
        raise InvalidError(
            f"{name}应为{least}至{most}的整数, 现为{text}。",
            f"{name} should be a whole number from {least} to {most}, but is {text}.",
        )
    return int(text)


def _provider(values: Mapping[str, str]) -> Provider | None:
    issuer, client, secret, claim = (
        values[f"PINGPIN_OIDC_{name}"].strip() for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET", "CLAIM")
    )
    if not issuer:
        return None
    url = urlsplit(issuer)
    if url.scheme != "https" and url.hostname not in _LOCAL:
        raise InvalidError("PINGPIN_OIDC_ISSUER 应以https://开头。", "PINGPIN_OIDC_ISSUER should begin with https://.")
    if not client or not secret:
        raise InvalidError(
            "设置了PINGPIN_OIDC_ISSUER时, 还须设置PINGPIN_OIDC_CLIENT_ID和PINGPIN_OIDC_CLIENT_SECRET。",
            "with PINGPIN_OIDC_ISSUER there must be PINGPIN_OIDC_CLIENT_ID and PINGPIN_OIDC_CLIENT_SECRET, too.",
        )
    return Provider(issuer, client, secret, claim)


def _smtp_url(text: str) -> str | None:
    """Never quoted where it is wrong: there is a password in it."""
    if text and not _is_server(text):
        raise InvalidError(
            "PINGPIN_SMTP_URL 应为 smtp://、smtp+starttls:// 或 smtps:// 后接 用户:密码@主机:端口。密码中的/、@、:、#等字符请用百分号编码。",
            "PINGPIN_SMTP_URL should be smtp://, smtp+starttls:// or smtps:// and then user:password@host:port. Characters such as "
            "/, @, : and # in a password are percent-encoded.",
        )
    return text or None


def _is_server(text: str) -> bool:
    try:
        url = urlsplit(text)
        known = url.scheme in {"smtp", "smtp+starttls", "smtps"} and url.hostname and url.port != 0
    except ValueError:
        return False
    return bool(known) and url.path in {"", "/"} and not url.query and not url.fragment


def _base_url(text: str, *, https: bool) -> str | None:
    """Without the slash at its end."""
    if text and not _is_base(text, https=https):
        raise InvalidError(
            "PINGPIN_BASE_URL 应为 https://主机名 (PINGPIN_HTTPS=0 时可为 http://), 可带路径, 不含用户名、?和#。",
            "PINGPIN_BASE_URL should be https://host (http:// too with PINGPIN_HTTPS=0), with a path or without, no user, no ? and "
            "no #.",
        )
    return text.rstrip("/") or None


def _is_base(text: str, *, https: bool) -> bool:
    try:
        url = urlsplit(text)
        known = url.scheme in ({"https"} if https else {"https", "http"}) and url.hostname and url.port != 0
    except ValueError:
        return False
    return bool(known) and not set(text) & set('?#@<>"') and text.isprintable() and " " not in text


def _hosts(text: str) -> frozenset[str]:
    found = frozenset(each.strip().lower() for each in text.split(",")) - {""}
    if any(set(each) & set("/:@* ") for each in found):
        raise InvalidError(
            "PINGPIN_WEBHOOK_HOSTS 应为主机名, 以逗号分隔, 不含协议、端口和通配符。",
            "PINGPIN_WEBHOOK_HOSTS takes host names with commas between, without scheme, port or wildcard.",
        )
    return found


def lacking(configuration: Configuration) -> list[Text]:
    """What a production start says is missing, and what does not work without it."""
    if configuration.smtp_url and not configuration.base_url:
        return [
            Text(
                "未设置PINGPIN_BASE_URL: 通知邮件中没有链接, 不能确认邮箱, 也不能以邮件重置密码。",
                "PINGPIN_BASE_URL is not set: mails have no links, addresses cannot be confirmed, passwords not be set by mail.",
            )
        ]
    return []


def require_secure(configuration: Configuration) -> None:
    """What a production start refuses, with a sentence each."""
    if len(configuration.secret_key) < MIN_SECRET:
        raise InvalidError(
            f"PINGPIN_SECRET_KEY 缺失或过短: 至少{MIN_SECRET}个字符, 例如 openssl rand -hex 32。",
            f"PINGPIN_SECRET_KEY is missing or too short: at least {MIN_SECRET} characters, such as `openssl rand -hex 32` gives.",
        )
    if not configuration.keys.ids:
        raise InvalidError(
            f"缺少{VARIABLE}: 身份证件号码加密保存, 需要密钥, 例如 openssl rand -base64 32 的结果。请妥善保管, 丢失后号码无法恢复。",
            f"{VARIABLE} is missing: identity numbers are kept encrypted, with a key such as `openssl rand -base64 32` gives. Keep it "
            "safe: without it they cannot be read again.",
        )


def ensure_folder(database_url: str) -> None:
    """The folder of a SQLite file, where it is not there yet."""
    path = database_url.removeprefix("sqlite:///")
    if path != database_url and path and not path.startswith(":"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
