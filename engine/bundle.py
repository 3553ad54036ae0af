"""A policy bundle as files: read from a folder or a zip, and its digest. What the files mean is not decided here."""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import unicodedata
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from engine.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_FILES = 300
MAX_FILE_BYTES = 4_000_000
MAX_BYTES = 20_000_000
MAX_PATH = 200
# Of all kinds: folders and editors' leftovers are no files of the bundle, but a directory of a million of them is no zip.
MAX_ENTRIES = 1000
SUFFIXES = frozenset({".yaml", ".bpmn", ".dmn", ".form", ".md"})
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_BROKEN = (
    zipfile.BadZipFile,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    LookupError,  # an entry without a name
    zlib.error,
    struct.error,
)


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one version of a policy by their path; the same files have the same digest."""

    files: Mapping[str, bytes] = field(compare=False)
    digest: str

    def by_suffix(self, suffix: str) -> list[tuple[str, bytes]]:
        return [(path, content) for path, content in self.files.items() if path.endswith(suffix)]


def make_bundle(files: Mapping[str, bytes]) -> Bundle:
    """Order the files by path; refuse too many, too large or unknown ones."""
    _check_sizes({path: len(content) for path, content in files.items()})
    ordered = {path: files[path] for path in sorted(files)}
    lines = "".join(f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in ordered.items())
    return Bundle(ordered, hashlib.sha256(lines.encode()).hexdigest())


def read_folder(folder: Path) -> Bundle:
    """Read a bundle from disk; files that no bundle has (editors' leftovers) are passed over."""
    if not (folder / "policy.yaml").is_file():
        raise InvalidError(
            f"{folder}: 不是政策包, 缺少policy.yaml。请给出包含policy.yaml的文件夹。",
            f"{folder}: not a policy bundle, it has no policy.yaml. Name the folder that holds one.",
        )
    paths = [path for path in folder.rglob("*") if path.is_file() and path.suffix in SUFFIXES]
    _check_sizes({path.relative_to(folder).as_posix(): path.stat().st_size for path in paths})
    named = {_safe_path(path.relative_to(folder).as_posix()): path for path in paths}
    _refuse_doubles(list(named))
    return make_bundle({name: path.read_bytes() for name, path in named.items()})


def read_zip(content: bytes) -> Bundle:
    """Read a bundle from an uploaded zip, whose files may stand in one common folder.

    Sizes are checked from the directory before anything is unpacked, and again while unpacking: a directory can lie.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = _entries(archive)
            names = [_safe_path(entry.filename) for entry in entries]
            _refuse_doubles(names)
            _check_sizes({name: entry.file_size for name, entry in zip(names, entries, strict=True)})
            files = {name: _unpack(archive, entry) for name, entry in zip(names, entries, strict=True)}
    except _BROKEN as error:
        raise InvalidError(
            f"无法读取压缩包: {error}。请上传未加密的zip文件。",
            f"the zip cannot be read: {error}. Upload a zip without a password.",
        ) from error
    return make_bundle(_without_common_folder(files))


def zipped(files: Mapping[str, bytes]) -> bytes:
    """The same files always make the same zip."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data, zipfile.ZIP_DEFLATED)
    return content.getvalue()


def _entries(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of the bundle; counted before anything else is done with them."""
    listed = archive.infolist()
    found = [entry for entry in listed[: MAX_ENTRIES + 1] if not entry.is_dir() and not _is_leftover(entry.filename)]
    if len(listed) > MAX_ENTRIES or len(found) > MAX_FILES:
        raise _too_large()
    return found


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise InvalidError(
            f"{entry.filename}: 压缩包中不得有符号链接。请放入文件本身。",
            f"{entry.filename}: a symbolic link is no file of a bundle; put in the file itself.",
        )
    if entry.compress_type not in _METHODS:
        raise InvalidError(
            f"{entry.filename}: 压缩方式不受支持。请用普通的zip(deflate)重新打包。",
            f"{entry.filename}: packed in a way that is not read here. Zip the folder again, with ordinary compression.",
        )
    declared, entry.file_size = entry.file_size, MAX_FILE_BYTES + 1  # else the library stops where the directory says
    with archive.open(entry) as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    if len(content) != declared:
        raise InvalidError(
            f"{entry.filename}: 实际大小与压缩包目录不符。请重新打包。",
            f"{entry.filename}: not of the size that the zip's directory says. Zip the folder again.",
        )
    return content


def _safe_path(name: str) -> str:
    """One spelling of each path: without `./`, within the bundle, of characters that can be seen."""
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        raise InvalidError(
            f"{name}: 压缩包中的路径不得指向包外。请重新打包政策文件夹。",
            f"{name}: a path in the zip may not lead outside the bundle. Zip the policy's folder again.",
        )
    if not name.isprintable() or len(name) > MAX_PATH:
        raise InvalidError(
            f"{name[:MAX_PATH]!r}: 文件路径过长或含有不可见字符(最多{MAX_PATH}个字符)。请改名。",
            f"{name[:MAX_PATH]!r}: a path of a bundle has at most {MAX_PATH} characters, all of them visible. Rename it.",
        )
    return path.as_posix()


def _refuse_doubles(paths: list[str]) -> None:
    """Two paths that some file system takes for one (case, composed characters) are two versions of one file."""
    seen: dict[str, str] = {}
    for path in paths:
        key = unicodedata.normalize("NFC", unicodedata.normalize("NFC", path).casefold())
        if key in seen:
            raise InvalidError(
                f"{path}: 与{seen[key]}是同名文件(不计大小写和字符写法)。请只保留一个, 重新打包。",
                f"{path}: stands in the bundle twice (as {seen[key]}; case and composed characters do not count). "
                "Keep one and zip the folder again.",
            )
        seen[key] = path


def _is_leftover(name: str) -> bool:
    return name.startswith("__MACOSX/") or PurePosixPath(name).name in {".DS_Store", "Thumbs.db"}


def _without_common_folder(files: Mapping[str, bytes]) -> dict[str, bytes]:
    tops = {path.split("/", 1)[0] for path in files}
    if "policy.yaml" in files or len(tops) != 1 or not all("/" in path for path in files):
        return dict(files)
    return {path.split("/", 1)[1]: content for path, content in files.items()}


def _check_sizes(sizes: Mapping[str, int]) -> None:
    large = next((path for path, size in sizes.items() if size > MAX_FILE_BYTES), None)
    if large is not None:
        raise InvalidError(
            f"{large}: 文件超过{MAX_FILE_BYTES // 1_000_000} MB。",
            f"{large}: larger than {MAX_FILE_BYTES // 1_000_000} MB.",
        )
    if len(sizes) > MAX_FILES or sum(sizes.values()) > MAX_BYTES:
        raise _too_large()
    _check_names(sizes)


def _too_large() -> InvalidError:
    return InvalidError(
        f"政策包过大: 最多{MAX_FILES}个文件、共{MAX_BYTES // 1_000_000} MB。请移除多余的文件。",
        f"the bundle is too large: at most {MAX_FILES} files and {MAX_BYTES // 1_000_000} MB together. Take out what is "
        "not part of it.",
    )


def _check_names(paths: Iterable[str]) -> None:
    unknown = next((path for path in paths if PurePosixPath(path).suffix not in SUFFIXES), None)
    if unknown is not None:
        kinds = " ".join(sorted(SUFFIXES))
        raise InvalidError(
            f"{unknown}: 政策包中没有这种文件。允许的类型: {kinds}。请移除它。",
            f"{unknown}: no such kind of file in a bundle. Allowed: {kinds}. Take it out.",
        )
