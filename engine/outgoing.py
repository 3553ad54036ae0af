"""The front door of what leaves the house: letters and calls are sent between two transactions, never within one."""

from __future__ import annotations

import logging
from email.errors import MessageError
from email.message import EmailMessage
from functools import partial
from typing import TYPE_CHECKING

from engine import mishaps
from engine.clock import real_now
from engine.commands import hooks as hooking
from engine.commands import letters, mail_settings
from engine.errors import PingpinError
from engine.hooks import sign
from engine.letters import SETTINGS, Written, write, write_link
from engine.mailing import Purpose, last_digest
from engine.permissions import SYSTEM
from engine.queries import hooks as hook_queries
from engine.queries import mail_settings as mail_queries
from engine.queries import undelivered as undelivered_queries
from engine.services import hooks as calling
from engine.services.mail import NoSuchBoxError, hand_over

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from engine.driving import Driver
    from engine.library import Library
    from engine.permissions import Actor
    from engine.services.outside import Outside

_log = logging.getLogger("pingpin.mail")
# One worker's turn; the next tick goes on.
_MOST = 1000


class Outgoing:
    """Commands and queries about mail, and the sending itself."""

    def __init__(self, driver: Driver, library: Library) -> None:
        self._driver, self._library = driver, library

    def mail_settings(self, actor: Actor) -> mail_queries.MailSettings:
        """See engine.queries.mail_settings.settings."""
        return self._driver.read(actor, mail_queries.settings)

    def choose_mail(self, actor: Actor, chosen: Mapping[str, str], language: str) -> None:
        """See engine.commands.mail_settings.choose."""
        self._driver.write(actor, lambda tx: mail_settings.choose(tx, chosen, language))

    def send_letters(self, outside: Outside) -> int:
        """Send what is due; says how many were tried. Where no mail is sent, what is too old is dropped."""
        if not outside.sends_mail:
            if self._driver.read(SYSTEM, letters.has_old):
                self._driver.write(SYSTEM, letters.drop_old)
            return 0
        until = last_digest(self._driver.clock.now(), self._library.calendar.is_working_day)
        for tried in range(_MOST):
            if not self._driver.read(SYSTEM, partial(letters.has_due, daily_until=until)):
                return tried
            found = self._driver.write(SYSTEM, partial(letters.take_next, daily_until=until))
            if found is None:
                return tried
            self._send(outside, found)
        return _MOST

    def _send(self, outside: Outside, found: letters.Letter) -> None:
        try:
            hand_over(str(outside.smtp_url), _message(outside, found))
        except PingpinError as error:
            is_final = isinstance(error, NoSuchBoxError)
            failed = partial(letters.note_failure, found=found, cause=error.text, is_final=is_final)
            self._driver.write(SYSTEM, failed)
        except Exception as error:  # noqa: BLE001  a mistake of ours, a template's too, must not hold up the others
            mishaps.record(_log, f"the letter {found.batch} could not be sent", error)
            failed = partial(letters.note_failure, found=found, cause=mishaps.cause(error), is_final=False)
            self._driver.write(SYSTEM, failed)
        else:
            self._driver.write(SYSTEM, partial(letters.note_sent, found=found))

    def undelivered(self, actor: Actor, before: int | None = None) -> list[undelivered_queries.Undelivered]:
        """See engine.queries.undelivered.undelivered."""
        return self._driver.read(actor, lambda tx: undelivered_queries.undelivered(tx, before))

    def send_letter_again(self, actor: Actor, batch: str) -> None:
        """See engine.commands.letters.send_again."""
        self._driver.write(actor, lambda tx: letters.send_again(tx, batch))

    # --- web hooks

    def hooks(self, actor: Actor) -> list[hook_queries.HookLine]:
        """See engine.queries.hooks.hooks."""
        return self._driver.read(actor, hook_queries.hooks)

    def hook_calls(
        self, actor: Actor, hook_id: str, before: int | None = None
    ) -> tuple[hook_queries.HookLine, list[hook_queries.CallLine]]:
        """See engine.queries.hooks.calls."""
        return self._driver.read(actor, lambda tx: hook_queries.calls(tx, hook_id, before))

    def register_hook(
        self, actor: Actor, label: str, url: str, events: Collection[str], *, https_only: bool
    ) -> dict[str, str]:
        """See engine.commands.hooks.register."""
        made = self._driver.write(actor, lambda tx: hooking.register(tx, label, url, events, https_only=https_only))
        self._library.listeners.forget()
        return made

    def set_hook_status(self, actor: Actor, hook_id: str, status: str) -> None:
        """See engine.commands.hooks.set_status."""
        self._driver.write(actor, lambda tx: hooking.set_status(tx, hook_id, status))
        self._library.listeners.forget()

    def test_hook(self, actor: Actor, hook_id: str) -> None:
        """See engine.commands.hooks.send_test."""
        self._driver.write(actor, lambda tx: hooking.send_test(tx, hook_id))

    def replay_call(self, actor: Actor, call_id: int) -> str:
        """See engine.commands.hooks.replay."""
        return self._driver.write(actor, lambda tx: hooking.replay(tx, call_id))

    def call_hooks(self, outside: Outside) -> int:
        """Make the calls that are due; says how many were tried. In a sandbox none."""
        for tried in range(0 if outside.is_sandbox else _MOST):
            if not self._driver.read(SYSTEM, hooking.has_due):
                return tried
            call = self._driver.write(SYSTEM, hooking.take_next)
            if call is None:
                return tried
            self._call(outside, call)
        return 0 if outside.is_sandbox else _MOST

    def _call(self, outside: Outside, call: hooking.Call) -> None:
        answer, cause = None, None
        try:
            secret = self._driver.keys.open(call.secret, hook_queries.bound_to(call.hook_id)).decode()
            headers = sign(secret, call.message_id, real_now(), call.body)
            answer = calling.call(outside, call.url, headers, call.body)
        except PingpinError as error:
            cause = error.text
        except Exception as error:  # noqa: BLE001  a mistake of ours must not hold up the others
            mishaps.record(_log, f"the call {call.id} of a web hook could not be made", error)
            cause = mishaps.cause(error)
        self._driver.write(SYSTEM, partial(hooking.note_answer, call=call, answer=answer, cause=cause))


def _message(outside: Outside, found: letters.Letter) -> EmailMessage:
    """Raises PingpinError for an address that is none."""
    written, message = _written(outside, found), EmailMessage()
    to = mail_settings.require_address(found.to)  # the register's may be anything
    try:
        message["From"], message["To"], message["Subject"] = outside.mail_from, to, written.subject
        # The batch's, whoever sends it: what comes twice can be told.
        message["Message-ID"] = f"<{found.batch}@{message['From'].addresses[0].domain or 'localhost'}>"
    except (ValueError, TypeError, LookupError, MessageError) as error:
        raise PingpinError(f"不是邮箱地址: {error}", f"no e-mail address: {error}") from error
    message["Auto-Submitted"] = "auto-generated"
    if outside.base_url and found.purpose is Purpose.NOTICE:
        message["List-Unsubscribe"] = f"<{outside.base_url}{SETTINGS}>"
    message.set_content(written.text)
    message.add_alternative(written.html, subtype="html")
    return message


def _written(outside: Outside, found: letters.Letter) -> Written:
    if found.purpose is Purpose.NOTICE:
        return write(found.language, outside.base_url, found.lines)
    if not outside.base_url:
        raise PingpinError(
            "没有设置PINGPIN_BASE_URL, 无法写出链接。", "PINGPIN_BASE_URL is not set: no link can be written."
        )
    path = f"/reset/{found.secret}" if found.purpose is Purpose.RESET else f"{SETTINGS}/confirm/{found.secret}"
    return write_link(found.language, outside.base_url, found.purpose, path)
