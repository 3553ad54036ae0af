"""Mail to people: the service `mail` of a diagram. Plain text, one mail to all of `to`."""

from __future__ import annotations

import smtplib
from email.message import EmailMessage
from email.utils import make_msgid
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote, urlsplit

from engine.errors import InvalidError, PingpinError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from urllib.parse import SplitResult

    from engine.services.outside import Outside

_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_SECONDS = 20  # as long as a server may keep us waiting
_MOST = 50


def send(outside: Outside, job_id: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """Send `to` (an address or a list of them), `subject` and `text`; brings `mail_sent`: how many it went to.

    The message id is the job's, so that a server or a reader can tell a mail that came twice. Raises InvalidError for
    inputs that are no mail, PingpinError with the server's answer when it could not be handed over.
    """
    message = _message(outside, job_id, inputs)
    if outside.is_sandbox:
        return {"mail_sent": 0}
    if outside.smtp_url is None:
        raise InvalidError(
            "没有配置邮件服务器。请管理员设置PINGPIN_SMTP_URL后重试。",
            "no mail server is configured. Ask an administrator to set PINGPIN_SMTP_URL, then retry.",
        )
    try:
        with _connect(urlsplit(outside.smtp_url)) as server:
            refused = server.send_message(message)
    except (OSError, smtplib.SMTPException) as error:
        raise PingpinError(f"邮件未能送出: {error}", f"the mail could not be handed over: {error}") from error
    if refused:
        raise PingpinError(f"邮件服务器拒收: {', '.join(refused)}", f"the mail server refused: {', '.join(refused)}")
    return {"mail_sent": len(message["To"].addresses)}


def _message(outside: Outside, job_id: str, inputs: Mapping[str, Any]) -> EmailMessage:
    to = inputs.get("to")
    addresses = [to] if isinstance(to, str) else to
    texts = [inputs.get("subject"), inputs.get("text")]
    if not isinstance(addresses, list) or not 0 < len(addresses) <= _MOST or not all(isinstance(x, str) for x in texts):
        raise _wrong(f"to {to!r}, subject {texts[0]!r}")
    message = EmailMessage()
    try:
        message["From"], message["To"], message["Subject"] = outside.mail_from, ", ".join(addresses), texts[0]
        message["Message-ID"] = f"<{job_id}@{make_msgid().rpartition('@')[2]}"
    except (ValueError, TypeError) as error:  # a line break in a header would smuggle in another one
        raise _wrong(str(error)) from error
    if not all(address.username and address.domain for address in message["To"].addresses):
        raise _wrong(f"to {to!r}")
    message.set_content(texts[1])
    return message


def _wrong(found: str) -> InvalidError:
    return InvalidError(
        f"邮件的输入应为to(一个或最多{_MOST}个地址)、subject和text, 均为文字, 标题不含换行: {found}。请更正流程图或数据。",
        f"a mail takes to (one address or up to {_MOST}), subject and text, all text, no line break in the subject: {found}. "
        "Correct the diagram or the data.",
    )


def _connect(url: SplitResult) -> smtplib.SMTP:
    host, port = url.hostname or "localhost", url.port or _PORTS.get(url.scheme, 25)
    kind = smtplib.SMTP_SSL if url.scheme == "smtps" else smtplib.SMTP
    server = kind(host, port, timeout=_SECONDS)
    if url.scheme == "smtp+starttls":
        server.starttls()
    if url.username:
        server.login(unquote(url.username), unquote(url.password or ""))
    return server
