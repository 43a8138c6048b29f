"""Who gets an account plan, in which quarter a day lies, and what a next step is (AP-01, AP-05, AP-07, AP-08). Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import ClassVar

from core.calendar import add_months


@dataclass(frozen=True)
class PlanPolicy:
    """The largest customers by revenue of twelve months, until they make `share` of it, `most` of them (AP-01).

    `renewal_days` ahead a contract counts as one that may be lost; a person of influence with whom nobody spoke for
    `silent_days` may be leaving; a machine that ran less than `idle_below` of its hours has capacity to spare.
    """

    policy_name: ClassVar[str] = "expansion.plans"

    most: int = 20
    share: Decimal = Decimal("0.80")
    renewal_days: int = 365
    silent_days: int = 180
    idle_below: Decimal = Decimal("0.50")
    low_rung: int = 1


def top_accounts(revenue: Iterable[tuple[int, Decimal]], policy: PlanPolicy) -> list[int]:
    """The accounts that deserve a plan, the largest first; whoever brought nothing is not among them.

    The one with which the share is reached still belongs to them.
    """
    ranked = sorted(((pk, amount) for pk, amount in revenue if amount > 0), key=lambda row: (-row[1], row[0]))
    wanted = sum((amount for _, amount in ranked), Decimal(0)) * policy.share
    found: list[int] = []
    reached = Decimal(0)
    for pk, amount in ranked[: policy.most]:
        if reached >= wanted:
            break
        found.append(pk)
        reached += amount
    return found


def quarter_start(on: date) -> date:
    return date(on.year, (on.month - 1) // 3 * 3 + 1, 1)


def quarter_of(on: date) -> int:
    return (on.month + 2) // 3


def quarter_end(on: date) -> date:
    """The first day of the next quarter: up to it, without it."""
    return add_months(quarter_start(on), 3)


def talk_due(last_on: date | None, months: int, on: date) -> bool:
    """Whether it is time to talk about growth again (AP-08); who was never spoken with is due."""
    return last_on is None or add_months(last_on, months) <= on


@dataclass(frozen=True)
class StepFacts:
    """An action of a plan: its id, its day, and whether it still has to be done."""

    id: int
    due_on: date
    open: bool


class Missing(StrEnum):
    """Why an account may not be closed in a review."""

    NOTHING = "nothing"
    ALL_LATE = "all_late"


def next_step(steps: Sequence[StepFacts], on: date) -> int | Missing:
    """The id of the next step of an account: the first open action that lies today or ahead.

    Each has an owner and a day, so one that is there is enough; open actions of the past alone are no next step.
    """
    ahead = [step for step in steps if step.open and step.due_on >= on]
    if ahead:
        return min(ahead, key=lambda step: (step.due_on, step.id)).id
    return Missing.ALL_LATE if any(step.open for step in steps) else Missing.NOTHING
