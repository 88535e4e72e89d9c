"""What must be so before something is sent: this is Kargo, the one of the cluster that was looked at, and nothing has moved on."""

import re
from typing import TypeVar

import msgspec

from gitops_master.adapters.kargo_api.client import Client
from gitops_master.adapters.kargo_api.login import LOGIN
from gitops_master.adapters.kargo_api.problems import by_kargo, not_kargo, of_answer
from gitops_master.adapters.kargo_api.requests import SINCE, by_hand, path
from gitops_master.adapters.kargo_api.transport import Answer, NoAnswer
from gitops_master.model.errors import Forbidden, GitOpsError, Unreachable, UsageError
from gitops_master.model.kargo import TERMINAL_PHASES
from gitops_master.model.printable import printable
from gitops_master.model.versions import parse_version
from gitops_master.ports.writing import AbortVerification, Premises, Promote, Reverify, Write

_RELEASE = re.compile(r"v?\d+\.\d+")
T = TypeVar("T")


class _Version(msgspec.Struct, rename="camel"):
    """Both are always there (kargo 1.9 to 1.11 pkg/x/version): what lacks one is not Kargo."""

    version: str
    go_version: str


class _Meta(msgspec.Struct):
    name: str = ""
    uid: str = ""


class _Verification(msgspec.Struct):
    id: str = ""


class _Collection(msgspec.Struct, rename="camel"):
    verification_history: list[_Verification] | None = None


class _StageStatus(msgspec.Struct, rename="camel"):
    freight_history: list[_Collection] | None = None


class _Object(msgspec.Struct):
    kind: str
    metadata: _Meta


class _Stage(msgspec.Struct):
    metadata: _Meta
    status: _StageStatus = msgspec.field(default_factory=_StageStatus)


class _Spec(msgspec.Struct):
    freight: str = ""
    stage: str = ""


class _Status(msgspec.Struct):
    phase: str = ""


class _Promotion(msgspec.Struct):
    metadata: _Meta
    spec: _Spec
    status: _Status = msgspec.field(default_factory=_Status)


class _Promotions(msgspec.Struct):
    items: list[_Promotion] | None = None


async def prove(client: Client, write: Write, premises: Premises) -> str:
    """What it calls its version where that is no release, else empty.

    Raises Forbidden where this is not Kargo 1.9 or newer, not the cluster's, or that cannot be told; Unreachable.
    """
    told = await _version(client, write)
    await _same(client, write, premises)
    return told


async def check_again(client: Client, write: Write, made: tuple[str, ...]) -> None:
    """Just before it is sent. `made`: Promotions that the same write made before. Raises Forbidden, Unreachable."""
    if isinstance(write, Promote):
        await _none_runs(client, write, made)
    elif isinstance(write, Reverify | AbortVerification):
        await _is_newest(client, write)


async def _version(client: Client, write: Write) -> str:
    answer = await _get(client, write, "/v1beta1/system/server-version")
    if answer.status == 404:
        raise _refused(
            client, write, f"has no API that this program speaks ({_said(client, answer)}): it came with Kargo {SINCE}"
        )
    held = _decoded(client, write, answer, _Version)
    version = parse_version(held.version)
    if version is not None and version < SINCE and _RELEASE.match(held.version):
        raise _refused(client, write, f"is {version}, which has no API that this program speaks: it came with {SINCE}")
    return "" if version is not None else printable(held.version)[:100]


async def _same(client: Client, write: Write, premises: Premises) -> None:
    cluster = premises.kargo_url or "the cluster that was looked at, which does not tell the address of its Kargo"
    kinds = [
        ("Project", path(write.namespace), premises.project_uid),
        ("Stage", path(write.namespace, "stages", premises.stage) if premises.stage else "", premises.stage_uid),
    ]
    unseen = ""
    for kind, where, uid in kinds:
        if not uid or not where:
            continue
        answer = await _get(client, write, where)
        if answer.status == 403:  # project tokens may see Stages, Projects only with a ClusterRole beside
            unseen = _said(client, answer)
            continue
        other = f"the {kind} that was looked at is of {cluster}"
        if answer.status == 404:
            raise _refused(client, write, f"is another Kargo, or the {kind} is gone ({_said(client, answer)}); {other}")
        there = _decoded(client, write, answer, _Object)
        if there.kind != kind or there.metadata.uid != uid:
            raise _refused(
                client, write, f"is another Kargo: {kind} {there.metadata.name} has another uid there; {other}"
            )
        return
    if unseen:
        raise Forbidden(
            f"nothing was sent: what answers at {client.address} does not let this login see whether it is the Kargo of {cluster}: "
            f"{unseen}",
            f"grant it get on projects.kargo.akuity.io, or use another login; {by_hand(write)}",
        )
    raise _refused(
        client,
        write,
        f"may be another Kargo than that of {cluster}: neither the uid of Project {write.namespace} nor that of one of its Stages "
        "could be read there",
    )


async def _none_runs(client: Client, write: Promote, made: tuple[str, ...]) -> None:
    answer = await _get(client, write, path(write.namespace, "promotions"), (("stage", write.stage),))
    held = _decoded(client, write, answer, _Promotions)
    same = [one for one in held.items or [] if (one.spec.stage, one.spec.freight) == (write.stage, write.freight)]
    ended = {one.metadata.name for one in same if one.status.phase in TERMINAL_PHASES}
    # One that was just made may not be in the list yet: Kargo answers it from a cache.
    going = sorted({one.metadata.name for one in same}.union(made) - ended)
    if going:
        raise Forbidden(
            f"nothing was sent: Freight {write.freight} is on its way to Stage {write.stage} already, by Promotion {going[-1]}",
            "follow that one; Kargo would run a second one after it",
        )


async def _is_newest(client: Client, write: Reverify | AbortVerification) -> None:
    answer = await _get(client, write, path(write.namespace, "stages", write.stage))
    history = _decoded(client, write, answer, _Stage).status.freight_history or []
    verifications = (history[0].verification_history if history else None) or []
    newest = verifications[0].id if verifications else ""
    if newest != write.verification_id:
        now = f"it is {printable(newest)[:140]}" if newest else "there is none"
        raise Forbidden(
            f"nothing was sent: verification {write.verification_id} is not the newest of Stage {write.stage} any more: {now}",
            "plan it again",
        )


async def _get(client: Client, write: Write, where: str, query: tuple[tuple[str, str], ...] = ()) -> Answer:
    """Raises Unreachable; Forbidden where the login is not accepted."""
    try:
        answer = await client.get(where, query)
    except NoAnswer as error:
        raise Unreachable(f"nothing was sent: Kargo at {client.address}: {error.words}", by_hand(write)) from None
    if answer.status == 401:
        raise Forbidden(
            f"Kargo at {client.address} does not accept the login from {client.login.source}: {_said(client, answer)}",
            f"log in anew: kargo login {client.address}; {by_hand(write)}",
        )
    return answer


def _decoded(client: Client, write: Write, answer: Answer, kind: type[T]) -> T:
    if answer.status == 200:
        try:
            return msgspec.json.decode(answer.body, type=kind)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            raise _refused(
                client,
                write,
                f"does not answer as Kargo does: {not_kargo(answer)}; is that a login page in front of it, or Kargo before {SINCE}?",
            ) from None
    said = _said(client, answer)
    if answer.status == 403:
        raise _refused(client, write, f"does not permit what has to be read first: {said}")
    if answer.status == 404 and by_kargo(answer):
        raise UsageError(f"nothing was sent: Kargo at {client.address} does not have it: {said}")
    kind_of_error: type[GitOpsError] = Unreachable if answer.status >= 500 or answer.status == 429 else Forbidden
    raise kind_of_error(f"nothing was sent: Kargo at {client.address} answers {said}", by_hand(write))


def _said(client: Client, answer: Answer) -> str:
    return of_answer(answer, client.redacted)


def _refused(client: Client, write: Write, why: str) -> Forbidden:
    hint = f"{by_hand(write)}; if the login is for another Kargo on purpose: {LOGIN}=off leaves it alone"
    return Forbidden(f"nothing was sent: what answers at {client.address} {why}", hint)
