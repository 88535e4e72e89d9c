"""Writes what the Helm chart shares with the rest: Chart.yaml's version and the rules of deploy/rbac; `--check` only compares.

Templates cannot read files outside of their chart, so the rules lie there a second time.
"""

import sys
import tomllib

import yaml

from tools.generated import ROOT, keep

CHART = ROOT / "deploy" / "chart" / "gitops-master"
RBAC = ROOT / "deploy" / "rbac"


def files() -> dict[str, str]:
    """Text by path within the chart."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    chart = {
        "apiVersion": "v2",
        "name": project["name"],
        "description": project["description"],
        "type": "application",
        "version": project["version"],
        "appVersion": project["version"],
        "kubeVersion": ">=1.27.0-0",
    }
    made = {"Chart.yaml": yaml.safe_dump(chart, sort_keys=False, width=1000)}
    for source in sorted(RBAC.rglob("*.yaml")):
        rules = [rule for one in yaml.safe_load_all(source.read_text()) for rule in one.get("rules", [])]
        text = yaml.safe_dump(rules, sort_keys=False, width=1000)
        made[f"files/rbac/{source.relative_to(RBAC)}"] = f"# The rules of {source.relative_to(ROOT)}.\n{text}"
    return made


def main(arguments: list[str]) -> int:
    return max(keep(CHART / path, text, arguments) for path, text in files().items())


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
