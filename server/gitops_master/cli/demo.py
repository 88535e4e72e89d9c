"""`gitops-master demo`: what the program does, on a bundled snapshot of a project that real controllers ran."""

from collections.abc import Callable

import typer

from gitops_master.cli.console import print_report, stdout, working
from gitops_master.ports.cluster import ClusterReader
from gitops_master.settings import Settings, demo_settings
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.get_stage_state import StateRequest, get_state

PROJECT, STAGE = "demo", "s-argo"

NEXT = """\
Point it at your own cluster: save what it should see, then ask about a Stage of yours
  mkdir snap && for k in projects projectconfigs warehouses freights stages promotions; do
    kubectl -n your-project get $k.kargo.akuity.io -o yaml > snap/$k.yaml; done
  kubectl get applications.argoproj.io -A -o yaml > snap/applications.yaml
  gitops-master analyze your-stage --project your-project --snapshot snap

Claude Code:
  claude mcp add gitops-master -- gitops-master serve --snapshot /path/to/snap
Cursor (.cursor/mcp.json):
  {"mcpServers": {"gitops-master": {"command": "gitops-master", "args": ["serve", "--snapshot", "/path/to/snap"]}}}
"""


def demo_command(context: typer.Context) -> int:
    """Shows the pipeline and the diagnosis of a broken Stage on a bundled snapshot; needs no cluster."""
    open_reader: Callable[[Settings], ClusterReader] = context.obj
    source = open_reader(demo_settings())
    console = stdout()
    state = working("Reading", lambda: get_state(source, StateRequest(project=PROJECT)), verbose=False)
    console.print(f"$ gitops-master state --project {PROJECT}\n")
    print_report(state.report)
    if state.pipeline is not None:
        console.print("\n$ gitops-master state -o mermaid   (any Markdown viewer draws it)\n")
        console.print(state.pipeline.mermaid)
    answer = working("Analysing", lambda: analyze(source, AnalyzeRequest(project=PROJECT, stage=STAGE)), verbose=False)
    console.print(f"\n$ gitops-master analyze {STAGE} --project {PROJECT}\n")
    print_report(answer.report)
    console.print(f"\n{NEXT}".rstrip())
    return 0
