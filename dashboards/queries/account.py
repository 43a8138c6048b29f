"""One account: what it has, what it is worth, who is there, what is open. A function is a query."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, ExtractYear, Greatest

from core.calendar import add_months
from core.models import User
from dashboards.queries.work import live
from expansion.models import Signal
from expansion.queries.signals import Totals, totals
from installed_base.attention import weighed_by
from installed_base.metrics.asof import terms_in_force
from installed_base.metrics.proof import SIGNS, last_signs
from installed_base.models import Account, Asset, AssetEvent, Contact, ContactMoment, LedgerEntry, Term
from installed_base.models.accounts import ContactRole
from installed_base.models.orders import Stream
from playbooks.models import Play, Task
from renewals.models import Renewal
from sales.models import Opportunity
from sales.rules import OPEN_STAGES

MOST_MACHINES = 200
YEARS_SHOWN = 6
IN_TOUCH_DAYS = 30
VOICES = (ContactRole.OPERATOR, ContactRole.ENGINEERING, ContactRole.MANAGEMENT)


@dataclass
class Place:
    """Machines of one site; `site` is None for those whose place nobody wrote down."""

    site: Any
    machines: list[Any] = field(default_factory=list)

    @property
    def covered(self) -> int:
        return sum(1 for machine in self.machines if machine.cover)


def machines(account: Account, user: User, on: date) -> list[Any]:
    """Machines in service at this account with their last proof of life, by site, the oldest first."""
    return machines_where(Q(account=account), user, on)


def machines_where(here: Any, user: User, on: date) -> list[Any]:
    """Machines in service that day of which this is true, in the same way."""
    event = AssetEvent._base_manager.filter(asset=OuterRef("pk"), on__lte=on).exclude(kind="installed").order_by()
    rows = Asset.objects.visible_to(user).in_service(on).filter(here)
    return list(
        rows.select_related("product__family", "site", "account")
        .annotate(
            **last_signs(on),
            **weighed_by(on),
            last_event=Subquery(event.values("asset").annotate(d=Max("on")).values("d")),
        )
        .annotate(proof_on=Greatest(*SIGNS, "last_event"))
        .order_by("site__name", F("installed_on").asc(nulls_last=True), "serial", "pk")[: MOST_MACHINES + 1]
    )


def by_site(machines: Iterable[Any]) -> list[Place]:
    """The machines of `machines`, which come sorted by site, under their places."""
    places: list[Place] = []
    for machine in machines:
        if not places or places[-1].site != machine.site:
            places.append(Place(machine.site))
        places[-1].machines.append(machine)
    return places


def terms(account: Account, user: User, on: date) -> list[Any]:
    """All terms of the account, with `running` for those in force and how many `machines` each covers."""
    running = terms_in_force(on).filter(contract__account=account).values("pk")
    rows = Term.objects.visible_to(user).filter(contract__account=account)
    return list(
        rows.select_related("contract", "level")
        .annotate(running=Q(pk__in=running), machines=Count("coverages__asset", distinct=True))
        .order_by("contract__number", "starts_on")
    )


@dataclass(frozen=True)
class Revenue:
    """Posted revenue in the reporting currency: per year and stream, per stream of the last twelve months and of the
    twelve before, and since when."""

    years: dict[int, dict[str, Decimal]]
    last: dict[str, Decimal]
    before: dict[str, Decimal]
    first_on: date | None

    @property
    def last_year(self) -> Decimal:
        return sum(self.last.values(), Decimal(0))

    @property
    def year_before(self) -> Decimal:
        return sum(self.before.values(), Decimal(0))

    @property
    def total(self) -> Decimal:
        return sum((amount for streams in self.years.values() for amount in streams.values()), Decimal(0))


def revenue(account: Account, user: User, on: date) -> Revenue:
    """Rows count on their own date here; a metric's receipt spreads periods over their days (metrics.md)."""
    year_ago, before = add_months(on, -12), add_months(on, -24)
    amount = Sum("amount_reporting")
    rows = (
        LedgerEntry.objects.visible_to(user)
        .filter(account=account, state=LedgerEntry.State.POSTED, on__lte=on)
        .order_by()
        .values("stream", year=ExtractYear("on"))
        .annotate(
            total=amount,
            last=Sum("amount_reporting", filter=Q(on__gt=year_ago)),
            earlier=Sum("amount_reporting", filter=Q(on__gt=before, on__lte=year_ago)),
            first=Min("on"),
        )
    )
    years: dict[int, dict[str, Decimal]] = {}
    last: dict[str, Decimal] = {}
    before_that: dict[str, Decimal] = {}
    first: date | None = None
    for row in rows:
        years.setdefault(row["year"], {})[row["stream"]] = row["total"] or Decimal(0)
        for found, amount_of in ((last, row["last"]), (before_that, row["earlier"])):
            found[row["stream"]] = found.get(row["stream"], Decimal(0)) + (amount_of or 0)
        first = min(filter(None, (first, row["first"])))
    return Revenue(dict(sorted(years.items())), last, before_that, first)


def last_contact(user: User, on: date) -> Subquery:
    """Of an account: when somebody of ours last spoke with somebody of theirs, as far as this user sees it."""
    rows = ContactMoment.objects.visible_to(user).filter(account=OuterRef("pk"), on__lte=on)
    return Subquery(rows.order_by("-on").values("on")[:1])


def people(account: Account, user: User, on: date) -> list[Contact]:
    """Those who are still there first; each with the day and kind of the last contact."""
    spoken = ContactMoment.objects.visible_to(user).filter(contact=OuterRef("pk"), on__lte=on).order_by("-on", "-pk")
    rows = Contact.objects.visible_to(user).filter(account=account).select_related("site")
    rows = rows.annotate(spoken_on=Subquery(spoken.values("on")[:1]), spoken_by=Subquery(spoken.values("kind")[:1]))
    return list(rows.order_by(F("left_on").asc(nulls_first=True), "name", "pk"))


def voices(people: Iterable[Contact], on: date) -> list[dict[str, Any]]:
    """Operators, engineering, management (AD-13), then the rest.

    `heard` says of a voice: "in_touch" within thirty days, "over" after that, "missing" without anybody there or
    without a word ever.
    """
    present = [person for person in people if person.left_on is None or person.left_on > on]
    columns = [_voice(role, present, on) for role in VOICES]
    rest = [person for person in present if person.role not in VOICES]
    return columns + ([{"role": "", "label": "", "people": rest}] if rest else [])


def _voice(role: ContactRole, people: Iterable[Any], on: date) -> dict[str, Any]:
    found = [p for p in people if p.role == role]
    last = max((p.spoken_on for p in found if p.spoken_on), default=None)
    heard = "missing" if last is None else "in_touch" if (on - last).days <= IN_TOUCH_DAYS else "over"
    return {"role": role.value, "label": role.label, "people": found, "heard": heard}


def tasks(account: Account, user: User, on: date) -> QuerySet[Task]:
    rows = live(Task.objects.visible_to(user).filter(account=account), on)
    return rows.select_related("owner__user", "owner__team", "play").order_by("due_on", "pk")[:20]


def changeable_tasks(tasks: Iterable[Task], user: User) -> list[int]:
    """Those of these tasks that the user may do."""
    rows = Task.objects.changeable_by(user).filter(pk__in=[task.pk for task in tasks])
    return list(rows.values_list("pk", flat=True))


def plays(account: Account, user: User) -> QuerySet[Any]:
    return (
        Play.objects.visible_to(user).open().filter(account=account).select_related("owner").order_by("anchor_on", "pk")
    )


def deals(account: Account, user: User) -> QuerySet[Opportunity]:
    rows = Opportunity.objects.visible_to(user).filter(account=account, stage__in=OPEN_STAGES)
    return rows.select_related("owner").order_by(Coalesce("value_reporting", Value(Decimal(0))).desc(), "pk")


def signals(account: Account, user: User, on: date) -> tuple[Totals, list[Signal]]:
    """All that waits, as one story: counts with what it may be worth, and the three signals worth most."""
    rows = Signal.objects.visible_to(user).waiting(on).filter(account=account)
    first = rows.select_related("asset").order_by(F("value_reporting").desc(nulls_last=True), "due_on", "pk")
    found = totals(rows)
    return found, list(first[:3]) if found.signals else []


def renewals(account: Account, user: User) -> QuerySet[Any]:
    """Open renewals, the first to decide first."""
    rows = Renewal.objects.visible_to(user).open().filter(account=account)
    return rows.select_related("term__contract", "owner").order_by("decides_on", "pk")


def heads_a_group() -> Exists:
    """Whether other accounts belong to this one, read with it."""
    return Exists(Account._base_manager.filter(group=OuterRef("pk")))


def plants(account: Account, user: User) -> QuerySet[Account]:
    """The other accounts of the group: its parent, its sisters, its own plants."""
    family = Q(group=account) | (Q(pk=account.group_id) | Q(group=account.group_id) if account.group_id else Q(pk=None))
    rows = Account.objects.visible_to(user).filter(family, merged_into__isnull=True).exclude(pk=account.pk)
    return rows.order_by("name", "pk")[:30]


def stream_names() -> dict[str, Any]:
    return dict(Stream.choices)
