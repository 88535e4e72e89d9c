"""Checks in shell that pass where there is nothing to check."""

import re
from collections.abc import Iterator

from gitops_master.manifests.analysis import jobs, templates
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level

_INVERTED = re.compile(r"kubectl\b[^\n;&]*\bget\b[^\n;&]*\|\s*grep\s+-\w*v\w*\s[^\n;&|]*&&\s*exit\s+[1-9]")


@check(
    "verification-passes-when-nothing-is-found",
    title="A check of the verification passes where there is nothing to check",
    level=Level.WARNING,
    sources=("kubernetes/kubectl v0.36.3 pkg/cmd/get/get.go",),
)
def passes(world: World) -> Iterator[Fault]:
    """A Job's script is `kubectl get … | grep -v … && exit 1`.

    Why: with no object at all grep finds nothing and the check passes; a pod that is `Running 0/1` passes too, and one of a Job that has
    Completed fails it.

    How to tell: the script.

    What to do: ask for what must be there: `kubectl wait --for=condition=Available`, `kubectl rollout status`, or HTTP to the Service.

    Not this when: the script looks for at least one object before.
    """
    for template in templates(world):
        for job in jobs(template):
            for path, container in job.containers:
                for key in ("command", "args"):
                    words = container.get(key)
                    for index, word in enumerate(words if isinstance(words, list | tuple) else ()):
                        if isinstance(word, str) and _INVERTED.search(word):
                            yield Fault(
                                template,
                                (*path, key, index),
                                f"metric {job.metric} of {template.title} passes where kubectl finds nothing: "
                                "it fails only on a line that grep lets through",
                                "ask for what must be there: kubectl wait --for=condition=Available, or HTTP to the Service",
                            )
