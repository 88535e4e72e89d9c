"""Writes docs/prompts.md: every prompt as it is rendered in several environments, side by side. `--check` only compares."""

import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import anyio
import yaml
from mcp import Client

from gitops_master.mcp_server import build_server
from gitops_master.settings import Settings, demo_settings
from gitops_master.sources import sources
from tools.generated import ROOT, keep

PAGE = ROOT / "docs" / "prompts.md"
REAL = ROOT / "tests" / "real"
MOST_LINES = 9
"""Of one piece of evidence on the page; prompts have more."""
MOST_LINE = 240
_INDEX = {
    "versions": {"kargo": "v1.11.2", "argo-cd": "v3.5.1", "argo-rollouts": "v1.10.1"},
    "complete": ["kargo.akuity.io/*", "argoproj.io/*", "v1/Event", "batch/Job"],
}
"""What the folders of tests/real say in words."""


class Case(NamedTuple):
    """A prompt with its arguments, and what it has to come to: modes in order, and words of its target."""

    prompt: str
    arguments: dict[str, str]
    modes: tuple[str, ...]
    target: str = ""

    @property
    def title(self) -> str:
        return f"{self.prompt} {', '.join(f'{key}: {value}' for key, value in self.arguments.items())}".strip()


def _modes(stage: str, *, freight: str = "") -> list[Case]:
    """Each mode by name, about one Stage."""
    about = {"project": "demo", "stage": stage}
    target = f"Stage {stage}"
    return [
        Case("diagnose", {**about, "symptom": "nothing moves"}, ("DIAGNOSE",), target),
        Case("verify", about, ("VERIFY",), target),
        Case("promote", {**about, **({"freight": freight} if freight else {})}, ("PROMOTE",), target),
        Case("setup", {**about, "request": "check the new version with a Job"}, ("SETUP",), target),
    ]


def _gitops(request: str, *modes: str, target: str = "") -> Case:
    return Case("gitops", {"request": request}, modes, target)


NO_STAGE = [Case(mode.lower(), {}, (mode,)) for mode in ("DIAGNOSE", "VERIFY", "PROMOTE", "SETUP")]
CASES: dict[str, list[Case]] = {
    "the bundled example": [
        _gitops("why is s-argo stuck?", "DIAGNOSE", target="Stage s-argo"),
        _gitops("is prod healthy?", "VERIFY", target="Stage prod"),
        _gitops("promote telling-elk to s-down", "PROMOTE", target="Stage s-down, Freight telling-elk"),
        _gitops("add a verification to s-noapp", "SETUP", target="Stage s-noapp"),
        _gitops(
            "why did s-unauth fail? then promote telling-elk to s-unauth", "DIAGNOSE", "PROMOTE", target="s-unauth"
        ),
        _gitops("promote it"),
        _gitops("what should I cook tonight?"),
        *_modes("s-argo", freight="telling-elk"),
        *NO_STAGE,
    ],
    "04 verification running": [
        _gitops("why is dev-vmissing not verified?", "DIAGNOSE", target="Stage dev-vmissing"),
        *_modes("dev-vjob"),
    ],
    "10 failing promotions": [_gitops("s-noapp errored, why?", "DIAGNOSE", target="Stage s-noapp"), *_modes("s-fail")],
    "13 blocked downstream": [
        _gitops("what would I have to do to promote to s-down?", "PROMOTE", target="Stage s-down"),
        *_modes("s-down"),
    ],
    "28 soak time and approval": [_gitops("is t-soak up?", "VERIFY", target="Stage t-soak"), *_modes("t-soak")],
    "an empty cluster": [_gitops("why is dev stuck?", "DIAGNOSE"), *NO_STAGE],
    "no cluster": [_gitops("why is dev stuck?", "DIAGNOSE"), *NO_STAGE, *_modes("dev")[:1]],
}


def settings(environment: str, scratch: Path) -> Settings:
    """Where the environment of that name is to be found; what has to be written for it goes into `scratch`."""
    if environment == "the bundled example":
        return demo_settings()
    if environment == "no cluster":
        return Settings(kubeconfig=Path("missing/kubeconfig"))
    folder = scratch / environment.replace(" ", "-")
    index = dict(_INDEX)
    if environment == "an empty cluster":
        folder.mkdir(parents=True, exist_ok=True)
        index = {"complete": ["*"], "observed_at": "2026-11-23T04:00:00Z"}
    else:
        shutil.copytree(next(REAL.glob(f"{environment[:2]}-*")), folder, dirs_exist_ok=True)
    (folder / "snapshot.yaml").write_text(yaml.safe_dump(index))
    return Settings(snapshot=folder, title=environment)


async def rendered(place: Settings, case: Case, *, mode: str = "auto") -> str:
    """The prompt's text, as a client gets it."""
    server = build_server(sources(place), version="docs")
    async with Client(server, mode=mode) as client:
        result = await client.get_prompt(case.prompt, case.arguments)
    return "\n".join(str(getattr(one.content, "text", "")) for one in result.messages)


def modes_of(text: str) -> tuple[tuple[str, str], ...]:
    """(mode, target) of each mode's text in a prompt, in order."""
    return tuple(re.findall(r"^# (DIAGNOSE|VERIFY|PROMOTE|SETUP): (.*)$", text, re.MULTILINE))


def evidence_of(text: str) -> tuple[tuple[str, str], ...]:
    """(call, `answered` or `could not be answered`) of each piece of evidence in a prompt, in order."""
    return tuple(re.findall(r"^### `(.*)` (answered|could not be answered)$", text, re.MULTILINE))


async def page() -> str:
    """The whole page."""
    rows: list[str] = []
    parts: list[str] = []
    whole: dict[str, str] = {}
    with tempfile.TemporaryDirectory() as scratch:
        for environment, cases in CASES.items():
            place = settings(environment, Path(scratch))
            parts.append(f"## {environment.capitalize()}\n")
            for case in cases:
                text = await rendered(place, case)
                whole.setdefault(case.prompt, text)
                rows.append(_row(environment, case, text))
                parts.append(f"### {environment}: {case.title}\n\n{_block(chr(10).join(_shown(text)))}\n")
    texts = [f"### {name}\n\n{_block(_without_evidence(whole[name]))}\n" for name in whole if name != "gitops"]
    return "\n".join([_HEAD, *rows, "", *parts, "## The whole text of each mode, without its evidence\n", *texts])


_HEAD = """\
<!-- Generated by `make docs`; change prompts/ or the code, not this page. -->

# Prompts, as they are rendered

Every prompt in several environments: the bundled example, states that real controllers wrote (tests/real), a cluster with
nothing in it, and none at all. Evidence is cut here to a few lines; sizes are those of the prompts themselves. `gitops` takes a
request and finds the mode and the target; the others are one mode each. What they have in common, their procedures and
formats, stands once at the end; the rules that go with every `gitops` are in prompts/mode_router.md.

| environment | prompt | modes | target | evidence | bytes |
|---|---|---|---|---|---|"""


def _row(environment: str, case: Case, text: str) -> str:
    found = modes_of(text)
    failed = sum(state != "answered" for _, state in evidence_of(text))
    evidence = ", ".join(call.partition("(")[0] for call, _ in evidence_of(text))
    told = f"{evidence} ({failed} not answered)" if failed else evidence
    modes = ", then ".join(mode for mode, _ in found) or ("asks" if "Put this one question" in text else "not ours")
    target = found[0][1] if found else ""
    cells = (environment, case.title.replace("|", "\\|"), modes, target, told, f"{len(text.encode()):,}")
    return f"| {' | '.join(cells)} |"


def _shown(text: str) -> Iterator[str]:
    """The prompt without its procedures and the router's rules, with a few lines of each piece of evidence."""
    lines = 0
    inside = skipped = False
    for line in text.split("\n"):
        if line.startswith(("## Procedure", "# Which mode")):
            skipped = True
        elif line.startswith("# "):
            skipped = False
        if skipped:
            continue
        if line.startswith("```"):
            if inside and lines > MOST_LINES:
                yield f"[… {lines - MOST_LINES} more lines]"
            inside, lines = not inside, 0
        elif inside:
            lines += 1
            if lines > MOST_LINES:
                continue
        yield line if len(line) <= MOST_LINE else f"{line[:MOST_LINE]}…"


def _without_evidence(text: str) -> str:
    return re.sub(
        r"^### `.*?(?=^## Procedure|^Something could)", "[evidence]\n\n", text, flags=re.MULTILINE | re.DOTALL
    )


def _block(text: str) -> str:
    return f"`````text\n{text.strip()}\n`````"


def main(arguments: list[str]) -> int:
    return keep(PAGE, anyio.run(page), arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
