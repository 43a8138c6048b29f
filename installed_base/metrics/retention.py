"""Retention: the same customers, then and now."""

from decimal import Decimal
from typing import Any

from django.db.models import Case, ExpressionWrapper, F, Q, Value, When
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.revenue import ZERO, customers
from installed_base.models.orders import Stream

FAMILY = Family(
    key="customers",
    rows=customers,
    subject="account",
    subject_id="customer",
    columns=(Column("before", _("Revenue the year before"), "money"), Column("now", _("Revenue now"), "money")),
)
COHORT = Q(before__gt=0)
UNPRICED = Q(unpriced__gt=0)
PAID = Q(paid_before=1)
LEFT = PAID & Q(pays=0)
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
    kept = ExpressionWrapper(
        (F("before") - F("churn") - F("contraction")) * F(f"now_{stream}") / F("now"), output_field=NUMBER
    )
    return Case(When(now__gt=0, then=kept), default=ZERO, output_field=NUMBER)


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
        numerator=F("lower"),
        denominator=F("before"),
        columns=(Column("now", _("Revenue now"), "money"),),
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
        numerator=F("pays"),
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
            _money("expansion", _("Expansion"), F("expansion")),
            _money("price", _("Price"), F("price_change")),
            _money("contraction", _("Contraction"), F("contraction")),
            _money("churn", _("Churn"), F("churn")),
            _money("end", _("End"), F("now")),
            *(_money(f"kept_{s.value}", s.label, _kept(s.value)) for s in Stream),
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
        member=COHORT & Q(pays=0),
        unknown=UNPRICED,
        numerator=F("churn"),
        target=Target(Aim.FALLING),
    ),
    _metric(
        "revenue_per_customer",
        _("Revenue per customer"),
        _("Revenue posted in the twelve months to the date, over the customers who pay on it."),
        unit=Unit.MONEY,
        stage=Stage.EXPANSION,
        member=Q(pays=1) | ~Q(now=0),
        unknown=UNPRICED,
        numerator=F("now"),
        denominator=F("pays"),
        columns=(),
        target=Target(Aim.RISING),
        nothing=_("No customer pays."),
    ),
)
