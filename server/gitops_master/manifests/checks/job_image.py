"""Images of verification Jobs that can change from one run to the next."""

from collections.abc import Iterator

from gitops_master.manifests.analysis import declared, defaults, jobs, templates
from gitops_master.manifests.checks.registry import Fault, check
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Level


@check(
    "unpinned-verification-image",
    title="The verification's test is whatever its image happens to be",
    level=Level.WARNING,
    sources=("argoproj/argo-rollouts v1.9.1 metricproviders/job/job.go newMetricJob",),
)
def unpinned(world: World) -> Iterator[Fault]:
    """A container of a verification's Job has an image without a tag, or with `latest`.

    Why: the same Freight can pass today and fail tomorrow, because the test changed and not the application; and a result cannot be
    repeated.

    How to tell: the image, or the default of the argument that it is taken from.

    What to do: name a version, best a digest.

    Not this when: the image has another tag or a digest.
    """
    for template in templates(world):
        values = {name: defaults(template).get(name, "") for name in declared(template)}
        for job in jobs(template):
            for path, container in job.containers:
                written = str(container.get("image") or "")
                image = written
                for name, value in values.items():
                    image = image.replace(f"{{{{args.{name}}}}}", value or f"{{{{{name}}}}}")
                if is_unpinned(image):
                    yield Fault(
                        template,
                        (*path, "image"),
                        f"metric {job.metric} of {template.title} runs image {image}, which can change from one run to the next",
                        "name a version or a digest",
                    )


def is_unpinned(image: str) -> bool:
    """What holds an argument is not judged."""
    if not image or "@" in image or "{{" in image:
        return False
    return image.rpartition("/")[2].partition(":")[2] in {"", "latest"}
