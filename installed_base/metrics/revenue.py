"""Customers by what they paid: retention, the bridge, churn."""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db.models import (
    Case,
    Count,
    DateField,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Func,
    IntegerField,
    JSONField,
    Max,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Greatest, Least

from core.calendar import add_months
from core.metrics import NUMBER, Ask, Window, settled
from installed_base.metrics.asof import CUSTOMER, accounts_asked, ids_in_force, narrows_accounts, one_if, then
from installed_base.models import Account, Coverage, LedgerEntry, Term
from installed_base.models.orders import Stream

ZERO = Value(Decimal(0), output_field=NUMBER)


class AsObject(Subquery):
    """Two columns of a subquery as one JSON object, read once however many rows look into it."""

    template = "(SELECT jsonb_object_agg(s.k, s.v) FROM (%(subquery)s) AS s(k, v))"


def customers(ask: Ask) -> Any:
    """One row per customer with revenue of the two years to the date, by days, and whether they pay.

    A merged account counts as its survivor. `before` is revenue of T12M-1, `now` of T12M, `now_<stream>` its parts;
    `unpriced` counts ledger rows without a rate.
    """
    rows = Account.objects.visible_to(ask.actor)
    if narrows_accounts(ask.filters):
        rows = rows.filter(pk__in=accounts_asked(ask))
    rows = rows.annotate(entry=_entries(ask)).values(customer=CUSTOMER)
    return rows.annotate(**_revenue(ask), **_paying(ask), price=_price_change(ask))


def _entries(ask: Ask) -> FilteredRelation:
    """Posted rows of the two years, dated on or before the date, as far as they were known."""
    begins = add_months(ask.on, -24)
    recent = Q(ledger_entries__period_to__gt=begins) | Q(
        ledger_entries__period_to__isnull=True, ledger_entries__on__gt=begins
    )
    known = Q(ledger_entries__known_on__lte=ask.filters.known_at) if ask.filters.known_at else Q()
    posted = Q(ledger_entries__state=LedgerEntry.State.POSTED, ledger_entries__on__lte=ask.on)
    return FilteredRelation("ledger_entries", condition=posted & recent & known)


def _revenue(ask: Ask) -> dict[str, Any]:
    now, before = in_window(ask.last_year), in_window(ask.year_before_last)
    line = Q(entry__product__line=ask.filters.product_line) if ask.filters.product_line else Q(entry__isnull=False)
    machines = Q(entry__stream__in=[Stream.MACHINE, Stream.REPLACEMENT])
    streams = {f"now_{s}": _sum(now, line & Q(entry__stream=s)) for s in Stream.values}
    nowhere = Q(entry__isnull=False, entry__product__line__isnull=True) if ask.filters.product_line else None
    return {
        "now": _sum(now, line),
        "before": _sum(before, line),
        "installed_now": _sum(now, line & ~machines),
        "installed_before": _sum(before, line & ~machines),
        "unpriced": Count("entry", filter=line & Q(entry__amount_reporting__isnull=True)),
        "unattributed": Count("entry", filter=nowhere) if nowhere else Max(Value(0)),
    } | streams


def _sum(amount: Any, which: Q) -> Coalesce:
    return Coalesce(Sum(amount, filter=which), ZERO, output_field=NUMBER)


def in_window(window: Window) -> Case:
    """What a ledger row of the relation `entry` brings to a window, in the reporting currency."""
    return share_of("amount_reporting", window, "entry__")


def share_of(amount: str, window: Window, path: str = "") -> Case:
    """What an amount of a ledger row brings to a window: by days where it has a period, else all on its date."""
    begins, ends, on = f"{path}period_from", f"{path}period_to", f"{path}on"
    first, last = Greatest(begins, Value(window.first, DateField())), Least(ends, Value(window.last, DateField()))
    inside = Greatest(_days(first, last), Value(0))
    by_days = ExpressionWrapper(F(f"{path}{amount}") * inside / _days(begins, ends), NUMBER)
    return Case(
        When(Q(**{f"{ends}__isnull": False}), then=by_days),
        When(Q(**{f"{on}__gte": window.first, f"{on}__lte": window.last}), then=F(f"{path}{amount}")),
        default=ZERO,
        output_field=NUMBER,
    )


def _days(first: Any, last: Any) -> Func:
    """Days from one to the other, both included."""
    return Func(last, first, template="(%(expressions)s + 1)", arg_joiner=" - ", output_field=IntegerField())


def _paying(ask: Ask) -> dict[str, Any]:
    contracted_now, contracted_before = (
        Max(one_if(Q(pk__in=ids_in_force(day, "contract__account_id")))) for day in (ask.on, ask.year_before)
    )
    return {"contracted": contracted_now, "contracted_before": contracted_before, "ever_paid": _ever_paid(ask)}


def _ever_paid(ask: Ask) -> Any:
    """1 where a contract began, or something was paid, before the two years, or the year, to the date."""
    return Max(one_if(Q(pk__in=_began(ask.year_before)) | Q(pk__in=_paid(add_months(ask.on, -24)))))


@lru_cache(maxsize=256)
def _began(by: date) -> RawSQL:
    signed = Q(signed_on__lte=by) | (Q(signed_on__isnull=True) & ~Q(source=""))
    return settled(Term._base_manager.filter(signed, starts_on__lte=by).values("contract__account_id"))


@lru_cache(maxsize=256)
def _paid(by: date) -> RawSQL:
    paid = LedgerEntry._base_manager.filter(state=LedgerEntry.State.POSTED, amount_reporting__gt=0, on__lte=by)
    return settled(paid.values("account_id"))


def _price_change(ask: Ask) -> Any:
    """Change of annual value on like lines of coverage: the same machine at the same level, then and now.

    Summed per customer; zero where there are none. A machine with several such lines a year before counts its first.
    """
    of_all = _price_changes(ask.on, ask.year_before)
    looked_up = Func(of_all, Cast(CUSTOMER, TextField()), template="(%(expressions)s)", arg_joiner=" ->> ")
    return Coalesce(Max(Cast(looked_up, NUMBER)), ZERO, output_field=NUMBER)


@lru_cache(maxsize=256)
def _price_changes(on: date, year_before: date) -> RawSQL:
    """By customer, as one JSON object, read once however many rows look into it."""
    earlier = _lines(year_before).filter(asset=OuterRef("asset"), same_level=OuterRef("same_level"))
    like = (
        _lines(on)
        .annotate(was=Subquery(earlier.order_by("pk").values("held__annual_value_reporting")[:1]))
        .values(holder=Coalesce("term__contract__account__merged_into_id", "term__contract__account_id"))
        .annotate(change=Sum(F("held__annual_value_reporting") - F("was")))
        .filter(change__isnull=False)
        .values("holder", "change")
    )
    found = settled(like)
    return RawSQL(f"SELECT jsonb_object_agg(s.k, s.v) FROM ({found.sql}) AS s(k, v)", found.params, JSONField())


def _lines(on: date) -> Any:
    """Lines of coverage on the date, of terms in force, with `held` for that day's value."""
    return (
        Coverage._base_manager.alias(held=then(on))
        .filter(
            Q(held__ends_on__isnull=True) | Q(held__ends_on__gte=on),
            held__starts_on__lte=on,
            term__in=ids_in_force(on),
        )
        .annotate(same_level=Coalesce("term__level_id", Value(0)))
    )
