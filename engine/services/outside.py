"""What lies outside the database: where mail goes. Handed to the engine once, like its clock."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Outside:
    """`smtp_url` is `smtp://`, `smtp+starttls://` or `smtps://user:password@host:port`; None: no mail can be sent.

    In a sandbox nothing leaves the house: what would have been done is noted and called so.
    """

    smtp_url: str | None = field(default=None, repr=False)  # with a password in it
    mail_from: str = "pingpin@localhost"
    is_sandbox: bool = False
