"""Where a number should be: sides, bands and trends."""

from decimal import Decimal

import pytest

from core.metrics import Aim, Status, Target, TargetPolicy, status_of

POLICY = TargetPolicy()
NRR = Target(Aim.AT_LEAST, Decimal("1.10"), watch_from=Decimal("1.00"))
ATTACH = Target(Aim.ABOVE, Decimal("0.70"))
STALLED = Target(Aim.BELOW, Decimal("0.40"))


@pytest.mark.parametrize(
    ("target", "value", "expected"),
    [
        (NRR, "1.10", Status.GOOD),
        (NRR, "1.0999", Status.WATCH),
        (NRR, "1.00", Status.WATCH),
        (NRR, "0.9999", Status.RISK),
        (ATTACH, "0.7001", Status.GOOD),
        (ATTACH, "0.70", Status.WATCH),
        (ATTACH, "0.63", Status.WATCH),
        (ATTACH, "0.6299", Status.RISK),
        (STALLED, "0.39", Status.GOOD),
        (STALLED, "0.44", Status.WATCH),
        (STALLED, "0.4401", Status.RISK),
        (Target(), "5", Status.NONE),
    ],
)
def test_side_of_a_target(target: Target, value: str, expected: Status) -> None:
    assert status_of(target, Decimal(value), None, POLICY) is expected


@pytest.mark.parametrize(
    ("aim", "value", "before", "expected"),
    [
        (Aim.RISING, 103, 100, Status.GOOD),
        (Aim.RISING, 102, 100, Status.WATCH),
        (Aim.RISING, 98, 100, Status.WATCH),
        (Aim.RISING, 97, 100, Status.RISK),
        (Aim.FALLING, 97, 100, Status.GOOD),
        (Aim.FALLING, 103, 100, Status.RISK),
        (Aim.FALLING, 0, 0, Status.WATCH),
    ],
)
def test_trend_against_a_year_before(aim: Aim, value: int, before: int, expected: Status) -> None:
    assert status_of(Target(aim), Decimal(value), Decimal(before), POLICY) is expected


def test_without_a_value_or_a_year_before_there_is_no_status() -> None:
    assert status_of(NRR, None, None, POLICY) is Status.NONE
    assert status_of(Target(Aim.RISING), Decimal(5), None, POLICY) is Status.NONE
