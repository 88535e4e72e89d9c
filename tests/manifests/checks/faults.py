"""What a check says of manifests."""

from typing import Any

from gitops_master.manifests.checks.registry import checks
from gitops_master.manifests.world import World
from gitops_master.model.manifest import Manifest, path_text
from gitops_master.model.versions import Versions, parse_version
from tests.manifests.schema.examples import KARGO, valid

STEPS = "spec.promotionTemplate.spec.steps"


def found(check: str, *manifests: Manifest, kargo: str = "") -> list[tuple[str, str, str]]:
    """Level, path and message of each problem that the check finds, in order."""
    world = World(manifests, versions=Versions(kargo=parse_version(kargo) if kargo else None))
    run = next(one for one in checks() if one.id == check)
    return [(one.level.value, path_text(one.path), one.message) for one in run.problems(world)]


def with_spec(kind: str, **spec: Any) -> Manifest:
    """A valid object with other fields in its spec; None takes one away."""
    whole = valid(kind)
    merged = {**whole.get("spec", {}), **spec}
    return Manifest({**whole, "spec": {key: value for key, value in merged.items() if value is not None}})


def stage(*steps: dict[str, Any], **spec: Any) -> Manifest:
    """A Stage with these steps. `vars`: of the Stage; `template_vars`: of its template."""
    template: dict[str, Any] = {"steps": list(steps), "vars": spec.pop("template_vars", [])}
    requested = [{"origin": {"kind": "Warehouse", "name": "w"}, "sources": {"direct": True}}]
    whole = {"requestedFreight": requested, "promotionTemplate": {"spec": template}, **spec}
    return Manifest(
        {"apiVersion": KARGO, "kind": "Stage", "metadata": {"name": "test", "namespace": "demo"}, "spec": whole},
        "stage.yaml",
    )


def task(*steps: dict[str, Any], variables: list[dict[str, str]] | None = None) -> Manifest:
    """The PromotionTask `push`."""
    spec = {"steps": list(steps), "vars": variables or []}
    return Manifest(
        {"apiVersion": KARGO, "kind": "PromotionTask", "metadata": {"name": "push", "namespace": "demo"}, "spec": spec}
    )


def step(value: str = "x", **more: Any) -> dict[str, Any]:
    """A step that takes any text in its config."""
    return {"uses": "compose-output", "config": {"v": value}, **more}
