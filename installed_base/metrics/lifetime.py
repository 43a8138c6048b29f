"""What customers bring over their whole life, beside their first sale (W-03)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    Count,
    DateField,
    ExpressionWrapper,
    F,
    FilteredRelation,
    Func,
    JSONField,
    Max,
    Min,
    Q,
    Subquery,
    Sum,
    TextField,
    Value,
)
from django.db.models.expressions import RawSQL
from django.db.models.functions import Cast, Coalesce, Least
from django.utils.translation import gettext_lazy as _

from core.metrics import NUMBER, Aim, Ask, Column, Family, Metric, Shape, Stage, Target, Unit, Window
from installed_base.metrics.asof import CUSTOMER, accounts_asked, flag, narrows_accounts
from installed_base.metrics.revenue import ZERO, in_window
from installed_base.models import Account, LedgerEntry
from installed_base.models.orders import Stream

# The posted machine rows of the same order as the first one of a customer; without a reference, those of the twelve
# months from it.
_FIRST_SALES = """
SELECT jsonb_object_agg(s.holder, s.amount) FROM (
    SELECT m.holder, SUM(m.amount_reporting) AS amount FROM (
        SELECT COALESCE(a.merged_into_id, a.id) AS holder, l.amount_reporting, l.order_reference, l."on",
               FIRST_VALUE(l.order_reference) OVER w AS first_order, FIRST_VALUE(l."on") OVER w AS first_on
        FROM installed_base_ledgerentry l
        JOIN installed_base_account a ON a.id = l.account_id
        LEFT JOIN installed_base_product p ON p.id = l.product_id
        WHERE l.state = 'posted' AND l.stream = 'machine' AND l."on" <= %s AND l.known_on <= %s
          AND (%s::bigint IS NULL OR p.line_id = %s)
        WINDOW w AS (PARTITION BY COALESCE(a.merged_into_id, a.id) ORDER BY l."on", l.id)
    ) m
    WHERE CASE WHEN m.first_order <> '' THEN m.order_reference = m.first_order
               ELSE m."on" < m.first_on + interval '12 months' END
    GROUP BY m.holder
) s
"""


def lifetimes(ask: Ask) -> Any:
    """One row per customer with all revenue up to the date, the first sale, and the day of the first machine.

    `told` says whether the ledger goes back to that day: only then is its revenue the whole of it.
    """
    line = Q(entry__product__line=ask.filters.product_line) if ask.filters.product_line else Q(entry__isnull=False)
    nowhere = Q(entry__isnull=False, entry__product__line__isnull=True) if ask.filters.product_line else None
    rows = Account.objects.visible_to(ask.actor)
    if narrows_accounts(ask.filters):
        rows = rows.filter(pk__in=accounts_asked(ask))
    rows = rows.annotate(entry=_entries(ask)).values(customer=CUSTOMER)
    rows = rows.annotate(
        lifetime=Coalesce(Sum(in_window(Window(date.min, ask.on)), filter=line), ZERO, output_field=NUMBER),
        unpriced=Count("entry", filter=line & Q(entry__amount_reporting__isnull=True)),
        unattributed=Count("entry", filter=nowhere) if nowhere else Max(Value(0)),
        first_sale=Max(Cast(_of_customer(_first_sales(ask)), NUMBER)),
        first_on=Least(
            Min("entry__on", filter=line & Q(entry__stream=Stream.MACHINE)),
            Max(Cast(_of_customer(RawSQL(_FIRST_MACHINES, [ask.on], JSONField())), DateField())),
        ),
    )
    ledger = LedgerEntry._base_manager.filter(state=LedgerEntry.State.POSTED).order_by("on").values("on")
    return rows.annotate(told=flag(Q(first_on__gte=Subquery(ledger[:1]))))


_FIRST_MACHINES = """
SELECT jsonb_object_agg(s.holder, s.first) FROM (
    SELECT COALESCE(a.merged_into_id, a.id) AS holder, MIN(m.installed_on) AS first
    FROM installed_base_asset m JOIN installed_base_account a ON a.id = m.account_id
    WHERE m.standing = 'ours' AND m.installed_on <= %s GROUP BY 1
) s
"""


def _entries(ask: Ask) -> FilteredRelation:
    """Posted rows dated on or before the date, as far as they were known."""
    known = Q(ledger_entries__known_on__lte=ask.filters.known_at) if ask.filters.known_at else Q()
    posted = Q(ledger_entries__state=LedgerEntry.State.POSTED, ledger_entries__on__lte=ask.on)
    return FilteredRelation("ledger_entries", condition=posted & known)


def _first_sales(ask: Ask) -> RawSQL:
    line = ask.filters.product_line
    return RawSQL(_FIRST_SALES, [ask.on, ask.filters.known_at or date.max, line, line], JSONField())


def _of_customer(found: RawSQL) -> Func:
    """The value of a customer in an object that is read once, however many customers there are."""
    return Func(found, Cast(CUSTOMER, TextField()), template="(%(expressions)s)", arg_joiner=" ->> ")


FAMILY = Family(
    key="lifetimes",
    rows=lifetimes,
    subject="account",
    subject_id="customer",
    columns=(Column("first_on", _("First machine"), "date"), Column("first_sale", _("First sale"), "money")),
    placed_at="customer",
    facts=("account", "asset", "ledger"),
)
# A customer whose first machine the ledger does not reach, or of whom a row has no rate, brought more than we can tell.
UNTOLD = Q(told=False) | Q(first_on__isnull=True) | Q(unpriced__gt=0)
BEGAN = Q(first_on__isnull=False) | ~Q(lifetime=0)
SOLD = BEGAN & Q(first_sale__gt=0)


def _metric(key: str, name: Any, definition: Any, **more: Any) -> Metric:
    defaults: dict[str, Any] = {
        "shape": Shape.RATIO,
        "unit": Unit.RATIO,
        "stage": Stage.EXPANSION,
        "family": FAMILY,
        "unknown": UNTOLD,
        "numerator": F("lifetime"),
        "reads_money": True,
        "nothing": _("Of no customer the ledger goes back to the first machine."),
    }
    return Metric(key=key, name=name, definition=definition, **(defaults | more))


METRICS = (
    _metric(
        "lifetime_value",
        _("Lifetime value"),
        _(
            "All revenue up to the date of the customers whose first machine lies inside the history of the ledger, and"
            " its mean. Of the others nobody knows what they brought before: they are listed as unknown."
        ),
        unit=Unit.MONEY,
        member=BEGAN,
        denominator=Value(1),
    ),
    _metric(
        "ltv_multiple",
        _("Lifetime value over first sale"),
        _(
            "All revenue up to the date, over the first sale: the machines posted with the order of the first one or,"
            " without an order reference, in the twelve months from it. The same customers, sum over sum."
        ),
        unit=Unit.RATE,
        member=SOLD,
        denominator=F("first_sale"),
        target=Target(Aim.AT_LEAST, Decimal(5)),
    ),
    _metric(
        "ltv_after_first_sale",
        _("Revenue after the first sale"),
        _("Of all revenue up to the date, what came after the first sale: the base rather than the deal."),
        member=SOLD,
        numerator=ExpressionWrapper(F("lifetime") - F("first_sale"), NUMBER),
        denominator=F("lifetime"),
        target=Target(Aim.RISING),
    ),
)
