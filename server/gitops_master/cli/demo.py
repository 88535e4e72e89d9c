"""`gitops-master demo`: what the program does, on a bundled snapshot of a project that real controllers ran."""

import typer

from gitops_master.cli.console import print_report, stdout
from gitops_master.cli.options import Place
from gitops_master.settings import demo_settings
from gitops_master.usecases.analyze_stage import AnalyzeRequest, analyze
from gitops_master.usecases.get_stage_state import StateRequest, get_state

PROJECT, STAGE = "demo", "s-argo"

NEXT = """\
Point it at your own cluster: it takes the kubeconfig that kubectl takes, and only reads
  gitops-master analyze your-stage --project your-project [--context NAME]
  gitops-master analyze your-stage --project your-project --ssh-command "ssh bastion"

Claude Code:
  claude mcp add gitops-master -- gitops-master serve
Cursor (.cursor/mcp.json):
  {"mcpServers": {"gitops-master": {"command": "gitops-master", "args": ["serve"]}}}
"""


def demo_command(context: typer.Context) -> int:
    """Shows the pipeline and the diagnosis of a broken Stage on a bundled snapshot; needs no cluster."""
    place = Place(demo_settings(), verbose=False, open_sources=context.obj)
    console = stdout()
    state = place.ask("Reading", lambda reader: get_state(reader, StateRequest(project=PROJECT)))
    console.print(f"$ gitops-master state --project {PROJECT}\n")
    print_report(state.report)
    if state.pipeline is not None:
        console.print("\n$ gitops-master state -o mermaid   (any Markdown viewer draws it)\n")
        console.print(state.pipeline.mermaid)
    request = AnalyzeRequest(project=PROJECT, stage=STAGE)
    answer = place.ask("Analysing", lambda reader: analyze(reader, request))
    console.print(f"\n$ gitops-master analyze {STAGE} --project {PROJECT}\n")
    print_report(answer.report)
    console.print(f"\n{NEXT}".rstrip())
    return 0
