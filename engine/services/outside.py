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
    # Where people reach this installation, without a slash at its end: what links in mails begin with.
    base_url: str | None = None
    # Hosts that a web hook may call although they are within the own network.
    hook_hosts: frozenset[str] = frozenset()
    # Whether a web hook on this machine, too, must be called over HTTPS.
    https_only: bool = True

    @property
    def sends_mail(self) -> bool:
        return self.smtp_url is not None and not self.is_sandbox
