"""Web hooks: what they may be told, how a call is signed (Standard Webhooks), when a failed one is tried again. Pure."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import hmac
import ipaddress
import secrets
from enum import StrEnum
from urllib.parse import urlsplit

from engine.errors import InvalidError


class Heard(StrEnum):
    """What a web hook may be told of."""

    INSTANCE_STARTED = "instance.started"
    INSTANCE_ENDED = "instance.ended"
    TASK_OPENED = "task.opened"
    TASK_COMPLETED = "task.completed"
    WINDOW_OPENED = "window.opened"
    WINDOW_CLOSED = "window.closed"
    INCIDENT_OPENED = "incident.opened"
    DEPLOYED = "policy.deployed"
    IN_FORCE = "policy.in_force"
    OVER = "policy.over"


# What an administrator sends by hand; every hook hears it.
TEST = "test"
PAUSED_AFTER = dt.timedelta(days=1)
LOCAL = frozenset({"127.0.0.1", "localhost", "::1"})
_PREFIX = "whsec_"
_LONGEST = 1000
_PAUSES = tuple(dt.timedelta(minutes=each) for each in (0.1, 1, 5, 30, 120, 240))
# Addresses of IPv4 in IPv6's clothes, which a gateway would undress.
_TRANSLATED = tuple(
    ipaddress.ip_network(each)
    for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96", "fec0::/10")
)


def draw_secret() -> str:
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def sign(secret: str, message_id: str, moment: dt.datetime, body: str) -> dict[str, str]:
    """The headers by which a receiver knows that it is we who call, and when we did."""
    timestamp = str(int(moment.timestamp()))
    key = base64.b64decode(secret.removeprefix(_PREFIX))
    found = hmac.digest(key, f"{message_id}.{timestamp}.{body}".encode(), hashlib.sha256)
    signature = f"v1,{base64.b64encode(found).decode()}"
    return {"webhook-id": message_id, "webhook-timestamp": timestamp, "webhook-signature": signature}


def pause_after(failures: int) -> dt.timedelta:
    return _PAUSES[min(failures, len(_PAUSES)) - 1]


def require_url(text: str, *, https_only: bool) -> str:
    """Raises InvalidError for anything but https://host…; http:// on this machine where it is allowed."""
    url = text.strip()
    if not _is_url(url, https_only=https_only):
        raise InvalidError(
            f"回调地址应为 https://主机名/路径, 不超过{_LONGEST}个字符, 不含用户名、密码、空格和#。",
            f"the address of a web hook is https://host/path, up to {_LONGEST} characters, without a user, a password, blanks or #.",
        )
    return url


def _is_url(url: str, *, https_only: bool) -> bool:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return False
    local = parts.hostname in LOCAL and not https_only
    plain = "@" not in parts.netloc and "#" not in url and " " not in url and url.isascii() and url.isprintable()
    return (
        (parts.scheme == "https" or (parts.scheme == "http" and local))
        and bool(parts.hostname) and plain and port != 0 and len(url) <= _LONGEST
    )  # fmt: skip


def is_public(address: str) -> bool:
    """Whether an IP address is out in the world: not this machine, not the own network, not a cloud's metadata."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return is_public(str(found.ipv4_mapped))
        if any(found in network for network in _TRANSLATED):
            return False
    return found.is_global and not found.is_multicast
