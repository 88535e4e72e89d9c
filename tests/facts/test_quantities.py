from decimal import Decimal

import pytest

from gitops_master.facts.quantities import amount


@pytest.mark.parametrize(
    ("written", "base"),
    [
        ("500m", "0.5"), ("4", "4"), (4, "4"), (0.5, "0.5"), ("2Gi", "2147483648"), ("1e3", "1000"), ("1E", "1000000000000000000"),
        ("128M", "128000000"), ("12E2", "1200"), ("100n", "0.0000001"), ("0", "0"),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_kubernetes_writes_it(written: str | float, base: str) -> None:
    assert amount(written) == Decimal(base)


@pytest.mark.parametrize("written", ["", "many", "1.2.3", "4 Gi", "1" * 60, "Gi"])
def test_what_is_no_quantity_is_none(written: str) -> None:
    assert amount(written) is None
