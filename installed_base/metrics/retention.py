"""Retention: the same customers, then and now."""

from decimal import Decimal
from typing import Any

from django.db.models import Case, ExpressionWrapper, F, Q, Value, When
from django.db.models.functions import Greatest, Least
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import FACTS, one_if
from installed_base.metrics.revenue import ZERO, customers
from installed_base.models.orders import Stream

# Who pays on the date, and who paid a year before: a contract in force, or revenue in the twelve months to the day.
PAYS = Q(contracted=1) | Q(now__gt=0)
PAID = Q(contracted_before=1) | Q(before__gt=0)
# What became of a customer's revenue. These are sums over sums of the rows: they stand here, not in the rows, so that
# the rows stay cheap to read for metrics that do not need them.
CHURN = Case(When(PAYS, then=ZERO), default=F("before"), output_field=NUMBER)
PRICE = Case(When(PAYS, then=F("price")), default=ZERO, output_field=NUMBER)
GROWN = ExpressionWrapper(F("now") - F("before") - F("price"), NUMBER)
SHRUNK = ExpressionWrapper(F("before") + F("price") - F("now"), NUMBER)
EXPANSION = Case(When(PAYS, then=Greatest(GROWN, ZERO)), default=ZERO, output_field=NUMBER)
CONTRACTION = Case(
    When(PAYS, then=Greatest(SHRUNK, ZERO)),
    default=Greatest(ExpressionWrapper(ZERO - F("now"), NUMBER), ZERO),
    output_field=NUMBER,
)
# Start less contraction and churn, of a customer who brings anything now.
KEPT = Least(F("before"), ExpressionWrapper(F("now") - F("price"), NUMBER), output_field=NUMBER)
LOWER = Greatest(Least(F("now"), F("before")), ZERO, output_field=NUMBER)

FAMILY = Family(
    key="customers",
    rows=customers,
    subject="account",
    subject_id="customer",
    columns=(Column("before", _("Revenue the year before"), "money"), Column("now", _("Revenue now"), "money")),
    derived={"churn": CHURN, "price_change": PRICE, "expansion": EXPANSION, "contraction": CONTRACTION},
    placed_at="customer",
    seen_at="customer",
    facts=FACTS,
)
COHORT = Q(before__gt=0)
UNPRICED = Q(unpriced__gt=0)
LEFT = PAID & Q(contracted=0, now__lte=0)
CAME_BACK = PAYS & Q(contracted_before=0, before__lte=0, ever_paid=1)
NO_COHORT = _("No account had revenue in the year before.")
WHY_NOT_LITERAL = _(
    "Some books write this as (this year + upsell - churn) / last year. Read literally, upsell and churn are counted"
    " twice, because this year's revenue holds them already: start 5.0, now 5.5 with 1.0 of upsell and 0.5 of churn"
    " would give 120 % instead of 110 %."
)


def _metric(key: str, name: Any, definition: Any, **more: Any) -> Metric:
    defaults: dict[str, Any] = {
        "shape": Shape.RATIO,
        "unit": Unit.RATIO,
        "stage": Stage.RENEWAL,
        "family": FAMILY,
        "window_months": 12,
        "reads_money": True,
    }
    return Metric(key=key, name=name, definition=definition, **(defaults | more))


def _money(key: str, name: Any, amount: Any, member: Q | None = None) -> Part:
    return Part(key, name, member or Q(), amount, Unit.MONEY)


def _kept(stream: str) -> Case:
    """What was kept of a customer, split by the streams of T12M."""
    part = ExpressionWrapper(KEPT * F(f"now_{stream}") / F("now"), output_field=NUMBER)
    return Case(When(now__gt=0, then=part), default=ZERO, output_field=NUMBER)


METRICS = (
    _metric(
        "net_revenue_retention",
        _("Net revenue retention"),
        _(
            "Revenue posted in the twelve months to the date by the accounts that had revenue in the twelve months"
            " before, over their revenue of then. Rows with a period count by days."
        ),
        member=COHORT,
        unknown=UNPRICED,
        numerator=F("now"),
        denominator=F("before"),
        target=Target(Aim.AT_LEAST, Decimal("1.10"), watch_from=Decimal("1.00")),
        nothing=NO_COHORT,
        note=WHY_NOT_LITERAL,
        columns=(),
    ),
    _metric(
        "installed_base_nrr",
        _("Installed-base NRR"),
        _("As net revenue retention, without revenue from machines and replacements, then and now."),
        member=Q(installed_before__gt=0),
        unknown=UNPRICED,
        numerator=F("installed_now"),
        denominator=F("installed_before"),
        target=Target(Aim.ABOVE, Decimal("1.00")),
        nothing=NO_COHORT,
        columns=(),
    ),
    _metric(
        "gross_revenue_retention",
        _("Gross revenue retention"),
        _(
            "The accounts of net revenue retention, each counted at the lower of its revenue now and then (and never"
            " below zero), over their revenue of then: what was kept, without growth."
        ),
        member=COHORT,
        unknown=UNPRICED,
        numerator=LOWER,
        denominator=F("before"),
        columns=(Column("now", _("Revenue now"), "money"),),
        target=Target(Aim.ABOVE, Decimal("0.90")),
        nothing=NO_COHORT,
    ),
    _metric(
        "installed_base_grr",
        _("Installed-base GRR"),
        _("As gross revenue retention, without revenue from machines and replacements, then and now."),
        member=Q(installed_before__gt=0),
        unknown=UNPRICED,
        numerator=Greatest(Least(F("installed_now"), F("installed_before")), ZERO, output_field=NUMBER),
        denominator=F("installed_before"),
        columns=(),
        target=Target(Aim.ABOVE, Decimal("0.90")),
        nothing=NO_COHORT,
    ),
    _metric(
        "logo_retention",
        _("Logo retention"),
        _(
            "Customers who paid a year before the date and still do, over those who paid then. Paying is a contract in"
            " force, or revenue in the twelve months to the day."
        ),
        member=PAID,
        numerator=one_if(PAYS),
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal("0.90")),
        nothing=_("No customer paid a year before."),
        reads_money=False,
    ),
    _metric(
        "nrr_bridge",
        _("NRR bridge"),
        _(
            "From the revenue of the accounts of net revenue retention in the year before to theirs now: expansion,"
            " price (change of annual value of the same machine at the same level of contract), contraction, and"
            " churn, which is all that accounts brought who no longer pay. Start + expansion + price - contraction -"
            " churn = end."
        ),
        shape=Shape.SUM,
        unit=Unit.MONEY,
        member=COHORT,
        unknown=UNPRICED,
        numerator=F("now"),
        parts=(
            _money("start", _("Start"), F("before")),
            _money("expansion", _("Expansion"), EXPANSION),
            _money("price", _("Price"), PRICE),
            _money("contraction", _("Contraction"), CONTRACTION),
            _money("churn", _("Churn"), CHURN),
            _money("end", _("End"), F("now")),
        ),
        columns=(
            Column("before", _("Start"), "money"),
            Column("expansion", _("Expansion"), "money"),
            Column("price_change", _("Price"), "money"),
            Column("contraction", _("Contraction"), "money"),
            Column("churn", _("Churn"), "money"),
        ),
    ),
    _metric(
        "revenue_kept",
        _("Revenue kept"),
        _(
            "Of the revenue in the year before, what the same customers still bring: the start of the NRR bridge less"
            " contraction and churn, of those who bring anything now. A customer's part is split by the streams of the"
            " twelve months to the date."
        ),
        shape=Shape.SUM,
        unit=Unit.MONEY,
        member=COHORT & Q(now__gt=0),
        unknown=UNPRICED,
        numerator=KEPT,
        parts=tuple(_money(s.value, s.label, _kept(s.value)) for s in Stream),
    ),
    _metric(
        "churned_customers",
        _("Customers who left"),
        _("Customers who paid a year before the date and do not pay on it."),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        member=LEFT,
        target=Target(Aim.FALLING),
        reads_money=False,
    ),
    _metric(
        "churned_revenue",
        _("Revenue that left"),
        _("The churn of the NRR bridge: revenue in the year before of the accounts that no longer pay."),
        shape=Shape.SUM,
        unit=Unit.MONEY,
        member=COHORT & Q(contracted=0, now__lte=0),
        unknown=UNPRICED,
        numerator=CHURN,
        target=Target(Aim.FALLING),
    ),
    _metric(
        "won_back",
        _("Customers won back"),
        _(
            "Customers who pay on the date and did not a year before, but did at some time before that: a contract, or"
            " revenue. Beside their number stands what they brought in the twelve months to the date."
        ),
        shape=Shape.COUNT,
        unit=Unit.COUNT,
        member=CAME_BACK,
        parts=(_money("revenue", _("Revenue won back"), F("now")),),
        target=Target(Aim.RISING),
        reads_money=False,
    ),
    _metric(
        "revenue_per_customer",
        _("Revenue per customer"),
        _("Revenue posted in the twelve months to the date, over the customers who pay on it."),
        unit=Unit.MONEY,
        stage=Stage.EXPANSION,
        member=PAYS | ~Q(now=0),
        unknown=UNPRICED,
        numerator=F("now"),
        denominator=one_if(PAYS),
        columns=(),
        target=Target(Aim.RISING),
        nothing=_("No customer pays."),
    ),
)
