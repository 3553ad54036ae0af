"""The front door's side entrance: accounts, sessions, tokens. Where hashing is slow it happens between two transactions."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from engine.commands import accounts, credentials, mail_settings, sessions, sign_ins, tokens
from engine.commands.people import HASHER
from engine.errors import BusyError
from engine.passwords import normalised, require_good
from engine.permissions import SYSTEM, Actor
from engine.queries import accounts as queries
from engine.queries import mail_settings as mail_queries
from engine.queries import sessions as visits
from engine.signing_in import (
    NOWHERE,
    How,
    Origin,
    Over,
    SessionLimits,
    TooManyError,
    UnknownIdentityError,
    WrongPasswordError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from engine.driving import Driver
    from engine.transaction import Transaction

_DEFAULTS = SessionLimits()


class Accounts:
    """Commands and queries about accounts, each one transaction but where a password is compared."""

    def __init__(self, driver: Driver, limits: SessionLimits = _DEFAULTS) -> None:
        self._driver, self.limits = driver, limits

    # --- signing in

    def sign_in(self, name: str, password: str, origin: Origin, *, replaces: str | None = None) -> str:
        """A session's secret. Raises TooManyError, WrongPasswordError."""
        admitted = self._compare(name, password, origin)
        rehashed = sign_ins.hash_again(admitted, password)
        begun = self._driver.write(SYSTEM, lambda tx: self._begin(tx, admitted, origin, rehashed, replaces))
        if begun is None:
            raise _wrong()
        return begun

    def _compare(self, name: str, password: str, origin: Origin) -> sign_ins.Admitted:
        admitted = self._driver.write(SYSTEM, lambda tx: sign_ins.admit(tx, name, origin))
        if admitted.wait:
            raise TooManyError(admitted.wait)
        if not sign_ins.is_right(admitted, password):
            self._driver.write(SYSTEM, lambda tx: sign_ins.refuse(tx, admitted, origin))
            raise _wrong()
        return admitted

    def _begin(
        self, tx: Transaction, admitted: sign_ins.Admitted, origin: Origin, rehashed: str | None, replaces: str | None
    ) -> str | None:
        if not sign_ins.acknowledge(tx, admitted, origin, rehashed):
            return None
        return sessions.begin(tx, str(admitted.person_id), How.PASSWORD, origin, self.limits, replaces=replaces)

    def sign_in_by_identity(
        self, issuer: str, subject: str, claimed: str | None, origin: Origin, *, replaces: str | None = None
    ) -> str:
        """See engine.commands.sign_ins.by_identity. Raises UnknownIdentityError."""
        begun = self._driver.write(
            SYSTEM, lambda tx: sign_ins.by_identity(tx, issuer, subject, claimed, origin, self.limits, replaces)
        )
        if begun is None:
            raise UnknownIdentityError(
                "统一身份登录成功，但没有关联到本系统的账号，或账号已停用。请联系安全管理员关联。",
                "The provider knows you, but no open account here is linked to you. Ask the security administrator to link it.",
            )
        return begun

    def begin_session(
        self, person_id: str, how: How = How.SANDBOX, origin: Origin = NOWHERE, *, replaces: str | None = None
    ) -> str | None:
        """See engine.commands.sessions.begin: for whoever has shown already who they are, or need not."""
        return self._driver.write(
            SYSTEM, lambda tx: sessions.begin(tx, person_id, how, origin, self.limits, replaces=replaces)
        )

    # --- sessions

    def visit(self, secret: str) -> tuple[visits.Visit, str]:
        """Who is at the page, and the secret from now on: another where the person's roles have changed."""
        found = self._driver.read(SYSTEM, lambda tx: visits.visit(tx, secret, self.limits))
        if found.has_other_roles:
            drawn = self._driver.write(SYSTEM, lambda tx: sessions.draw_anew(tx, secret))
            return (found, drawn) if drawn else (visits.Visit(over=Over.UNKNOWN), secret)
        if found.is_to_be_noted and found.session_id is not None:
            with suppress(BusyError):  # whoever only reads does not wait for a writer
                self._driver.write(SYSTEM, lambda tx: sessions.see(tx, str(found.session_id)))
        return found, secret

    def sign_out(self, secret: str, origin: Origin) -> None:
        """See engine.commands.sessions.sign_out."""
        self._driver.write(SYSTEM, lambda tx: sessions.sign_out(tx, secret, origin))

    def end_own_session(self, actor: Actor, session_id: str, origin: Origin = NOWHERE) -> None:
        """See engine.commands.sessions.end_own."""
        self._driver.write(actor, lambda tx: sessions.end_own(tx, session_id, origin))

    def end_sessions(self, actor: Actor, person_id: str, origin: Origin = NOWHERE, *, but: str | None = None) -> None:
        """See engine.commands.sessions.end_all."""
        self._driver.write(actor, lambda tx: sessions.end_all(tx, person_id, origin, but=but))

    # --- passwords

    def change_password(
        self, actor: Actor, old: str, new: str, origin: Origin = NOWHERE, *, secret: str | None = None
    ) -> str | None:
        """Raises WrongPasswordError, TooManyError, WeakPasswordError; the session of `secret` goes on under the one given back."""
        bearer = self._driver.read(actor, lambda tx: credentials.bearer(tx, actor.id))
        require_good(new, bearer.about)
        admitted = self._compare(actor.id, old, origin)
        hashed = HASHER.hash(normalised(new))
        return self._driver.write(actor, lambda tx: self._change(tx, admitted, hashed, origin, secret))

    def _change(
        self, tx: Transaction, admitted: sign_ins.Admitted, hashed: str, origin: Origin, secret: str | None
    ) -> str | None:
        if not sign_ins.acknowledge(tx, admitted, origin):
            raise _wrong()
        kept = visits.visit(tx, secret, self.limits).session_id if secret else None
        credentials.change(tx, hashed, origin, kept)
        return sessions.draw_anew(tx, secret) if secret and kept else None

    def make_reset_link(self, actor: Actor, person_id: str, origin: Origin = NOWHERE) -> str:
        """See engine.commands.credentials.make_link."""
        return self._driver.write(actor, lambda tx: credentials.make_link(tx, person_id, origin))

    def reset_bearer(self, secret: str, origin: Origin) -> credentials.Bearer:
        """Whom a link is for. Raises LinkOverError, TooManyError."""
        wait, bearer = self._driver.write(SYSTEM, lambda tx: credentials.try_link(tx, secret, origin))
        if wait:
            raise TooManyError(wait)
        if bearer is None:
            raise credentials.LinkOverError
        return bearer

    def reset_password(self, secret: str, new: str, origin: Origin) -> None:
        """Raises LinkOverError, TooManyError, WeakPasswordError."""
        require_good(new, self.reset_bearer(secret, origin).about)
        hashed = HASHER.hash(normalised(new))
        self._driver.write(SYSTEM, lambda tx: credentials.use_link(tx, secret, hashed, origin))

    def ask_reset(self, name: str, origin: Origin) -> None:
        """See engine.commands.mail_settings.ask_reset. Raises TooManyError."""
        wait = self._driver.write(SYSTEM, lambda tx: mail_settings.ask_reset(tx, name, origin))
        if wait:
            raise TooManyError(wait)

    # --- one's address

    def ask_address(self, actor: Actor, address: str, password: str, origin: Origin = NOWHERE) -> None:
        """See engine.commands.mail_settings.ask_address.

        Whoever has a password shows it: the address can set a new one. Raises WrongPasswordError, TooManyError.
        """
        wanted = mail_settings.require_address(address)
        if self._driver.read(actor, mail_queries.settings).has_password:
            admitted = self._compare(actor.id, password, origin)
            if not self._driver.write(actor, lambda tx: sign_ins.acknowledge(tx, admitted, origin)):
                raise _wrong()
        self._driver.write(actor, lambda tx: mail_settings.ask_address(tx, wanted))

    def confirm_address(self, actor: Actor, secret: str, origin: Origin = NOWHERE) -> str:
        """See engine.commands.mail_settings.confirm."""
        return self._driver.write(actor, lambda tx: mail_settings.confirm(tx, secret, origin))

    def drop_address(self, actor: Actor, origin: Origin = NOWHERE) -> None:
        """See engine.commands.mail_settings.drop_address."""
        self._driver.write(actor, lambda tx: mail_settings.drop_address(tx, origin))

    # --- other people's accounts

    def unlock(self, actor: Actor, person_id: str, origin: Origin = NOWHERE) -> None:
        """See engine.commands.accounts.unlock."""
        self._driver.write(actor, lambda tx: accounts.unlock(tx, person_id, origin))

    def close(self, actor: Actor, person_id: str, origin: Origin = NOWHERE) -> None:
        """See engine.commands.accounts.close."""
        self._driver.write(actor, lambda tx: accounts.close(tx, person_id, origin))

    def open_again(self, actor: Actor, person_id: str, origin: Origin = NOWHERE) -> None:
        """See engine.commands.accounts.open_again."""
        self._driver.write(actor, lambda tx: accounts.open_again(tx, person_id, origin))

    def link_identity(self, actor: Actor, person_id: str, issuer: str, subject: str, origin: Origin = NOWHERE) -> None:
        """See engine.commands.accounts.link_identity."""
        self._driver.write(actor, lambda tx: accounts.link_identity(tx, person_id, issuer, subject, origin))

    def unlink_identity(
        self, actor: Actor, person_id: str, issuer: str, subject: str, origin: Origin = NOWHERE
    ) -> None:
        """See engine.commands.accounts.unlink_identity."""
        self._driver.write(actor, lambda tx: accounts.unlink_identity(tx, person_id, issuer, subject, origin))

    # --- tokens

    def make_token(self, actor: Actor, label: str, scopes: Sequence[str], days: int, origin: Origin = NOWHERE) -> str:
        """See engine.commands.tokens.make."""
        return self._driver.write(actor, lambda tx: tokens.make(tx, label, scopes, days, origin))

    def revoke_token(self, actor: Actor, token_id: str, origin: Origin = NOWHERE) -> None:
        """See engine.commands.tokens.revoke."""
        self._driver.write(actor, lambda tx: tokens.revoke(tx, token_id, origin))

    def caller(self, token: str) -> visits.Caller | None:
        """See engine.queries.sessions.caller."""
        return self._driver.read(SYSTEM, lambda tx: visits.caller(tx, token))

    def draw_calls(self, key: str, most: int, portion: int, token_id: str | None = None) -> tuple[int, datetime]:
        """See engine.commands.tokens.draw_calls."""
        return self._driver.write(SYSTEM, lambda tx: tokens.draw_calls(tx, key, most, portion, token_id))

    # --- looking

    def own(self, actor: Actor) -> queries.AccountDetail:
        """See engine.queries.accounts.own."""
        return self._driver.read(actor, lambda tx: queries.own(tx, self.limits))

    def account(self, actor: Actor, person_id: str) -> queries.AccountDetail:
        """See engine.queries.accounts.account."""
        return self._driver.read(actor, lambda tx: queries.account(tx, person_id, self.limits))

    def accounts(self, actor: Actor, words: str = "", state: str = "all", after: str = "") -> list[queries.AccountLine]:
        """See engine.queries.accounts.accounts."""
        return self._driver.read(actor, lambda tx: queries.accounts(tx, words, state, after))

    def sign_ins(
        self, actor: Actor, person_id: str = "", kind: str = "", before: int | None = None
    ) -> list[queries.EventLine]:
        """See engine.queries.accounts.sign_ins."""
        return self._driver.read(actor, lambda tx: queries.sign_ins(tx, person_id, kind, before))


def _wrong() -> WrongPasswordError:
    return WrongPasswordError(
        "用户名或密码不正确。请重新输入；忘记密码请联系安全管理员。",
        "The user name or the password is not right. Try again, or ask the security administrator for a link to set a new one.",
    )
