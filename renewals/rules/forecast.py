"""How likely a renewal is, out of what became of the terms before it: a table that explains itself. Pure.

Rates are shares of 1. A cell is a tier at T-90 and a band of years as a customer; its rate is drawn to that of the
whole book by so many imagined terms, so that two lucky terms do not make a certainty.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import ClassVar

PLACES = Decimal("0.0001")
CENT = Decimal("0.01")


@dataclass(frozen=True)
class ForecastPolicy:
    """How the probability of a renewal is told from what became of others.

    `weight` is how many terms at the book's average each cell begins with; `bands` are the years as a customer at
    which the next band begins; terms due in the last `history_months` count. With fewer than `enough` decided terms
    there is no probability at all; the report card says nothing before `enough_told` decided renewals of which one
    stood at T-90.
    """

    policy_name: ClassVar[str] = "renewals.forecast"

    weight: int = 20
    bands: tuple[int, ...] = (2, 5)
    history_months: int = 36
    enough: int = 20
    enough_told: int = 20

    def band(self, years: int) -> int:
        """The number of the band into which so many whole years as a customer fall; 0 is the first."""
        return sum(years >= first for first in self.bands)

    def spans(self) -> list[tuple[int, int | None]]:
        """The first year of each band, and the first that is no longer in it."""
        firsts = (0, *self.bands)
        return list(zip(firsts, (*self.bands, None), strict=True))


@dataclass(frozen=True)
class Observed:
    """Of the decided terms of a tier and a number of years as a customer: how many, and how many were renewed."""

    tier: str
    years: int
    decided: int
    won: int


@dataclass(frozen=True)
class Cell:
    """One cell of the table. `raw` is None without a decided term; `chance` None where the book has no history."""

    tier: str
    band: int
    decided: int
    won: int
    raw: Decimal | None
    chance: Decimal | None


def raw_rate(won: int, decided: int) -> Decimal | None:
    """What was renewed of what was decided; None without any."""
    return (Decimal(won) / decided).quantize(PLACES, ROUND_HALF_UP) if decided else None


def shrunk(won: int, decided: int, average: Decimal, weight: int) -> Decimal:
    """The rate drawn to the average: (won + weight * average) / (decided + weight).

    Raises ValueError where more was won than decided, or a count is below zero.
    """
    if not 0 <= won <= decided or weight < 0:
        raise ValueError("won lies between 0 and decided, and the weight is not below zero")
    if not decided + weight:
        return average
    return ((won + weight * average) / (decided + weight)).quantize(PLACES, ROUND_HALF_UP)


@dataclass(frozen=True)
class Table:
    """What became of the terms of the book, and what that says of the next; `weight` as in the policy."""

    policy: ForecastPolicy
    cells: tuple[Cell, ...]
    decided: int
    won: int

    @property
    def average(self) -> Decimal | None:
        """The rate of the whole book; None without enough history."""
        return raw_rate(self.won, self.decided) if self.known else None

    @property
    def known(self) -> bool:
        """Whether there is enough history to say anything."""
        return self.decided >= max(1, self.policy.enough)

    def chance(self, tier: str, years: int) -> Decimal | None:
        """The probability for a term of that tier and so many whole years; the book's average in an empty cell."""
        band = self.policy.band(years)
        found = next((c for c in self.cells if (c.tier, c.band) == (tier, band)), None)
        return found.chance if found else self.average


def table_of(observed: Iterable[Observed], tiers: Sequence[str], policy: ForecastPolicy) -> Table:
    """A cell for each tier and band, also where nothing was decided yet."""
    found: dict[tuple[str, int], list[int]] = {(t, b): [0, 0] for t in tiers for b in range(len(policy.bands) + 1)}
    for row in observed:
        cell = found.setdefault((row.tier, policy.band(row.years)), [0, 0])
        cell[0] += row.decided
        cell[1] += row.won
    decided, won = (sum(counts[i] for counts in found.values()) for i in (0, 1))
    average = Decimal(won) / decided if decided >= max(1, policy.enough) else None
    cells = tuple(_cell(tier, band, n, won_of, average, policy) for (tier, band), (n, won_of) in found.items())
    return Table(policy, cells, decided, won)


def _cell(tier: str, band: int, decided: int, won: int, average: Decimal | None, policy: ForecastPolicy) -> Cell:
    chance = None if average is None else shrunk(won, decided, average, policy.weight)
    return Cell(tier, band, decided, won, raw_rate(won, decided), chance)


def target_of(annual: Decimal | None, uplift: Decimal) -> Decimal | None:
    """What should be renewed: the old annual value with the policy's uplift, in cents."""
    return None if annual is None else (annual * (1 + uplift)).quantize(CENT, ROUND_HALF_UP)


def expected(value: Decimal | None, chance: Decimal | None) -> Decimal | None:
    """Probability times value, in cents; None where either is unknown."""
    return None if value is None or chance is None else (value * chance).quantize(CENT, ROUND_HALF_UP)


def early_days(signed_on: date | None, due: date | None) -> int | None:
    """Days before the last day of the term on which it was signed; below zero after it (CT-31)."""
    return (due - signed_on).days if signed_on and due else None


@dataclass(frozen=True)
class Told:
    """Of the decided renewals of which one stood between `low` and `high` at T-90: what was said, what became."""

    low: Decimal
    high: Decimal
    decided: int
    won: int
    said: Decimal

    @property
    def became(self) -> Decimal | None:
        return raw_rate(self.won, self.decided)


@dataclass(frozen=True)
class Card:
    """The report card: what was said against what became; `decided` are all that were told at T-90."""

    told: tuple[Told, ...]
    decided: int
    enough: int

    @property
    def known(self) -> bool:
        return self.decided >= max(1, self.enough)


TENTH = Decimal("0.1")


def card_of(rows: Iterable[tuple[Decimal, bool, int]], policy: ForecastPolicy) -> Card:
    """The report card out of (chance, renewed, how many), by tenths of the chance; 1 belongs to the last tenth."""
    found: dict[int, list[Decimal]] = {}
    for chance, renewed, count in rows:
        sums = found.setdefault(min(int(chance * 10), 9), [Decimal(0)] * 3)
        sums[0] += count
        sums[1] += count if renewed else 0
        sums[2] += chance * count
    told = tuple(
        Told(tenth * TENTH, (tenth + 1) * TENTH, int(n), int(won), (said / n).quantize(PLACES, ROUND_HALF_UP))
        for tenth, (n, won, said) in sorted(found.items())
    )
    return Card(told, sum(t.decided for t in told), policy.enough_told)
