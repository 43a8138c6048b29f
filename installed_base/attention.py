"""Attention as lists and pages read it: the columns a machine is weighed by, the filter, and the words for it."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    DateField,
    DecimalField,
    F,
    Func,
    IntegerField,
    Q,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.utils.translation import gettext as _

from core.calendar import add_months
from core.policies import versions_on
from installed_base.metrics.asof import covered_assets
from installed_base.metrics.machines import end_of_life
from installed_base.rules import AgePolicy
from installed_base.rules.attention import ENTERPRISE, MID_MARKET, Attention, AttentionPolicy, Weighed, Weight, weigh

Policies = tuple[AgePolicy, AttentionPolicy]
# What the machine cost, else the list price of its product at the last rate known on the day.
_WORTH = """
COALESCE("installed_base_asset"."price_reporting", (
    SELECT ROUND(p.list_price * CASE WHEN p.currency IN ('', home.currency) THEN 1 ELSE (
        SELECT r.rate FROM core_exchangerate r WHERE r.currency = p.currency AND r."on" <= %s
        ORDER BY r."on" DESC LIMIT 1) END, 2)
    FROM installed_base_product p,
         (SELECT COALESCE((SELECT reporting_currency FROM core_organisation), 'EUR') AS currency) home
    WHERE p.id = "installed_base_asset"."product_id"))
"""
_STRATEGIC = """
EXISTS (SELECT 1 FROM installed_base_strategicmark s WHERE s.account_id = "installed_base_asset"."account_id"
        AND s.since <= %s AND (s.until IS NULL OR s.until > %s))
"""
_SEGMENT = """
COALESCE((SELECT q.segment FROM installed_base_accountperiod q
          WHERE q.account_id = "installed_base_asset"."account_id" AND q.valid_from <= %s
          AND (q.valid_to IS NULL OR q.valid_to > %s) LIMIT 1), '')
"""


def worth_on(on: date) -> RawSQL:
    """What a machine is worth: its price, else the list price of its product. Of rows read from the machines' table."""
    return RawSQL(_WORTH, [on], DecimalField(max_digits=16, decimal_places=2, null=True))


def weighed_by(on: date) -> dict[str, RawSQL]:
    """Columns for machines that will be weighed: worth, the strategic mark and the segment of the account that day.

    Written in SQL, and looked up for the rows that are shown alone: they stand in the longest lists of the house.
    """
    return {
        "worth": worth_on(on),
        "strategic": RawSQL(_STRATEGIC, [on, on], BooleanField()),
        "segment_then": RawSQL(_SEGMENT, [on, on], CharField()),
    }


def near_end(ends_on: date | None, on: date, policy: AgePolicy) -> bool:
    """Whether the talk about replacement is due: so many months before the end of the expected life."""
    return ends_on is not None and add_months(ends_on, -policy.conversation_months_before_end) <= on


def weigh_row(row: Any, *, covered: bool, ends_on: date | None, on: date, policies: Policies) -> Weighed:
    """A machine that was read with `weighed_by`."""
    age, attention = policies
    return weigh(
        value=row.worth,
        strategic=row.strategic,
        segment=row.segment_then,
        covered=covered,
        near_end=near_end(ends_on, on, age),
        policy=attention,
    )


def policies_on(on: date) -> Policies:
    """What counted that day of ages and of attention. One query."""
    versions = versions_on([AgePolicy, AttentionPolicy], [on])[on]
    return versions[AgePolicy].values, versions[AttentionPolicy].values


def of_attention(rows: Any, wanted: str, on: date) -> Any:
    """Narrow machines to those of one class: the rule's points, added up by the database (IB-06)."""
    age, policy = policies_on(on)
    months = f"{int(age.conversation_months_before_end)} months"
    talk = Func(F("own_life_ends"), template=f"(%(expressions)s - interval '{months}')::date", output_field=DateField())
    counted = (
        rows.alias(
            **{f"own_{name}": column for name, column in weighed_by(on).items()},
            own_life_ends=end_of_life(age),
            known_by_then=Q(installed_on__lte=on),
        )
        .alias(talk_on=Case(When(known_by_then=True, then=talk)))
        .alias(attention_points=_points(policy, on))
    )
    proactive = Q(attention_points__gte=policy.proactive_from)
    return counted.filter(proactive if wanted == Attention.PROACTIVE else ~proactive)


def _points(policy: AttentionPolicy, on: date) -> Any:
    def points(weight: Weight) -> Value:
        return Value(policy.points(weight))

    nothing, number = Value(0), IntegerField()
    value = Case(
        When(own_worth__lt=policy.some_value, then=nothing),
        When(own_worth__gte=policy.high_value, then=points(Weight.HIGH_VALUE)),
        When(own_worth__gte=policy.some_value, then=points(Weight.SOME_VALUE)),
        default=nothing,
        output_field=number,
    )
    customer = Case(
        When(own_strategic=True, then=points(Weight.STRATEGIC)),
        When(own_segment_then=ENTERPRISE, then=points(Weight.ENTERPRISE)),
        When(own_segment_then=MID_MARKET, then=points(Weight.MID_MARKET)),
        default=nothing,
        output_field=number,
    )
    contract = Case(When(pk__in=covered_assets(on), then=points(Weight.CONTRACT)), default=nothing, output_field=number)
    old = Case(When(talk_on__lte=on, then=points(Weight.AGE)), default=nothing, output_field=number)
    return value + customer + contract + old


def attention_word(attention: Attention) -> str:
    return _("proactive") if attention is Attention.PROACTIVE else _("reactive")


def attention_words() -> Mapping[Weight, str]:
    """What speaks for attention, in the reader's language. Without amounts: who sees no prices may read them."""
    return {
        Weight.HIGH_VALUE: _("high value"),
        Weight.STRATEGIC: _("strategic customer"),
        Weight.ENTERPRISE: _("enterprise customer"),
        Weight.SOME_VALUE: _("of some value"),
        Weight.MID_MARKET: _("mid-market customer"),
        Weight.CONTRACT: _("under contract"),
        Weight.AGE: _("near the end of its life"),
    }


def why(weighed: Weighed, words: Mapping[Weight, str] | None = None) -> str:
    """The reason in words: what speaks for attention, or that nothing does."""
    if not weighed.weights:
        return _("value unknown") if weighed.value is None else _("nothing asks for more")
    known = words or attention_words()
    return ", ".join(known[weight] for weight in weighed.weights)
