"""What kubectl is asked to do to have Kargo verify again, here and behind a shell."""

from pathlib import Path

import pytest

from gitops_master.adapters.kubectl_command import Identity, KubectlWriter
from gitops_master.model.errors import Unreachable, UsageError
from gitops_master.ports.writing import Sent
from tests.adapters.kubectl_command.far_side import WAYS, FarSide

ID = "c4bd8f4b-1f0b-4d4e-8d6c-000000000001"
both_ways = pytest.mark.parametrize("way", ["near", "far"])


@pytest.fixture
def far(tmp_path: Path) -> FarSide:
    return FarSide(tmp_path)


def writer(far: FarSide, way: str) -> KubectlWriter:
    return KubectlWriter(WAYS[way], Identity(context="c", as_user="jane"), environ=far.environ)


@both_ways
async def test_one_annotation_is_set(far: FarSide, way: str) -> None:
    far.answers('echo "stage.kargo.akuity.io/test annotated"')

    sent = await writer(far, way).reverify("shop", "test", ID, deadline_s=30)

    annotate = ["annotate", "stages.kargo.akuity.io/test", f"kargo.akuity.io/reverify={ID}", "--overwrite"]
    assert sent == Sent(200)
    assert far.asked() == [["--context=c", "--as=jane", *annotate, "--namespace=shop", "--field-manager=gitops-master"]]
    assert far.litter() == []


@both_ways
@pytest.mark.parametrize(
    ("said", "status", "ambiguous"),
    [
        ('Error from server (Forbidden): stages.kargo.akuity.io "test" is forbidden: User "jane" cannot patch', 403, False),
        ('Error from server (NotFound): stages.kargo.akuity.io "test" not found', 404, False),
        ("Error from server (Timeout): the server was unable to return a response in time", 504, True),
        ("error: unexpected EOF", 0, True),
    ],
)  # fmt: skip
async def test_what_kubectl_says_is_its_status(far: FarSide, way: str, said: str, status: int, ambiguous: bool) -> None:
    (far.home / "said").write_text(said)
    far.answers('cat "$HOME/said" >&2; exit 1')

    sent = await writer(far, way).reverify("shop", "test", ID, deadline_s=30)

    assert (sent.status, sent.done, sent.ambiguous) == (status, False, ambiguous)
    assert len(far.asked()) == 1


@both_ways
async def test_nothing_in_a_name_becomes_shell(far: FarSide, way: str) -> None:
    far.answers("exit 0")

    await writer(far, way).reverify("shop", "$(touch x);'", ID, deadline_s=30)

    assert "stages.kargo.akuity.io/$(touch x);'" in far.asked()[0]
    assert far.litter() == []


@both_ways
async def test_an_id_that_kargo_never_makes_is_not_sent(far: FarSide, way: str) -> None:
    far.answers("exit 0")

    with pytest.raises(UsageError, match="no id of a verification"):
        await writer(far, way).reverify("shop", "test", "a=b --all", deadline_s=30)

    assert far.asked() == []


async def test_a_program_that_is_not_there_sends_nothing(far: FarSide) -> None:
    with pytest.raises(Unreachable, match="there is no program"):
        await KubectlWriter(WAYS["near"], environ={"PATH": "/nonexistent"}).reverify("shop", "t", ID, deadline_s=30)
