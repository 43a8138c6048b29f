"""Whether what is sold is handed over completely (CV-02)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import accounts_asked, known_by, narrows_accounts, one_if
from sales.models import Direction, Handoff, HandoffPromise, Opportunity
from sales.models import Stage as DealStage
from sales.queries.handoff import delivered_by
from sales.rules.handoff import CONTRACT, MACHINE, HandoffPolicy, completed_on, is_complete

# An id that no row has: a list without any would make a query that cannot be joined with others.
_NONE = [0]


def deals_won(ask: Ask) -> Any:
    """Deals won in the year to the date that deliver a machine or a contract and are older than the days of the policy.
    The rule decides on each what must be said; SQL only finds them."""
    policy: HandoffPolicy = ask.policy(HandoffPolicy)
    until = ask.on - timedelta(days=policy.handoff_days)
    rows = Opportunity.objects.visible_to(ask.actor).filter(
        known_by(ask.filters), stage=DealStage.WON, closed_on__gte=ask.last_year.first, closed_on__lt=until
    )
    if narrows_accounts(ask.filters):
        rows = rows.filter(account__in=accounts_asked(ask))
    delivered = delivered_by(rows.order_by().values_list("pk", flat=True))
    bringing = {pk: parts for pk, parts in delivered.items() if parts & {MACHINE, CONTRACT}}
    complete = _complete(bringing, policy, ask.on)
    lines = Q(lines__asset__product__line=ask.filters.product_line) | Q(lines__product__line=ask.filters.product_line)
    placed = Opportunity._base_manager.filter(lines).values("pk") if ask.filters.product_line else None
    found = rows.filter(pk__in=list(bringing) or _NONE)
    if placed is not None:
        named = Q(lines__asset__product__line__isnull=False) | Q(lines__product__line__isnull=False)
        unnamed = ~Q(pk__in=Opportunity._base_manager.filter(named).values("pk"))
        found = found.filter(Q(pk__in=placed) | unnamed).annotate(unattributed=one_if(unnamed))
    else:
        found = found.annotate(unattributed=Value(0))
    return found.annotate(
        account_name=F("account__name"),
        deal_name=F("name"),
        complete=Case(When(pk__in=complete or _NONE, then=Value(True)), default=Value(False)),
        handed=Case(When(pk__in=_handed(bringing, ask.on) or _NONE, then=Value(True)), default=Value(False)),
    )


def _handed(deals: Iterable[int], on: date) -> list[int]:
    rows = Handoff._base_manager.filter(opportunity__in=list(deals), direction=Direction.TO_CS, given_on__lte=on)
    return list(rows.values_list("opportunity_id", flat=True).distinct())


def _complete(deals: dict[int, frozenset[str]], policy: HandoffPolicy, on: date) -> list[int]:
    """Deals whose handoff to CS was accepted by that day and lacks nothing, and whose order operations had accepted
    where it was given to them. Three queries."""
    accepted = Handoff._base_manager.filter(opportunity__in=list(deals), direction=Direction.TO_CS, accepted_on__lte=on)
    rows = {row.pk: row for row in accepted}
    promises: dict[int, list[int]] = defaultdict(list)
    for handoff, pk in HandoffPromise._base_manager.filter(handoff__in=list(rows)).values_list("handoff_id", "pk"):
        promises[handoff].append(pk)
    given = Handoff._base_manager.filter(
        opportunity__in=list(deals), direction=Direction.TO_OPERATIONS, given_on__lte=on
    )
    orders = {row.opportunity_id: row for row in given.order_by("number")}
    found = []
    for row in rows.values():
        required = policy.required(row.direction, deals[row.opportunity_id])
        sides = [side.accepted_on for side in (row, orders.get(row.opportunity_id)) if side is not None]
        if is_complete(required, row.said(promises[row.pk]), completed_on(sides), on):
            found.append(row.opportunity_id)
    return found


FAMILY = Family(
    key="deals_handed_over",
    rows=deals_won,
    subject="opportunity",
    link="opportunity",
    link_id="pk",
    columns=(
        Column("deal_name", _("Opportunity")),
        Column("account_name", _("Account")),
        Column("closed_on", _("Won"), "date"),
        Column("handed", _("Handed over"), "yes"),
        Column("complete", _("Complete"), "yes"),
    ),
    policies=(HandoffPolicy,),
    left_out=Q(unattributed=1),
    placed_at="account_id",
    facts=("account", "opportunity", "handoff", "asset", "term"),
)

METRICS = (
    Metric(
        key="handoff_completeness",
        name=_("Complete handoffs"),
        definition=_(
            "Deals won in the twelve months to the date that deliver a machine or a contract and are older than the"
            " days of the policy: those whose handoff to CS was accepted by the date with everything in it that such"
            " a deal needs, and whose order operations had accepted where it was handed to them, over all of them."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.CONVERSION,
        family=FAMILY,
        numerator=Case(When(complete=True, then=Value(1)), default=Value(0)),
        denominator=Value(1),
        parts=(
            Part("handed_over", _("Handed over"), Q(handed=True)),
            Part("complete", _("Complete"), Q(complete=True)),
        ),
        target=Target(Aim.AT_LEAST, Decimal(1)),
        window_months=12,
        nothing=_("No deal that delivers a machine or a contract was won long enough ago."),
    ),
)
