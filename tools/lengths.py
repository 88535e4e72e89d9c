"""Fails on source files and functions that have grown past what one can read in one go."""

import ast
import sys
from pathlib import Path

MOST_LINES = 320
MOST_TEST_LINES = 600
MOST_FUNCTION_LINES = 45
ROOT = Path(__file__).parents[1]


def too_long() -> list[str]:
    """One message for each file or function over its limit."""
    found = []
    for path in sorted((*ROOT.glob("server/**/*.py"), *ROOT.glob("tests/**/*.py"), *ROOT.glob("bench/**/*.py"))):
        text = path.read_text()
        limit = MOST_TEST_LINES if "tests" in path.parts else MOST_LINES
        lines = text.count("\n")
        if lines > limit:
            found.append(f"{path.relative_to(ROOT)}: {lines} lines (at most {limit})")
        found += _functions(path, text)
    return found


def _functions(path: Path, text: str) -> list[str]:
    """A docstring does not count: a rule's manual is meant to be long."""
    found = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[1] if ast.get_docstring(node) is not None and len(node.body) > 1 else node.body[0]
            lines = (node.end_lineno or node.lineno) - first.lineno + 1
            if lines > MOST_FUNCTION_LINES:
                found.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {lines} lines")
    return found


if __name__ == "__main__":
    messages = too_long()
    sys.stdout.write("".join(f"{message}\n" for message in messages))
    sys.exit(1 if messages else 0)
