"""Reading what dealers do with our leads and deals: whose day has passed, how each does beside us (IB-17)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import (
    Aggregate,
    Count,
    DateField,
    Exists,
    F,
    FilteredRelation,
    FloatField,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    Value,
)
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, JSONObject, Least

from core.calendar import add_months
from core.models import User
from core.policies import policy_on
from core.reach import reach_of
from installed_base.models import Account, Asset
from playbooks.queries import working_days
from sales.models import DealerAssignment, DealerReport, Lead, LeadSource, Opportunity, Stage, Touch, TouchKind
from sales.rules import NEW_KINDS, OPEN_STAGES
from sales.rules.dealer import DealerPolicy, reports_by, silent_since, win_rate
from sales.rules.lead import OPEN_STATES

# Of so many leads, and of so many deals, Today says that their dealer is to report.
MOST_OWED = 50
_DAY = timedelta(days=1)


def with_dealers(rows: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Leads, or deals, with the day on which their dealer got them, the day agreed for the report, and the last report
    since."""
    if rows.model is Opportunity:
        told: Any = DealerReport._base_manager.filter(assignment=OuterRef("held__pk"), on__lte=on)
        heard = told.order_by().values("assignment").annotate(last=Max("on")).values("last")
    else:
        told = Touch._base_manager.filter(
            lead=OuterRef("pk"), kind=TouchKind.DEALER, on__lte=on, on__gte=OuterRef("held__given_on")
        )
        heard = told.order_by().values("lead").annotate(last=Max("on")).values("last")
    return rows.annotate(
        held=FilteredRelation("assignments", condition=Q(assignments__ended_on__isnull=True)),
        given_on=F("held__given_on"),
        agreed_by=F("held__answer_by"),
        heard_on=Subquery(heard, output_field=DateField()),
    )


def overdue(on: date) -> Q:
    """Open leads whose dealer let the day pass. The same that `is_overdue` says of one."""
    return Q(state__in=OPEN_STATES) & _past(on, on)


def deals_overdue(on: date) -> Q:
    """The same of open deals."""
    return Q(stage__in=OPEN_STAGES) & _past(on, on)


def _past(on: date, at: date) -> Q:
    """By the policy of `on`, those whose day has passed at the beginning of `at`."""
    silent = silent_since(policy_on(DealerPolicy, on).values, at, working_days(on).on_or_after)
    unheard = Q(heard_on__isnull=True) | Q(heard_on__lte=silent)
    return Q(partner__isnull=False, agreed_by__lt=at) & unheard


def named(user: User) -> Subquery:
    """The name of the dealer of a lead or a deal, as a column; empty where this user does not see their account."""
    seen = Account.objects.visible_to(user).filter(pk=OuterRef("partner")).order_by()
    return Subquery(seen.values("name"))


@dataclass(frozen=True)
class Owed:
    """A lead or a deal of one's own whose dealer is to report today, or should have. `dealer` is empty where the reader
    does not see their account."""

    kind: str
    pk: int
    name: str
    at: str
    dealer: str
    by: date
    late: int


def owed_columns(user: User, on: date) -> tuple[Combinable, Combinable]:
    """Leads and deals of one's own on which a dealer reports by today, as two columns of whatever is read beside."""
    past, own = _past(on, on + _DAY), reach_of(user).own
    leads = with_dealers(Lead.objects.visible_to(user), on).filter(past, owner__in=own, state__in=OPEN_STATES)
    deals = with_dealers(Opportunity.objects.visible_to(user), on).filter(past, owner__in=own, stage__in=OPEN_STAGES)
    return _owed(leads, "company", user), _owed(deals, "name", user)


def _owed(rows: QuerySet[Any], name: str, user: User) -> ArraySubquery:
    told = JSONObject(
        pk="pk", name=name, at=F("account__name"), dealer=named(user), agreed_by=F("agreed_by"), heard_on=F("heard_on")
    )
    waiting = rows.order_by(Coalesce("heard_on", "given_on"), "pk")
    return ArraySubquery(waiting.values(told=told)[:MOST_OWED])


def owed(leads: list[dict[str, Any]], deals: list[dict[str, Any]], on: date) -> list[Owed]:
    """What those columns hold, the longest overdue first. No query, save the policies."""
    policy, next_day = policy_on(DealerPolicy, on).values, working_days(on).on_or_after
    found = []
    for kind, row in [*(("lead", row) for row in leads), *(("opportunity", row) for row in deals)]:
        heard = date.fromisoformat(row["heard_on"]) if row["heard_on"] else None
        by = reports_by(policy, date.fromisoformat(row["agreed_by"]), heard, next_day)
        at = row["at"] or ""
        found.append(Owed(kind, row["pk"], row["name"], at, row["dealer"] or "", by, (on - by).days))
    return sorted(found, key=lambda one: (one.by, one.name.casefold(), one.pk))


def _rows_of_dealers(user: User) -> Iterable[tuple[Any, str]]:
    """What makes an account a dealer, of what this user sees: the rows, and the field that names it."""
    return (
        (LeadSource.objects.visible_to(user), "partner"),
        (Lead.objects.visible_to(user), "partner"),
        (Opportunity.objects.visible_to(user), "partner"),
        (DealerAssignment.objects.visible_to(user), "partner"),
        (Asset.objects.visible_to(user), "dealer"),
    )


def dealers_seen(user: User) -> QuerySet[Any]:
    """Accounts this user sees that are a source, sold a machine, or work or worked a lead or a deal."""
    return _known(user).filter(merged_into__isnull=True)


def _known(user: User) -> QuerySet[Any]:
    known = Q(pk__in=[])
    for rows, field in _rows_of_dealers(user):
        known |= Q(pk__in=rows.filter(**{f"{field}__isnull": False}).values(field))
    return Account.objects.visible_to(user).filter(known)


def deals_for_us(user: User) -> Any:
    """Whether an account is a dealer, by what this user sees: an annotation of accounts."""
    found: Any = Q(pk__in=[])
    for rows, field in _rows_of_dealers(user):
        found |= Q(Exists(rows.filter(**{field: OuterRef("pk")})))
    return found


def dealers_with_leads(user: User) -> QuerySet[Any]:
    """Accounts this user sees that have a lead now, for the filter of the list."""
    held = Lead.objects.visible_to(user).filter(partner__isnull=False).values("partner")
    return Account.objects.visible_to(user).filter(pk__in=held).order_by("name", "pk")


def names_of(accounts: Iterable[int | None], user: User) -> dict[int, str]:
    """The names of those dealers that this user sees. One query, none where there is nobody."""
    ids = {pk for pk in accounts if pk}
    return dict(Account.objects.visible_to(user).filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def assignments_of(row: Lead | Opportunity, user: User) -> list[Any]:
    """Every dealer who has or had a lead or a deal, the latest first, with the name of those that this user sees."""
    rows = list(row.assignments.select_related("given_by", "ended_by").order_by("-given_on", "-pk"))
    names = names_of([held.partner_id for held in rows], user)
    for held in rows:
        held.name = names.get(held.partner_id, "")
    return rows


def reports_on(deal: Opportunity, user: User) -> list[Any]:
    """What dealers told of a deal, the latest first."""
    rows = DealerReport.objects.visible_to(user).filter(assignment__opportunity=deal.pk)
    return list(rows.select_related("by").order_by("-on", "-pk"))


@dataclass
class DealerLine:
    """What one dealer does with our leads and deals, as far as the reader sees them.

    `leads` are those they have now, whatever became of them, `still` those that are open; `taken_back` those they had.
    Of `given` handings over of a lead `heard` were reported on, after `days` (the median). Of `open` deals `late` are
    those of which we should have heard. `won`, `lost` and `value` (of won deals, in the reporting currency) are of the
    past year; those of new business stand apart beside all. `machines` are in service.
    """

    account: Account
    leads: int = 0
    still: int = 0
    overdue: int = 0
    converted: int = 0
    taken_back: int = 0
    given: int = 0
    heard: int = 0
    days: float | None = None
    open: int = 0
    open_new: int = 0
    late: int = 0
    late_new: int = 0
    won: int = 0
    won_new: int = 0
    lost: int = 0
    value: Decimal = Decimal(0)
    machines: int = 0
    heard_on: date | None = None

    @property
    def rate(self) -> Decimal | None:
        return win_rate(self.won, self.lost)


@dataclass(frozen=True)
class Unseen:
    """What the reader sees of our work with dealers whom they do not: open leads and deals, those of which we should
    have heard, and by how many dealers."""

    leads: int = 0
    deals: int = 0
    overdue: int = 0
    dealers: int = 0


@dataclass(frozen=True)
class Dealers:
    """Every dealer that the reader sees, those with most leads first; the deals that we work ourselves; and what is
    with dealers out of their reach."""

    lines: list[DealerLine]
    own_won: int
    own_lost: int
    unseen: Unseen

    @property
    def own_rate(self) -> Decimal | None:
        return win_rate(self.own_won, self.own_lost)


def dealers(user: User, on: date) -> Dealers:
    """How each dealer does beside us: a row for each from each of five queries, whatever there are, and the policies of
    the day."""
    seen = list(_known(user).order_by("name", "pk"))
    found = {account.pk: DealerLine(account) for account in seen if account.merged_into_id is None}
    sums: dict[int | None, dict[str, Any]] = defaultdict(dict)
    past = _past(on, on)
    for rows in (_of_leads(user, on, past), _of_deals(user, on, past), _of_machines(user, on), _assignments(user, on)):
        for row in rows:
            told = sums[row.pop("who")]
            told["heard_on"] = max(filter(None, (told.get("heard_on"), row.pop("heard_on", None))), default=None)
            told |= row
    for pk, line in found.items():
        for name, value in sums[pk].items():
            setattr(line, name, value)
    ours = sums.pop(None, {})
    far = sums.keys() - {account.pk for account in seen}
    unseen = [sums[pk] for pk in far if sums[pk].get("still") or sums[pk].get("open")]
    lines = sorted(found.values(), key=lambda line: (-line.leads, -line.machines, line.account.name.casefold()))
    return Dealers(lines, ours.get("won", 0), ours.get("lost", 0), _unseen(unseen))


def _unseen(rows: list[dict[str, Any]]) -> Unseen:
    def every(*names: str) -> int:
        return sum(row.get(name, 0) for row in rows for name in names)

    return Unseen(every("still"), every("open"), every("overdue", "late"), len(rows))


def _of_leads(user: User, on: date, past: Q) -> Iterable[dict[str, Any]]:
    rows = with_dealers(Lead.objects.visible_to(user).filter(partner__isnull=False), on).order_by()
    return rows.values(who=F("partner")).annotate(
        leads=Count("pk"),
        still=Count("pk", filter=Q(state__in=OPEN_STATES)),
        overdue=Count("pk", filter=Q(state__in=OPEN_STATES) & past),
        converted=Count("pk", filter=Q(state="converted")),
    )


def _of_deals(user: User, on: date, past: Q) -> Iterable[dict[str, Any]]:
    """Deals by dealer; those of nobody's are ours."""
    year = Q(closed_on__gt=add_months(on, -12), closed_on__lte=on)
    won, still, new = Q(stage=Stage.WON) & year, Q(stage__in=OPEN_STAGES), Q(kind__in=NEW_KINDS)
    rows = with_dealers(Opportunity.objects.visible_to(user), on).order_by().values(who=F("partner"))
    return rows.annotate(
        open=Count("pk", filter=still),
        open_new=Count("pk", filter=still & new),
        late=Count("pk", filter=still & past),
        late_new=Count("pk", filter=still & past & new),
        won=Count("pk", filter=won),
        won_new=Count("pk", filter=won & new),
        lost=Count("pk", filter=Q(stage=Stage.LOST) & year),
        value=Sum("value_reporting", filter=won, default=Decimal(0)),
        heard_on=Max("heard_on"),
    )


def _of_machines(user: User, on: date) -> Iterable[dict[str, Any]]:
    rows = Asset.objects.visible_to(user).in_service(on).filter(dealer__isnull=False).order_by()
    return rows.values(who=F("dealer")).annotate(machines=Count("pk"))


class _MedianDays(Aggregate):
    """The median of the days between two dates, in the database: no row of an assignment leaves it."""

    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    arg_joiner = " - "
    output_field: ClassVar = FloatField()


def _assignments(user: User, on: date) -> Iterable[dict[str, Any]]:
    """The handings over of leads by dealer: how many, how many were taken back, and of their reports, up to the day on
    which they were, how many came, after how many days, and the last."""
    told = Touch._base_manager.filter(
        lead=OuterRef("lead"), kind=TouchKind.DEALER, on__gte=OuterRef("given_on"),
        on__lte=Least(Coalesce(OuterRef("ended_on"), Value(on)), Value(on)),
    )  # fmt: skip
    heard = told.order_by().values("lead")
    rows = DealerAssignment.objects.visible_to(user).filter(given_on__lte=on, lead__isnull=False).order_by()
    each = rows.annotate(
        first=Subquery(heard.annotate(on_=Min("on")).values("on_"), output_field=DateField()),
        last=Subquery(heard.annotate(on_=Max("on")).values("on_"), output_field=DateField()),
    )
    return each.values(who=F("partner")).annotate(
        given=Count("pk"),
        taken_back=Count("pk", filter=Q(ended_on__isnull=False)),
        heard=Count("first"),
        days=_MedianDays("first", "given_on"),
        heard_on=Max("last"),
    )
