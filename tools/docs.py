"""Writes the generated pages: one page a rule, their index and the table of messages, from the rules; the schemas of
`.gitops-config.yaml` and `.gitops-verify.yaml`, and the tables of the latter's page. `--check` only compares.
"""

import json
import sys
from pathlib import Path

from gitops_master import config_file, verify_file
from gitops_master.facts.patterns import Pattern
from gitops_master.rules.registry import Rule, all_rules
from tools import expectations_page

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "references" / "rules"
SCHEMAS = {
    ROOT / "docs" / "gitops-config.schema.json": config_file.schema,
    ROOT / "docs" / "gitops-verify.schema.json": verify_file.schema,
}
NOTE = "<!-- Generated from the rule by `make docs`; change the rule, not this page. -->"


def pages() -> dict[str, str]:
    """File name to content."""
    every = all_rules()
    found = {f"{one.id}.md": _page(one) for one in every}
    found["index.md"] = _index(every)
    found["messages.md"] = _messages(every)
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
        + _texts(one)
        + (f"\n## Sources\n\n{sources}" if sources else "")
    )


def _texts(one: Rule) -> str:
    """The section on the rule's patterns; empty where it is recognised by something else than texts."""
    if not one.patterns:
        return ""
    shown = [
        f"{pattern.name}{f' ({pattern.versions})' if pattern.versions else ''}, from {pattern.source}:\n"
        f"```text\n{pattern.regex}\n```\nSuch as: {_code(pattern.vectors[0])}\n"
        for pattern in one.patterns
    ]
    others = ", ".join(f"{pattern.name} ({_code(pattern.vectors[0])})" for pattern in one.unless)
    unless = f"\nNot where the text also matches {others}.\n" if others else ""
    return "\n## Texts it matches\n\n" + "\n".join(shown) + unless


def _code(text: str) -> str:
    """A code span on one line, whatever the text holds."""
    line = " ".join(text.split())
    return f"`` {line} ``" if "`" in line else f"`{line}`"


def _messages(every: tuple[Rule, ...]) -> str:
    """Every text that a pattern is tested with, and the rules that it may point to."""
    holders: dict[Pattern, list[str]] = {}
    for one in every:
        for pattern in one.patterns:
            holders.setdefault(pattern, []).append(one.id)
    rows: dict[str, set[str]] = {}
    for pattern, ids in holders.items():
        for vector in pattern.vectors:
            rows.setdefault(_code(vector).replace("|", "\\|"), set()).update(ids)
    lines = [
        NOTE,
        "",
        "# Messages",
        "",
        "What products print, and the causes it may stand for. `gitops-master explain --message` does the same for any",
    ]
    lines += ["text; which cause it is, the snapshot decides.", "", "| text | causes |", "|---|---|"]
    for text in sorted(rows, key=lambda row: (row.strip("` ").casefold(), row)):
        lines.append(f"| {text} | {', '.join(f'[{id_}]({id_}.md)' for id_ in sorted(rows[text]))} |")
    return "\n".join(lines) + "\n"


def _index(every: tuple[Rule, ...]) -> str:
    lines = [
        NOTE,
        "",
        "# Rules",
        "",
        f"{len(every)} causes and symptoms, by area; by what they print: [messages](messages.md).",
        "",
    ]
    for area in sorted({one.area for one in every}):
        lines += [f"## {area}", "", "| id | what | class | versions |", "|---|---|---|---|"]
        for one in every:
            if one.area == area:
                versions = ", ".join(version.text for version in one.versions)
                lines.append(f"| [{one.id}]({one.id}.md) | {one.title} | {one.class_.value} | {versions} |")
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def generated() -> dict[Path, str]:
    """Every generated file with its content."""
    pages_by_path = {FOLDER / name: text for name, text in pages().items()}
    schemas = {path: f"{json.dumps(made(), indent=2, ensure_ascii=False)}\n" for path, made in SCHEMAS.items()}
    tables = {expectations_page.PAGE: expectations_page.page(expectations_page.PAGE.read_text())}
    return {**pages_by_path, **schemas, **tables}


def main(arguments: list[str]) -> int:
    wanted = generated()
    there = {
        path: path.read_text() for path in (*FOLDER.glob("*.md"), *SCHEMAS, expectations_page.PAGE) if path.is_file()
    }
    stale = sorted(path for path in wanted.keys() | there.keys() if wanted.get(path) != there.get(path))
    if "--check" in arguments:
        sys.stdout.write("".join(f"{path.relative_to(ROOT)} is not fresh: run `make docs`\n" for path in stale))
        return 1 if stale else 0
    FOLDER.mkdir(parents=True, exist_ok=True)
    for path in stale:
        if path in wanted:
            path.write_text(wanted[path])
        else:
            path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
