"""The archive: a .tar.gz that is the same, byte for byte, whenever the same is written; whole or not there; its owner's only."""

import gzip
import io
import json
import os
import re
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import yaml

from gitops_master.adapters.capture.index import index_of
from gitops_master.adapters.capture.redaction import Redactor
from gitops_master.model.errors import Forbidden, GitOpsError, UsageError
from gitops_master.model.meta import Object
from gitops_master.model.snapshot import LogKey, Snapshot
from gitops_master.ports.capture import Written
from gitops_master.ports.cluster import Focus

SUFFIXES = (".tar.gz", ".tgz")
_LOG_PART = re.compile(r"[a-z0-9.-]{1,253}")
"""What the snapshot reader takes in a log's file name: names as the API server allows them."""
_UNFIT = re.compile(r"[^A-Za-z0-9.-]")


class Archive:
    """`ports.capture.Store` at a path. `force`: an existing file is replaced."""

    def __init__(self, path: Path, *, force: bool = False) -> None:
        self._path = path
        self._force = force

    def check(self) -> None:
        path = self._path
        if not path.name.lower().endswith(SUFFIXES):
            raise UsageError(
                f"{path}: a capture is a {' or '.join(SUFFIXES)}", f"--out {path.name or 'incident'}.tar.gz"
            )
        if not path.parent.is_dir():
            raise UsageError(f"{path}: no such folder: {path.parent}", "make the folder, or name another")
        if path.is_dir():
            raise UsageError(f"{path} is a folder", "name a file")
        if os.path.lexists(path) and not self._force:
            raise Forbidden(f"{path} exists", "name another file, or replace it with --force")
        if not os.access(path.parent, os.W_OK | os.X_OK):
            raise Forbidden(f"{path}: no permission to write in {path.parent.absolute()}", "name another folder")

    def write(self, snapshot: Snapshot, scope: Focus) -> Written:
        self.check()
        redactor = Redactor()
        objects = [one for kind in sorted(snapshot.kinds) for one in snapshot.of_kind(kind)]
        kept = sorted(key for key in snapshot.logs if all(_LOG_PART.fullmatch(part) for part in key))
        members = {
            **dict(_object_files(objects, redactor)),
            **{_log_file(key): redactor.log(snapshot.logs[key]) for key in kept},
            "snapshot.yaml": _yaml(index_of(snapshot, scope, redactor)),
        }
        data = _packed(members, max(int(snapshot.observed_at.timestamp()), 0))
        try:
            self._place(data)
        except OSError as error:
            raise GitOpsError(
                f"{self._path} cannot be written: {error.strerror or error}", "check path and disk"
            ) from error
        return Written(
            path=self._path,
            objects=dict(Counter(one.ref.kind for one in objects)),
            logs=len(kept),
            bytes=len(data),
            redacted={sort: count for sort, count in sorted(redactor.counts.items()) if count},
            left_out=tuple(str(key) for key in sorted(set(snapshot.logs) - set(kept))),
        )

    def _place(self, data: bytes) -> None:
        """Beside its place first. Linking, unlike renaming, fails where a file has appeared in the meantime."""
        handle, name = tempfile.mkstemp(prefix=f".{self._path.name}.", dir=self._path.parent)  # mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            if self._force:
                Path(name).replace(self._path)
            else:
                self._link(name)
        finally:
            with suppress(FileNotFoundError):
                os.unlink(name)

    def _link(self, name: str) -> None:
        try:
            os.link(name, self._path)
        except FileExistsError:
            self.check()
            raise
        except OSError:  # a file system without links
            self.check()
            Path(name).replace(self._path)


def _object_files(objects: list[Object], redactor: Redactor) -> Iterator[tuple[str, str]]:
    """A List for each kind. In the order they were read, which decides where rules see two as equal."""
    lists: dict[str, list[dict[str, Any]]] = {}
    for one in objects:
        lists.setdefault(f"objects/{_UNFIT.sub('-', one.ref.kind).lstrip('.-')}.json", []).append(redactor.object(one))
    for name, items in lists.items():
        whole = {"apiVersion": "v1", "kind": "List", "items": items}
        yield name, json.dumps(whole, ensure_ascii=False, indent=1).encode(errors="replace").decode() + "\n"


def _log_file(key: LogKey) -> str:
    return f"logs/{key.namespace}_{key.pod}_{key.container}.log"


def _yaml(index: dict[str, Any]) -> str:
    return yaml.safe_dump(index, sort_keys=False, allow_unicode=True, width=1000)


def _packed(members: dict[str, str], time: int) -> bytes:
    """Names sorted, one time for all, nobody's user: the same content is the same archive."""
    packed = io.BytesIO()
    with (
        gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=time) as stream,
        tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for name, text in sorted(members.items()):
            data = text.encode(errors="replace")
            info = tarfile.TarInfo(name)
            info.size, info.mtime, info.mode = len(data), time, 0o600
            tar.addfile(info, io.BytesIO(data))
    return packed.getvalue()
