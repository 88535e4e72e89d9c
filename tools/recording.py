"""Draws docs/images: what the demo prints, recorded from a run, and the demo's pipeline as a graph. `--check` only compares."""

import os
import re
import subprocess
import sys
from html import escape
from io import StringIO

import anyio
from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from gitops_master.model.state import PipelineState
from gitops_master.settings import demo_settings
from gitops_master.sources import sources
from gitops_master.usecases.get_stage_state import StateRequest, get_state
from tools.generated import ROOT, keep

FOLDER = ROOT / "docs" / "images"
COLUMNS = 110
_FONTS = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)
_COLOURS = {"broken": ("#fde2e1", "#c0362c"), "waiting": ("#fdf3d3", "#b58900"), "fine": ("#e0f3e2", "#2e8540")}
_NO_COLOURS = ("#eeeeee", "#777777")
BOX = (190, 30)
STEP = (260, 42)
"""Pixels: width and height of a box, and from one to the next."""


def diagnosis() -> str:
    """The demo's last part as an SVG: the diagnosis, coloured as in a terminal."""
    code = "import sys; from gitops_master.__main__ import main; sys.argv = ['gitops-master', 'demo']; main()"
    environ = {**os.environ, "COLUMNS": str(COLUMNS), "FORCE_COLOR": "1", "TERM": "xterm-256color"}
    environ.pop("NO_COLOR", None)
    ran = subprocess.run([sys.executable, "-c", code], env=environ, check=True, capture_output=True, timeout=120)
    printed = Text.from_ansi(ran.stdout.decode())
    shown, is_shown = [], False
    for line in printed.split("\n"):
        is_shown = (is_shown or line.plain.startswith("$ gitops-master analyze")) and not line.plain.startswith("Point")
        if is_shown:
            shown.append(line)
    console = Console(record=True, width=COLUMNS, file=StringIO(), highlight=False)
    for line in shown:
        console.print(line)
    drawn = console.export_svg(title="gitops-master demo", theme=MONOKAI, unique_id="demo")
    return _FONTS.sub("", drawn)  # the fonts would come from elsewhere, at each look


def pipeline() -> str:
    """The demo's Stages and Warehouses, left to right by what Freight passes first."""
    made = anyio.run(_pipeline)
    standing = {one.name: one.standing for one in made.stages}
    upstream = {one.name: tuple(before.removeprefix("Stage ") for before in one.upstream) for one in made.stages}
    warehouses = {f"Warehouse {one.name}": one.standing for one in made.warehouses}
    columns: dict[int, list[str]] = {}
    for name in (*sorted(warehouses), *sorted(upstream, key=lambda one: (upstream[one], one))):
        columns.setdefault(_depth(name, upstream), []).append(name)
    at = {name: (x * STEP[0] + 10, y * STEP[1] + 10) for x, names in columns.items() for y, name in enumerate(names)}
    lines = [_edge(at[before], at[name]) for name in upstream for before in upstream[name] if before in at]
    boxes = [_box(name, at[name], str({**standing, **warehouses}[name])) for name in at]
    width = (max(columns) + 1) * STEP[0] - 50
    height = max(map(len, columns.values())) * STEP[1] + 10
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="13">'
    title = f"<title>{escape(made.headline)}</title>"
    return "\n".join([head, title, *lines, *boxes, "</svg>", ""])


async def _pipeline() -> PipelineState:
    opened = sources(demo_settings())
    try:
        answer = await get_state(opened.reader(), StateRequest(project="demo"))
    finally:
        await opened.close()
    if answer.pipeline is None:
        raise ValueError("the demo has no pipeline")
    return answer.pipeline


def _depth(name: str, upstream: dict[str, tuple[str, ...]]) -> int:
    return 1 + max((_depth(one, upstream) for one in upstream[name]), default=0) if name in upstream else 0


def _edge(start: tuple[int, int], end: tuple[int, int]) -> str:
    x, y, to_x, to_y = start[0] + BOX[0], start[1] + BOX[1] // 2, end[0], end[1] + BOX[1] // 2
    half = (x + to_x) // 2
    return f'<path d="M{x},{y} C{half},{y} {half},{to_y} {to_x},{to_y}" fill="none" stroke="#999999"/>'


def _box(name: str, place: tuple[int, int], standing: str) -> str:
    fill, stroke = _COLOURS.get(standing, _NO_COLOURS)
    x, y = place
    rounded = 15 if name.startswith("Warehouse ") else 4
    return (
        f'<rect x="{x}" y="{y}" width="{BOX[0]}" height="{BOX[1]}" rx="{rounded}" fill="{fill}" stroke="{stroke}"/>'
        f'<text x="{x + BOX[0] // 2}" y="{y + 20}" text-anchor="middle" fill="#222222">'
        f"{escape(name)}: {escape(standing)}</text>"
    )


def main(arguments: list[str]) -> int:
    FOLDER.mkdir(exist_ok=True)
    stale = keep(FOLDER / "diagnosis.svg", diagnosis(), arguments)
    return stale | keep(FOLDER / "pipeline.svg", pipeline(), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
