"""What the API refuses before the engine is asked: one class per status that only HTTP knows."""

from __future__ import annotations

from engine.errors import PingpinError


class MalformedError(PingpinError):
    """The body is not JSON."""


class WrongContentTypeError(PingpinError):
    """The body is of another type than the operation takes."""


class TooLargeError(PingpinError):
    """The body is larger than the operation takes."""


class PreconditionError(PingpinError):
    """If-Match names another revision than the present one."""
