"""Account plans read in sets: who is top, which have a plan, and what came of chances between two reviews."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Count, Max, Min, Q, Sum
from django.db.models.functions import Coalesce

from core.calendar import add_months
from core.metrics import Window
from core.models import User
from core.policies import policy_on
from expansion.models import AccountPlan, PlanAction, PlanPoint, Signal
from expansion.queries.hunting import waiting_at
from expansion.queries.plan_hints import NO_CHANCE, READ_DAYS
from expansion.rules.plan import PlanPolicy, talk_due, top_accounts
from expansion.rules.renewing import UpsellTalkPolicy
from health.queries import standing_of
from installed_base.metrics.revenue import share_of
from installed_base.models import Account, Asset, ContactMoment, LedgerEntry, UsageReading
from sales.models import DealKind, Opportunity, Stage


def revenue_of_year(on: date, accounts: Iterable[int] | None = None) -> dict[int, Decimal]:
    """Posted revenue of the twelve months to the day by customer (metrics.md, Revenue in a window). One query.

    A merged account counts with its survivor.
    """
    window = Window(add_months(on, -12) + timedelta(days=1), on)
    recent = Q(period_to__gte=window.first) | Q(period_to__isnull=True, on__gte=window.first)
    rows = LedgerEntry._base_manager.filter(recent, state=LedgerEntry.State.POSTED, on__lte=on)
    rows = rows.annotate(customer=Coalesce("account__merged_into_id", "account_id"))
    if accounts is not None:
        rows = rows.filter(customer__in=list(accounts))
    sums = rows.order_by().values("customer").annotate(total=Sum(share_of("amount_reporting", window)))
    return {row["customer"]: row["total"] for row in sums if row["total"] is not None}


def last_talks(accounts: Sequence[int], on: date) -> dict[int, date]:
    """When each account was last spoken with about growth: a contact about a deal, or a deal that was identified.

    Two queries.
    """
    talks = ContactMoment._base_manager.filter(account_id__in=accounts, subject_kind="opportunity", on__lte=on)
    deals = Opportunity._base_manager.filter(account_id__in=accounts, identified_on__lte=on)
    deals = deals.exclude(kind=DealKind.NEW_LOGO)
    found: dict[int, date] = dict(talks.order_by().values_list("account_id").annotate(last=Max("on")))
    for account, last in deals.order_by().values_list("account_id").annotate(last=Max("identified_on")):
        found[account] = max(last, found.get(account, last))
    return found


@dataclass
class Line:
    """An account of the top, or one with a plan: its rank, its plan of the year, its next step, its last talk."""

    account: Account
    rank: int | None
    revenue: Decimal
    plan: AccountPlan | None = None
    step: PlanAction | None = None
    talked_on: date | None = None
    talk_due: bool = False
    standing: Any = None
    late: int = 0
    base: "Base | None" = None
    signals: int = 0


@dataclass(frozen=True)
class Base:
    """Machines in service of an account: how many, since when the oldest, and the share of their hours they ran."""

    machines: int
    oldest_on: date | None
    ran: Decimal | None


def bases(accounts: Sequence[int], user: User, on: date) -> dict[int, Base]:
    """What stands at each of these accounts, with the readings of a quarter (AP-09). Two queries."""
    rows = Asset.objects.visible_to(user).in_service(on).filter(account__in=accounts)
    counted = rows.order_by().values("account").annotate(n=Count("pk"), oldest=Min("installed_on"))
    read = UsageReading.objects.visible_to(user).filter(
        asset__in=rows.values("pk"), on__gt=on - timedelta(days=READ_DAYS), on__lte=on, run_hours__isnull=False,
        available_hours__gt=0,
    )  # fmt: skip
    hours = read.order_by().values("asset__account").annotate(ran=Sum("run_hours"), could=Sum("available_hours"))
    share = {row["asset__account"]: row["ran"] / row["could"] for row in hours}
    return {row["account"]: Base(row["n"], row["oldest"], share.get(row["account"])) for row in counted}


def lines(user: User, year: int, on: date) -> list[Line]:
    """The top accounts with or without a plan, and those with a plan that are not (or no longer) top.

    Who is top is asked of the whole organisation, whoever looks; shown is what one sees.
    """
    totals = revenue_of_year(on)
    ranked = {pk: n for n, pk in enumerate(top_accounts(totals.items(), policy_on(PlanPolicy, on).values), 1)}
    plans = {p.account_id: p for p in AccountPlan.objects.visible_to(user).filter(year=year).select_related("owner")}
    rows = Account.objects.visible_to(user).filter(pk__in=ranked.keys() | plans.keys(), merged_into__isnull=True)
    accounts = list(rows.select_related("owner"))
    ids = [a.pk for a in accounts]
    talks, standings, steps = last_talks(ids, on), standing_of(ids, on), open_steps(plans.values(), user)
    stands, waiting = bases(ids, user, on), waiting_at(ids, user, on)
    months = policy_on(UpsellTalkPolicy, on).values.months
    found = []
    for account in accounts:
        plan, talked = plans.get(account.pk), talks.get(account.pk)
        mine = steps.get(plan.pk, []) if plan else []
        found.append(
            Line(
                account, ranked.get(account.pk), totals.get(account.pk, Decimal(0)), plan, mine[0] if mine else None,
                talked, talk_due(talked, months, on), standings.get(account.pk),
                sum(step.task.due_on < on for step in mine), stands.get(account.pk), waiting.get(account.pk, 0),
            )
        )  # fmt: skip
    return sorted(found, key=lambda line: (line.rank or 10**6, -line.revenue, line.account.name))


def open_steps(plans: Iterable[AccountPlan], user: User) -> dict[int, list[PlanAction]]:
    """The open actions of these plans by day. One query."""
    rows = PlanAction.objects.visible_to(user).filter(
        plan__in=[p.pk for p in plans], task__done_on__isnull=True, task__closed_on__isnull=True
    )
    found: dict[int, list[PlanAction]] = {}
    for row in rows.select_related("task__owner").order_by("task__due_on", "pk"):
        found.setdefault(row.plan_id, []).append(row)
    return found


def years_with_plans(user: User) -> list[int]:
    rows = AccountPlan.objects.visible_to(user).order_by("-year").values_list("year", flat=True).distinct()
    return list(rows)


@dataclass
class Came:
    """What became of chances of an account between two days: new, converted, dead (AP-07)."""

    new: list[Any] = field(default_factory=list)
    converted: list[Any] = field(default_factory=list)
    dead: list[Any] = field(default_factory=list)


@dataclass(frozen=True)
class Chance:
    """One chance in a list: what it is, its day, its value if known, and where it is read."""

    text: str
    on: date
    value: Decimal | None = None
    subject: tuple[str, int] | None = None


def came_of(plan: AccountPlan, user: User, since: date, on: date) -> Came:
    """Deals, signals and points of the plan after `since`, up to the day. Three queries."""
    came = Came()
    _deals(came, plan, user, since, on)
    _signals(came, plan, user, since, on)
    points = PlanPoint.objects.visible_to(user).filter(plan=plan, side=PlanPoint.Side.OPPORTUNITY)
    for point in points.filter(Q(noted_on__gt=since, noted_on__lte=on) | Q(ended_on__gt=since, ended_on__lte=on)):
        ended = point.ended_on if point.ended_on and point.ended_on <= on else None
        into = {"converted": came.converted, "dead": came.dead}[point.outcome] if ended else came.new
        into.append(Chance(point.text, ended or point.noted_on))
    return came


def _deals(came: Came, plan: AccountPlan, user: User, since: date, on: date) -> None:
    rows = Opportunity.objects.visible_to(user).filter(account=plan.account_id)
    inside = Q(closed_on__gt=since, closed_on__lte=on) | Q(identified_on__gt=since, identified_on__lte=on)
    for deal in rows.filter(inside).order_by("pk"):
        about = ("opportunity", deal.pk)
        if deal.closed_on and since < deal.closed_on <= on and deal.stage == Stage.WON:
            came.converted.append(Chance(deal.name, deal.closed_on, deal.value_reporting, about))
        elif deal.closed_on and since < deal.closed_on <= on and deal.stage == Stage.LOST:
            came.dead.append(Chance(deal.name, deal.closed_on, deal.value_reporting, about))
        elif deal.identified_on and deal.identified_on > since:
            came.new.append(Chance(deal.name, deal.identified_on, deal.value_reporting, about))


def _signals(came: Came, plan: AccountPlan, user: User, since: date, on: date) -> None:
    """Signals that were raised and still waited that day, or were dismissed; one that was accepted is told by its deal,
    and one that tells of danger is no chance."""
    rows = Signal.objects.visible_to(user).filter(account=plan.account_id).select_related("asset")
    raised = (
        Q(raised_on__gt=since, raised_on__lte=on)
        & (Q(decided_on__isnull=True) | Q(decided_on__gt=on))
        & (Q(closed_on__isnull=True) | Q(closed_on__gt=on))
    )
    dismissed = Q(decision=Signal.Decision.DISMISSED, decided_on__gt=since, decided_on__lte=on)
    for signal in rows.filter(raised | dismissed).exclude(kind__in=NO_CHANCE).order_by("pk"):
        name = f"{signal.get_kind_display()} · {signal.asset}" if signal.asset else str(signal.get_kind_display())
        over = signal.decided_on if signal.decided_on and signal.decided_on <= on else None
        into = came.dead if over else came.new
        into.append(Chance(name, over or signal.raised_on, signal.value_reporting))
