"""What a file that somebody hands in may be: told from its content, agreeing with its name, within limits. No database here.

Nothing in a file is ever run, rendered or parsed as XML. Office files are looked at as the archives that they are: which
members, how large, whether a macro or an embedded program is among them.
"""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from engine.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

MOST_BYTES = 10_000_000
# By one person in a matter or beside a form, of one person beside all forms, and by everybody in a matter.
MOST_FILES, MOST_WAITING, MOST_IN_MATTER = 50, 150, 200
_MEGABYTE = 1_000_000
_LONGEST_NAME = 120
_MOST_UNPACKED = 100_000_000
_MOST_MEMBERS = 5_000
# Old office files and embedded programs.
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_CHUNK = 65_536
# Control, format (the ones that turn the direction of writing among them) and unassigned characters, and what paths are made of.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_PATHS = re.compile(r"[\\/:]")
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")


@dataclass(frozen=True, slots=True)
class Handed:
    """A file as somebody hands it in; `about` is the line of the application that it proves, `for_staff` keeps it from experts."""

    name: str
    content: bytes
    about: str = ""
    for_staff: bool = False


@dataclass(frozen=True, slots=True)
class File:
    """A file that was looked at: a name without paths, the type that its content has."""

    name: str
    type: str
    digest: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Kind:
    """`fits`: whether the content is one."""

    type: str
    extensions: tuple[str, ...]
    fits: Callable[[bytes], bool]


def inspect(name: str, content: bytes) -> File:
    """Raises InvalidError where it is empty, too large, of no kind that is taken, or not what its name says."""
    clean = clean_name(name)
    _require_size(clean, content)
    kind = next((one for one in KINDS if one.fits(content)), None)
    if kind is None:
        raise InvalidError(
            f"{clean}: 这不是可以接收的文件。可以上传PDF、PNG、JPEG图片、Word文档(docx)、Excel表格(xlsx)、文本(txt)和CSV; "
            "含宏、已加密、已损坏的文件不接收。请另存为PDF后上传。",
            f"{clean}: this is no file that is taken. PDF, PNG, JPEG, Word (docx), Excel (xlsx), plain text and CSV are; files "
            "with macros, encrypted or broken ones are not. Save it as a PDF and try again.",
        )
    _require_extension(clean, kind)
    return File(clean, kind.type, hashlib.sha256(content).hexdigest(), content)


def clean_name(name: str) -> str:
    """The last part of a path without unprintable characters, at most 120 long, its extension kept."""
    last = _PATHS.split(unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode()))[-1]
    shown = "".join(one for one in last if unicodedata.category(one) not in _UNPRINTABLE)
    stem, dot, extension = shown.strip(" .").rpartition(".")
    extension = extension[:10]
    return f"{stem[: _LONGEST_NAME - len(extension) - 1]}{dot}{extension}" if dot and stem else f"file.{extension}"


def _require_size(name: str, content: bytes) -> None:
    if not content:
        raise InvalidError(
            f"{name}: 文件是空的。请选择有内容的文件。", f"{name}: the file is empty; choose one that is not."
        )
    if len(content) > MOST_BYTES:
        most, found = MOST_BYTES // _MEGABYTE, len(content) / _MEGABYTE
        raise InvalidError(
            f"{name}: 文件不能超过{most}MB, 实际{found:.1f}MB。请压缩图片或分开上传。",
            f"{name}: a file has {most} MB at most, this one has {found:.1f}. Make its pictures smaller or split it.",
        )


def _require_extension(name: str, kind: _Kind) -> None:
    extension = name.rpartition(".")[2].lower()
    if extension not in kind.extensions:
        wanted = ", ".join(f".{one}" for one in kind.extensions)
        raise InvalidError(
            f"{name}: 文件内容与扩展名不符, 按内容应为{wanted}。请改用正确的扩展名, 或另选文件。",
            f"{name}: the content does not fit the name; by its content it should end in {wanted}. Rename it or choose another.",
        )


def _is_pdf(content: bytes) -> bool:
    return content.startswith(b"%PDF-") and b"%%EOF" in content[-2048:] and not _is_archive(content)


def _is_png(content: bytes) -> bool:
    """Nothing may follow its last chunk."""
    return content.startswith(b"\x89PNG\r\n\x1a\n") and content.endswith(b"IEND\xaeB`\x82") and not _is_archive(content)


def _is_jpeg(content: bytes) -> bool:
    """Telephones write things of their own behind the picture; an archive is none of them."""
    return content.startswith(b"\xff\xd8\xff") and b"\xff\xd9" in content and not _is_archive(content)


def _is_archive(content: bytes) -> bool:
    return zipfile.is_zipfile(io.BytesIO(content))


def _is_word(content: bytes) -> bool:
    return _is_office(content, "word/document.xml")


def _is_excel(content: bytes) -> bool:
    return _is_office(content, "xl/workbook.xml")


def _is_office(content: bytes, main: str) -> bool:
    """An archive with this part, whole, of a size that unpacks, without macros, programs or encryption."""
    if not content.startswith(b"PK\x03\x04"):
        return False
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            members = archive.infolist()
            if not _is_modest(members, len(content)) or not {"[Content_Types].xml", main} <= set(archive.namelist()):
                return False
            return all(_is_harmless(archive, member) for member in members)
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, EOFError, OSError, ValueError):
        return False


def _is_modest(members: list[zipfile.ZipInfo], size: int) -> bool:
    """Members that overlap say more packed bytes than the file has."""
    packed, unpacked = sum(one.compress_size for one in members), sum(one.file_size for one in members)
    names = {one.filename for one in members}
    return (
        len(members) <= _MOST_MEMBERS and packed <= size and unpacked <= _MOST_UNPACKED and len(names) == len(members)
    )


def _is_harmless(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    """Read to its end, so that its size and its checksum are true; what is read is thrown away."""
    name = member.filename.lower()
    is_printer = name.startswith("xl/printersettings/")
    if name.startswith("/") or ".." in name.split("/") or (name.endswith(".bin") and not is_printer):
        return False
    if any(part in name for part in ("vbaproject", "macrosheets/", "activex/")):
        return False
    with archive.open(member) as opened:
        first = opened.read(_CHUNK)
        while opened.read(_CHUNK):
            pass
    return not first.startswith((_OLE, b"MZ"))


def _is_text(content: bytes) -> bool:
    return any(_reads(content, encoding) for encoding in ("utf-8-sig", "gb18030"))


def _reads(content: bytes, encoding: str) -> bool:
    try:
        return _NOT_TEXT.search(content.decode(encoding)) is None
    except UnicodeDecodeError:
        return False


# In this order: what fits first is it. A text may be anything that has no mark of its own, so it comes last and begins with none.
KINDS: tuple[_Kind, ...] = (
    _Kind("application/pdf", ("pdf",), _is_pdf),
    _Kind("image/png", ("png",), _is_png),
    _Kind("image/jpeg", ("jpg", "jpeg"), _is_jpeg),
    _Kind("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ("docx",), _is_word),
    _Kind("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", ("xlsx",), _is_excel),
    _Kind(
        "text/plain",
        ("txt", "csv"),
        lambda content: not content.startswith((b"%PDF", b"PK\x03\x04", b"\xff\xd8")) and _is_text(content),
    ),
)
EXTENSIONS: tuple[str, ...] = tuple(extension for kind in KINDS for extension in kind.extensions)
NAMES: Mapping[str, str] = {
    "application/pdf": "PDF",
    "image/png": "PNG",
    "image/jpeg": "JPEG",
    "text/plain": "TXT",
    KINDS[3].type: "DOCX",
    KINDS[4].type: "XLSX",
}
