from collections.abc import Iterator
from typing import Any

from gitops_master.facts.advice import advise
from gitops_master.facts.stage import StageView
from gitops_master.facts.texts import fact
from gitops_master.facts.verification_outcome import templates
from gitops_master.model.finding import Class, Severity
from gitops_master.model.meta import Object
from gitops_master.rules.registry import Hit, rule


@rule(
    "unpinned-verification-image",
    area="hints",
    title="The verification's test is whatever its image happens to be",
    on=StageView,
    class_=Class.HEALTHY,
    severity=Severity.LOW,
    sources=("argoproj/argo-rollouts metricproviders/job/job.go",),
    is_hint=True,
)
def check(stage: StageView) -> Iterator[Hit]:
    """A Job of the Stage's verification uses an image without a tag, or with `latest`.

    Why: the same Freight can pass today and fail tomorrow, because the test changed and not the application; and a result
    cannot be repeated.

    How to tell: the image of a container in the AnalysisTemplate's job metric.

    What to do: name a version, best a digest.

    Not this when: the image has another tag or a digest, or the tag is an argument.
    """
    for template in templates(stage):
        for metric in template.object.spec.metrics if template.object is not None else ():
            for container in _containers(metric.provider.get("job")):
                image = str(container.get("image", ""))
                if template.object is None or not _is_unpinned(image):
                    continue
                path = f"spec.metrics[{metric.name}].provider.job.spec.template.spec.containers[].image"
                yield Hit(
                    summary=f"The verification of Stage {stage.name} runs image {image}, which can change from one run to the next.",
                    evidence=[
                        fact(template.object, path, image),
                        fact(stage.stage, template.path, f"{template.kind} {template.name}"),
                    ],
                    remedies=[
                        advise(
                            f"Name a version or digest of {image} in {template.kind} {template.name}, where it is managed",
                            confirm_with=_shown(template.object),
                        )
                    ],
                )
                return


def _shown(template: Object) -> str:
    place = f"-n {template.namespace} " if template.namespace else ""
    return f"kubectl {place}get {template.KIND.rpartition('/')[2].lower()}s.argoproj.io {template.name} -o yaml"


def _containers(job: Any) -> list[dict[str, Any]]:
    at = job
    for key in ("spec", "template", "spec", "containers"):
        at = at.get(key) if isinstance(at, dict) else None
    return [one for one in at if isinstance(one, dict)] if isinstance(at, list | tuple) else []


def _is_unpinned(image: str) -> bool:
    if not image or "@" in image or "{{" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return tag in {"", "latest"}
