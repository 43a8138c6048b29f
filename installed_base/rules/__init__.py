"""What follows from the facts of the installed base. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

from core.calendar import add_months, full_years, inclusive_end, whole_months

CENT = Decimal("0.01")


@dataclass(frozen=True)
class AgePolicy:
    """Lives and thresholds of machines, in years and months (CT-01, CT-28). `active`: machines raise signals by age."""

    policy_name: ClassVar[str] = "installed_base.age"

    active: bool = True
    expected_life_years: Decimal = Decimal(12)
    upgrade_years: int = 5
    conversation_months_before_end: int = 24
    cohort_edges_years: tuple[int, ...] = (5, 10)


@dataclass(frozen=True)
class CustomerPolicy:
    """`quiet_months` without a parts order make a customer silent; `top` customers by revenue are looked at apart.

    A machine with telemetry is used if it ran in the last `run_days`; without it, an order or visit within
    `evidence_days` is evidence of use. Evidence of life within `proven_months` proves a machine, within
    `probable_months` it is probably there.
    """

    policy_name: ClassVar[str] = "installed_base.customer"

    quiet_months: int = 6
    top: int = 20
    run_days: int = 30
    evidence_days: int = 180
    proven_months: int = 12
    probable_months: int = 36


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


def share_out(lines: Sequence[Decimal | None], before: Decimal | None, after: Decimal | None) -> list[Decimal | None]:
    """The new values of coverage lines when a year's price goes from `before` to `after`.

    Each line keeps its share. Where the lines added up to the old price, they add up to the new one to the cent (the
    last line with a value takes the rest). Lines keep their value where one of the prices is unknown or zero.
    """
    if not before or after is None:
        return list(lines)
    shared = [None if line is None else (line * after / before).quantize(CENT, ROUND_HALF_UP) for line in lines]
    valued = [i for i, line in enumerate(lines) if line is not None]
    if valued and sum(line or 0 for line in lines) == before:
        shared[valued[-1]] = after - sum(shared[i] or Decimal(0) for i in valued[:-1])
    return shared


@dataclass(frozen=True)
class PlannedInvoice:
    """One invoice of a schedule: the days it covers, both included, and its amount."""

    starts_on: date
    ends_on: date
    amount: Decimal


def invoice_plan(starts_on: date, ends_on: date, annual: Decimal | None) -> list[PlannedInvoice]:
    """One invoice for each year of a term, in advance; the last one for the months or days that remain."""
    if annual is None:
        return []
    plan = []
    for year in range(full_years(starts_on, ends_on) + 1):
        begins = inclusive_end(starts_on, 12 * year) + timedelta(days=1) if year else starts_on
        ends = min(ends_on, inclusive_end(starts_on, 12 * (year + 1)))
        if begins <= ends:
            plan.append(PlannedInvoice(begins, ends, _part_of_year(begins, ends, annual)))
    return plan


def _part_of_year(begins: date, ends: date, annual: Decimal) -> Decimal:
    months = whole_months(begins, ends)
    part = annual * months / 12 if months else annual * ((ends - begins).days + 1) / 365
    return part.quantize(CENT, ROUND_HALF_UP)


__all__ = [
    "AgePolicy",
    "CustomerPolicy",
    "PlannedInvoice",
    "age_in_years",
    "annual_value",
    "ends_life_on",
    "in_force",
    "in_service",
    "invoice_plan",
    "last_day_to_cancel",
    "share_out",
]
