"""A page that is made of the code: written, or only compared with what there is."""

import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def keep(page: Path, wanted: str, arguments: list[str]) -> int:
    """Writes it where it is not fresh; with `--check` says so. The exit code."""
    fresh = page.is_file() and page.read_text() == wanted
    if "--check" in arguments:
        sys.stdout.write("" if fresh else f"{page.relative_to(ROOT)} is not fresh: run `make docs`\n")
        return 0 if fresh else 1
    if not fresh:
        page.write_text(wanted)
    return 0
