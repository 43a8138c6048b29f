"""Parts orders with their lines, and the ledger of revenue."""

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Entity, Field, Money, Values
from core.importing.plan import Plan
from core.importing.writing import written
from installed_base.models import Asset, LedgerEntry, PartsOrder, PartsOrderLine
from installed_base.models.assets import ON_ORDER
from installed_base.models.orders import Stream


def _order_key(keys: dict[str, str], values: Values) -> str:
    return values.get("number") or ""


ORDER = Entity(
    word="order",
    plural="orders",
    model=PartsOrder,
    fields=(
        Field("account", "ref", required=True, to="account"),
        Field("number"),
        Field("ordered_on", "date", required=True),
        Field("amount", "money", negative=True),
        Field("currency"),
        Field("attributes", "json"),
    ),
    money=(Money("amount", "amount_reporting", "{ordered_on}", ("ordered_on",)),),
    touches="order",
    account="t.account_id",
    since="t.ordered_on",
    default_key=_order_key,
)


def _line_key(keys: dict[str, str], values: Values) -> str:
    return keys.get("order", "")


def _complete_line(values: Values, row: dict[str, Values]) -> None:
    """A line is in the currency of its order, and dated by it."""
    order = row.get("order", {})
    values["ordered_on"] = order.get("ordered_on")
    values["currency"] = values.get("currency") or order.get("currency")


def _follow_lines(plan: Plan, ready: str) -> None:
    """An order is worth its lines, unless the file states its amount; a machine was there when parts came for it."""
    lines, orders = PartsOrderLine._meta.db_table, PartsOrder._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{orders}" o SET amount = x.amount, amount_reporting = x.reporting FROM'
            f" (SELECT l.order_id, sum(l.amount) AS amount, CASE WHEN count(l.amount) = count(l.amount_reporting)"
            f' THEN sum(l.amount_reporting) END AS reporting FROM "{lines}" l WHERE l.order_id IN'
            f' (SELECT s.order_id FROM "{ready}" s WHERE s._ok) GROUP BY 1) x'
            " WHERE o.id = x.order_id AND (o.amount, o.amount_reporting) IS DISTINCT FROM (x.amount, x.reporting)"
        )
    _first_evidence(plan)


def _first_evidence(plan: Plan) -> None:
    if "asset" in plan.mapped:
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{Asset._meta.db_table}" a SET first_evidence_on = x.first FROM'
                f' (SELECT l.asset_id, min(o.ordered_on) AS first FROM "{PartsOrderLine._meta.db_table}" l'
                f' JOIN "{PartsOrder._meta.db_table}" o ON o.id = l.order_id'
                f" WHERE l.asset_id IS NOT NULL AND l.id IN ({written('line')}) GROUP BY 1) x"
                " WHERE a.id = x.asset_id AND a.installed_on IS NULL AND a.delivered_on IS NULL"
                " AND (a.first_evidence_on IS NULL OR a.first_evidence_on > x.first)"
                f" AND a.first_evidence_on IS DISTINCT FROM DATE '{ON_ORDER}'"
            )


LINE = Entity(
    word="line",
    plural="order_lines",
    model=PartsOrderLine,
    fields=(
        Field("order", "ref", required=True, to="order"),
        Field("asset", "ref", to="asset"),
        Field("product", "ref", to="product"),
        Field("description"),
        Field("quantity", "number", negative=True),
        Field("amount", "money", negative=True),
        Field("cost", "money", stored=False, negative=True),
        Field("currency", stored=False),
        Field("ordered_on", "date", stored=False),
        Field("attributes", "json"),
    ),
    money=(
        Money("amount", "amount_reporting", "s.ordered_on", ()),
        Money("cost", "cost_reporting", "s.ordered_on", ()),
    ),
    default_key=_line_key,
    numbered=True,
    finish=_complete_line,
    fills={"order": ("ordered_on", "currency")},
    after=_follow_lines,
)


def _complete_entry(values: Values, row: dict[str, Values]) -> None:
    """Beside an order, a ledger row takes account, date, reference and product from it where it says none."""
    order, line = row.get("order", {}), row.get("line", {})
    if order:
        values["account"] = values.get("account") or order.get("account")
        values["on"] = values.get("on") or order.get("ordered_on")
        values["order_reference"] = values.get("order_reference") or order.get("number")
        values["currency"] = values.get("currency") or order.get("currency")
        values["product"] = values.get("product") or line.get("product")
    values["on"] = values.get("on") or values.get("period_to")


def _entry_key(keys: dict[str, str], values: Values) -> str:
    return keys.get("line") or keys.get("order") or ""


def _replace_plan(plan: Plan, ready: str) -> None:
    """A posted row with the key of a planned one replaces it (architecture.md, decision 7)."""
    if "plan_key" in plan.mapped:
        table = LedgerEntry._meta.db_table
        with connection.cursor() as cursor:
            cursor.execute(
                f'DELETE FROM "{table}" p USING "{table}" e WHERE e.id IN ({written("ledger")})'
                " AND e.state = 'posted' AND p.state = 'planned' AND e.plan_key <> ''"
                " AND p.plan_key = e.plan_key AND p.account_id = e.account_id"
            )


LEDGER = Entity(
    word="ledger",
    plural="ledger",
    model=LedgerEntry,
    fields=(
        Field("account", "ref", required=True, to="account"),
        Field("state", choices=tuple(LedgerEntry.State.values)),
        Field("stream", choices=tuple(Stream.values)),
        Field("on", "date", required=True),
        Field("period_from", "date"),
        Field("period_to", "date"),
        Field("amount", "money", required=True, negative=True),
        Field("cost", "money", stored=False, negative=True),
        Field("currency"),
        Field("product", "ref", to="product"),
        Field("asset", "ref", to="asset"),
        Field("term", "ref", to="term"),
        Field("order_reference"),
        Field("plan_key"),
        Field("due_on", "date"),
        Field("paid_on", "date"),
        Field("note"),
    ),
    money=(
        Money("amount", "amount_reporting", "{on}", ("on",)),
        Money("cost", "cost_reporting", "{on}", ("on",)),
    ),
    checks=(
        Check(
            "period_to",
            "s.period_to < s.period_from",
            _("lies before the start of the period"),
            needs=("period_to", "period_from"),
        ),
        Check(
            "period_to",
            "(s.period_to IS NULL) <> (s.period_from IS NULL)",
            _("is half a period: both days or none"),
            needs=("period_to", "period_from"),
        ),
    ),
    touches="ledger",
    account="t.account_id",
    since='t."on"',
    default_key=_entry_key,
    finish=_complete_entry,
    fills={"order": ("account", "on", "order_reference", "currency", "product"), "period_to": ("on",)},
    after=_replace_plan,
)
