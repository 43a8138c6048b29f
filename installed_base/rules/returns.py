"""What a machine brings a year, from before and after (AD-14). Pure."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

WEEKS_A_YEAR = Decimal(48)
MOST = Decimal(10) ** 9
_CENT, _TENTH = Decimal("0.01"), Decimal("0.1")


@dataclass(frozen=True)
class Inputs:
    """What the calculator is asked. Hours of operators and output in good units, both a week; scrap in percent of what
    is made; money in the reporting currency. What is not known is None, and leaves out the part that needs it.
    """

    hours_before: Decimal | None = None
    hours_after: Decimal | None = None
    cost_hour: Decimal | None = None
    output_before: Decimal | None = None
    output_after: Decimal | None = None
    margin_unit: Decimal | None = None
    scrap_before: Decimal | None = None
    scrap_after: Decimal | None = None
    cost_unit: Decimal | None = None
    price: Decimal | None = None
    weeks: Decimal = WEEKS_A_YEAR


@dataclass(frozen=True)
class Worth:
    """Euros a year by part, None where a part cannot be known; months until the price is earned back, None without a
    price or where nothing is gained."""

    labour: Decimal | None
    output: Decimal | None
    scrap: Decimal | None
    total: Decimal | None
    payback_months: Decimal | None


def worth_of(asked: Inputs) -> Worth:
    """Hours saved, more output, less scrap, each in money a year, and when the price is earned back."""
    labour = _gain(asked.hours_before, asked.hours_after, asked.cost_hour, asked.weeks)
    output = _gain(asked.output_after, asked.output_before, asked.margin_unit, asked.weeks)
    scrap = _scrap(asked)
    parts = [part for part in (labour, output, scrap) if part is not None]
    total = sum(parts, Decimal(0)) if parts else None
    return Worth(labour, output, scrap, total, _payback(asked.price, total))


def _gain(more: Decimal | None, less: Decimal | None, each: Decimal | None, weeks: Decimal) -> Decimal | None:
    if more is None or less is None or each is None:
        return None
    return _cents((more - less) * each * weeks)


def _scrap(asked: Inputs) -> Decimal | None:
    made = asked.output_after if asked.output_after is not None else asked.output_before
    if made is None or asked.scrap_before is None or asked.scrap_after is None or asked.cost_unit is None:
        return None
    return _cents(made * (asked.scrap_before - asked.scrap_after) / 100 * asked.cost_unit * asked.weeks)


def _payback(price: Decimal | None, total: Decimal | None) -> Decimal | None:
    if price is None or total is None or total <= 0:
        return None
    return (price * 12 / total).quantize(_TENTH, ROUND_HALF_UP)


def _cents(value: Decimal) -> Decimal:
    return value.quantize(_CENT, ROUND_HALF_UP)


def wrong_in(asked: Inputs) -> list[str]:
    """The fields that cannot be: below zero, beyond all measure, scrap above 100 percent, a year of no or over 53
    weeks."""
    values = asdict(asked)
    wrong = [name for name, value in values.items() if value is not None and not 0 <= value < MOST]
    wrong += [name for name in ("scrap_before", "scrap_after") if (values[name] or 0) > 100 and name not in wrong]
    if not 0 < asked.weeks <= 53 and "weeks" not in wrong:
        wrong.append("weeks")
    return wrong


def to_json(asked: Inputs) -> dict[str, str]:
    """What was given, as text."""
    return {name: str(value) for name, value in asdict(asked).items() if value is not None}


def from_json(kept: Mapping[str, Any]) -> Inputs:
    """The same back; what is no number, or no field of it, is passed over."""
    known = {f.name for f in fields(Inputs)}
    return Inputs(
        **{name: found for name, text in kept.items() if name in known and (found := _number(text)) is not None}
    )


def _number(text: Any) -> Decimal | None:
    try:
        found = Decimal(str(text))
    except InvalidOperation:
        return None
    return found if found.is_finite() else None
