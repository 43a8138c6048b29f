"""What may be entered as spent in a month, and what entries of one cell come to. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

BELOW_ZERO, TOO_MUCH, NOT_BEGUN = "below_zero", "too_much", "not_begun"
LARGEST = Decimal("999999999999.99")


@dataclass(frozen=True)
class Cell:
    """A month by its first day, a kind (marketing, sales) and a source; None: in general."""

    month: date
    kind: str
    source: int | None = None


@dataclass(frozen=True)
class Entry:
    """What somebody entered for a cell, in the reporting currency, and what they saw there. None: nobody knows."""

    cell: Cell
    amount: Decimal | None
    seen: Decimal | None


def refusal(amount: Decimal | None, month: date, on: date) -> str:
    """Why this cannot be what was spent in a month, as a word of `sales.words.spend`; nothing where it can."""
    if amount is not None and amount < 0:
        return BELOW_ZERO
    if amount is not None and amount > LARGEST:
        return TOO_MUCH
    if month > on:
        return NOT_BEGUN
    return ""


def standing(rows: Sequence[Any]) -> Decimal | None:
    """What entries of one cell come to in the reporting currency; None without one, or where one has no rate."""
    amounts = [row.amount_reporting for row in rows]
    return None if not amounts or None in amounts else sum(amounts, Decimal(0))


def is_fixed(rows: Sequence[Any], currency: str) -> bool:
    """Whether a cell cannot be changed as one amount in this currency."""
    return len(rows) > 1 or any(row.currency not in ("", currency) for row in rows)
