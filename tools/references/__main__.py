"""`python -m tools.references`: prints what is wrong in the references, one line each; 1 if there is anything."""

import os
import sys
from pathlib import Path

from tools.references.check import faults
from tools.references.knowledge import ROOT, knowledge

UPSTREAM = Path(os.environ.get("GITOPS_MASTER_UPSTREAM") or ROOT.parent / "shared" / "upstream")
"""CRDs and step schemas of the products, read in place."""


def documents(folder: Path = ROOT / "references") -> dict[str, str]:
    """The references by name."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.md"))}


def main(arguments: list[str]) -> int:
    """The folder of the references may be given."""
    try:
        known = knowledge(UPSTREAM)
    except FileNotFoundError as error:
        sys.stdout.write(f"references not checked: {error}; GITOPS_MASTER_UPSTREAM names the folder\n")
        return 0
    wrong = faults(documents(*(Path(one) for one in arguments)), known)
    sys.stdout.write("".join(f"{one}\n" for one in wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
