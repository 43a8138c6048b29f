"""Targets of figures in words: what counts, of whom, since when, and what it was before."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.metrics import Aim, Choice, Metric, Target, Unit
from core.metrics.aiming import AS_THE_CATALOGUE, NOT_JUDGED, Said, Scope
from core.models import FigureTarget
from core.targeting import period_of
from dashboards import wording

# What a share is typed and shown in.
HUNDRED = Decimal(100)


@dataclass(frozen=True)
class Names:
    """Labels of the members of dimensions, by their key and value."""

    known: Mapping[tuple[str, str], str]

    def of(self, scope: Scope) -> str:
        """What a target is about, in words."""
        if not scope.dimension:
            return _("everything")
        return self.known.get((scope.dimension, scope.member), scope.member)


def names_of(offered: Mapping[str, list[Choice]]) -> Names:
    return Names({(key, one.value): str(one.label) for key, found in offered.items() for one in found})


def said_words(wanted: Metric, said: Said, currency: str) -> str:
    """One target as it was said: "over 65%, watched from 60%"."""
    if said.aim == AS_THE_CATALOGUE:
        return _("as the catalogue has it")
    if said.aim == NOT_JUDGED:
        return _("not judged")
    return whole_words(wanted, said.target, currency)


def whole_words(wanted: Metric, target: Target, currency: str) -> str:
    """A target with the edge of what is watched; "no target" without one."""
    words = goal_words(wanted.unit, target, currency)
    if target.watch_from is None:
        return words
    edge = wording.said(wanted.unit, target.watch_from, currency)
    return _("%(target)s, watched from %(edge)s") % {"target": words, "edge": edge}


def goal_words(unit: Unit, target: Target, currency: str) -> str:
    """The side of a target and its value, or where it should move."""
    goal = {"goal": wording.said(unit, target.value, currency)}
    return {
        Aim.NONE: _("no target"),
        Aim.ABOVE: _("over %(goal)s") % goal,
        Aim.AT_LEAST: _("at least %(goal)s") % goal,
        Aim.BELOW: _("under %(goal)s") % goal,
        Aim.RISING: _("rising"),
        Aim.FALLING: _("falling"),
    }[target.aim]


def said_from(row: FigureTarget) -> Said:
    return Said(
        metric=row.metric,
        scope=Scope(row.dimension, row.member),
        aim=row.aim,
        value=row.value,
        watch_from=row.watch_from,
        valid_from=row.valid_from,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
        number=row.pk,
    )


def typed(unit: Unit, value: Decimal | None) -> Decimal | None:
    """A value as it is typed: a share in per cent."""
    if value is None:
        return None
    return _short(value * HUNDRED if unit is Unit.RATIO else value)


def meant(unit: Unit, value: Decimal | None) -> Decimal | None:
    """The same backward."""
    return value / HUNDRED if value is not None and unit is Unit.RATIO else value


def _short(value: Decimal) -> Decimal:
    found = value.normalize()
    return found.quantize(Decimal(1)) if found == found.to_integral_value() else found


def unit_words(unit: Unit, currency: str) -> str:
    """In what a value is typed."""
    return {
        Unit.RATIO: "%",
        Unit.MONEY: currency,
        Unit.DAYS: _("days"),
        Unit.HOURS: _("hours"),
        Unit.MONTHS: _("months"),
    }.get(unit, "")


def changes(wanted: Metric, rows: list[FigureTarget], names: Names, currency: str, on: date) -> list[dict[str, Any]]:
    """Everything that was said of a figure, the latest first, each with what it took the place of."""
    before: dict[Any, Said] = {}
    found = []
    for row in sorted(rows, key=lambda r: (r.valid_from, r.pk)):
        said = said_from(row)
        was = before.get(said.about)
        found.append(
            {
                "row": row,
                "of": names.of(said.scope),
                "period": period_of(row.starts_on, row.ends_on),
                "words": said_words(wanted, said, currency),
                "was": said_words(wanted, was, currency) if was else "",
                "ahead": row.valid_from > on,
                "said": said,
            }
        )
        before[said.about] = said
    last = {one.number for one in before.values()}
    for told in found:
        mine: Any = told["said"]
        over = mine.ends_on is not None and mine.ends_on < on
        told["stands"] = mine.number in last and mine.aim != AS_THE_CATALOGUE and not over
    return found[::-1]
