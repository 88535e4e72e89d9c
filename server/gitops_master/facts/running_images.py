"""Which images an Application runs, compared with what Freight says should run."""

import json

import msgspec

from gitops_master.facts.application import ApplicationView
from gitops_master.facts.policies import LAST_APPLIED
from gitops_master.model.kargo import FreightReference, Image
from gitops_master.model.meta import Ref
from gitops_master.model.workloads import DaemonSet, Deployment, StatefulSet


class Difference(msgspec.Struct, frozen=True):
    """An image of the Freight of which the Application runs another version. `running` as Argo CD lists it."""

    expected: Image
    running: str


def split_image(text: str) -> tuple[str, str, str]:
    """(repository, tag, digest) of `host:5000/path:tag@sha256:…`."""
    name, _, digest = text.partition("@")
    head, colon, tag = name.rpartition(":")
    if not colon or "/" in tag:
        return name, "", digest
    return head, tag, digest


def differences(app: ApplicationView, freight: FreightReference) -> list[Difference]:
    """Images of the Freight whose repository the Application runs, but in no version that the Freight names."""
    running = app.app.status.summary.images
    found = []
    for image in freight.images:
        same = [one for one in running if _same_repository(split_image(one)[0], image.repo_url)]
        if same and not any(_is_version(one, image) for one in same):
            found.append(Difference(image, same[0]))
    return found


def _same_repository(one: str, other: str) -> bool:
    return _full(one) == _full(other)


def _full(repository: str) -> str:
    """Docker Hub's short names written out (`nginx`, `docker.io/library/nginx`)."""
    name = repository.removeprefix("https://").removeprefix("docker.io/").removeprefix("index.docker.io/")
    return name.removeprefix("library/")


def _is_version(running: str, image: Image) -> bool:
    _, tag, digest = split_image(running)
    if digest and image.digest:
        return digest == image.digest
    return bool(tag) and tag == image.tag


class LiveChange(msgspec.Struct, frozen=True):
    """A container of a live workload that runs another image than the one that was last applied."""

    workload: Ref
    container: str
    applied: str
    live: str

    @property
    def title(self) -> str:
        return f"{self.workload.kind.rpartition('/')[2]} {self.workload.name}"


def live_changes(app: ApplicationView) -> list[LiveChange]:
    """Workloads out of sync whose images differ from their own last-applied configuration (Argo CD writes it)."""
    found = []
    for one in app.managed:
        live = one.live
        if one.resource.status != "OutOfSync" or not isinstance(live, Deployment | StatefulSet | DaemonSet):
            continue
        applied = _applied_images(live.annotations.get(LAST_APPLIED, ""))
        for container in live.spec.template.spec.containers:
            wanted = applied.get(container.name, "")
            if wanted and container.image and container.image != wanted:
                found.append(LiveChange(live.ref, container.name, wanted, container.image))
    return found


def _applied_images(text: str) -> dict[str, str]:
    """Image by container name out of a last-applied configuration; empty where there is none."""
    try:
        containers = json.loads(text)["spec"]["template"]["spec"]["containers"] if text else []
        return {str(one["name"]): str(one.get("image", "")) for one in containers}
    except (ValueError, KeyError, TypeError):
        return {}
