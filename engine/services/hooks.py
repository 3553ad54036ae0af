"""Calling a web hook. Only out in the world, only to the address that was checked, and nowhere that it is sent on to.

The standard library's client, because the name is resolved once, judged, and then called by that very address: with a
client that resolves it again a name server could answer otherwise the second time.
"""

from __future__ import annotations

import socket
import ssl
import threading
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from engine.errors import PingpinError
from engine.hooks import LOCAL, is_public, require_url

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.services.outside import Outside

_SECONDS = 10  # altogether, however slowly the receiver answers
_HTTPS, _HTTP = 443, 80


def call(outside: Outside, url: str, headers: Mapping[str, str], body: str) -> int:
    """The status that the receiver answers. Raises PingpinError where it could not be called."""
    parts = urlsplit(require_url(url, https_only=outside.https_only))
    host, secure = str(parts.hostname), parts.scheme == "https"
    port = parts.port or (_HTTPS if secure else _HTTP)
    connection = _Pinned(_address(outside, host, port), host, port, secure=secure)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    end = threading.Timer(_SECONDS, connection.give_up)
    end.daemon = True
    end.start()
    try:
        sent = {"Content-Type": "application/json", "User-Agent": "pingpin", "Connection": "close", **headers}
        connection.request("POST", path, body.encode(), sent)
        return connection.getresponse().status
    except (OSError, HTTPException, ValueError) as error:
        found = str(error)[:200] or type(error).__name__
        raise PingpinError(f"无法调用: {found}", f"it could not be called: {found}") from None
    finally:
        end.cancel()
        connection.close()


def _address(outside: Outside, host: str, port: int) -> str:
    """The one to be called. Raises PingpinError where the name leads into the own network, by any of its addresses."""
    try:
        found = [str(each[4][0]) for each in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    except (OSError, UnicodeError) as error:
        raise PingpinError(f"找不到主机{host}: {error}", f"there is no host {host}: {error}") from None
    allowed = host in outside.hook_hosts or (host in LOCAL and not outside.https_only)
    if not found or not (allowed or all(is_public(each) for each in found)):
        raise PingpinError(
            f"主机{host}指向内部网络, 未调用。确需调用时, 请管理员将其列入PINGPIN_WEBHOOK_HOSTS。",
            f"the host {host} leads into the own network and is not called. If it must be, have it listed in "
            "PINGPIN_WEBHOOK_HOSTS.",
        )
    return found[0]


class _Pinned(HTTPConnection):
    """To this address, under that name: the certificate is the name's."""

    def __init__(self, address: str, host: str, port: int, *, secure: bool) -> None:
        super().__init__(host, port, timeout=_SECONDS)
        self._address, self._secure = address, secure
        self.default_port = _HTTPS if secure else _HTTP

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._secure:
            self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=self.host)

    def give_up(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)
