"""Revenue of customers by the year they began in, as a table of cohorts (MT-01).

Pandas is loaded with the first table: it takes most of a second that no command should wait for (bowtie.loading).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True)
class Cohort:
    """The customers whose first revenue fell in one year: what they brought in each year since, oldest first.

    `kept` is that over their first year; empty where the first year brought nothing.
    """

    began: int
    customers: int
    revenue: tuple[Decimal, ...]
    kept: tuple[Decimal | None, ...]


def cohorts(rows: Iterable[Sequence[Decimal]]) -> list[Cohort]:
    """Cohorts out of customers with their revenue of each year, oldest first. Money is counted in whole cents.

    `began` is the place of their first year; that of the oldest year holds everybody who was there before.
    """
    import pandas as pd

    frame = pd.DataFrame([[int(amount * 100) for amount in row] for row in rows])
    if frame.empty:
        return []
    there = frame.gt(0)
    frame = frame[there.any(axis=1)]
    began = there[there.any(axis=1)].to_numpy().argmax(axis=1)
    sums = frame.groupby(began).sum()
    sizes = frame.groupby(began).size()
    return [_cohort(int(year), int(sizes[year]), [int(cents) for cents in sums.loc[year]]) for year in sums.index]


def _cohort(year: int, customers: int, cents: list[int]) -> Cohort:
    since = [Decimal(c) / 100 for c in cents[year:]]
    first = since[0]
    return Cohort(year, customers, tuple(since), tuple(amount / first if first else None for amount in since))
