"""Keep or replace: what a machine costs a year, what its successor would, and how it can be paid (EX-26, EX-45). Pure.

What nobody knows stays unknown: the part that needs it is left out, and it is asked for.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

CENT, TENTH = Decimal("0.01"), Decimal("0.1")
MOST = Decimal(10) ** 9
RECORDED, SAID, ESTIMATED = "recorded", "said", "estimated"
SOURCES = (RECORDED, SAID, ESTIMATED)


@dataclass(frozen=True)
class Inputs:
    """What the case is asked. Hours of standstill and money are a year's, in the reporting currency; `interest` in
    percent a year. `efficiency_loss` is what the old machine makes less, in money; `trade_in` what it still brings."""

    downtime_hours: Decimal | None = None
    cost_hour: Decimal | None = None
    maintenance: Decimal | None = None
    efficiency_loss: Decimal | None = None
    new_downtime_hours: Decimal | None = None
    new_maintenance: Decimal | None = None
    price: Decimal | None = None
    trade_in: Decimal | None = None
    life_years: Decimal | None = None
    interest: Decimal | None = None
    finance_months: Decimal | None = None
    lease_monthly: Decimal | None = None
    lease_months: Decimal | None = None


# Without these keep and replace cannot be compared whole.
ASKED = (
    "downtime_hours", "cost_hour", "maintenance", "efficiency_loss", "new_downtime_hours", "new_maintenance", "price",
)  # fmt: skip
MONTHS = ("finance_months", "lease_months")


@dataclass(frozen=True)
class Part:
    """One cost a year: kept, replaced, and what is saved; None where something it needs is unknown."""

    key: str
    keep: Decimal | None
    replace: Decimal | None

    @property
    def saved(self) -> Decimal | None:
        return None if self.keep is None or self.replace is None else self.keep - self.replace


@dataclass(frozen=True)
class Way:
    """A way to pay: so much a month, for so many months, so much in all; `over` is what is left of the saving each
    month, None where no saving is known. Buying outright has no months."""

    key: str
    monthly: Decimal | None
    months: int | None
    total: Decimal
    over: Decimal | None


@dataclass(frozen=True)
class Case:
    """The answer. `saved` a year over the parts that are known; `payback_months` None without a price or a saving;
    `over_life` what is left after the years of life. `asked` names what is still unknown."""

    parts: tuple[Part, ...]
    saved: Decimal | None
    invested: Decimal | None
    payback_months: Decimal | None
    over_life: Decimal | None
    ways: tuple[Way, ...]
    asked: tuple[str, ...]


def case_of(said: Inputs) -> Case:
    """Keep against replace, and the ways to pay for it."""
    parts = (
        Part(
            "downtime", _times(said.downtime_hours, said.cost_hour), _times(said.new_downtime_hours, said.cost_hour)
        ),
        Part("maintenance", said.maintenance, said.new_maintenance),
        Part("efficiency", said.efficiency_loss, None if said.efficiency_loss is None else Decimal(0)),
    )  # fmt: skip
    known = [part.saved for part in parts if part.saved is not None]
    saved = sum(known, Decimal(0)) if known else None
    invested = None if said.price is None else said.price - (said.trade_in or Decimal(0))
    asked = tuple(name for name in ASKED if getattr(said, name) is None)
    return Case(
        parts, saved, invested, _payback(invested, saved), _over_life(said, invested, saved),
        _ways(said, invested, saved), asked,
    )  # fmt: skip


def _times(hours: Decimal | None, each: Decimal | None) -> Decimal | None:
    """Nothing stands still for nothing, whatever an hour costs."""
    if hours == 0:
        return Decimal(0)
    return None if hours is None or each is None else _cents(hours * each)


def _payback(invested: Decimal | None, saved: Decimal | None) -> Decimal | None:
    if invested is None or saved is None or saved <= 0:
        return None
    return max(invested * 12 / saved, Decimal(0)).quantize(TENTH, ROUND_HALF_UP)


def _over_life(said: Inputs, invested: Decimal | None, saved: Decimal | None) -> Decimal | None:
    if invested is None or saved is None or said.life_years is None:
        return None
    return _cents(saved * said.life_years - invested)


def _ways(said: Inputs, invested: Decimal | None, saved: Decimal | None) -> tuple[Way, ...]:
    found = []
    if invested is not None:
        found.append(Way("buy", None, None, invested, None))
    if invested is not None and invested > 0 and said.interest is not None and said.finance_months:
        months = int(said.finance_months)
        found.append(_way("finance", annuity(invested, said.interest, months), months, saved))
    if said.lease_monthly is not None and said.lease_months:
        found.append(_way("lease", said.lease_monthly, int(said.lease_months), saved))
    return tuple(found)


def _way(key: str, monthly: Decimal, months: int, saved: Decimal | None) -> Way:
    over = None if saved is None else _cents(saved / 12) - monthly
    return Way(key, monthly, months, monthly * months, over)


def annuity(principal: Decimal, interest: Decimal, months: int) -> Decimal:
    """The equal monthly payment that pays a loan off, interest and all; `interest` in percent a year."""
    rate = interest / 1200
    if rate == 0:
        return _cents(principal / months)
    return _cents(principal * rate / (1 - (1 + rate) ** -months))


def _cents(value: Decimal) -> Decimal:
    return value.quantize(CENT, ROUND_HALF_UP)


def wrong_in(said: Inputs) -> list[str]:
    """The inputs that cannot be: below zero, beyond all measure, interest above 100 %, months that are none or are
    broken, more than 600 of them."""
    values = asdict(said)
    wrong = [name for name, value in values.items() if value is not None and not 0 <= value < MOST]
    if said.interest is not None and said.interest > 100:
        wrong.append("interest")
    for name in MONTHS:
        value = values[name]
        if value is not None and name not in wrong and (value != int(value) or not 1 <= value <= 600):
            wrong.append(name)
    return wrong


def to_json(said: Inputs) -> dict[str, str]:
    """What was given, as text."""
    return {name: str(value) for name, value in asdict(said).items() if value is not None}


def from_json(kept: Mapping[str, Any]) -> Inputs:
    """The same back; what is no number, or no input, is passed over."""
    known = {f.name for f in fields(Inputs)}
    found = {name: _number(text) for name, text in kept.items() if name in known}
    return Inputs(**{name: value for name, value in found.items() if value is not None})


def _number(text: Any) -> Decimal | None:
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
