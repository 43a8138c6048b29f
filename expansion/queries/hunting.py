"""Hunting lists: machines and customers where something can be sold, whether or not a signal was raised (IB-08)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.utils.translation import gettext_lazy as _

from core.calendar import add_months, latest_anchor
from core.models import User
from core.policies import policy_on
from core.scope import System
from expansion.models import DropReason, Signal
from expansion.queries.candidates.heard import ranks
from expansion.rules.parts import PartsDropPolicy, PartsSilencePolicy
from expansion.rules.premium import PremiumPolicy
from expansion.rules.renewing import UpsellTalkPolicy
from expansion.rules.warranty import WarrantyPolicy
from installed_base.attention import Policies, weigh_row, weighed_by
from installed_base.metrics.asof import covered_assets
from installed_base.metrics.machines import end_of_life
from installed_base.models import Account, Asset, Level, PartsOrder, PartsOrderLine, Ticket
from installed_base.rules import AgePolicy
from installed_base.rules.attention import Weighed


@dataclass(frozen=True)
class List:
    """One list: of machines or of accounts, its rows annotated with `since` (a day) and perhaps `amount`."""

    key: str
    name: Any
    question: Any
    machines: bool
    rows: Callable[[User, date], QuerySet[Any]]
    since: Any
    amount: Any = ""


def _fleet(user: User, on: date) -> QuerySet[Asset]:
    rows = Asset.objects.visible_to(user).in_service(on)
    ends_on = end_of_life(policy_on(AgePolicy, on).values)
    covered = Exists(covered_assets(on).filter(asset=OuterRef("pk")))
    rows = rows.annotate(**weighed_by(on), life_ends_on=ends_on, covered=covered)
    return rows.select_related("product", "site", "account__owner")


def _bare(rows: QuerySet[Asset], on: date) -> QuerySet[Asset]:
    return rows.filter(~Exists(covered_assets(on).filter(asset=OuterRef("pk"))))


def _bare_at_the_top(user: User, on: date) -> QuerySet[Asset]:
    """The top customers are those of the organisation, whoever looks."""
    most = policy_on(UpsellTalkPolicy, on).values.top
    top = [account for account, rank in ranks(on).items() if rank <= most]
    return _bare(_fleet(user, on).filter(account_id__in=top), on).annotate(since=F("installed_on"))


def _past(years: int) -> Callable[[User, date], QuerySet[Asset]]:
    def rows(user: User, on: date) -> QuerySet[Asset]:
        born = latest_anchor(on, 12 * years)
        return _fleet(user, on).filter(installed_on__lte=born).annotate(since=F("installed_on"))

    return rows


def _quiet(user: User, on: date) -> QuerySet[Asset]:
    """Machines of which parts were ordered, and not for as long as makes a customer silent."""
    until = add_months(on, -policy_on(PartsSilencePolicy, on).values.months)
    lines = PartsOrderLine.objects.visible_to(System("last order of a machine that is listed"))
    last = lines.filter(asset=OuterRef("pk"), order__ordered_on__lte=on).order_by().values("asset")
    last = last.annotate(last=Max("order__ordered_on")).values("last")
    return _fleet(user, on).annotate(since=Subquery(last)).filter(since__lte=until)


def _fewer_parts(user: User, on: date) -> QuerySet[Account]:
    """Customers whose parts of the last twelve months are that much below the twelve before."""
    policy = policy_on(PartsDropPolicy, on).values
    year, before = add_months(on, -12), add_months(on, -24)
    keep = (100 - policy.percent) / 100
    rows = Account.objects.visible_to(user).filter(merged_into__isnull=True).select_related("owner")
    return rows.annotate(
        was=_ordered(before, year), now=_ordered(year, on), since=_last_order(on), **_reason(on)
    ).filter(
        Q(now__lt=F("was") * keep) | Q(now__isnull=True), was__gte=policy.least_value
    )  # fmt: skip


def _reason(on: date) -> dict[str, Subquery]:
    """Why they buy fewer, by the last check-in that ended by that day."""
    told = DropReason._base_manager.filter(account=OuterRef("pk"), on__lte=on).order_by("-on", "-pk")
    columns = {"why": "why", "note": "note", "why_on": "on"}
    return {name: Subquery(told.values(column)[:1]) for name, column in columns.items()}


def _orders() -> QuerySet[Any]:
    rows: QuerySet[Any] = PartsOrder.objects.visible_to(System("orders of a customer that is listed"))
    return rows.filter(account=OuterRef("pk")).order_by().values("account")


def _ordered(after: date, until: date) -> Subquery:
    rows = _orders().filter(ordered_on__gt=after, ordered_on__lte=until)
    return Subquery(rows.annotate(total=Sum("amount_reporting")).values("total"))


def _last_order(on: date) -> Subquery:
    return Subquery(_orders().filter(ordered_on__lte=on).annotate(last=Max("ordered_on")).values("last"))


def _warranty(user: User, on: date) -> QuerySet[Asset]:
    ahead = on + timedelta(days=policy_on(WarrantyPolicy, on).values.ahead_days)
    rows = _fleet(user, on).filter(warranty_ends_on__gt=on, warranty_ends_on__lte=ahead)
    return rows.annotate(since=F("warranty_ends_on"))


def _premium(user: User, on: date) -> QuerySet[Asset]:
    """Machines on a low level with that many breakdowns in the window."""
    policy = policy_on(PremiumPolicy, on).values
    low = Level.objects.filter(rung__lte=policy.basic_rung).values("pk")
    stops = Ticket.objects.visible_to(System("stops of a machine that is listed")).filter(
        asset=OuterRef("pk"), kind=Ticket.Kind.BREAKDOWN, opened_at__date__gt=add_months(on, -policy.window_months),
        opened_at__date__lte=on,
    )  # fmt: skip
    counted = stops.order_by().values("asset")
    covered = covered_assets(on).filter(asset=OuterRef("pk"))
    return (
        _fleet(user, on)
        .filter(Exists(covered.filter(term__level__in=low)), ~Exists(covered.exclude(term__level__in=low)))
        .annotate(
            stops=Subquery(counted.annotate(n=Count("pk")).values("n")),
            since=Subquery(counted.annotate(last=Max("opened_at__date")).values("last")),
        )
        .filter(stops__gte=policy.stops)
    )


LISTS = (
    List(
        "bare", _("Without contract, top customers"), _("Machines of the largest customers, without a contract"),
        True, _bare_at_the_top, _("Installed"),
    ),
    List("past5", _("Past 5 years"), _("Old enough for an upgrade"), True, _past(5), _("Installed")),
    List("past10", _("Past 10 years"), _("Replaced in two or three years: the talk begins now"), True, _past(10),
         _("Installed")),
    List("past12", _("Past 12 years"), _("At the end of the usual life"), True, _past(12), _("Installed")),
    List("quiet", _("Quiet machines"), _("No parts ordered for half a year or more"), True, _quiet, _("Last order")),
    List("fewer", _("Fewer parts"), _("Customers who bought clearly less than the year before"), False, _fewer_parts,
         _("Last order"), _("Less, €")),
    List("warranty", _("Warranty ends"), _("The moment for a first contract"), True, _warranty, _("Warranty until")),
    List("premium", _("Premium candidates"), _("A basic contract and regular downtime"), True, _premium,
         _("Last stop")),
)  # fmt: skip
BY_KEY = {found.key: found for found in LISTS}


def attention_of(machine: Any, on: date, policies: Policies) -> Weighed:
    ends_on = machine.life_ends_on if machine.installed_on and machine.installed_on <= on else None
    return weigh_row(machine, covered=machine.covered, ends_on=ends_on, on=on, policies=policies)


def waiting_at(accounts: list[int], user: User, on: date) -> dict[int, int]:
    """How many signals wait at each of these accounts. One query."""
    rows = Signal.objects.visible_to(user).waiting(on).filter(account_id__in=accounts)
    return dict(rows.order_by().values("account_id").annotate(n=Count("pk")).values_list("account_id", "n"))
