"""The products' own CRDs, where a copy of them lies on this machine: they are read in place, never copied in."""

import os
from pathlib import Path
from typing import Any

import yaml

FOLDER = Path(os.environ.get("GITOPS_MASTER_UPSTREAM") or Path(__file__).parents[3] / "shared" / "upstream")


def definitions() -> list[dict[str, Any]]:
    """Every CustomResourceDefinition below the folder; none where there is no such folder."""
    return [
        document
        for path in sorted(FOLDER.rglob("*.yaml"))
        for document in yaml.load_all(path.read_text(), yaml.CSafeLoader)
        if isinstance(document, dict) and document.get("kind") == "CustomResourceDefinition"
    ]
