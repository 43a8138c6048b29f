"""What Today shows beside the tasks: renewals at a milestone, new signals, and figures of one's own customers."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q, Subquery, Sum, Value

from core.metrics import Filters, Result, compute_many
from core.models import Owner, Role, User
from core.paging import Page
from core.policies import policy_on
from core.reach import Level, reach_of
from dashboards.queries.accounts import Has, has_of
from dashboards.queries.health import by_tier
from expansion.models import Signal
from expansion.queries.signals import lines_by_account
from health.models import Alert
from health.queries import alerts_for
from installed_base.models import Account
from renewals.models import Renewal
from renewals.rules import MilestonePolicy

WEEK = timedelta(days=7)
# People with customers of their own; the others see the figures of all they may see.
OWNS = {Role.CS_MANAGER, Role.SALES}
METRICS = ("contracted_value", "assets_uncovered", "attach_rate")


@dataclass
class Milestone:
    """A renewal that reaches `days` before its deciding day on `on`."""

    renewal: Renewal
    days: int
    on: date
    url: str = ""


def milestones(user: User, on: date) -> list[Milestone]:
    """Open renewals of one's own that reach a milestone in the coming seven days. One query."""
    days = policy_on(MilestonePolicy, on).values.milestones
    windows = [Q(decides_on__gt=on + timedelta(d), decides_on__lte=on + timedelta(d) + WEEK) for d in days]
    reached = windows[0]
    for window in windows[1:]:
        reached |= window
    rows = Renewal.objects.visible_to(user).open().filter(reached, owner_id__in=reach_of(user).own)
    rows = rows.filter(Q(term__terminated_on__isnull=True) | Q(term__terminated_on__gt=on))
    found = [_milestone(row, days, on) for row in rows.select_related("account", "term__contract")[:200]]
    return sorted(found, key=lambda m: (m.on, -(m.renewal.annual_value_reporting or 0)))


def _milestone(renewal: Renewal, days: Iterable[int], on: date) -> Milestone:
    left = (renewal.decides_on - on).days
    nearest = max(d for d in days if d < left)
    return Milestone(renewal, nearest, renewal.decides_on - timedelta(nearest))


def alerts(user: User, on: date) -> list[Any]:
    """Open alerts of one's own, the dearest first, each with a year's value and whether one may act on it.

    Nothing for those who see single machines only. Three queries.
    """
    reach = reach_of(user)
    if reach.level is Level.ASSIGNED:
        return []
    rows: list[Any] = [a for a in alerts_for(user, on) if reach.level is Level.ALL or a.account.owner_id in reach.own]
    has = has_of([alert.account_id for alert in rows], user, on) if rows else {}
    mine = Alert.objects.changeable_by(user).filter(pk__in=[alert.pk for alert in rows]) if reach.works else ()
    changeable = {alert.pk for alert in mine}
    for alert in rows:
        alert.value, alert.changeable = has.get(alert.account_id, Has()).value, alert.pk in changeable
    return sorted(rows, key=lambda alert: (-(alert.value or 0), alert.on, alert.pk))


def new_signals(user: User, on: date) -> Page:
    """Accounts of one's own with signals of the last seven days, those with most at stake first. Two queries."""
    rows = Signal.objects.visible_to(user).waiting(on).filter(raised_on__gt=on - WEEK, raised_on__lte=on)
    return lines_by_account(rows.filter(account__owner_id__in=reach_of(user).own), user)


@dataclass(frozen=True)
class Figures:
    """The strip: how many customers, their renewals, and metrics with receipts. `mine` where they are one's own."""

    mine: bool
    owner: int | None
    customers: int
    renewals: int
    renewal_value: Any
    metrics: dict[str, Result]
    tiers: dict[str, int]


def figures(user: User, on: date) -> Figures:
    """Two queries beside those of the metrics."""
    mine = user.role in OWNS
    owner = (reach_of(user).person or Owner.objects.of(user).pk) if mine else None
    accounts = Account.objects.visible_to(user).filter(merged_into__isnull=True).order_by()
    renewals = Renewal.objects.visible_to(user).open().order_by()
    if owner:
        accounts, renewals = accounts.filter(owner=owner), renewals.filter(owner=owner)
    metrics = compute_many(METRICS, on=on, actor=user, filters=Filters(owner=owner))
    tiers = by_tier(accounts, on)
    asked = (_one(renewals, Count("pk")), _one(renewals, Sum("annual_value_reporting")))
    open_, value = User.objects.filter(pk=user.pk).values_list(*asked)[0]
    return Figures(mine, owner, sum(tiers.values()), open_ or 0, value, metrics, tiers)


def _one(rows: Any, figure: Any) -> Subquery:
    """A figure over all of these rows as one column; nothing where there is no row."""
    return Subquery(rows.annotate(all_=Value(1)).values("all_").annotate(figure=figure).values("figure"))
