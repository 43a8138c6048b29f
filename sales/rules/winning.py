"""What is proposed when a deal is won: the schedule of invoices. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

CENT = Decimal("0.01")


@dataclass(frozen=True)
class WinningPolicy:
    """Shares of the price that are invoiced: with the order, then on the day of the installation; and the usual months
    of a contract. They are proposals: what is confirmed is written."""

    policy_name: ClassVar[str] = "sales.winning"

    shares: tuple[Decimal, ...] = (Decimal("0.30"), Decimal("0.70"))
    contract_months: int = 12

    def problems(self) -> list[str]:
        """Shares that do not make a whole."""
        found = [] if sum(self.shares) == 1 else ["shares: together they make 1."]
        found += ["shares: each is above 0."] if any(share <= 0 for share in self.shares) else []
        found += ["shares: three at most."] if len(self.shares) > 3 else []
        return found + (["contract_months: choose one month or more."] if self.contract_months < 1 else [])


def schedule(
    value: Decimal | None, won_on: date, promised_on: date | None, shares: Sequence[Decimal]
) -> list[tuple[date, Decimal]]:
    """The first part with the order, the rest on the promised day; all of it with the order where no day is known.

    The parts add up to the value to the cent; without a value there is nothing to propose.
    """
    if value is None or value <= 0:
        return []
    if promised_on is None:
        return [(won_on, value)]
    parts = [(value * share).quantize(CENT, ROUND_HALF_UP) for share in shares]
    parts[-1] = value - sum(parts[:-1], Decimal(0))
    days = [won_on, *([promised_on] * (len(parts) - 1))]
    return [(day, part) for day, part in zip(days, parts, strict=True) if part > 0]
