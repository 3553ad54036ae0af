"""Mail to people: the service `mail` of a diagram. Plain text, one mail to all of `to`."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from contextlib import contextmanager, suppress
from email.errors import MessageError
from email.message import EmailMessage
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from engine.errors import InvalidError, PingpinError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from urllib.parse import SplitResult

    from engine.services.outside import Outside

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_SECONDS = 20  # as long as a server may keep us waiting for one answer
_ALTOGETHER = 60  # and for all of them: well within the time for which a worker has the job
_MOST = 50
_LONGEST = 100_000  # characters of a text; of an answer that is told, far fewer
_TOLD = 500
_ACCEPTED = frozenset({250, 251})
_FOR_GOOD = 500


def send(outside: Outside, job_id: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Send `to` (an address or a list of them), `subject` and `text`; brings `mail_sent`: how many it went to.

    To all of them or to nobody: tried again, it would come twice to the others. The message id is the job's, so that a
    server or a reader can tell a mail that came twice. Raises InvalidError for inputs that are no mail, PingpinError with
    the server's answer when it could not be handed over.
    """
    message = _message(outside, job_id, inputs)
    if outside.is_sandbox:
        return {"mail_sent": 0}
    if outside.smtp_url is None:
        raise InvalidError(
            "没有配置邮件服务器。请管理员设置PINGPIN_SMTP_URL后重试。",
            "no mail server is configured. Ask an administrator to set PINGPIN_SMTP_URL, then retry.",
        )
    hand_over(outside.smtp_url, message)
    return {"mail_sent": len(message["To"].addresses)}


class NoSuchBoxError(PingpinError):
    """The server says for good that it has no such receiver."""


def hand_over(smtp_url: str, message: EmailMessage) -> None:
    """To all its receivers or to nobody. Raises PingpinError with the server's answer, NoSuchBoxError where it is final."""
    url = urlsplit(smtp_url)
    try:
        with _connected(url) as server:
            server.send_message(message)
    except (
        OSError,
        ValueError,
    ) as error:  # the library's own errors are OSErrors, its refusals of an address ValueErrors
        found = _without_password(str(error), url)
        is_final = isinstance(error, smtplib.SMTPRecipientsRefused) and all(
            code >= _FOR_GOOD for code, _ in error.recipients.values()
        )
        raised = NoSuchBoxError if is_final else PingpinError
        raise raised(f"邮件未能送出: {found}", f"the mail could not be handed over: {found}") from None


def _message(outside: Outside, job_id: str, inputs: Mapping[str, Any]) -> EmailMessage:
    to = inputs.get("to")
    addresses = [to] if isinstance(to, str) else to
    texts = [inputs.get("subject"), inputs.get("text")]
    if not isinstance(addresses, list) or not 0 < len(addresses) <= _MOST:
        raise _wrong(f"to {to!r:.{_TOLD}}")
    if not all(isinstance(text, str) and len(text) <= _LONGEST for text in [*addresses, *texts]):
        raise _wrong(f"to {to!r:.{_TOLD}}, subject {texts[0]!r:.{_TOLD}}")
    message = EmailMessage()
    try:
        message["From"], message["To"], message["Subject"] = outside.mail_from, ", ".join(addresses), texts[0]
        # The sender's domain, not the machine's: another worker sends the same mail under the same id.
        message["Message-ID"] = f"<{job_id}@{message['From'].addresses[0].domain or 'localhost'}>"
        message.set_content(texts[1])
        found = message["To"].addresses
    except (ValueError, TypeError, LookupError, MessageError) as error:  # a line break would smuggle in another header
        raise _wrong(str(error)[:_TOLD]) from error
    if not 0 < len(found) <= _MOST or not all(address.username and address.domain for address in found):
        raise _wrong(f"to {to!r:.{_TOLD}}")
    return message


def _wrong(found: str) -> InvalidError:
    return InvalidError(
        f"邮件的输入应为to(一个或最多{_MOST}个地址)、subject和text, 均为不超过{_LONGEST}字的文字, 标题不含换行: {found}。"
        "请更正流程图或数据。",
        f"a mail takes to (one address or up to {_MOST}), subject and text, all text of up to {_LONGEST} characters, no line "
        f"break in the subject: {found}. Correct the diagram or the data.",
    )


def _without_password(text: str, url: SplitResult) -> str:
    """What a server answers may repeat what it was told."""
    for secret in {url.password or "", unquote(url.password or "")} - {""}:
        text = text.replace(secret, "***")
    return text[:_TOLD]


class _Server(smtplib.SMTP):
    """A connection that ends by itself after a while, however slowly the server goes on answering."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        self._end = threading.Timer(_ALTOGETHER, self._give_up)
        self._end.daemon = True
        self._end.start()
        super().__init__(*arguments, **options)

    def rcpt(self, recip: str, options: Sequence[str] = ()) -> tuple[int, bytes]:
        """All or nobody: the library would send to those whom the server accepts."""
        code, answer = super().rcpt(recip, options)
        if code not in _ACCEPTED:
            raise smtplib.SMTPRecipientsRefused({recip: (code, answer)})
        return code, answer

    def close(self) -> None:
        self._end.cancel()
        super().close()

    def _give_up(self) -> None:
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


class _ServerOverTls(_Server, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""


@contextmanager
def _connected(url: SplitResult) -> Iterator[smtplib.SMTP]:
    """A server that we may send by. Its certificate is verified: it is told a password."""
    host, port = url.hostname or "localhost", url.port or _PORTS.get(url.scheme, 25)
    trusted = ssl.create_default_context()
    server = (
        _ServerOverTls(host, port, timeout=_SECONDS, context=trusted)
        if url.scheme == "smtps"
        else _Server(host, port, timeout=_SECONDS)
    )
    try:
        if url.scheme == "smtp+starttls":
            server.starttls(context=trusted)
        if url.username:
            server.login(unquote(url.username), unquote(url.password or ""))
        yield server
    finally:
        # What it says at parting changes nothing: a mail that it took is sent, and is not sent again.
        with suppress(OSError):
            server.quit()
        server.close()
