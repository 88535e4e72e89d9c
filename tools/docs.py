"""Writes the generated pages: one page a rule and their index, from the rules' own manuals. `--check` only compares."""

import sys
from pathlib import Path

from gitops_master.rules.registry import Rule, all_rules

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "references" / "rules"
NOTE = "<!-- Generated from the rule by `make docs`; change the rule, not this page. -->"


def pages() -> dict[str, str]:
    """File name to content."""
    every = all_rules()
    found = {f"{one.id}.md": _page(one) for one in every}
    found["index.md"] = _index(every)
    return found


def _page(one: Rule) -> str:
    facts = [
        f"- area: {one.area}",
        f"- class: {one.class_.value}",
        f"- severity: {one.severity.value}, risk of the fix: {one.risk.value}",
    ]
    if one.versions:
        facts.append(f"- holds for: {', '.join(version.text for version in one.versions)}")
    if one.needs:
        facts.append(f"- reads: {', '.join(sorted(one.needs))}")
    if one.explains:
        facts.append(f"- explains: {', '.join(f'`{other}`' for other in sorted(one.explains))}")
    sources = "".join(f"- {source}\n" for source in one.sources)
    body = one.doc.strip()
    return (
        f"{NOTE}\n\n# {one.id}\n\n{one.title}.\n\n"
        + "\n".join(facts)
        + f"\n\n{body}\n"
        + (f"\n## Sources\n\n{sources}" if sources else "")
    )


def _index(every: tuple[Rule, ...]) -> str:
    lines = [NOTE, "", "# Rules", "", f"{len(every)} causes and symptoms, by area.", ""]
    for area in sorted({one.area for one in every}):
        lines += [f"## {area}", "", "| id | what | class | versions |", "|---|---|---|---|"]
        for one in every:
            if one.area == area:
                versions = ", ".join(version.text for version in one.versions)
                lines.append(f"| [{one.id}]({one.id}.md) | {one.title} | {one.class_.value} | {versions} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def main(arguments: list[str]) -> int:
    wanted = pages()
    there = {path.name: path.read_text() for path in FOLDER.glob("*.md")} if FOLDER.is_dir() else {}
    stale = sorted(name for name in wanted.keys() | there.keys() if wanted.get(name) != there.get(name))
    if "--check" in arguments:
        sys.stdout.write("".join(f"references/rules/{name} is not fresh: run `make docs`\n" for name in stale))
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name in stale:
        path = FOLDER / name
        if name in wanted:
            path.write_text(wanted[name])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
