"""What a renewal quote asks for: prices out of an uplift, lines that add up, what changed and why, what is left. Pure.

Amounts are a year's price in the currency of the contract, in cents; margins are in the reporting currency.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import Enum
from typing import ClassVar

CENT = Decimal("0.01")
MILLIONTH = Decimal("0.000001")
LONGEST = 240


@dataclass(frozen=True)
class OfferPolicy:
    """What a new draft proposes: the rise of a year's price as a share, its length, how long it stands.

    `uplift` holds for a year, `multi_year_uplift` for whoever commits for longer (CO-14). A value above the old one
    by more than `indexation` is an upsell.
    """

    policy_name: ClassVar[str] = "renewals.offer"

    uplift: Decimal = Decimal("0.03")
    multi_year_uplift: Decimal = Decimal("0.02")
    indexation: Decimal = Decimal("0.03")
    months: int = 12
    valid_days: int = 60

    def uplift_for(self, months: int) -> Decimal:
        """The share by which a year's price rises in a term of so many months."""
        return self.multi_year_uplift if months > 12 else self.uplift


class Kind(Enum):
    """What is offered beside the old term (RN-05, CO-14)."""

    SAME = "same"
    UPGRADE = "upgrade"
    DOWNGRADE = "downgrade"
    MULTI_YEAR = "multi_year"


class Fault(Enum):
    """Why an offer cannot be made."""

    NO_LENGTH = "no_length"
    BELOW_ZERO = "below_zero"
    NOTHING_KEPT = "nothing_kept"
    NOT_APART = "not_apart"
    NO_INDEX = "no_index"


class OfferFault(ValueError):
    """An offer that makes no sense; `fault` says which of them."""

    def __init__(self, fault: Fault) -> None:
        self.fault = fault
        super().__init__(fault.value)


@dataclass(frozen=True)
class Line:
    """A machine on the old term: its price (None: not known apart), whether it stays, and its own price where one was
    agreed."""

    id: int
    old: Decimal | None
    kept: bool = True
    agreed: Decimal | None = None


@dataclass(frozen=True)
class Ask:
    """How the prices change. `uplift` and `level` are a share and a ratio: 0.03 and 1.25.

    `level` is 1 where the level stays, None where nobody knows what the new one costs. `total` is an agreed price of
    the whole contract; None has it follow.
    """

    uplift: Decimal = Decimal(0)
    level: Decimal | None = Decimal(1)
    total: Decimal | None = None


@dataclass(frozen=True)
class Change:
    """Why the new price differs from the old one; the three add up to the difference, to the cent (CO-06, G-04)."""

    scope: Decimal
    level: Decimal
    price: Decimal


@dataclass(frozen=True)
class Priced:
    """Old and new price of the contract, of each kept machine, and of what belongs to no machine (`rest`)."""

    old: Decimal | None
    new: Decimal | None
    lines: Mapping[int, Decimal | None]
    rest_old: Decimal | None
    rest_new: Decimal | None
    change: Change | None


@dataclass(frozen=True)
class Margin:
    """What is left of the price after the recorded cost, over `known` of `of` machines. In the reporting currency."""

    price: Decimal
    cost: Decimal
    known: int
    of: int

    @property
    def left(self) -> Decimal:
        return self.price - self.cost

    @property
    def share(self) -> Decimal | None:
        """Left over, as a share of the price; None where the price is zero."""
        return self.left / self.price if self.price else None


def share(amount: Decimal, weights: Sequence[Decimal]) -> list[Decimal]:
    """The amount over these weights, in cents that add up to it exactly; without any weight the last one takes all.

    Each share is the step between two rounded running totals, so none is further than a cent from its own.
    """
    whole = sum(weights, Decimal(0))
    if not whole:
        return [*(Decimal(0) for _ in weights[1:]), amount] if weights else []
    shares, running, before = [], Decimal(0), Decimal(0)
    for weight in weights:
        running += weight
        upto = _cents(amount * running / whole)
        shares.append(upto - before)
        before = upto
    return shares


def kind_of(old_rung: int | None, new_rung: int | None, months: int) -> Kind:
    """A higher rung is an upgrade, a lower one a downgrade, at whatever length; else the length decides."""
    if old_rung is not None and new_rung is not None and old_rung != new_rung:
        return Kind.UPGRADE if new_rung > old_rung else Kind.DOWNGRADE
    return Kind.MULTI_YEAR if months > 12 else Kind.SAME


def level_ratio(same: bool, old_list: Decimal | None, new_list: Decimal | None) -> Decimal | None:
    """The list price of the new level over that of the old one; None where either is not known."""
    if same:
        return Decimal(1)
    return new_list / old_list if old_list and new_list is not None else None


def indexed(before: Decimal, after: Decimal) -> Decimal:
    """The uplift of an index that went from one figure to another, in millionths."""
    if before <= 0 or after <= 0:
        raise OfferFault(Fault.NO_INDEX)
    return (after / before - 1).quantize(MILLIONTH, ROUND_HALF_UP)


def priced(old_total: Decimal | None, lines: Sequence[Line], ask: Ask) -> Priced:
    """The prices of an offer. What belongs to no machine is shared and raised like a machine; no more than a cent for
    each machine was rounding, and the machines take it.

    OfferFault where nothing is kept, a price lies below zero, or a machine has an agreed price and no old one.
    """
    _refuse_nonsense(lines, ask)
    valued = [line for line in lines if line.old is not None]
    known = _sum(line.old for line in valued)
    whole = old_total if old_total is not None else (known if lines and len(valued) == len(lines) else None)
    rest = None if whole is None else whole - known
    shared = [line for line in valued if line.kept and line.agreed is None]
    agreed = {line.id: line.agreed for line in lines if line.kept and line.agreed is not None}
    new, parts, rest_new = _new_prices([line.old or Decimal(0) for line in shared], rest, _sum(agreed.values()), ask)
    prices: dict[int, Decimal | None] = {line.id: None for line in lines if line.kept}
    prices |= agreed | {line.id: part for line, part in zip(shared, parts, strict=True)}
    _refuse_below_zero(new, prices, rest, rest_new)
    return Priced(whole, new, prices, rest, rest_new, _change(whole, new, lines, ask))


def _new_prices(
    olds: list[Decimal], rest: Decimal | None, agreed: Decimal, ask: Ask
) -> tuple[Decimal | None, list[Decimal | None], Decimal | None]:
    """The new total, the price of each machine that shares in it, and the rest."""
    if ask.total is None and (ask.level is None or rest is None):
        factor = None if ask.level is None else (1 + ask.uplift) * ask.level
        return None, [None if factor is None else _cents(old * factor) for old in olds], None
    factor = (1 + ask.uplift) * (1 if ask.level is None else ask.level)
    if rest is None:
        parts = [_cents(old * factor) for old in olds]
        total = ask.total or Decimal(0)
        return total, [*parts], total - agreed - _sum(parts)
    total = _cents((_sum(olds) + rest) * factor) + agreed if ask.total is None else ask.total
    rounding = olds and abs(rest) <= CENT * len(olds)
    shares = share(total - agreed, [*olds, Decimal(0) if rounding else rest])
    return total, [*shares[:-1]], shares[-1]


def _change(whole: Decimal | None, new: Decimal | None, lines: Sequence[Line], ask: Ask) -> Change | None:
    if whole is None or new is None:
        return None
    scope = -_sum(line.old for line in lines if not line.kept)
    kept = whole + scope
    if ask.level is None:
        price = _cents(kept * ask.uplift)
        return Change(scope, new - kept - price, price)
    level = _cents(kept * ask.level) - kept
    return Change(scope, level, new - kept - level)


def _refuse_nonsense(lines: Sequence[Line], ask: Ask) -> None:
    if lines and not any(line.kept for line in lines):
        raise OfferFault(Fault.NOTHING_KEPT)
    if any(line.kept and line.agreed is not None and line.old is None for line in lines):
        raise OfferFault(Fault.NOT_APART)
    if ask.uplift < -1 or (ask.total is not None and ask.total < 0):
        raise OfferFault(Fault.BELOW_ZERO)


def _refuse_below_zero(
    new: Decimal | None, prices: Mapping[int, Decimal | None], rest: Decimal | None, rest_new: Decimal | None
) -> None:
    """A rest that was a rebate may stay one; nothing else lies below zero."""
    fell = rest_new is not None and rest_new < 0 and (rest is None or rest >= 0)
    if fell or (new is not None and new < 0) or any(price is not None and price < 0 for price in prices.values()):
        raise OfferFault(Fault.BELOW_ZERO)


def refuse_length(months: int) -> None:
    """OfferFault for a term that would end before it starts, or outlive everybody."""
    if not 1 <= months <= LONGEST:
        raise OfferFault(Fault.NO_LENGTH)


def margin(
    total: Decimal | None, lines: Sequence[tuple[Decimal | None, Decimal | None]], shared_cost: Decimal | None
) -> Margin | None:
    """What is left, where costs are known (G-08); `lines` are (price, cost) of the kept machines.

    Cost that belongs to the contract as a whole stands against its whole price; without it only machines with a price
    and a cost count. None where nothing is known.
    """
    known = [(price, cost) for price, cost in lines if cost is not None]
    if shared_cost is not None:
        if total is None:
            return None
        return Margin(total, shared_cost + _sum(cost for _price, cost in known), len(lines), len(lines))
    both = [(price, cost) for price, cost in known if price is not None]
    if not both:
        return None
    return Margin(_sum(price for price, _cost in both), _sum(cost for _price, cost in both), len(both), len(lines))


def is_upsell(kind: Kind, old: Decimal | None, new: Decimal | None, indexation: Decimal, longer: bool) -> bool:
    """Whether an offer also stands as a deal: a higher level, a longer commitment (CO-14), or a value above the old
    one by more than indexation."""
    if kind is Kind.DOWNGRADE:
        return False
    if kind is Kind.UPGRADE or longer:
        return True
    return old is not None and new is not None and new > _cents(old * (1 + indexation))


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)


def _sum(amounts: object) -> Decimal:
    return sum((a for a in amounts if a is not None), Decimal(0))  # type: ignore[attr-defined]


__all__ = [
    "LONGEST",
    "Ask",
    "Change",
    "Fault",
    "Kind",
    "Line",
    "Margin",
    "OfferFault",
    "OfferPolicy",
    "Priced",
    "indexed",
    "is_upsell",
    "kind_of",
    "level_ratio",
    "margin",
    "priced",
    "refuse_length",
    "share",
]
