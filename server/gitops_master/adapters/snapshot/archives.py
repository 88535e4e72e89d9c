"""Tar and zip archives, read as streams and never unpacked to disk."""

import gzip
import stat
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

from gitops_master.adapters.snapshot.limits import FILE_BYTES, TOTAL_BYTES, Budget, refuse
from gitops_master.adapters.snapshot.sources import Member, is_hidden

PACK_AGAIN = "pack the folder again, for example with: tar -czf snapshot.tar.gz -C FOLDER ."

_BROKEN = (tarfile.TarError, zipfile.BadZipFile, gzip.BadGzipFile, zlib.error, EOFError)


def archive_members(path: Path, budget: Budget) -> Iterator[Member]:
    """The archive's files. Raises UnreadableInput where it is hostile or too large."""
    return _zip(path, budget) if path.name.lower().endswith(".zip") else _tar(path, budget)


@contextmanager
def unbroken(path: Path) -> Iterator[None]:
    """Explains what the archive libraries raise, while listing and while reading."""
    try:
        yield
    except _BROKEN as error:
        refuse(path.name, f"a broken or truncated archive ({error})", PACK_AGAIN)
    except NotImplementedError as error:
        refuse(path.name, f"an archive that cannot be read ({error})", PACK_AGAIN)


class _Counted:
    """A stream that ends in a refusal once it has given more than any snapshot may hold.

    Counts headers and skipped members too, which a per-file count would miss.
    """

    def __init__(self, name: str, handle: BinaryIO) -> None:
        self._name = name
        self._handle = handle
        self._left = TOTAL_BYTES + FILE_BYTES

    def read(self, size: int = -1) -> bytes:
        data = self._handle.read(size)
        self._left -= len(data)
        if self._left < 0:
            refuse(self._name, "unpacks to more than a snapshot may hold", PACK_AGAIN)
        return data


class _StrictInfo(tarfile.TarInfo):
    """`tarfile` takes a damaged header for the end of the archive; what follows would be silently missing."""

    @classmethod
    def fromtarfile(cls, tar: tarfile.TarFile) -> "_StrictInfo":
        try:
            return super().fromtarfile(tar)
        except tarfile.HeaderError as error:
            if type(error).__name__ == "EOFHeaderError":  # the regular end: a block of zeros; not in the type stubs
                raise
            raise tarfile.ReadError(str(error)) from error


def _tar(path: Path, budget: Budget) -> Iterator[Member]:
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
        plain.seek(0)
        raw = cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if packed else cast(BinaryIO, plain)
        stream = cast(BinaryIO, _Counted(path.name, raw))
        with tarfile.open(fileobj=stream, mode="r|", tarinfo=_StrictInfo) as tar:
            for info in tar:
                name = _safe(path, info.name)
                budget.add_file(name)
                if not (info.isreg() or info.isdir()):
                    refuse(f"{path.name}: {name}", "a link or device inside an archive", PACK_AGAIN)
                budget.check_size(name, info.size)
                tar.members = []  # type: ignore[attr-defined]  # a stream is read once; the list would only grow
                if info.isreg() and not is_hidden(name):
                    yield Member(name, info.size, lambda info=info: cast(BinaryIO, tar.extractfile(info)))  # type: ignore[misc]


def _zip(path: Path, budget: Budget) -> Iterator[Member]:
    with zipfile.ZipFile(path) as packed:
        for info in packed.infolist():
            name = _safe(path, info.filename)
            budget.add_file(name)
            kind = stat.S_IFMT(info.external_attr >> 16)
            if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
                refuse(f"{path.name}: {name}", "a link or device inside an archive", PACK_AGAIN)
            if info.flag_bits & 1:
                refuse(f"{path.name}: {name}", "encrypted", PACK_AGAIN)
            budget.check_size(name, info.file_size)
            if not info.is_dir() and not is_hidden(name):
                yield Member(name, info.file_size, lambda info=info: cast(BinaryIO, packed.open(info)))  # type: ignore[misc]


def _safe(path: Path, name: str) -> str:
    """The member's path with `/` and no `./`; one that leads out of the archive is refused."""
    parts = name.replace("\\", "/").split("/")
    if not parts[0] or parts[0].endswith(":") or ".." in parts:
        refuse(f"{path.name}: {name}", "a path that leads out of the archive", PACK_AGAIN)
    return "/".join(part for part in parts if part not in ("", ".")) or "."
