"""Reading what dealers do with our leads and deals: whose day has passed, how each does beside us (IB-17)."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Count,
    DateField,
    Exists,
    F,
    FilteredRelation,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)

from core.calendar import add_months
from core.models import User
from core.policies import policy_on
from installed_base.models import Account, Asset
from playbooks.queries import working_days
from sales.models import DealerAssignment, Lead, LeadSource, Opportunity, Stage, Touch, TouchKind
from sales.rules import NEW_KINDS, OPEN_STAGES
from sales.rules.dealer import DealerPolicy, silent_since, usual_days, win_rate
from sales.rules.lead import OPEN_STATES


def with_dealers(rows: QuerySet[Any], on: date) -> QuerySet[Any]:
    """Leads with the day on which their dealer got them, the day agreed for the report, and the last report since."""
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
    silent = silent_since(policy_on(DealerPolicy, on).values, on, working_days(on).on_or_after)
    unheard = Q(heard_on__isnull=True) | Q(heard_on__lte=silent)
    return Q(state__in=OPEN_STATES, partner__isnull=False, agreed_by__lt=on) & unheard


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
    known = Q(pk__in=[])
    for rows, named in _rows_of_dealers(user):
        known |= Q(pk__in=rows.filter(**{f"{named}__isnull": False}).values(named))
    return Account.objects.visible_to(user).filter(known, merged_into__isnull=True)


def deals_for_us(user: User) -> Any:
    """Whether an account is a dealer, by what this user sees: an annotation of accounts."""
    found: Any = Q(pk__in=[])
    for rows, named in _rows_of_dealers(user):
        found |= Q(Exists(rows.filter(**{named: OuterRef("pk")})))
    return found


def dealers_with_leads(user: User) -> QuerySet[Any]:
    """Accounts this user sees that have a lead now, for the filter of the list."""
    held = Lead.objects.visible_to(user).filter(partner__isnull=False).values("partner")
    return Account.objects.visible_to(user).filter(pk__in=held).order_by("name", "pk")


def names_of(accounts: Iterable[int | None], user: User) -> dict[int, str]:
    """The names of those dealers that this user sees. One query, none where there is nobody."""
    ids = {pk for pk in accounts if pk}
    return dict(Account.objects.visible_to(user).filter(pk__in=ids).values_list("pk", "name")) if ids else {}


def assignments_of(lead: Lead, user: User) -> list[Any]:
    """Every dealer who has or had a lead, the latest first, with the name of those that this user sees."""
    rows = list(lead.assignments.select_related("given_by", "ended_by").order_by("-given_on", "-pk"))
    names = names_of([row.partner_id for row in rows], user)
    for row in rows:
        row.name = names.get(row.partner_id, "")
    return rows


@dataclass
class DealerLine:
    """What one dealer does with our leads and deals, as far as the reader sees them.

    `leads` are those they have now, whatever became of them; `taken_back` those they had. Of `given` handings over
    those of `answers` were reported on, after `days` (the median). `won`, `lost` and `value` (of won deals, in the
    reporting currency) are of the past year; those of new business stand apart beside all. `machines` are in service.
    """

    account: Account
    leads: int = 0
    overdue: int = 0
    converted: int = 0
    taken_back: int = 0
    given: int = 0
    answers: list[tuple[date, date]] = field(default_factory=list)
    open: int = 0
    open_new: int = 0
    won: int = 0
    won_new: int = 0
    lost: int = 0
    value: Decimal = Decimal(0)
    machines: int = 0
    heard_on: date | None = None

    @property
    def days(self) -> float | None:
        return usual_days(self.answers)

    @property
    def rate(self) -> Decimal | None:
        return win_rate(self.won, self.lost)


@dataclass(frozen=True)
class Dealers:
    """Every dealer that the reader sees, those with most leads first; and the deals that we work ourselves."""

    lines: list[DealerLine]
    own_won: int
    own_lost: int

    @property
    def own_rate(self) -> Decimal | None:
        return win_rate(self.own_won, self.own_lost)


def dealers(user: User, on: date) -> Dealers:
    """How each dealer does beside us. Five queries, whatever there are, and the policies of the day."""
    found = {account.pk: DealerLine(account) for account in dealers_seen(user).order_by("name", "pk")}
    sums: dict[int | None, dict[str, Any]] = defaultdict(dict)
    for rows in (_of_leads(user, on), _of_deals(user, on), _of_machines(user, on)):
        for row in rows:
            sums[row.pop("who")] |= row
    for pk, line in found.items():
        for name, value in sums[pk].items():
            setattr(line, name, value)
    for row in _assignments(user, on):
        if (held := found.get(row["partner"])) is not None:
            held.given += 1
            held.taken_back += row["ended_on"] is not None
            held.answers += [(row["given_on"], row["first"])] if row["first"] else []
            held.heard_on = max(filter(None, (held.heard_on, row["last"])), default=None)
    ours = sums[None]
    lines = sorted(found.values(), key=lambda line: (-line.leads, -line.machines, line.account.name.casefold()))
    return Dealers(lines, ours.get("won", 0), ours.get("lost", 0))


def _of_leads(user: User, on: date) -> Iterable[dict[str, Any]]:
    rows = with_dealers(Lead.objects.visible_to(user).filter(partner__isnull=False), on).order_by()
    return rows.values(who=F("partner")).annotate(
        leads=Count("pk"),
        overdue=Count("pk", filter=overdue(on)),
        converted=Count("pk", filter=Q(state="converted")),
    )


def _of_deals(user: User, on: date) -> Iterable[dict[str, Any]]:
    """Deals by dealer; those of nobody's are ours."""
    year = Q(closed_on__gt=add_months(on, -12), closed_on__lte=on)
    won, still, new = Q(stage=Stage.WON) & year, Q(stage__in=OPEN_STAGES), Q(kind__in=NEW_KINDS)
    rows = Opportunity.objects.visible_to(user).order_by().values(who=F("partner"))
    return rows.annotate(
        open=Count("pk", filter=still),
        open_new=Count("pk", filter=still & new),
        won=Count("pk", filter=won),
        won_new=Count("pk", filter=won & new),
        lost=Count("pk", filter=Q(stage=Stage.LOST) & year),
        value=Sum("value_reporting", filter=won, default=Decimal(0)),
    )


def _of_machines(user: User, on: date) -> Iterable[dict[str, Any]]:
    rows = Asset.objects.visible_to(user).in_service(on).filter(dealer__isnull=False).order_by()
    return rows.values(who=F("dealer")).annotate(machines=Count("pk"))


def _assignments(user: User, on: date) -> Iterable[dict[str, Any]]:
    """Every handing over with its first and its last report, up to the day on which it was taken back."""
    told = Q(lead__touches__kind=TouchKind.DEALER, lead__touches__on__gte=F("given_on"), lead__touches__on__lte=on) & (
        Q(ended_on__isnull=True) | Q(lead__touches__on__lte=F("ended_on"))
    )
    rows = DealerAssignment.objects.visible_to(user).filter(given_on__lte=on).order_by()
    return rows.annotate(
        first=Min("lead__touches__on", filter=told), last=Max("lead__touches__on", filter=told)
    ).values("partner", "given_on", "ended_on", "first", "last")
