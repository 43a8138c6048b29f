"""Figures of public data, computed independently of this code with plain tables."""

from datetime import date
from decimal import Decimal

import pytest

from core.metrics import compute_many
from core.scope import System
from tests import loading

pytestmark = pytest.mark.django_db


def figures(on: date, *keys: str) -> dict[str, Decimal | int | None]:
    return {key: r.value for key, r in compute_many(keys, on=on, actor=System("tests")).items()}


def test_ages_of_the_turbines() -> None:
    loading.turbines()
    ages = ("assets_age_0_5", "assets_age_5_10", "assets_age_10_plus", "assets_age_unknown")
    assert list(figures(date(2026, 11, 21), *ages).values()) == [0, 20_096, 49_473, 573]
    assert list(figures(date(2021, 11, 1), *ages).values()) == [20_096, 17_973, 31_500, 573]
    assert figures(date(2026, 11, 21), "assets_end_of_life") == {"assets_end_of_life": 41_375}


@pytest.mark.parametrize(
    ("on", "in_force", "within"),
    [(date(2026, 11, 21), 512, [84, 102, 120]), (date(2026, 1, 9), 1_285, [63, 139, 223])],
)
def test_windows_of_the_contracts(on: date, in_force: int, within: list[int]) -> None:
    loading.act_contracts()
    found = compute_many(["contracts_in_force", "contracts_up_for_renewal"], on=on, actor=System("tests"))
    parts = found["contracts_up_for_renewal"].parts
    assert found["contracts_in_force"].value == in_force
    assert [parts[k] for k in ("within_30", "within_60", "within_90")] == within
    if on == date(2026, 11, 21):
        assert parts["whole_term_value"] == Decimal("43262417.33")


def test_retention_and_silence_of_the_resellers() -> None:
    loading.resellers()
    keys = ("net_revenue_retention", "gross_revenue_retention", "logo_retention")
    for on, expected in (
        (date(2019, 12, 31), ["0.9943", "0.7189", "0.8273"]),
        (date(2019, 6, 30), ["0.7111", "0.4607", "0.6971"]),
    ):
        found = figures(on, *keys)
        assert [f"{found[key]:.4f}" for key in keys] == expected
    silent = compute_many(["quiet_customers"], on=date(2020, 5, 31), actor=System("tests"))["quiet_customers"]
    assert (silent.numerator, silent.denominator) == (166, 632)
