"""The days on which a machine was under contract. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from expansion.rules.episodes import earlier


@dataclass(frozen=True, slots=True)
class Span:
    """One contract on one machine: from its first day to the first day without it (None: no end).

    `agreed_on` is the day from which it was known to come. `rung` is that of its level, `annual` a year of it for this
    machine; `list_price` and `next_price` are list prices of this level and of the next one up.
    """

    starts_on: date
    until: date | None
    agreed_on: date
    rung: int | None = None
    level: str = ""
    annual: Decimal | None = None
    list_price: Decimal | None = None
    next_level: str = ""
    next_price: Decimal | None = None

    def runs(self, on: date) -> bool:
        return self.starts_on <= on and (self.until is None or self.until > on)


@dataclass(frozen=True, slots=True)
class Gap:
    """Days without a contract. `before` is the contract that ended, None at the very start; `ended` by what."""

    since: date
    until: date | None
    before: Span | None


def gaps(spans: Sequence[Span], begins_on: date | None, ends_on: date | None) -> list[Gap]:
    """The days between `begins_on` and `ends_on` (both may be open) that no span holds, in order.

    A gap that a contract closes is over on the day on which that contract was agreed. Without `begins_on` nothing is
    said of the time before the first contract.
    """
    found: list[Gap] = []
    free_from, before = begins_on, None
    for span in sorted(spans, key=lambda s: (s.starts_on, s.until or date.max)):
        if free_from is not None and span.starts_on > free_from:
            closed = max(min(span.starts_on, span.agreed_on), free_from)
            found.append(Gap(free_from, earlier(closed, ends_on), before))
        if span.until is None:
            return _within(found, ends_on)
        if free_from is None or before is None or span.until > free_from:
            before = span
        free_from = max(span.until, free_from or span.until)
    if free_from is not None:
        found.append(Gap(free_from, ends_on, before))
    return _within(found, ends_on)


def _within(found: list[Gap], ends_on: date | None) -> list[Gap]:
    return [
        gap
        for gap in found
        if (gap.until is None or gap.until > gap.since) and (ends_on is None or gap.since < ends_on)
    ]
