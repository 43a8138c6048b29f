"""Whether customers are spoken with in time, and how many of them lie with each CS manager (SG-05, CT-22)."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, DateField, DecimalField, F, Max, Min, OuterRef, Q, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from core.calendar import latest_anchor
from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from core.models import Role
from core.policies import policy_on
from health.metrics import PAYERS, SCORED_BY, customers, payers
from health.models.score import TIERS
from health.rules.cadence import Cadence, SilencePolicy
from health.rules.segments import SegmentPolicy, load_of
from installed_base.metrics import retention
from installed_base.metrics.asof import flag, one_if, stood, terms_in_force
from installed_base.models import AccountPeriod, ContactMoment
from installed_base.models.accounts import Segment

MONEY: Any = DecimalField(max_digits=24, decimal_places=2)


def spoken(ask: Ask) -> Any:
    """Paying customers with their last talk, and whether it lies within the cadence of their tier and segment."""
    talks = ContactMoment._base_manager.filter(account=OuterRef("customer"), on__lte=ask.on).order_by()
    placed = AccountPeriod.objects.filter(stood(ask.on), account=OuterRef("customer"))
    policy = policy_on(SilencePolicy, ask.on).values
    return (
        payers(ask)
        .annotate(
            contact_on=Subquery(talks.values("account").annotate(last=Max("on")).values("last")),
            segment_then=Coalesce(Subquery(placed.values("segment")[:1]), Value("")),
        )
        .annotate(due_after=_bounds(policy, ask.on))
        .annotate(in_time=flag(Q(contact_on__gte=F("due_after"))))
    )


def _bounds(policy: SilencePolicy, on: date) -> Case:
    """The earliest day of a last talk that is still in time, by tier and segment."""
    named = sorted(policy.cadences, key=lambda c: c.segment == "")
    cases = [When(_of(cadence), then=Value(_earliest(cadence, on))) for cadence in named]
    general = _earliest(Cadence("", months=policy.months), on)
    return Case(*cases, default=Value(general), output_field=DateField())


def _of(cadence: Cadence) -> Q:
    segment = Q(segment_then=cadence.segment) if cadence.segment else Q()
    return Q(tier=cadence.tier) & segment


def _earliest(cadence: Cadence, on: date) -> date:
    day = timedelta(days=1)
    return latest_anchor(on - day, cadence.months) + day if cadence.months else on - timedelta(days=cadence.days)


SPOKEN = replace(
    PAYERS,
    key="spoken",
    rows=spoken,
    columns=(
        Column("tier", _("Tier")), Column("contact_on", _("Last contact"), "date"),
        Column("due_after", _("In time since"), "date"), Column("in_time", _("In time"), "yes"),
    ),
    policies=(*PAYERS.policies, SilencePolicy),
    placed_at="",
)  # fmt: skip


def owned(ask: Ask) -> Any:
    """Customers in the base that lay with a CS manager on the date, with what their contracts are worth a year.

    `first` marks one account of each manager, so that managers can be counted; `over` the accounts of those who have
    more than a whole load.
    """
    rows = _placed(ask)
    policy = policy_on(SegmentPolicy, ask.on).values
    loads: dict[int, Counter[str]] = {}
    firsts: dict[int, int] = {}
    counted = rows.order_by().values("owner_then", "segment_then").annotate(n=Count("pk"), least=Min("pk"))
    for row in counted:
        loads.setdefault(row["owner_then"], Counter())[row["segment_then"]] += row["n"]
        firsts[row["owner_then"]] = min(row["least"], firsts.get(row["owner_then"], row["least"]))
    over = [owner for owner, counts in loads.items() if load_of(counts, policy) > 1]
    terms = terms_in_force(ask.on).filter(contract__account=OuterRef("pk")).order_by().values("contract__account")
    total = terms.annotate(total=Sum("held__annual_value_reporting")).values("total")
    return rows.annotate(
        first=one_if(Q(pk__in=list(firsts.values()))),
        over=flag(Q(owner_then__in=over)),
        contracted=Coalesce(Subquery(total, output_field=MONEY), Value(Decimal(0)), output_field=MONEY),
    )


def _placed(ask: Ask) -> Any:
    placed = AccountPeriod.objects.filter(stood(ask.on), account=OuterRef("pk"))
    managers = placed.filter(owner__user__role=Role.CS_MANAGER)
    return (
        customers(ask)
        .annotate(
            owner_then=Subquery(managers.values("owner")[:1]),
            owner_name=Subquery(managers.values("owner__name")[:1]),
            segment_then=Coalesce(Subquery(placed.values("segment")[:1]), Value("")),
        )
        .filter(owner_then__isnull=False)
    )


OWNED = Family(
    key="owned",
    rows=owned,
    subject="account",
    link="account",
    link_id="pk",
    columns=(
        Column("owner_name", _("Owner")),
        Column("segment_then", _("Segment")),
        Column("contracted", _("Contracted a year"), "money"),
        Column("over", _("With a manager who has too many"), "yes"),
    ),
    policies=(SegmentPolicy,),
    facts=SCORED_BY,
)

METRICS = (
    Metric(
        key="accounts_per_csm",
        name=_("Accounts per CS manager"),
        definition=_(
            "Customers in the base that lie with a CS manager on the date, over the CS managers they lie with. A whole"
            " load is the upper end of the ratio of each segment, by policy; the parts say how many accounts lie with a"
            " manager who has more than that."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATE,
        stage=Stage.ADOPTION,
        family=OWNED,
        numerator=Value(1),
        denominator=F("first"),
        parts=(
            *(Part(key, name, Q(segment_then=key)) for key, name in Segment.choices),
            Part("over", _("With a manager who has too many"), Q(over=True)),
            Part("value", _("Contracted a year"), Q(), F("contracted"), Unit.MONEY),
        ),
        nothing=_("No customer lies with a CS manager."),
    ),
    Metric(
        key="contact_cadence",
        name=_("Contacted in time"),
        definition=_(
            "Paying customers whose last talk on or before the date lies within the cadence of their tier and segment,"
            " over all paying customers. A customer with whom no talk was ever noted is not in time."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.ADOPTION,
        family=SPOKEN,
        member=retention.PAYS,
        numerator=one_if(Q(in_time=True)),
        denominator=Value(1),
        parts=tuple(Part(tier, name, Q(tier=tier)) for tier, name in TIERS),
        target=Target(Aim.ABOVE, Decimal("0.90")),
        nothing=_("No customer paid in the year."),
    ),
)
