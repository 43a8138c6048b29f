"""Metrics in words: a value with its unit, its target, how far it is from it."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core import display
from core.metrics import Aim, Metric, Result, Status, Target, TargetPolicy, Unit, UnknownMetric, metric, status_of

Number = Decimal | int | None
STATUS = {Status.GOOD: "good", Status.WATCH: "watch", Status.RISK: "risk", Status.NONE: "unknown"}

_MEASURED: dict[Unit, Callable[[Any], str]] = {
    Unit.RATE: lambda value: display.number(value, 2),
    Unit.HOURS: lambda value: _("%(hours)s h") % {"hours": display.number(value, 1)},
    Unit.DAYS: lambda value: _("%(days)s days") % {"days": display.number(value)},
    Unit.MONTHS: lambda value: _("%(months)s months") % {"months": display.number(value, 1)},
    Unit.SCORE: lambda value: display.number(value, 1),
}


def said(unit: Unit, value: Number, currency: str, short: bool = True) -> str:
    """A value with its unit: 106.8%, €41.2M, 1,100."""
    if unit is Unit.RATIO:
        return display.percent(value)
    if unit is Unit.MONEY:
        return display.money_short(value, currency) if short else display.money(value, currency, 2)
    if unit in _MEASURED and value is not None:
        return _MEASURED[unit](value)
    return display.number(value)


def name_of(key: str) -> str:
    """The name of a metric by its key; the key itself where the catalogue no longer has it."""
    try:
        return str(metric(key).name)
    except UnknownMetric:
        return key


def target_words(metric: Metric, currency: str) -> str:
    """A target such as "over 110%", or where it should move; empty without a target."""
    return aim_words(metric.unit, metric.target, currency)


def aim_words(unit: Unit, target: Target, currency: str) -> str:
    """The same of any target of a figure in that unit."""
    if target.aim is Aim.NONE:
        return ""
    if target.aim is Aim.RISING:
        return _("target rising")
    if target.aim is Aim.FALLING:
        return _("target falling")
    goal = said(unit, target.value, currency)
    if target.aim is Aim.BELOW:
        return _("target under %(goal)s") % {"goal": goal}
    return _("target over %(goal)s") % {"goal": goal}


def made_of(result: Result | None, currency: str) -> str:
    """Of a share of money its two amounts: €420k of €600k. Empty for all else."""
    if result is None or result.value is None or not result.metric.reads_money or result.metric.unit is not Unit.RATIO:
        return ""
    return _("%(part)s of %(whole)s") % {
        "part": display.money_short(result.numerator, currency),
        "whole": display.money_short(result.denominator, currency),
    }


def before_words(metric: Metric, before: Result | None, currency: str) -> str:
    if before is None or before.value is None:
        return ""
    return _("a year ago %(value)s") % {"value": said(metric.unit, before.value, currency)}


def facts_of(metric: Metric, before: Result | None, currency: str) -> str:
    """Target and a year ago on one line."""
    return ", ".join(w for w in (target_words(metric, currency), before_words(metric, before, currency)) if w)


def status(result: Result, before: Result | None, policy: TargetPolicy) -> Status:
    was = before.value if before is not None else None
    return status_of(result.metric.target, _decimal(result.value), _decimal(was), policy)


def status_word(found: Status) -> str:
    return {
        Status.GOOD: _("On target"),
        Status.WATCH: _("Just short"),
        Status.RISK: _("Off target"),
        Status.NONE: _("No target"),
    }[found]


def _decimal(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)
