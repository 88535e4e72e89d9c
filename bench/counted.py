"""`python -m bench.counted ARGUMENT …`: the program, which on SIGUSR1 says on stderr how many tasks its loop has."""

import asyncio
import gc
import os
import signal
import sys

MARK = "tasks of the loop: "


def main() -> None:
    signal.signal(signal.SIGUSR1, _count)
    from gitops_master.__main__ import main as program

    program()


def _count(*_: object) -> None:
    gc.collect()
    os.write(sys.stderr.fileno(), f"{MARK}{len(asyncio.all_tasks())}\n".encode())


if __name__ == "__main__":
    main()
