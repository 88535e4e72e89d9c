"""How much input is accepted, and the one way to refuse the rest."""

from typing import BinaryIO, NoReturn

from gitops_master.model.errors import UnreadableInput

MIB = 1024 * 1024

FILE_BYTES = 512 * MIB
"""One file. A list of 10,000 full Pods is about 100 MiB; decoding needs about ten times the file in memory."""

TOTAL_BYTES = 1024 * MIB
"""Everything in one snapshot, after decompression: bounds what a small hostile archive can make us do."""

MAX_FILES = 50_000
"""Members of an archive or folder. A capture writes a few dozen files, one for each object is conceivable."""

CHUNK = MIB

TOO_BIG = "keep only the namespaces and kinds in question and save them again"
SAVE_AGAIN = "save it again, for example with: kubectl get KIND --namespace NAMESPACE --output yaml"


def refuse(name: str, reason: str, hint: str = SAVE_AGAIN) -> NoReturn:
    """Reject the input, naming the file, what is wrong with it and what to do."""
    raise UnreadableInput(f"{name}: {reason}", hint)


class Budget:
    """Counts what was really read, whatever headers claim."""

    def __init__(self) -> None:
        self.files = 0
        self.bytes = 0

    def add_file(self, name: str) -> None:
        self.files += 1
        if self.files > MAX_FILES:
            refuse(name, f"more than {MAX_FILES:,} files", TOO_BIG)

    def add_bytes(self, name: str, count: int) -> None:
        self.bytes += count
        if self.bytes > TOTAL_BYTES:
            refuse(name, f"more than {TOTAL_BYTES // MIB:,} MiB in total", TOO_BIG)

    def check_size(self, name: str, size: int) -> None:
        """Reject by the claimed size, before anything is read."""
        if size > FILE_BYTES:
            refuse(name, f"larger than {FILE_BYTES // MIB:,} MiB", TOO_BIG)

    def read_all(self, name: str, handle: BinaryIO, expected: int = 0) -> bytes:
        """The whole file, as long as it stays within the limits. In one piece, uncopied, where its size is as expected."""
        chunks: list[bytes] = []
        size = 0
        while chunk := handle.read(CHUNK if chunks else max(CHUNK, expected + 1)):
            size += len(chunk)
            self.check_size(name, size)
            self.add_bytes(name, len(chunk))
            chunks.append(chunk)
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)
