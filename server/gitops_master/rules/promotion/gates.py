"""When polling an outside system stops to be waiting."""

from datetime import timedelta

from gitops_master.facts.promotion import StepRun, started
from gitops_master.facts.stage import StageView

PATIENCE = timedelta(hours=1)
"""How long an http step may poll without a timeout of its own before that is a finding. Nothing in Kargo bounds it."""


def polls_in_vain(stage: StageView, step: StepRun) -> bool:
    """An http step without a timeout that has been polling beyond patience."""
    begun = step.execution.started_at or (started(stage.running) if stage.running is not None else None)
    bounded = step.step.retry is not None and step.step.retry.timeout not in {"", "0", "0s", "0m0s"}
    return step.uses == "http" and not bounded and begun is not None and stage.snapshot.observed_at - begun > PATIENCE
