"""What stands against what is to be booked in the quarter: one row per person or pool (PL-02, EX-29).

Deals count for their owner of the day. What an owner adds to the target, and why the rows add up to that of their team,
is a rule: `sales.rules.targets.contributions`. A target belongs to a person or a team, so no other filter can place it.
"""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Q, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit, read_teams
from core.metrics.aiming import Teams
from core.models import Owner, User
from core.reach import Level, reach_of
from installed_base.metrics.asof import known_by, stood
from sales.metrics.deals import FACTS, deals
from sales.models import BookingTargetPeriod, OpportunityPeriod
from sales.models import Stage as DealStage
from sales.rules import EXPANSION, NEW_BUSINESS, OPEN_STAGES, PIPELINES, PipelinePolicy
from sales.rules.targets import Carried, beside, contributions, quarter_end, quarter_of

# The id of no owner: a query that says by itself that it is empty cannot be put together with others.
NOBODY = 0
_SUMS = ("open", "open_in_quarter", "weighted_in_quarter", "won_in_quarter", "deals", "without_value", "unplaced")


def carried_on(ask: Ask) -> dict[str, list[Carried]]:
    """The targets of the quarter of the date as they stood on it, by pipeline: one query."""
    rows = BookingTargetPeriod.objects.filter(
        stood(ask.on),
        known_by(ask.filters, "target__"),
        target__starts_on=quarter_of(ask.on),
        target__agreed_on__lte=ask.on,
        amount__isnull=False,
    )
    found: dict[str, list[Carried]] = {pipeline: [] for pipeline in PIPELINES}
    for pipeline, owner, amount, shared in rows.order_by("target_id").values_list(
        "target__pipeline", "target__owner_id", "amount", "shared_with_id"
    ):
        found[pipeline].append(Carried(owner, amount or Decimal(0), shared))
    return found


@dataclass(frozen=True)
class _Known:
    """What the rows of all owners and teams are made of, on one date."""

    carried: dict[str, list[Carried]]
    teams: Teams
    sums: dict[tuple[int, str], dict[str, Any]]


# What was read last, and for which question: the policies of a question belong to it and its narrower ones alone.
_last: tuple[Any, Any, _Known | None] = (None, None, None)


def _known(ask: Ask) -> _Known:
    """Read once for a question and its cuts by owner and team. At most five queries."""
    global _last
    whole = replace(ask, filters=replace(ask.filters, owner=None, team=None))
    asked = (whole.on, whole.actor, whole.filters)
    policies, last, known = _last
    if known is None or policies is not ask.policies or last != asked:
        known = _Known(_carried(ask), read_teams(), _sums(whole))
        _last = (ask.policies, asked, known)
    return known


def owners_who_sell(on: date) -> set[int]:
    """Who had an open deal, or a target of the quarter, on a date. Two queries."""
    held = OpportunityPeriod.objects.filter(stood(on), stage__in=OPEN_STAGES).order_by().distinct()
    aims = BookingTargetPeriod.objects.filter(
        stood(on), target__starts_on=quarter_of(on), target__agreed_on__lte=on, amount__isnull=False
    )
    return {*held.values_list("owner_id", flat=True), *aims.values_list("target__owner_id", flat=True)}


def sellers(ask: Ask) -> Any:
    """Every owner with a deal or a target in the quarter, each with the sums of their deals and what they add to it."""
    known = _known(ask)
    carried, teams, sums = known.carried, known.teams, known.sums
    asked = owners_asked(ask, teams)
    facts: dict[str, Any] = {}
    everybody: set[int] = set()
    for pipeline, mine in carried.items():
        added = contributions(mine, teams, asked)
        counted = None if asked is None else asked | beside(mine, teams, asked)
        own = {o: n for (o, of), n in sums.items() if of == pipeline and (counted is None or o in counted)}
        facts |= {f"{pipeline}_{name}": _by_owner({o: n[name] for o, n in own.items()}) for name in _SUMS}
        facts[f"{pipeline}_target"] = _by_owner(added)
        everybody |= set(own) | set(added)
    rows = Owner.objects.filter(pk__in=everybody or {NOBODY}).annotate(**facts)
    return rows.annotate(
        unattributed=sum((F(f"{p}_unplaced") for p in PIPELINES[1:]), F(f"{PIPELINES[0]}_unplaced")),
        **{f"{p}_left": F(f"{p}_target") - F(f"{p}_won_in_quarter") for p in PIPELINES},
        **{f"{p}_expected": F(f"{p}_won_in_quarter") + F(f"{p}_weighted_in_quarter") for p in PIPELINES},
    )


def _by_owner(amounts: dict[int, Any]) -> Case:
    known = [When(pk=owner, then=Value(amount, output_field=NUMBER)) for owner, amount in amounts.items() if amount]
    return Case(*known, default=Value(Decimal(0), output_field=NUMBER))


def _sums(ask: Ask) -> dict[tuple[int, str], dict[str, Any]]:
    """By owner and pipeline what is open and won of the deals that were asked about: one query."""
    first, last = quarter_of(ask.on), quarter_end(quarter_of(ask.on))
    placed = Q(unattributed=0)
    still = Q(open_then=True) & placed
    soon = still & Q(expected_then__range=(first, last))
    won = placed & Q(stage=DealStage.WON, closed_on__range=(first, ask.on))
    rows = deals(ask).order_by().values("held__owner", "is_new")
    counted = rows.annotate(
        open=Sum("value_then", filter=still),
        open_in_quarter=Sum("value_then", filter=soon),
        weighted_in_quarter=Sum(F("value_then") * F("chance"), filter=soon, output_field=NUMBER),
        won_in_quarter=Sum("value_then", filter=won),
        deals=Count("pk", filter=still | won),
        without_value=Count("pk", filter=still & Q(value_then__isnull=True)),
        unplaced=Count("pk", filter=~placed & (Q(open_then=True) | Q(closed_on__range=(first, ask.on)))),
    )
    found = {}
    for row in counted:
        if row["held__owner"] and any(row[name] for name in _SUMS):
            pipeline = NEW_BUSINESS if row["is_new"] else EXPANSION
            found[row["held__owner"], pipeline] = {name: row[name] or 0 for name in _SUMS}
    return found


def _carried(ask: Ask) -> dict[str, list[Carried]]:
    """The targets that the filters can place: none where one asks about accounts or products."""
    if set(ask.filters.chosen()) - {"owner", "team", "known_at"}:
        return {pipeline: [] for pipeline in PIPELINES}
    return carried_on(ask)


def owners_asked(ask: Ask, teams: Teams) -> frozenset[int] | None:
    """The owners whose targets were asked about, as far as the asker sees them; None where all are."""
    asked: frozenset[int] | None = _within(ask)
    if ask.filters.owner:
        asked = _both(asked, frozenset({ask.filters.owner}))
    if ask.filters.team:
        asked = _both(asked, teams.under(ask.filters.team))
    return asked


def _both(one: frozenset[int] | None, other: frozenset[int]) -> frozenset[int]:
    return other if one is None else one & other


def _within(ask: Ask) -> frozenset[int] | None:
    """The owners of one's own teams; None for who sees everything."""
    if not isinstance(ask.actor, User):
        return None
    reach = reach_of(ask.actor)
    return None if reach.level is Level.ALL else reach.owners


FAMILY = Family(
    key="bookings",
    rows=sellers,
    subject="target_owner",
    policies=(PipelinePolicy,),
    facts=(*FACTS, "booking_target"),
)


def _columns(pipeline: str) -> tuple[Column, ...]:
    return (
        Column(f"{pipeline}_target", _("Target"), "money"),
        Column(f"{pipeline}_won_in_quarter", _("Won so far"), "money"),
        Column(f"{pipeline}_open", _("Open"), "money"),
        Column(f"{pipeline}_open_in_quarter", _("Expected this quarter"), "money"),
        Column(f"{pipeline}_expected", _("Won and weighted open"), "money"),
    )


def _parts(pipeline: str) -> tuple[Part, ...]:
    everybody = Q()
    amounts = (
        ("open_in_quarter", _("Open, expected to close in the quarter")),
        ("won_in_quarter", _("Won so far in the quarter")),
        ("left", _("Target less what was won so far")),
        ("expected", _("Won and weighted open of the quarter")),
    )
    return (
        *(Part(name, label, everybody, F(f"{pipeline}_{name}"), Unit.MONEY) for name, label in amounts),
        Part("without_value", _("Open deals of unknown value"), everybody, F(f"{pipeline}_without_value")),
    )


def _there(pipeline: str) -> Q:
    """Owners with a deal of this pipeline, or with something to add to its target."""
    return Q(**{f"{pipeline}_deals__gt": 0}) | ~Q(**{f"{pipeline}_target": 0})


def _metric(key: str, name: Any, definition: Any, pipeline: str, numerator: str, **more: Any) -> Metric:
    return Metric(
        key=key,
        name=name,
        definition=definition,
        shape=Shape.RATIO,
        stage=Stage.PIPELINE if pipeline == NEW_BUSINESS else Stage.EXPANSION,
        family=FAMILY,
        member=_there(pipeline),
        numerator=F(f"{pipeline}_{numerator}"),
        denominator=F(f"{pipeline}_target"),
        reads_money=True,
        columns=_columns(pipeline),
        parts=_parts(pipeline),
        few=0,
        **more,
    )


_NO_NEW = _("No target for bookings with new customers was set for the quarter.")
_NO_EXPANSION = _("No target for expansion was set for the quarter.")
METRICS = (
    _metric(
        "pipeline_coverage",
        _("Pipeline coverage"),
        _(
            "The value of the deals with new customers that were open on the date, over what is to be booked with new"
            " customers in the calendar quarter of the date, as it was agreed by then. Beside it the strict one can be"
            " read: what is expected to close in the quarter, and the target less what was won in it so far."
        ),
        NEW_BUSINESS,
        "open",
        unit=Unit.RATE,
        target=Target(Aim.AT_LEAST, Decimal(3)),
        nothing=_NO_NEW,
    ),
    _metric(
        "booking_attainment",
        _("Booked of the target"),
        _(
            "The value of the deals with new customers that were won in the calendar quarter up to the date, over what"
            " is to be booked with new customers in the whole quarter."
        ),
        NEW_BUSINESS,
        "won_in_quarter",
        unit=Unit.RATIO,
        nothing=_NO_NEW,
    ),
    _metric(
        "expansion_coverage",
        _("Expansion coverage"),
        _(
            "The value of the expansion deals that were open on the date, over what is to be booked in expansion in the"
            " calendar quarter of the date, as it was agreed by then. A target that two share counts once."
        ),
        EXPANSION,
        "open",
        unit=Unit.RATE,
        target=Target(Aim.AT_LEAST, Decimal(3)),
        nothing=_NO_EXPANSION,
    ),
    _metric(
        "expansion_attainment",
        _("Expansion booked of the target"),
        _(
            "The value of the expansion deals that were won in the calendar quarter up to the date, over what is to be"
            " booked in expansion in the whole quarter."
        ),
        EXPANSION,
        "won_in_quarter",
        unit=Unit.RATIO,
        nothing=_NO_EXPANSION,
    ),
)
