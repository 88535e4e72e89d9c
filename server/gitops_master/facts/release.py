"""The release of Kargo that is installed, in the words and the places it is known from."""

from gitops_master.facts.controllers import kargo_controllers
from gitops_master.facts.texts import fact
from gitops_master.model.finding import Evidence
from gitops_master.model.snapshot import Snapshot


def release(snapshot: Snapshot) -> str:
    """`Kargo v1.5.0`, or "this release of Kargo" where it is not known."""
    kargo = snapshot.versions.kargo
    return f"Kargo {kargo}" if kargo is not None else "this release of Kargo"


def release_evidence(snapshot: Snapshot) -> list[Evidence]:
    """The image of the controller that runs."""
    for pod in kargo_controllers(snapshot)[:1]:
        for container in pod.spec.containers[:1]:
            return [fact(pod, "spec.containers[0].image", container.image)] if container.image else []
    return []
