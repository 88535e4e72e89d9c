"""`ports.writing.StageWriter` over kubectl: one `kubectl annotate`, which sends a merge patch of what differs."""

from gitops_master.adapters.kubectl_command.api import Kubectl
from gitops_master.adapters.kubectl_command.calls import Call
from gitops_master.adapters.kubectl_command.quoting import checked
from gitops_master.adapters.reverify import FIELD_MANAGER, REVERIFY, checked_id
from gitops_master.ports.writing import Sent


class KubectlWriter(Kubectl):
    """Reads nothing by itself; kubectl looks at the Stage before it writes."""

    async def reverify(self, project: str, stage: str, verification_id: str, *, deadline_s: float) -> Sent:
        words = (
            "annotate",
            f"stages.kargo.akuity.io/{checked(stage)}",
            f"{REVERIFY}={checked_id(verification_id)}",
            "--overwrite",
            f"--namespace={checked(project)}",
            f"--field-manager={FIELD_MANAGER}",
        )
        [reply] = await self.replies(lambda one: one, [Call(words=words)], deadline_s)
        return Sent(reply.status, reply.problem)
