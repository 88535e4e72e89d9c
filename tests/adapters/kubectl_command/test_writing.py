"""What kubectl is asked to do to change an object, here and behind a shell."""

import json
from pathlib import Path

import msgspec
import pytest

from gitops_master.adapters.kubectl_command import Identity, KubectlWriter
from gitops_master.model.errors import Unreachable, UsageError
from gitops_master.ports.writing import How, ObjectChange
from tests.adapters.kubectl_command.far_side import WAYS, FarSide

PATCH = {"metadata": {"annotations": {"kargo.akuity.io/abort": 'it\'s $(touch x); `touch x` \\ "!" \u2026'}}}
MERGE = ObjectChange(
    resource="stages.kargo.akuity.io",
    version="v1alpha1",
    namespace="shop",
    name="test",
    how=How.MERGE,
    body=json.dumps(PATCH).encode(),
)
CREATE = msgspec.structs.replace(MERGE, how=How.CREATE, name="", body=json.dumps(PATCH, indent=1).encode())
both_ways = pytest.mark.parametrize("way", ["near", "far"])


@pytest.fixture
def far(tmp_path: Path) -> FarSide:
    return FarSide(tmp_path)


def writer(far: FarSide, way: str) -> KubectlWriter:
    return KubectlWriter(WAYS[way], Identity(context="c", as_user="jane"), environ=far.environ)


@both_ways
@pytest.mark.parametrize(
    ("change", "more"),
    [
        (MERGE, []),
        (msgspec.structs.replace(MERGE, dry_run=True), ["--dry-run=server"]),
        (msgspec.structs.replace(MERGE, how=How.JSON, subresource="status"), ["--v=4", "--subresource=status"]),
    ],
)
async def test_a_patch_is_one_call(far: FarSide, way: str, change: ObjectChange, more: list[str]) -> None:
    far.answers("""printf '{"kind": "Stage"}'; echo "Warning: old" >&2""")

    changed = await writer(far, way).change(change, deadline_s=30)

    assert (changed.status, changed.problem, changed.body) == (200, "", b'{"kind": "Stage"}')
    object_ = [
        "patch",
        "stages.v1alpha1.kargo.akuity.io/test",
        f"--type={change.how}",
        f"--patch={change.body.decode()}",
    ]
    where = ["--namespace=shop", "--field-manager=gitops-master", "--output=json"]
    assert far.asked() == [["--context=c", "--as=jane", *object_, *where, *more]]
    assert far.litter() == []


@both_ways
@pytest.mark.parametrize("dry_run", [True, False])
async def test_what_is_made_comes_over_standard_input(far: FarSide, way: str, dry_run: bool) -> None:
    far.answers('cat >"$RECORD/../body"; printf "{}"')

    changed = await writer(far, way).change(msgspec.structs.replace(CREATE, dry_run=dry_run), deadline_s=30)

    path = "/apis/kargo.akuity.io/v1alpha1/namespaces/shop/stages?fieldManager=gitops-master&fieldValidation=Strict"
    assert changed.status == 201
    words = [f"--raw={path}{'&dryRun=All' if dry_run else ''}", "-f", "-"]
    assert far.asked() == [["--context=c", "--as=jane", "create", *words]]
    assert json.loads((far.record.parent / "body").read_text()) == PATCH
    assert far.litter() == []


@both_ways
@pytest.mark.parametrize("cluster_wide", [True, False])
async def test_what_is_applied_comes_over_standard_input_and_says_where_it_is(
    far: FarSide, way: str, cluster_wide: bool
) -> None:
    far.answers('cat >"$RECORD/../body"; printf "{}"')
    change = msgspec.structs.replace(CREATE, how=How.APPLY, name="test", dry_run=True, cluster_wide=cluster_wide)

    changed = await writer(far, way).change(change, deadline_s=30)

    words = ["--server-side", "--force-conflicts", "--validate=strict", "--field-manager=gitops-master"]
    where = [] if cluster_wide else ["--namespace=shop"]
    more = ["--output=json", "--filename=-", *where, "--dry-run=server"]
    assert (changed.status, changed.problem) == (201, "")
    assert far.asked() == [["--context=c", "--as=jane", "apply", *words, *more]]
    assert json.loads((far.record.parent / "body").read_text()) == PATCH
    assert far.litter() == []


@both_ways
@pytest.mark.parametrize(
    ("said", "status"),
    [
        ('Error from server (Forbidden): stages.kargo.akuity.io "test" is forbidden: User "jane" cannot patch', 403),
        ('Error from server (NotFound): stages.kargo.akuity.io "test" not found', 404),
        ("The request is invalid: the server rejected our request due to an error in our request", 422),
        ("Error from server (Timeout): the server was unable to return a response in time", 504),
        ("error: unexpected EOF", 0),
        ("Unable to connect to the server: unexpected EOF", 0),
    ],
)
async def test_what_kubectl_says_is_its_status(far: FarSide, way: str, said: str, status: int) -> None:
    (far.home / "said").write_text(said)
    far.answers('cat "$HOME/said" >&2; exit 1')

    changed = await writer(far, way).change(MERGE, deadline_s=30)

    assert (changed.status, changed.body) == (status, b"")
    assert said in changed.problem
    assert len(far.asked()) == 1


@both_ways
async def test_a_connection_that_never_came_about_is_not_taken_for_a_lost_answer(far: FarSide, way: str) -> None:
    (far.home / "said").write_text(
        "The connection to the server 127.0.0.1:1 was refused - did you specify the right host or port?"
    )
    far.answers('cat "$HOME/said" >&2; exit 1')

    with pytest.raises(Unreachable, match="nothing was written"):
        await writer(far, way).change(MERGE, deadline_s=30)


@pytest.mark.parametrize("end", ["exit 255", "kill -9 $$"])
async def test_a_far_shell_that_ends_without_a_word_leaves_it_open_what_was_done(far: FarSide, end: str) -> None:
    far.program("sh", f'#!/bin/sh\necho "client_loop: send disconnect: Broken pipe" >&2\n{end}\n')

    changed = await writer(far, "far").change(CREATE, deadline_s=30)

    assert changed.status == 0
    assert "Broken pipe" in changed.problem


@pytest.mark.parametrize(
    "said",
    [
        "ssh: connect to host bastion port 22: Connection timed out",
        "ssh: Could not resolve hostname bastion: Name or service not known",
        "me@bastion: Permission denied (publickey).",
    ],
)
async def test_a_login_that_fails_sends_nothing(far: FarSide, said: str) -> None:
    far.program("sh", f'#!/bin/sh\necho "{said}" >&2\nexit 255\n')

    with pytest.raises(Unreachable):
        await writer(far, "far").change(CREATE, deadline_s=30)


@both_ways
@pytest.mark.parametrize("name", ["$(touch x);'", "a b", "--all", "a/b", ""])
async def test_a_name_that_no_object_can_have_is_not_sent(far: FarSide, way: str, name: str) -> None:
    far.answers("exit 0")

    with pytest.raises(UsageError, match="not a name that an object can have"):
        await writer(far, way).change(msgspec.structs.replace(MERGE, name=name), deadline_s=30)

    assert far.asked() == []


async def test_a_program_that_is_not_there_sends_nothing(far: FarSide) -> None:
    with pytest.raises(Unreachable, match="there is no program"):
        await KubectlWriter(WAYS["near"], environ={"PATH": "/nonexistent"}).change(MERGE, deadline_s=30)
