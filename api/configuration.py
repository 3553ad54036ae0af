"""Configuration by environment, each value with its meaning; a production start refuses insecure ones."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.errors import InvalidError

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
    Variable("PINGPIN_HOST", "127.0.0.1", "the address to serve on"),
    Variable("PINGPIN_PORT", "8000", "the port to serve on"),
    Variable("PINGPIN_HTTPS", "1", "1: cookies only over HTTPS; 0 for a private network without it"),
    Variable("PINGPIN_SMTP_URL", "", "the mail server: smtp://, smtp+starttls:// or smtps://user:password@host:port"),
    Variable("PINGPIN_MAIL_FROM", "pingpin@localhost", "the sender of mail"),
    Variable("PINGPIN_TICK_SECONDS", "1", "how often due timers and waiting messages are looked for"),
)


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


def from_environment(environment: Mapping[str, str] | None = None) -> Configuration:
    """Raises InvalidError naming the variable and the remedy."""
    values = {variable.name: variable.default for variable in VARIABLES} | dict(environment or os.environ)
    try:
        port, tick = int(values["PINGPIN_PORT"]), float(values["PINGPIN_TICK_SECONDS"])
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
    )


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


def require_secure(configuration: Configuration) -> None:
    """What a production start refuses, with a sentence each."""
    if len(configuration.secret_key) < MIN_SECRET:
        raise InvalidError(
            f"PINGPIN_SECRET_KEY 缺失或过短: 至少{MIN_SECRET}个字符, 例如 openssl rand -hex 32。",
            f"PINGPIN_SECRET_KEY is missing or too short: at least {MIN_SECRET} characters, such as `openssl rand -hex 32` gives.",
        )


def ensure_folder(database_url: str) -> None:
    """The folder of a SQLite file, where it is not there yet."""
    path = database_url.removeprefix("sqlite:///")
    if path != database_url and path and not path.startswith(":"):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
