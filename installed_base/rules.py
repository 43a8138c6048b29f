"""What follows from the facts of the installed base. Pure."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from core.calendar import add_months, full_years, whole_months

CENT = Decimal("0.01")


@dataclass(frozen=True)
class AgePolicy:
    """Lives and thresholds of machines, in years and months (CT-01, CT-28)."""

    policy_name: ClassVar[str] = "installed_base.age"

    expected_life_years: Decimal = Decimal(12)
    upgrade_years: int = 5
    conversation_months_before_end: int = 24
    cohort_edges_years: tuple[int, ...] = (5, 10)


def annual_value(
    *,
    stated: Decimal | None,
    total: Decimal | None,
    starts_on: date,
    ends_on: date | None,
) -> Decimal | None:
    """A year's price of a term, in its own currency (metrics.md, Annual value).

    The stated price; else the total over whole months; else over days, both included. Unknown for an open-ended term
    without a stated price.
    """
    if stated is not None:
        return stated
    if total is None or ends_on is None:
        return None
    months = whole_months(starts_on, ends_on)
    value = total * 12 / months if months else total * 365 / ((ends_on - starts_on).days + 1)
    return value.quantize(CENT, ROUND_HALF_UP)


def last_day_to_cancel(ends_on: date, notice_months: int, notice_days: int) -> date:
    """The end minus the notice, counted back from the end (G-01)."""
    return add_months(ends_on, -notice_months) - timedelta(days=notice_days)


def in_force(
    *,
    on: date,
    signed_on: date | None,
    starts_on: date,
    ends_on: date | None,
    terminated_on: date | None,
    of_record: bool,
) -> bool:
    """Whether a term runs on that day (metrics.md, In force). A term `of_record` counts as signed on its start."""
    signed = signed_on or (starts_on if of_record else None)
    if signed is None or signed > on or starts_on > on:
        return False
    return (ends_on is None or ends_on >= on) and (terminated_on is None or terminated_on > on)


def in_service(
    *, on: date, ours: bool, counts: bool, first_evidence_on: date | None, taken_out_on: date | None
) -> bool:
    """Whether a machine is present on that day (metrics.md, Asset in service). Without any date it was always there."""
    present = first_evidence_on is None or first_evidence_on <= on
    return ours and counts and present and (taken_out_on is None or taken_out_on > on)


def age_in_years(installed_on: date, on: date) -> int:
    """Full years by anniversaries (metrics.md, Age)."""
    return full_years(installed_on, on)


def ends_life_on(installed_on: date, life_years: Decimal) -> date:
    """The anniversary on which the expected life is over; half years count as months."""
    return add_months(installed_on, int(life_years * 12))


__all__ = [
    "AgePolicy",
    "age_in_years",
    "annual_value",
    "ends_life_on",
    "in_force",
    "in_service",
    "last_day_to_cancel",
]
