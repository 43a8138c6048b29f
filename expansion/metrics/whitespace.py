"""Whitespace: how many columns customers buy, how much of the matrix is filled, and whether the rest is worked on."""

from typing import Any

from django.db.models import Case, F, Func, IntegerField, JSONField, Max, Q, TextField, Value, When
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce
from django.utils.translation import gettext_lazy as _

from core.metrics import Aim, Ask, Column, Family, Metric, Shape, Stage, Target, Unit
from core.scope import System
from expansion.queries.whitespace.bought import bought, columns, statement
from expansion.rules.whitespace import WhitespacePolicy
from installed_base.metrics.asof import CUSTOMER, FACTS, known_by, one_if, stood
from installed_base.metrics.revenue import customers
from installed_base.models import Asset, AssetPeriod
from sales.models import DealKind, Opportunity

# Of every customer how many columns are bought, and how many of the others do not apply. What is bought and was said
# not to apply is bought: 'bought' stands before 'none'.
_COUNTED = """(
SELECT jsonb_object_agg(t.holder, t.counts) FROM (
    SELECT k.holder, jsonb_build_object('bought', count(*) FILTER (WHERE k.kind = 'bought'),
                                        'none', count(*) FILTER (WHERE k.kind = 'none')) AS counts
    FROM (
        SELECT DISTINCT ON (u.holder, u.col) u.holder, u.col, u.kind FROM (
            SELECT b.holder, b.col, 'bought' AS kind FROM ({bought}) AS b(holder, col, n, amount)
            UNION ALL
            SELECT COALESCE(a.merged_into_id, a.id), w."column", 'none'
            FROM expansion_cellanswer w JOIN installed_base_account a ON a.id = w.account_id
            WHERE w.state = 'not_applicable' AND w.known_on <= %s AND (w.ended_on IS NULL OR w.ended_on > %s)
        ) u WHERE u.col = ANY(%s::text[]) ORDER BY u.holder, u.col, u.kind
    ) k GROUP BY k.holder
) t)"""


def matrix(ask: Ask) -> Any:
    """One row per customer: `bought` columns, those that `apply`, and whether cross-sell was identified in the year."""
    policy = ask.policy(WhitespacePolicy)
    shown = [column.key for column in columns(policy, line=ask.filters.product_line)]
    sql, params = statement(bought(ask.on, policy, filters=ask.filters))
    counted = RawSQL(_COUNTED.format(bought=sql), (*params, ask.on, ask.on, shown), JSONField())
    rows = customers(ask).annotate(
        machine=Max(one_if(_has_machine(ask))),
        crossed=Max(one_if(Q(pk__in=_crossed(ask)))),
        bought=_counts(counted, "bought"),
        none=_counts(counted, "none"),
        apply=Value(len(shown), IntegerField()) - _counts(counted, "none"),
    )
    return rows.annotate(room=Case(When(apply__gt=_counts(counted, "bought"), then=Value(1)), default=Value(0)))


def _counts(counted: RawSQL, which: str) -> Any:
    path = (counted, Cast(CUSTOMER, TextField()), Value(which))
    looked_up = Func(*path, template="(%(expressions)s)", arg_joiner=" -> ", output_field=TextField())
    return Coalesce(Max(Cast(looked_up, IntegerField())), 0)


def _has_machine(ask: Ask) -> Q:
    here = Asset.objects.visible_to(System("metrics")).in_service(ask.on)
    return Q(pk__in=AssetPeriod.objects.filter(stood(ask.on), asset__in=here.values("pk")).values("account_id"))


def _crossed(ask: Ask) -> Any:
    window = ask.last_year
    deals = Opportunity._base_manager.filter(
        known_by(ask.filters), kind=DealKind.CROSS_SELL, identified_on__gte=window.first, identified_on__lte=window.last
    )
    return deals.filter(account__isnull=False).values("account_id")


IN_BASE = Q(machine=1) | Q(contracted=1) | Q(now__gt=0)
FAMILY = Family(
    key="whitespace",
    rows=matrix,
    subject="account",
    subject_id="customer",
    policies=(WhitespacePolicy,),
    columns=(Column("bought", _("Bought columns"), "count"), Column("apply", _("Columns that apply"), "count")),
    placed_at="customer",
    facts=(*FACTS, "cell_answer", "opportunity", "product"),
)

METRICS = (
    Metric(
        key="products_per_customer",
        name=_("Products per customer"),
        definition=_(
            "Bought columns of the whitespace matrix, mean over the customers in the base. A column of machines is"
            " bought with a machine in service, the service contract with a contract in force, a stream with revenue in"
            " the last 24 months (or what the policy says) or included in a contract in force."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATE,
        stage=Stage.EXPANSION,
        family=FAMILY,
        member=IN_BASE,
        numerator=F("bought"),
        denominator=Value(1),
        target=Target(Aim.RISING),
        nothing=_("No customer was in the base."),
    ),
    Metric(
        key="whitespace_filled",
        name=_("Whitespace filled"),
        definition=_(
            "Bought cells of the whitespace matrix over those that are not marked as not applicable, of the customers"
            " in the base."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.EXPANSION,
        family=FAMILY,
        member=IN_BASE,
        numerator=F("bought"),
        denominator=F("apply"),
        target=Target(Aim.RISING),
        nothing=_("No cell applies to a customer in the base."),
    ),
    Metric(
        key="cross_sell_identification",
        name=_("Cross-sell identified"),
        definition=_(
            "Customers in the base for which a cross-sell opportunity was identified in the twelve months to the date,"
            " over the customers in the base with an empty cell that applies."
        ),
        shape=Shape.RATIO,
        unit=Unit.RATIO,
        stage=Stage.EXPANSION,
        family=FAMILY,
        member=IN_BASE & (Q(room=1) | Q(crossed=1)),
        numerator=F("crossed"),
        denominator=F("room"),
        target=Target(Aim.RISING),
        window_months=12,
        nothing=_("No customer in the base has an empty cell."),
        columns=(Column("crossed", _("Identified"), "yes"), Column("room", _("Has an empty cell"), "yes")),
    ),
)
