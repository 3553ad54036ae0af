"""A policy bundle as files: read from a folder or a zip, and its digest. What the files mean is not decided here."""

from __future__ import annotations

import hashlib
import io
import stat
import zipfile
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from engine.errors import InvalidError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_FILES = 300
MAX_FILE_BYTES = 4_000_000
MAX_BYTES = 20_000_000
SUFFIXES = frozenset({".yaml", ".bpmn", ".dmn", ".form", ".md"})


@dataclass(frozen=True, slots=True)
class Bundle:
    """The files of one version of a policy by their path; the same files have the same digest."""

    files: Mapping[str, bytes]
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
    return make_bundle({path.relative_to(folder).as_posix(): path.read_bytes() for path in paths})


def read_zip(content: bytes) -> Bundle:
    """Read a bundle from an uploaded zip, whose files may stand in one common folder.

    Sizes are checked from the directory before anything is unpacked, and again while unpacking: a directory can lie.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = [entry for entry in archive.infolist() if not entry.is_dir() and not _is_leftover(entry.filename)]
            _refuse_doubles([entry.filename for entry in entries])
            _check_sizes({entry.filename: entry.file_size for entry in entries})
            files = {_safe_path(entry.filename): _unpack(archive, entry) for entry in entries}
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise InvalidError(
            f"无法读取压缩包: {error}。请上传未加密的zip文件。",
            f"the zip cannot be read: {error}. Upload a zip without a password.",
        ) from error
    return make_bundle(_without_common_folder(files))


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    if stat.S_ISLNK(entry.external_attr >> 16):
        raise InvalidError(
            f"{entry.filename}: 压缩包中不得有符号链接。请放入文件本身。",
            f"{entry.filename}: a symbolic link is no file of a bundle; put in the file itself.",
        )
    with archive.open(entry) as stream:
        content = stream.read(MAX_FILE_BYTES + 1)
    _check_sizes({entry.filename: len(content)})
    return content


def _safe_path(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name or "\0" in name:
        raise InvalidError(
            f"{name}: 压缩包中的路径不得指向包外。请重新打包政策文件夹。",
            f"{name}: a path in the zip may not lead outside the bundle. Zip the policy's folder again.",
        )
    return path.as_posix()


def _refuse_doubles(names: list[str]) -> None:
    double = next((name for name in names if names.count(name) > 1), None) if len(names) <= MAX_FILES else None
    if double is not None:
        raise InvalidError(
            f"{double}: 压缩包中有两个同名文件。请重新打包。",
            f"{double}: stands in the zip twice. Zip the folder again.",
        )


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
        raise InvalidError(
            f"政策包过大: 最多{MAX_FILES}个文件、共{MAX_BYTES // 1_000_000} MB。",
            f"the bundle is too large: at most {MAX_FILES} files and {MAX_BYTES // 1_000_000} MB together.",
        )
    _check_names(sizes)


def _check_names(paths: Iterable[str]) -> None:
    unknown = next((path for path in paths if PurePosixPath(path).suffix not in SUFFIXES), None)
    if unknown is not None:
        kinds = " ".join(sorted(SUFFIXES))
        raise InvalidError(
            f"{unknown}: 政策包中没有这种文件。允许的类型: {kinds}。请移除它。",
            f"{unknown}: no such kind of file in a bundle. Allowed: {kinds}. Take it out.",
        )
