"""What Today shows beside the tasks: renewals at a milestone, new signals, what dealers are to tell, and figures of
one's own customers."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, Subquery, Sum, Value

from core.metrics import Filters, Result, Slice
from core.metrics import figures as stored_or_live
from core.models import Owner, Role, User
from core.paging import Page
from core.policies import policy_on
from core.reach import Level, reach_of
from dashboards.queries.accounts import value_in, worth_of
from dashboards.queries.health import tiers_of
from dashboards.wording import name_of
from expansion.models import Signal
from expansion.queries.signals import lines_by_account
from health.models import Alert
from health.queries import alerts_for
from installed_base.metrics.asof import stood
from installed_base.models import Account, AccountPeriod
from playbooks.models import AgreedStep
from renewals.models import Renewal
from renewals.rules import MilestonePolicy
from sales.queries.dealer import Owed, owed, owed_columns

WEEK = timedelta(days=7)
# People with customers of their own; the others see the figures of all they may see.
OWNS = {Role.CS_MANAGER, Role.SALES}
METRICS = ("contracted_value", "assets_uncovered", "attach_rate")
# What others look at instead: somebody in sales their own, somebody in marketing all.
OF_ROLE = {
    Role.SALES: ("pipeline_value", "booking_attainment", "expansion_attainment", "win_rate", "stalled_deals"),
    Role.MARKETING: ("lead_volume", "lead_quality", "lead_conversion", "source_concentration"),
}


@dataclass
class Milestone:
    """A renewal that reaches `days` before its deciding day on `on`."""

    renewal: Renewal
    days: int
    on: date
    url: str = ""


def milestones(user: User, on: date) -> list[Milestone]:
    """Open renewals of one's own that reach a milestone in the coming seven days. One query."""
    policy = policy_on(MilestonePolicy, on).values
    days = sorted(policy.every_milestone)
    windows = [Q(decides_on__gt=on + timedelta(d), decides_on__lte=on + timedelta(d) + WEEK) for d in days]
    reached = windows[0]
    for window in windows[1:]:
        reached |= window
    rows = Renewal.objects.visible_to(user).open().filter(reached, owner_id__in=reach_of(user).own)
    rows = rows.filter(Q(term__terminated_on__isnull=True) | Q(term__terminated_on__gt=on))
    found = [_milestone(row, policy, on) for row in rows.select_related("account", "term__contract")[:200]]
    return sorted(
        (m for m in found if m and m.on <= on + WEEK), key=lambda m: (m.on, -(m.renewal.annual_value_reporting or 0))
    )


def _milestone(renewal: Renewal, policy: MilestonePolicy, on: date) -> Milestone | None:
    """The next milestone of its own calendar; None where it has passed the last one."""
    left = (renewal.decides_on - on).days
    days = policy.of(renewal.term.contract.kind, renewal.account.segment).milestones
    nearest = max((d for d in days if d < left), default=None)
    return None if nearest is None else Milestone(renewal, nearest, renewal.decides_on - timedelta(nearest))


def alerts(user: User, on: date) -> list[Any]:
    """Open alerts of one's own, the dearest first, each with a year's value and whether one may act on it.

    Nothing for those who see single machines only. One query.
    """
    reach = reach_of(user)
    if reach.level is Level.ASSIGNED:
        return []
    mine = Alert.objects.changeable_by(user) if reach.works else Alert.objects.none()
    asked = alerts_for(user, on).annotate(
        worth=worth_of(on, "account"), changeable=Exists(mine.filter(pk=OuterRef("pk")))
    )
    rows: list[Any] = [a for a in asked if reach.level is Level.ALL or a.account.owner_id in reach.own]
    for alert in rows:
        alert.value = value_in(alert.worth)
    return sorted(rows, key=lambda alert: (-(alert.value or 0), alert.on, alert.pk))


def new_signals(user: User, on: date) -> Page:
    """Accounts of one's own with signals of the last seven days, those with most at stake first. Two queries."""
    rows = Signal.objects.visible_to(user).waiting(on).filter(raised_on__gt=on - WEEK, raised_on__lte=on)
    return lines_by_account(rows.filter(account__owner_id__in=reach_of(user).own), user)


def agreed(user: User, limit: int) -> list[Any]:
    """What one owes from a review or the leak map, the soonest first. One query."""
    rows = AgreedStep.objects.visible_to(user).open().filter(owner_id__in=reach_of(user).own)
    found: list[Any] = list(rows.select_related("owner").order_by("due_on", "pk")[:limit])
    for step in found:
        step.about = name_of(step.metric)
    return found


@dataclass(frozen=True)
class Figures:
    """The strip: how many customers, their renewals, and metrics with receipts. `mine` where they are one's own. And
    what dealers are to tell of one's own leads and deals."""

    mine: bool
    owner: int | None
    customers: int
    renewals: int
    renewal_value: Any
    metrics: dict[str, Result]
    tiers: dict[str, int]
    owed: list[Owed]

    @property
    def of_role(self) -> bool:
        """Whether these are the figures of a role instead of those of customers."""
        return tuple(self.metrics) != METRICS


def figures(user: User, on: date) -> Figures:
    """One query beside those of the metrics."""
    mine = user.role in OWNS
    owner = (reach_of(user).person or Owner.objects.of(user).pk) if mine else None
    accounts = Account.objects.visible_to(user).filter(merged_into__isnull=True).order_by()
    renewals = Renewal.objects.visible_to(user).open().order_by()
    if owner:
        accounts, renewals = accounts.filter(owner=owner), renewals.filter(owner=owner)
    asked = (
        tiers_of(accounts, on),
        _one(renewals, Count("pk")),
        _one(renewals, Sum("annual_value_reporting")),
        _strange(owner, on),
        *owed_columns(user, on),
    )
    counted, open_, value, strange, leads, deals = User.objects.filter(pk=user.pk).values_list(*asked)[0]
    held = Slice("owner", str(owner)) if owner and not strange else None
    wanted = OF_ROLE.get(Role(user.role), METRICS)
    metrics = stored_or_live({on: wanted}, actor=user, filters=Filters(owner=owner), held=held)[on]
    tiers = {row["tier"]: row["n"] for row in counted}
    return Figures(mine, owner, sum(tiers.values()), open_ or 0, value, metrics, tiers, owed(leads, deals, on))


def _strange(owner: int | None, on: date) -> Any:
    """Whether the stored figures of this owner hold an account that is not theirs today.

    A figure is stored of the accounts that stood with an owner on the date, and of those merged into them; a person
    sees what they own. Where the two differ the figure would tell of what is out of their sight.
    """
    if not owner:
        return Exists(Account._base_manager.none())
    placed = AccountPeriod.objects.filter(stood(on), owner=owner).exclude(account__owner=owner)
    merged = Account._base_manager.filter(merged_into__periods__in=AccountPeriod.objects.filter(stood(on), owner=owner))
    return Exists(placed) | Exists(merged.exclude(owner=owner))


def _one(rows: Any, figure: Any) -> Subquery:
    """A figure over all of these rows as one column; nothing where there is no row."""
    return Subquery(rows.annotate(all_=Value(1)).values("all_").annotate(figure=figure).values("figure"))
