"""The keys that personal data is encrypted with at rest. Which data that is, is for whoever keeps it to say.

Every key makes three: one encrypts (AES-256-GCM), one digests, one is its name. The newest encrypts, all decrypt.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from engine.errors import InvalidError, PingpinError

if TYPE_CHECKING:
    from collections.abc import Iterable

VARIABLE = "PINGPIN_DATA_KEYS"
BYTES = 32
_NONCE = 12


class UnreadableError(PingpinError):
    """What is kept encrypted cannot be read: its key is missing, or it was changed. Never says what it is."""


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted, and with which key."""

    key_id: str
    content: bytes


class Keys:
    """A ring of keys, the newest first. An empty one keeps and reads nothing that is to be encrypted."""

    def __init__(self, keys: Iterable[bytes] = ()) -> None:
        self._ring = {_made(key, "name")[:8].hex(): key for key in keys}

    @property
    def ids(self) -> tuple[str, ...]:
        return tuple(self._ring)

    def seal(self, plain: bytes, bound: str) -> Sealed:
        """Encrypt under the newest key; only with the same `bound` can it be opened, so that no row stands for another."""
        if not self._ring:
            raise InvalidError(
                f"没有加密密钥, 不能保存身份证件号码和草稿。请设置{VARIABLE}(见管理员手册“密钥”)后重启。",
                f"there is no key to encrypt identity numbers and drafts with: set {VARIABLE} (see “Keys” in the "
                "administrators' guide) and start again.",
            )
        key_id, nonce = self.ids[0], secrets.token_bytes(_NONCE)
        return Sealed(key_id, nonce + self._cipher(key_id).encrypt(nonce, plain, bound.encode()))

    def open(self, sealed: Sealed, bound: str) -> bytes:
        """Raises UnreadableError where the key is missing or the content is not what was kept there."""
        if sealed.key_id not in self._ring:
            raise UnreadableError(
                f"这项内容用密钥{sealed.key_id}加密, 现有密钥中没有它。请管理员把该密钥加到{VARIABLE}的末尾后重启。",
                f"this is encrypted with the key {sealed.key_id}, which is not among the keys: have an administrator add it to the "
                f"end of {VARIABLE} and start again.",
            )
        nonce, content = sealed.content[:_NONCE], sealed.content[_NONCE:]
        try:
            return self._cipher(sealed.key_id).decrypt(nonce, content, bound.encode())
        except (InvalidTag, ValueError):
            raise UnreadableError(
                "这项加密内容已被改动或损坏, 不能读取。请管理员运行 pingpin keys check, 并从备份恢复。",
                "this encrypted content was changed or is damaged: have an administrator run `pingpin keys check` and restore it "
                "from a backup.",
            ) from None

    def digests(self, content: bytes) -> tuple[str, ...]:
        """Under each key, the newest first: nobody without the keys can try out what was digested. Plain where there are none."""
        keyed = tuple(hmac.new(_made(key, "digest"), content, "sha256").hexdigest() for key in self._ring.values())
        return keyed or (hashlib.sha256(content).hexdigest(),)

    def _cipher(self, key_id: str) -> AESGCM:
        return AESGCM(_made(self._ring[key_id], "seal"))


def read_keys(text: str) -> Keys:
    """The keys that `PINGPIN_DATA_KEYS` names, none for an empty text; raises InvalidError, which never quotes one."""
    return Keys([_read(part.strip(), number) for number, part in enumerate(text.split(","), 1)] if text.strip() else [])


def new_key() -> str:
    """As `PINGPIN_DATA_KEYS` wants one."""
    return base64.b64encode(secrets.token_bytes(BYTES)).decode()


def _read(part: str, number: int) -> bytes:
    try:
        key = base64.b64decode(part, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != BYTES:
        raise InvalidError(
            f"{VARIABLE}的第{number}个密钥应为{BYTES}字节的base64, 例如 openssl rand -base64 {BYTES} 的结果。",
            f"key {number} of {VARIABLE} should be {BYTES} bytes in base64, such as `openssl rand -base64 {BYTES}` gives.",
        )
    return key


def _made(key: bytes, what: str) -> bytes:
    """A key of its own for each use."""
    return hmac.digest(key, f"pingpin {what}".encode(), "sha256")
