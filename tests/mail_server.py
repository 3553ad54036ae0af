"""A real mail server."""

import socket
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.controller import Controller


class Post:
    """What a real mail server keeps; it refuses as often as told, and always those whom it does not know."""

    def __init__(self):
        self.mails, self.refusals, self.unknown, self.parting = [], 0, set(), "221 bye"

    async def handle_RCPT(self, _server, _session, envelope, address, _options):  # noqa: N802  the server's name for it
        if address in self.unknown:
            return "550 no such mailbox"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_QUIT(self, _server, _session, _envelope):  # noqa: N802  the server's name for it
        return self.parting

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802  the server's name for it
        if self.refusals:
            self.refusals -= 1
            return "451 try again later"
        self.mails.append(message_from_bytes(envelope.content, policy=default))
        return "250 OK"


@pytest.fixture
def post():
    handler = Post()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(handler, hostname="127.0.0.1", port=port)
    controller.start()
    handler.url = f"smtp://127.0.0.1:{port}"
    yield handler
    controller.stop()
