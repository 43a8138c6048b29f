"""Saying what a figure should reach (PL-02, RO-03). A target counts from today or later, never from before."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.audit import audited
from core.calendar import add_months
from core.metrics import Aim, Metric, Unit, UnknownMetric, catalogue, dimensions, metric
from core.metrics.aiming import NARROWEST_FIRST
from core.models import FigureAim, FigureTarget, Owner, Role, User
from core.reach import Level, reach_of
from core.scope import System

# Who says what figures should reach; a team lead of their own teams and the people in them alone.
SETTERS = (Role.TEAM_LEAD, Role.EXECUTIVE, Role.ADMINISTRATOR)
SIDES = (FigureAim.ABOVE, FigureAim.AT_LEAST, FigureAim.BELOW)
_LARGEST = Decimal(10) ** 13
# A share above this is a percentage that was written as a number: 110 for 1.10.
_LARGEST_SHARE = Decimal(10)


@dataclass(frozen=True)
class Wanted:
    """What a figure should reach. `scope` is a dimension and its member, both empty for everything; `period` a year
    ("2026"), a quarter ("2026-Q4"), or empty: until another target is said. A share is 0.45, not 45."""

    metric: str
    aim: str
    value: Decimal | None = None
    watch_from: Decimal | None = None
    dimension: str = ""
    member: str = ""
    period: str = ""
    note: str = ""


def set_target(*, wanted: Wanted, valid_from: date, by: User | System, on: date) -> FigureTarget:
    """Say what a figure should reach from a day on. ValidationError with a sentence per place, and nothing written."""
    found = _metric(wanted.metric)
    _refuse_scope(wanted, by)
    first, last = days_of(wanted.period)
    _refuse_days(valid_from, last, on)
    _refuse_aim(wanted, found)
    with audited(by=by, why="core.set_target"):
        return FigureTarget.objects.create(
            metric=found.key,
            unit=found.unit.value,
            dimension=wanted.dimension,
            member=wanted.member,
            starts_on=first,
            ends_on=last,
            aim=wanted.aim,
            value=wanted.value,
            watch_from=wanted.watch_from,
            valid_from=valid_from,
            note=wanted.note.strip(),
            set_by=by if isinstance(by, User) else None,
        )


def may_set(actor: Any) -> bool:
    """Whether somebody says what any figure should reach."""
    return isinstance(actor, System) or getattr(actor, "role", "") in SETTERS


def may_set_of(actor: Any, dimension: str, member: str) -> bool:
    """Whether somebody says it of this scope: a team lead of the teams and people within their reach."""
    if not may_set(actor) or isinstance(actor, System):
        return may_set(actor)
    allowed = scopes_of(actor)
    return allowed is None or (dimension, member) in allowed


def scopes_of(actor: User) -> set[tuple[str, str]] | None:
    """Of which scopes somebody may say it, as pairs of dimension and member; None: of all."""
    if reach_of(actor).level is Level.ALL:
        return None
    rows = Owner.objects.filter(pk__in=reach_of(actor).owners).values_list("pk", "team_id")
    return {("team", str(team)) if team else ("owner", str(pk)) for pk, team in rows}


def targets_seen_by(actor: Any) -> Any:
    """The targets that somebody reads: amounts only who sees prices, none who sees single machines alone."""
    rows = FigureTarget.objects.all()
    if isinstance(actor, System):
        return rows
    reach = reach_of(actor)
    if reach.level is Level.ASSIGNED:
        return rows.none()
    return rows if reach.sees_prices else rows.exclude(unit=Unit.MONEY.value)


def days_of(period: str) -> tuple[date | None, date | None]:
    """The first and the last day of a year or quarter; ValidationError where it is neither."""
    if not period:
        return None, None
    year, _dash, quarter = period.partition("-")
    known = year.isdecimal() and len(year) == 4 and int(year) > 0 and quarter in ("", "Q1", "Q2", "Q3", "Q4")
    if not known or period.endswith("-"):
        text = _("“%(text)s” is no period: write a year (2026), a quarter (2026-Q4), or leave it empty.")
        raise ValidationError({"period": text % {"text": period[:40]}})
    first = date(int(year), 3 * int(quarter[1:]) - 2 if quarter else 1, 1)
    return first, add_months(first, 3 if quarter else 12) - timedelta(days=1)


def period_of(first: date | None, last: date | None) -> str:
    """The same backward: "2026", "2026-Q4", or nothing."""
    if first is None or last is None:
        return ""
    return f"{first.year}" if (last - first).days > 100 else f"{first.year}-Q{(first.month + 2) // 3}"


def _metric(key: str) -> Metric:
    try:
        return metric(key)
    except UnknownMetric as unknown:
        words = {"key": key[:80], "near": near_to(key)}
        raise ValidationError(
            {"metric": _("There is no figure “%(key)s”. %(near)s Nothing was written.") % words}
        ) from unknown


def near_to(key: str) -> str:
    """The keys that are like one that is not there, in a sentence."""
    near = get_close_matches(key, [m.key for m in catalogue()], n=3, cutoff=0.4)
    if near:
        return _("Near it: %(names)s.") % {"names": ", ".join(near)}
    return _("GET /api/v1/metrics/ names all of them.")


def _refuse_scope(wanted: Wanted, by: Any) -> None:
    if not may_set(by):
        raise ValidationError(_("Team leads, executives and administrators say what figures should reach."))
    if bool(wanted.dimension) != bool(wanted.member):
        raise ValidationError({"member": _("Say which one: of everything, neither a dimension nor a member is named.")})
    if wanted.dimension and wanted.dimension not in NARROWEST_FIRST:
        words = {"name": wanted.dimension[:40], "names": ", ".join(NARROWEST_FIRST)}
        raise ValidationError({"dimension": _("There is no scope “%(name)s”. There are: %(names)s.") % words})
    if wanted.dimension and not _is_there(wanted.dimension, wanted.member):
        words = {"name": wanted.member[:80], "dimension": wanted.dimension}
        raise ValidationError({"member": _("There is no %(dimension)s “%(name)s”.") % words})
    if not may_set_of(by, wanted.dimension, wanted.member):
        raise ValidationError(
            {"member": _("A team lead says what their own teams and people should reach; choose one of these.")}
        )


def _is_there(dimension: str, member: str) -> bool:
    known = next((d for d in dimensions() if d.key == dimension), None)
    if known is None:
        return False
    try:
        return str(known.find(member, System("targets"))) == member
    except LookupError:
        return False


def _refuse_days(valid_from: date, last: date | None, on: date) -> None:
    if valid_from < on:
        raise ValidationError(
            {"valid_from": _("A target counts from today or later: what was aimed at before is not rewritten.")}
        )
    if last is not None and last < valid_from:
        raise ValidationError({"period": _("This period is over when the target begins to count; choose a later one.")})


def _refuse_aim(wanted: Wanted, found: Metric) -> None:
    if wanted.aim not in FigureAim.values:
        words = {"aim": wanted.aim[:20], "names": ", ".join(FigureAim.values)}
        raise ValidationError({"aim": _("There is no aim “%(aim)s”. There are: %(names)s.") % words})
    if wanted.aim not in SIDES:
        if wanted.value is not None or wanted.watch_from is not None:
            raise ValidationError({"value": _("Only a side (over, at least, under) has a value; leave it empty.")})
        return
    if wanted.value is None:
        raise ValidationError({"value": _("Say how much: a side (over, at least, under) needs a value.")})
    _refuse_size("value", wanted.value, found)
    if wanted.watch_from is not None:
        _refuse_size("watch_from", wanted.watch_from, found)
        _refuse_band(wanted.aim, wanted.value, wanted.watch_from)


def _refuse_size(place: str, value: Decimal, found: Metric) -> None:
    if not value.is_finite() or abs(value) >= _LARGEST or value != round(value, 6):
        raise ValidationError({place: _("Write a number with at most thirteen figures and six decimals.")})
    if value < 0 and found.unit in (Unit.COUNT, Unit.DAYS, Unit.HOURS, Unit.MONTHS):
        raise ValidationError({place: _("%(name)s is never below 0.") % {"name": found.name}})
    if found.unit is Unit.RATIO and abs(value) > _LARGEST_SHARE:
        words = {"name": found.name, "value": f"{value:f}"}
        raise ValidationError(
            {place: _("%(name)s is a share: %(value)s would be more than a thousand per cent.") % words}
        )


def _refuse_band(aim: str, value: Decimal, watch_from: Decimal) -> None:
    if aim == Aim.BELOW.value and watch_from < value:
        raise ValidationError({"watch_from": _("Watched is what is missed by little: the edge lies above the target.")})
    if aim != Aim.BELOW.value and watch_from > value:
        raise ValidationError({"watch_from": _("Watched is what is missed by little: the edge lies below the target.")})
