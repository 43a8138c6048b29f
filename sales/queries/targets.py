"""Reading booking targets: a team's people by quarter, with what stands against them, and one owner's quarters."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Q, Sum
from django.db.models.functions import TruncQuarter

from core.calendar import add_months
from core.metrics import read_teams, rows
from core.metrics.aiming import Teams
from core.models import Owner, Role, Team, User
from core.reach import Level, reach_of
from installed_base.metrics.asof import stood
from sales.models import BookingTarget, BookingTargetPeriod, Opportunity, Stage
from sales.rules import NEW_BUSINESS, kinds_of
from sales.rules.targets import Carried, beside, quarter_of, total

COVERAGE = {NEW_BUSINESS: "pipeline_coverage", "expansion": "expansion_coverage"}
ATTAINMENT = {NEW_BUSINESS: "booking_attainment", "expansion": "expansion_attainment"}
# Who has a target of their own.
CARRIES = (Role.SALES, Role.CS_MANAGER, Role.TEAM_LEAD)
_AMOUNTS = ("won_in_quarter", "open", "expected")


@dataclass(frozen=True)
class Cell:
    """The target of an owner in a quarter: their own, and what they carry of somebody else's."""

    quarter: date
    amount: Decimal | None = None
    shared_with: str = ""
    carried: Decimal | None = None
    carried_with: str = ""


@dataclass(frozen=True)
class Line:
    """One owner, or the sum of a team: cells by quarter, and what stands against the present one.

    `adds` is what counts for them in the present quarter; None where nothing was said.
    """

    owner: Owner
    cells: list[Cell]
    adds: Decimal | None
    won: Decimal
    open: Decimal
    expected: Decimal

    @property
    def coverage(self) -> Decimal | None:
        return self.open / self.adds if self.adds else None

    @property
    def attained(self) -> Decimal | None:
        return self.won / self.adds if self.adds else None


@dataclass(frozen=True)
class Sheet:
    """The targets of a team, or of all teams: teams first, then people; and what counts for all of them by quarter."""

    teams: list[Line]
    people: list[Line]
    counts: dict[date, Decimal | None]
    of_people: dict[date, Decimal]
    whole: Line | None = None


@dataclass(frozen=True)
class _Standing:
    """The targets of some quarters as they stood on a day."""

    carried: Mapping[date, list[Carried]] = field(default_factory=dict)
    cells: Mapping[tuple[int, date], Cell] = field(default_factory=dict)


def quarters_from(first: date, how_many: int = 4) -> list[date]:
    return [add_months(first, 3 * place) for place in range(how_many)]


def teams_seen(user: User) -> list[Team]:
    """The teams whose targets this user may look at, by name."""
    rows_ = Team.objects.order_by("name")
    reach = reach_of(user)
    return list(rows_ if reach.level is Level.ALL else rows_.filter(owner__in=reach.owners))


def sheet(user: User, *, on: date, team: Team | None, pipeline: str, quarters: list[date]) -> Sheet:
    """The sheet of a team; without one, of all teams. A fixed number of queries."""
    teams = read_teams()
    standing = _standing(user, on, pipeline, {*quarters, quarter_of(on)})
    group = teams.under(team.pk) if team else None
    owners = _owners(user, group)
    against = _against(user, on, pipeline)
    shown = [o for o in owners if o.team_id] if team is None else owners
    loose = [] if team else [o for o in owners if not o.team_id and not teams.of_owner.get(o.pk)]
    read = _Reading(on, quarters, teams, standing, against)
    return Sheet(
        teams=[read.line(o, teams.under(o.team_id)) for o in shown if o.team_id],
        people=[read.line(o, {o.pk}) for o in (*shown, *loose) if not o.team_id and _carries(o, standing)],
        counts={q: total(standing.carried.get(q, ()), teams, group) for q in quarters},
        of_people=_of_people(owners, standing, quarters),
        whole=None if team else read.line(Owner(name=""), set(teams.of_owner)),
    )


def _owners(user: User, group: Collection[int] | None) -> list[Owner]:
    """Pools and people whose targets one sees, teams first."""
    found = Owner.objects.select_related("user", "team")
    reach = reach_of(user)
    if reach.level is not Level.ALL:
        found = found.filter(pk__in=reach.owners)
    if group is not None:
        found = found.filter(pk__in=group)
    return sorted(found, key=lambda o: (o.team_id is None, o.name, o.pk))


def _carries(owner: Owner, standing: _Standing) -> bool:
    """People who sell or look after customers, and whoever has a target all the same."""
    works = owner.user is not None and owner.user.is_active and owner.user.role in CARRIES
    return works or any(of == owner.pk for of, _quarter in standing.cells)


def _of_people(owners: Iterable[Owner], standing: _Standing, quarters: list[date]) -> dict[date, Decimal]:
    people = [o.pk for o in owners if not o.team_id]
    none = Cell(quarters[0])
    return {
        q: sum((standing.cells.get((o, q), none).amount or Decimal(0) for o in people), Decimal(0)) for q in quarters
    }


def _standing(user: User, on: date, pipeline: str, quarters: Iterable[date]) -> _Standing:
    """One query."""
    seen = BookingTarget.objects.visible_to(user).filter(pipeline=pipeline, starts_on__in=list(quarters))
    periods = BookingTargetPeriod.objects.filter(
        stood(on), target__in=seen.values("pk"), target__agreed_on__lte=on, amount__isnull=False
    )
    carried: dict[date, list[Carried]] = {}
    cells: dict[tuple[int, date], Cell] = {}
    for row in periods.select_related("target__owner", "shared_with").order_by("target_id"):
        owner, quarter, other = row.target.owner, row.target.starts_on, row.shared_with
        amount = row.amount or Decimal(0)
        carried.setdefault(quarter, []).append(Carried(owner.pk, amount, other.pk if other else None))
        standing = cells.get((owner.pk, quarter), Cell(quarter))
        cells[owner.pk, quarter] = Cell(
            quarter, amount, other.name if other else "", standing.carried, standing.carried_with
        )
        if other:
            theirs = cells.get((other.pk, quarter), Cell(quarter))
            both = (theirs.carried or Decimal(0)) + amount
            cells[other.pk, quarter] = Cell(quarter, theirs.amount, theirs.shared_with, both, owner.name)
    return _Standing(carried, cells)


def _against(user: User, on: date, pipeline: str) -> dict[int, dict[str, Decimal]]:
    """What each owner has in the quarter of the day: the rows of the receipt of the coverage."""
    found = rows(COVERAGE[pipeline], on=on, actor=user)
    return {row["subject_id"]: {name: row[f"{pipeline}_{name}"] for name in _AMOUNTS} for row in found}


@dataclass(frozen=True)
class _Reading:
    on: date
    quarters: list[date]
    teams: Teams
    standing: _Standing
    against: Mapping[int, Mapping[str, Decimal]]

    def line(self, owner: Owner, group: Collection[int]) -> Line:
        """An owner with the sums of those who are counted with them."""
        carried = self.standing.carried.get(quarter_of(self.on), ())
        counted = {*group, *beside(carried, self.teams, group)}
        mine = [self.against[o] for o in counted if o in self.against]
        sums = {name: sum((row[name] for row in mine), Decimal(0)) for name in _AMOUNTS}
        return Line(
            owner=owner,
            cells=[self.standing.cells.get((owner.pk or 0, q), Cell(q)) for q in self.quarters],
            adds=total(carried, self.teams, group),
            won=sums["won_in_quarter"],
            open=sums["open"],
            expected=sums["expected"],
        )


@dataclass(frozen=True)
class Quarter:
    """A quarter of one owner: target, and what was won."""

    first: date
    target: Decimal | None
    won: Decimal
    shared_with: str = ""

    @property
    def attained(self) -> Decimal | None:
        return self.won / self.target if self.target else None


def quarters_of(owner: Owner, user: User, *, on: date, pipeline: str, quarters: list[date]) -> list[Quarter]:
    """The quarters of a person or a pool: what they carry and what they won, as far as this user sees. Two queries."""
    standing = _standing(user, on, pipeline, quarters)
    won = (
        Opportunity.objects.visible_to(user)
        .filter(
            owner=owner, stage=Stage.WON, kind__in=kinds_of(pipeline), closed_on__gte=quarters[0], closed_on__lte=on
        )
        .annotate(quarter=TruncQuarter("closed_on"))
        .order_by()
        .values_list("quarter")
        .annotate(Sum("value_reporting"))
    )
    known = {first: value or Decimal(0) for first, value in won}
    found = []
    for first in quarters:
        cell = standing.cells.get((owner.pk, first), Cell(first))
        amounts = [a for a in (cell.amount, cell.carried) if a is not None]
        target = sum(amounts, Decimal(0)) if amounts else None
        found.append(Quarter(first, target, known.get(first, Decimal(0)), cell.shared_with or cell.carried_with))
    return found


def changes_of(owner: Owner, user: User, *, on: date, pipeline: str, limit: int = 40) -> list[Any]:
    """What was said of an owner's targets up to a day, the latest first. One query."""
    seen = BookingTarget.objects.visible_to(user).filter(Q(owner=owner) | Q(shared_with=owner), pipeline=pipeline)
    found = BookingTargetPeriod.objects.filter(
        target__in=seen.filter(agreed_on__lte=on).values("pk"), valid_from__lte=on
    ).select_related("target__owner", "shared_with")
    return list(found.order_by("-recorded_at", "-pk")[:limit])
