"""A Promotion made as an object, where it is proven that Kargo's webhook names it and gives it the Stage's steps.

Before 1.11 Kargo took the name and the steps from whoever made the object: a name that sorts wrongly keeps the Stage from ever
recording a Promotion again. So a marked manifest is sent first, as a dry run, and the answer must have lost its marks.
"""

import msgspec

from gitops_master.adapters.kubernetes_ways.requests import PROMOTIONS, VERSION
from gitops_master.facts.names import is_generated
from gitops_master.model.errors import Forbidden
from gitops_master.model.kargo import CREATE_ACTOR, Promotion
from gitops_master.model.versions import Version
from gitops_master.ports.writing import How, ObjectChange, Promote
from gitops_master.ports.writing_commands import command_of

SINCE = Version(1, 11, 0)
REQUEST = "gitops-master/request"
"""A label of our own: it survives the webhook, so that a Promotion can be found whose answer was lost."""
_HOLD = "kargo.akuity.io/auto-promotion-hold"
_KUBERNETES_USER = "kubernetes:"
_STEP = "gitops-master-probe"


def check_version(write: Promote, kargo: Version | None) -> None:
    """Raises Forbidden where Kargo is not known to shape Promotions."""
    if kargo is None or kargo < SINCE:
        which = f"Kargo here is {kargo}" if kargo is not None else "which Kargo runs here is not known"
        raise Forbidden(
            f"{which}: before v{SINCE.major}.{SINCE.minor} a Promotion made over the Kubernetes API is named and shaped by "
            "whoever makes it, which can break its Stage",
            _by_kargo(write),
        )


def marked(write: Promote, mark: str) -> ObjectChange:
    """The dry run: a name and a step that must not be there any more in the answer."""
    steps = [{"uses": "compose-output", "as": _STEP}]
    return _created(write, {"name": f"gitops-master-probe-{mark}"}, {"steps": steps}, dry_run=True)


def promotion(write: Promote, mark: str) -> ObjectChange:
    """The request itself. Without steps: where the webhook has gone since the proof, the server refuses it for that."""
    metadata: dict[str, object] = {"generateName": f"{write.stage}-", "labels": {REQUEST: mark}}
    return _created(write, metadata, {}, dry_run=False)


def _created(write: Promote, metadata: dict[str, object], spec: dict[str, object], *, dry_run: bool) -> ObjectChange:
    manifest = {
        "apiVersion": f"kargo.akuity.io/{VERSION}",
        "kind": "Promotion",
        "metadata": {**metadata, "namespace": write.namespace},
        "spec": {"stage": write.stage, "freight": write.freight, **spec},
    }
    return ObjectChange(
        resource=PROMOTIONS,
        version=VERSION,
        namespace=write.namespace,
        how=How.CREATE,
        body=msgspec.json.encode(manifest),
        dry_run=dry_run,
    )


class Proof(msgspec.Struct, frozen=True):
    """`who`: as whom the Promotion would be made; `hold`: `Warehouse/name` of the hold that it would make."""

    who: str
    hold: str


def proof(write: Promote, answer: bytes) -> Proof:
    """What the dry run shows. Raises Forbidden where the webhook did not do all that it does where it is in force."""
    try:
        made = msgspec.json.decode(answer, type=Promotion)
    except msgspec.MsgspecError:
        raise _unproven(write, "the dry run was answered with something else than a Promotion") from None
    owners = made.metadata.owner_references
    signs = {
        "the name is not one of Kargo's": is_generated(made.name, write.stage) and made.name.endswith(f".{write.freight[:7]}"),
        "it is owned by another than the Stage": bool(owners) and (owners[0].kind, owners[0].name) == ("Stage", write.stage),
        "who made it is not noted": CREATE_ACTOR in made.metadata.annotations,
        "the steps are not those of the Stage": bool(made.spec.steps) and all(one.as_ != _STEP for one in made.spec.steps),
        "it is for something else": (made.spec.stage, made.spec.freight) == (write.stage, write.freight),
    }  # fmt: skip
    if missing := [sign for sign, is_there in signs.items() if not is_there]:
        raise _unproven(write, f"in a dry run {', '.join(missing)}")
    annotations = made.metadata.annotations
    return Proof(annotations[CREATE_ACTOR].removeprefix(_KUBERNETES_USER), annotations.get(_HOLD, ""))


def made_by(answer: bytes) -> Promotion | None:
    """The Promotion as it is stored now; None where the answer is something else."""
    try:
        made = msgspec.json.decode(answer, type=Promotion)
    except msgspec.MsgspecError:
        return None
    return made if made.name else None


def _unproven(write: Promote, why: str) -> Forbidden:
    return Forbidden(
        f"Kargo's admission webhook does not shape Promotions in namespace {write.namespace} ({why}), so one that is made here "
        "could break its Stage",
        f"is the namespace that of a Project, and Kargo's webhooks server installed? Otherwise: {_by_kargo(write)}",
    )


def _by_kargo(write: Promote) -> str:
    return f"promote with Kargo's own command line, after `kargo login`: {command_of(write)}"
