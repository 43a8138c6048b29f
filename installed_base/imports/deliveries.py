"""Machines on order and the steps of their delivery, as the ERP tells them (CV-03, CV-06)."""

from collections.abc import Sequence
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.actions import touch
from core.importing.entities import Check, Entity, Field, Values
from core.importing.plan import Plan, literal
from core.importing.writing import literal_day, written
from core.policies import policy_on
from installed_base.actions.delivery_plans import first_steps
from installed_base.actions.ordering import take_out_replaced
from installed_base.models import Asset, AssetEvent, DeliveryStep, DeliveryStepKind, MachineOrder, Replanning
from installed_base.models.assets import ON_ORDER
from installed_base.rules.delivery import COMMISSIONING, INSTALLATION, PRODUCTION, SHIPPING, STEPS, DeliveryPolicy

_ASSETS, _ORDERS = Asset._meta.db_table, MachineOrder._meta.db_table
_STEPS = DeliveryStep._meta.db_table


def _order_key(keys: dict[str, str], values: Values) -> str:
    return values.get("number") or values.get("asset") or ""


def _plan_new(plan: Plan, ready: str) -> None:
    """An order that is new has the steps that its product line takes, and its machine is on order until it stands."""
    new = f'SELECT s._id FROM "{ready}" s WHERE s._ok AND s._known IS NULL'
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{_ASSETS}" a SET first_evidence_on = DATE \'{ON_ORDER}\' FROM "{_ORDERS}" m'
            f" WHERE m.asset_id = a.id AND a.installed_on IS NULL AND m.id IN ({new}) RETURNING a.id"
        )
        cursor.execute(new)
        ids = [pk for (pk,) in cursor.fetchall()]
    policy = policy_on(DeliveryPolicy, plan.context.on).values
    orders = MachineOrder._base_manager.filter(pk__in=ids).select_related("asset__product__line").order_by("pk")
    DeliveryStep._base_manager.bulk_create(
        (step for order in orders for step in first_steps(order, policy, plan.context.on)), ignore_conflicts=True
    )
    _touch(MachineOrder._base_manager.filter(pk__in=ids).values_list("asset_id", "asset__account_id"), plan)


MACHINE_ORDER = Entity(
    word="machine_order",
    plural="machine_orders",
    model=MachineOrder,
    fields=(
        Field("asset", "ref", to="asset"),
        Field("number"),
        Field("owner", "named", to="owner", if_empty="Unassigned"),
    ),
    natural=("asset_id",),
    checks=(
        Check(
            "asset",
            "s._known IS NULL AND s.asset_id IS NULL",
            _("names no machine: an order that is new here says which machine it is for"),
        ),
        Check(
            "asset",
            f's._known IS NULL AND EXISTS (SELECT 1 FROM "{_ORDERS}" m WHERE m.asset_id = s.asset_id)',
            _("is on order already, under another number"),
        ),
    ),
    default_key=_order_key,
    after=_plan_new,
)


def _of_asset(column: str) -> str:
    return f'(SELECT a.{column} FROM "{_ASSETS}" a JOIN "{_ORDERS}" m ON m.asset_id = a.id WHERE m.id = s.order_id)'


_RANK = "array_position(ARRAY['{}'], {}.step::text)".format("', '".join(STEPS), "{0}")
_BEFORE = (
    f'EXISTS (SELECT 1 FROM "ready_delivery" o WHERE o.order_id = s.order_id AND o.done_on > s.done_on'
    f" AND {_RANK.format('o')} < {_RANK.format('s')})"
)
_BUILT = f'(SELECT m.built_on FROM "{_ORDERS}" m WHERE m.id = s.order_id)'
# What stands in the base of the steps before this one.
_KNOWN_BEFORE = (
    f"s.done_on < GREATEST(CASE WHEN {_RANK.format('s')} > 1 THEN {_BUILT} END,"
    f" CASE WHEN {_RANK.format('s')} > 2 THEN {_of_asset('delivered_on')} END,"
    f" CASE WHEN {_RANK.format('s')} > 3 THEN {_of_asset('installed_on')} END)"
)


def _delivery_key(keys: dict[str, str], values: Values) -> str:
    order, step = values.get("machine_order") or keys.get("machine_order"), values.get("step")
    return f"{order}/{step}" if order and step else ""


def _complete(values: Values, row: dict[str, Values]) -> None:
    values.setdefault("planned_on", None)
    values.setdefault("done_on", None)


def _keep_plan(plan: Plan, ready: str) -> None:
    """A row that tells no planned day leaves it as it stands; a step that was never planned is planned for the day on
    which it was done. What moves is remembered, to be kept as a replanning once it is written."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{ready}" s SET planned_on = COALESCE(s.planned_on,'
            f' (SELECT t.planned_on FROM "{_STEPS}" t WHERE t.id = s._known), s.done_on)'
        )
        cursor.execute(
            'CREATE TEMP TABLE "changed_plan_delivery" ON COMMIT DROP AS SELECT t.id, t.planned_on AS was FROM'
            f' "{ready}" s JOIN "{_STEPS}" t ON t.id = s._known WHERE s._ok AND t.planned_on <> s.planned_on'
        )


def _write_days(plan: Plan, ready: str) -> None:
    """The days on which steps were done go where the house keeps them."""
    on = plan.context.on
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{Replanning._meta.db_table}" (step_id, was, now, "on", reason)'
            f" SELECT t.id, v.was, t.planned_on, {literal_day(on)}, {literal(plan.source)}"
            f' FROM "changed_plan_delivery" v JOIN "{_STEPS}" t ON t.id = v.id'
            f" WHERE t.id IN ({written('delivery')})"
        )
        cursor.execute(
            f'UPDATE "{_ORDERS}" m SET built_on = s.done_on FROM "{ready}" s WHERE {_done(PRODUCTION)}'
            " AND s.order_id = m.id AND m.built_on IS DISTINCT FROM s.done_on RETURNING m.asset_id"
        )
        found = _ids(cursor)
        for step, column in (
            (SHIPPING, "delivered_on"),
            (INSTALLATION, "installed_on"),
            (COMMISSIONING, "went_live_on"),
        ):
            evidence = ", first_evidence_on = s.done_on" if step == INSTALLATION else ""
            cursor.execute(
                f'UPDATE "{_ASSETS}" a SET {column} = s.done_on{evidence} FROM "{ready}" s, "{_ORDERS}" m'
                f" WHERE {_done(step)} AND m.id = s.order_id AND a.id = m.asset_id"
                f" AND a.{column} IS DISTINCT FROM s.done_on RETURNING a.id"
            )
            changed = _ids(cursor)
            found += changed
            if step in _EVENTS:
                _tell(_EVENTS[step], column, changed, plan)
            if step == INSTALLATION:
                take_out_replaced(successors=changed, by=None, on=on)
    _touch(Asset._base_manager.filter(pk__in=found).values_list("pk", "account_id"), plan)


_EVENTS = {INSTALLATION: AssetEvent.Kind.INSTALLED, COMMISSIONING: AssetEvent.Kind.WENT_LIVE}


def _done(step: str) -> str:
    return f"s._ok AND s.step = {literal(step)} AND s.done_on IS NOT NULL"


def _ids(cursor: Any) -> list[int]:
    return [pk for (pk,) in cursor.fetchall()]


def _tell(kind: AssetEvent.Kind, column: str, assets: Sequence[int], plan: Plan) -> None:
    """One event of the kind for each machine, on the day it carries now."""
    AssetEvent._base_manager.filter(asset__in=assets, kind=kind).delete()
    days = Asset._base_manager.filter(pk__in=assets).values_list("pk", column)
    AssetEvent._base_manager.bulk_create(
        AssetEvent(asset_id=pk, kind=kind, on=day, known_on=plan.context.on) for pk, day in days if day
    )


def _touch(rows: Any, plan: Plan) -> None:
    accounts = dict(rows)
    if accounts:
        days = Asset._base_manager.filter(pk__in=accounts).values_list(
            "delivered_on", "installed_on", "went_live_on"
        )  # fmt: skip
        since = min([plan.context.on, *(day for row in days for day in row if day)])
        touch("asset", list(accounts), since=since, account_of=accounts)


DELIVERY = Entity(
    word="delivery",
    plural="delivery_steps",
    model=DeliveryStep,
    fields=(
        Field("machine_order", "ref", required=True, to="machine_order", column="order_id"),
        Field("step", required=True, choices=tuple(DeliveryStepKind.values)),
        Field("planned_on", "date"),
        Field("done_on", "date", stored=False),
        Field("note"),
    ),
    natural=("order_id", "step"),
    checks=(
        Check("done_on", "s.done_on > {on}", _("lies in the future: put it under planned_on")),
        Check("done_on", f"s.done_on < {_of_asset('ordered_on')}", _("lies before the machine was ordered")),
        Check("done_on", _BEFORE, _("lies before the day of an earlier step in this file")),
        Check("done_on", _KNOWN_BEFORE, _("lies before the day of an earlier step")),
        Check(
            "planned_on",
            "s._known IS NULL AND s.planned_on IS NULL AND s.done_on IS NULL",
            _("and done_on are empty: say when it is planned, or when it was done"),
        ),
    ),
    default_key=_delivery_key,
    finish=_complete,
    fills={"": ("planned_on", "done_on")},
    before=_keep_plan,
    after=_write_days,
)
