"""The machines in the field: how many, how old, how many under contract."""

from decimal import Decimal
from typing import Any

from django.db.models import Case, DateField, DurationField, Exists, Func, OuterRef, Q, Subquery, Sum, Value, When
from django.utils.translation import gettext_lazy as _

from core.calendar import latest_anchor
from core.metrics import Aim, Ask, Column, Family, Metric, Part, Shape, Stage, Target, Unit
from installed_base.metrics.asof import (
    FACTS,
    account_then,
    accounts_asked,
    assets_at,
    flag,
    ids_covered,
    known_by,
    narrows_accounts,
    one_if,
    then,
    unplaced,
)
from installed_base.models import Asset, Coverage, LedgerEntry
from installed_base.models.assets import Precision
from installed_base.rules import AgePolicy, CustomerPolicy

UNKNOWN_AGE = Q(cohort="unknown")


def machines(ask: Ask) -> Any:
    """Assets in service on the date, with their age and coverage of that day."""
    return machines_asked(ask).annotate(
        cohort=_cohort(ask),
        installed=Case(When(installed_on__lte=ask.on, then="installed_on")),
        ends_life_on=end_of_life(ask.policy(AgePolicy)),
        year_only=flag(Q(installed_precision=Precision.YEAR)),
        covered=flag(Q(pk__in=ids_covered(ask.on))),
        in_warranty=flag(Q(warranty_ends_on__gte=ask.on)),
        ever_covered=Exists(Coverage._base_manager.filter(asset=OuterRef("pk"), starts_on__lte=ask.on)),
        at_top=flag(Q(account__in=_top_customers(ask))),
        account_name=Subquery(account_then(ask.on)),
        past_life=flag(Q(ends_life_on__lte=ask.on)),
    )


def machines_asked(ask: Ask, *, coming: bool = False) -> Any:
    """Assets in service on the date, of what was asked; with `coming` those on order too."""
    seen = Asset.objects.visible_to(ask.actor)
    rows = (seen.expected(ask.on) if coming else seen.in_service(ask.on)).filter(known_by(ask.filters), _asked(ask))
    return rows.alias(held=then(ask.on)).annotate(unattributed=unplaced(ask, "product__line"))


def _asked(ask: Ask) -> Q:
    narrowed = Q()
    if narrows_accounts(ask.filters):
        narrowed &= assets_at(ask, accounts_asked(ask))
    if ask.filters.product_line:
        narrowed &= Q(product__line=ask.filters.product_line) | Q(product__line__isnull=True)
    return narrowed


def _cohort(ask: Ask) -> Case:
    young, middle = (latest_anchor(ask.on, 12 * years) for years in ask.policy(AgePolicy).cohort_edges_years[:2])
    return Case(
        When(Q(installed_on__isnull=True) | Q(installed_on__gt=ask.on), then=Value("unknown")),
        When(installed_on__lte=middle, then=Value("oldest")),
        When(installed_on__lte=young, then=Value("middle")),
        default=Value("young"),
    )


def end_of_life(policy: AgePolicy) -> Func:
    """The last day of the expected life of a machine: of its family, else of the policy (CT-01)."""
    life = Case(
        When(product__family__expected_life_years__isnull=False, then="product__family__expected_life_years"),
        default=Value(policy.expected_life_years),
    )
    whole_months = Func(
        life, template="make_interval(months => TRUNC((%(expressions)s) * 12)::int)", output_field=DurationField()
    )
    return Func(
        "installed_on", whole_months, template="(%(expressions)s)::date", arg_joiner=" + ", output_field=DateField()
    )


def _top_customers(ask: Ask) -> Any:
    """The accounts with the most revenue posted in the twelve months to the date."""
    rows = LedgerEntry._base_manager.filter(
        state=LedgerEntry.State.POSTED, on__gt=ask.year_before, on__lte=ask.on
    ).values("account_id")
    most = rows.annotate(total=Sum("amount_reporting")).filter(total__gt=0).order_by("-total", "account_id")
    return most.values("account_id")[: ask.policy(CustomerPolicy).top]


FAMILY = Family(
    key="machines",
    rows=machines,
    subject="asset",
    columns=(
        Column("account_name", _("Account")),
        Column("installed", _("Installed"), "date"),
        Column("year_only", _("Year only"), "yes"),
    ),
    policies=(AgePolicy, CustomerPolicy),
    left_out=Q(unattributed=1),
    placed_at="held__account_id",
    seen_at="account_id",
    facts=FACTS,
)
YEAR_ONLY = (Part("year_only", _("Of which only the year is known"), Q(year_only=True)),)


def _count(key: str, name: Any, definition: Any, member: Q, **more: Any) -> Metric:
    defaults: dict[str, Any] = {"stage": Stage.BASE, "shape": Shape.COUNT, "unit": Unit.COUNT}
    return Metric(key=key, name=name, definition=definition, family=FAMILY, member=member, **(defaults | more))


def _aged(key: str, name: Any, definition: Any, cohort: Q) -> Metric:
    return _count(key, name, definition, cohort | UNKNOWN_AGE, unknown=UNKNOWN_AGE, parts=YEAR_ONLY)


METRICS = (
    _count(
        "assets_in_service",
        _("Machines in the field"),
        _(
            "Our own machines present on the date: first evidence of them on or before it, and not taken out, scrapped"
            " or sold out of the known base by then. Competitors' machines, spares and modules that are not counted by"
            " themselves are left out."
        ),
        Q(),
    ),
    _aged(
        "assets_age_0_5",
        _("Younger than 5 years"),
        _("Machines in service by full years since installation, counted by anniversaries: less than 5."),
        Q(cohort="young"),
    ),
    _aged(
        "assets_age_5_10",
        _("5 to 10 years"),
        _("Machines in service by full years since installation, counted by anniversaries: 5 and more, less than 10."),
        Q(cohort="middle"),
    ),
    _aged(
        "assets_age_10_plus",
        _("10 years and older"),
        _("Machines in service by full years since installation, counted by anniversaries: 10 and more."),
        Q(cohort="oldest"),
    ),
    _count(
        "assets_age_unknown",
        _("Age unknown"),
        _("Machines in service without an installation date on or before the date."),
        UNKNOWN_AGE,
    ),
    _count(
        "assets_end_of_life",
        _("Machines at end of life"),
        _(
            "Machines in service whose age has reached the expected life of their product family, or the policy's where"
            " the family has none."
        ),
        Q(past_life=True) | UNKNOWN_AGE,
        unknown=UNKNOWN_AGE,
        parts=YEAR_ONLY,
    ),
    _count(
        "attach_rate",
        _("Attach rate"),
        _(
            "Machines in service that are covered on the date by a line of a contract term in force, over all machines"
            " in service. Warranty is not coverage."
        ),
        Q(),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.RENEWAL,
        numerator=one_if(Q(covered=True)),
        denominator=Value(1),
        target=Target(Aim.ABOVE, Decimal("0.70")),
        nothing=_("No machines were in service."),
    ),
    _count(
        "contracted_assets",
        _("Contracted machines"),
        _("Machines in service that are covered on the date by a line of a contract term in force."),
        Q(covered=True),
        stage=Stage.RENEWAL,
        target=Target(Aim.RISING),
    ),
    _count(
        "assets_uncovered",
        _("Machines without contract"),
        _("Machines in service that no line of a contract term in force covers on the date."),
        Q(covered=False),
        stage=Stage.RENEWAL,
        target=Target(Aim.FALLING),
        parts=(
            Part("in_warranty", _("In warranty"), Q(in_warranty=True)),
            Part("never_covered", _("Never covered"), Q(ever_covered=False)),
            Part("ended", _("Coverage ended"), Q(ever_covered=True)),
            Part("top_customers", _("At the customers with the most revenue"), Q(at_top=True)),
        ),
    ),
)
