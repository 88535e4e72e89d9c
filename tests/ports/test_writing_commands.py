"""The lines that people are given to paste: flags of the products' command lines, every word quoted."""

import shlex
from datetime import UTC, datetime

import pytest

from gitops_master.model.meta import Ref
from gitops_master.ports.writing import (
    AbortPromotion,
    AbortVerification,
    ApproveFreight,
    Promote,
    Refresh,
    RefreshApplication,
    Reverify,
    SyncApplication,
    TerminateOperation,
    Write,
)
from gitops_master.ports.writing_commands import command_of

FREIGHT = "1be389c362f3b3b77df52bfbc6cb42ae936ad95d"
NOW = datetime(2026, 11, 23, tzinfo=UTC)
STAGE, WAREHOUSE, PROMOTION = (
    Ref(f"kargo.akuity.io/{kind}", "shop", "one") for kind in ("Stage", "Warehouse", "Promotion")
)


@pytest.mark.parametrize(
    ("write", "command"),
    [
        (
            Promote(namespace="shop", stage="uat", freight=FREIGHT),
            f"kargo promote --project=shop --freight={FREIGHT} --stage=uat",
        ),
        (
            AbortPromotion(namespace="shop", promotion="uat.01.1be"),
            "kargo promote --project=shop --name=uat.01.1be --abort",
        ),
        (
            ApproveFreight(namespace="shop", stage="uat", freight=FREIGHT, at=NOW),
            f"kargo approve --project=shop --freight={FREIGHT} --stage=uat",
        ),
        (Refresh(namespace="shop", of=STAGE, token="t"), "kargo refresh stage --project=shop one"),
        (Refresh(namespace="shop", of=WAREHOUSE, token="t"), "kargo refresh warehouse --project=shop one"),
        (
            Refresh(namespace="shop", of=PROMOTION, token="t"),
            "kubectl annotate promotions.kargo.akuity.io/one kargo.akuity.io/refresh=t --overwrite --namespace=shop",
        ),
        (Reverify(namespace="shop", stage="uat", verification_id="v"), "kargo verify stage --project=shop uat"),
        (
            AbortVerification(namespace="shop", stage="uat", verification_id="v"),
            "kargo verify stage --project=shop uat --abort",
        ),
        (RefreshApplication(namespace="argocd", app="shop-uat"), "argocd app get argocd/shop-uat --refresh"),
        (
            RefreshApplication(namespace="argocd", app="shop-uat", hard=True),
            "argocd app get argocd/shop-uat --hard-refresh",
        ),
        (TerminateOperation(namespace="argocd", app="shop-uat"), "argocd app terminate-op argocd/shop-uat"),
        (
            SyncApplication(namespace="argocd", app="shop-uat", options=("Replace=true",)),
            "argocd app sync argocd/shop-uat",
        ),
        (
            SyncApplication(namespace="argocd", app="shop-uat", prune=True, retry_limit=3, revisions=("v1",)),
            "argocd app sync argocd/shop-uat --revision=v1 --prune --retry-limit=3",
        ),
        (
            SyncApplication(namespace="argocd", app="shop-uat", revisions=("v1", "v2")),
            "argocd app sync argocd/shop-uat --revisions=v1 --source-positions=1 --revisions=v2 --source-positions=2",
        ),
    ],
)
def test_each_write_has_its_command(write: Write, command: str) -> None:
    assert command_of(write) == command


def test_what_a_shell_would_obey_is_quoted() -> None:
    line = command_of(Promote(namespace="shop", stage="$(id)", freight="a; rm -rf ~"))

    assert shlex.split(line) == ["kargo", "promote", "--project=shop", "--freight=a; rm -rf ~", "--stage=$(id)"]
    assert "'" in line
