"""Products, the machines in the field, and what happened to them."""

from collections.abc import Iterable
from json import dumps
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Derived, Entity, Field, Money, Values
from core.importing.plan import Plan
from core.importing.writing import written
from installed_base.actions.ordering import take_out_replaced
from installed_base.models import (
    Asset,
    AssetEvent,
    AssetPeriod,
    AssetSuccession,
    MachineOrder,
    Product,
    ProductFamily,
    ProductLine,
    UpgradeOption,
)
from installed_base.models.assets import ON_ORDER
from installed_base.rules.options import fitted_names


def lines_named(texts: Iterable[str], create: bool) -> dict[str, int]:
    """Product lines by name; missing ones are made where the mapping says so."""
    return _named(ProductLine, texts, create)


def families_named(texts: Iterable[str], create: bool) -> dict[str, int]:
    """Product families by name; missing ones are made where the mapping says so."""
    return _named(ProductFamily, texts, create)


def _named(model: Any, texts: Iterable[str], create: bool) -> dict[str, int]:
    wanted = set(texts)
    if create:
        model.objects.bulk_create((model(name=t) for t in sorted(wanted)), ignore_conflicts=True)
    return dict(model.objects.filter(name__in=wanted).values_list("name", "pk"))


_OF_FAMILY = ("expected_life_years", "maintenance_months", "software_months")


def _set_lives(plan: Plan, ready: str) -> None:
    """The expected life belongs to the family, and so do the intervals of maintenance and software."""
    for name in _OF_FAMILY:
        if name in plan.mapped and "family" in plan.mapped:
            _set_of_family(ready, name)


def _set_of_family(ready: str, name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f'UPDATE "{ProductFamily._meta.db_table}" f SET {name} = x.value FROM'
            f' (SELECT s.family_id, max(s.{name}) AS value FROM "{ready}" s'
            f" WHERE s._ok AND s.family_id IS NOT NULL AND s.{name} > 0 GROUP BY 1) x"
            f" WHERE f.id = x.family_id AND f.{name} IS DISTINCT FROM x.value"
        )


def _product_name(values: Values, row: dict[str, Values]) -> None:
    """A product without a name of its own is called by its manufacturer."""
    values["name"] = values.get("name") or values.get("code") or values.get("manufacturer")


PRODUCT = Entity(
    word="product",
    plural="products",
    model=Product,
    fields=(
        Field("code"),
        Field("name", required=True),
        Field("manufacturer"),
        Field("kind", choices=tuple(Product.Kind.values)),
        Field("line", "named", to="product_line"),
        Field("family", "named", to="family"),
        Field("expected_life_years", "number", stored=False),
        Field("maintenance_months", "integer", stored=False),
        Field("software_months", "integer", stored=False),
        Field("portfolio_column"),
        Field("counts_as_machine", "boolean"),
        Field("monthly_capacity", "number", places=3),
        Field("wear_hours", "number", places=2),
        Field("successor", "ref", to="product"),
        Field("successor_from", "date"),
        Field("list_price", "money"),
        Field("currency"),
        Field("attributes", "json"),
    ),
    finish=_product_name,
    fills={"": ("name",)},
    after=_set_lives,
)


def _option_key(keys: dict[str, str], values: Values) -> str:
    of, name = values.get("product") or keys.get("product") or values.get("family"), values.get("name")
    return f"{of}/{name}" if of and name else ""


def _words_of_failures(values: Values, row: dict[str, Values]) -> None:
    """The cell, with commas between its words, as a list of words."""
    if "prevents" in values:
        values["prevents"] = dumps(sorted(fitted_names(values["prevents"])))


def _set_failures(plan: Plan, ready: str) -> None:
    """The words of a file are all of them; they are not added to those that stood there."""
    if "prevents" in plan.mapped:
        with connection.cursor() as cursor:
            cursor.execute(
                f'UPDATE "{UpgradeOption._meta.db_table}" t SET prevents = s.prevents::jsonb FROM "{ready}" s'
                f" WHERE s._ok AND s._id = t.id AND t.prevents IS DISTINCT FROM s.prevents::jsonb"
            )


UPGRADE_OPTION = Entity(
    word="upgrade_option",
    plural="upgrade_options",
    model=UpgradeOption,
    fields=(
        Field("product", "ref", to="product"),
        Field("family", "named", to="family"),
        Field("name", required=True),
        Field("kind", required=True, choices=tuple(UpgradeOption.Kind.values)),
        Field("to_product", "ref", to="product"),
        Field("offered_from", "date"),
        Field("prevents", stored=False),
        Field("price", "money"),
        Field("currency"),
    ),
    default_key=_option_key,
    finish=_words_of_failures,
    after=_set_failures,
    checks=(
        Check(
            "name",
            "(s.product_id IS NULL) = (s.family_id IS NULL)",
            _("is for a product or for a family: fill one of both columns"),
            needs=("product", "family"),
        ),
    ),
)


def _take_out_replaced(plan: Plan, _ready: str) -> None:
    """A machine whose successor was installed goes out on that day (EX-45)."""
    if "installed_on" in plan.mapped:
        links = f'"{AssetSuccession._meta.db_table}" l JOIN "{Asset._meta.db_table}" n ON n.id = l.successor_id'
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT n.id FROM {links} WHERE n.installed_on IS NOT NULL AND n.id IN ({written('asset')})"
            )
            found = [pk for (pk,) in cursor.fetchall()]
        take_out_replaced(successors=found, by=None, on=plan.context.on)


def _adopt_orders(plan: Plan, ready: str) -> None:
    """A machine that is new to the source is the one that was ordered here: of the same account and product, with its
    serial, or with the number of its order; of several, one row takes one. From now on the source names it."""
    same = [
        sql
        for field, sql in (
            ("serial", "(o.serial <> '' AND lower(o.serial) = lower(s.serial))"),
            ("order_number", "(m.number <> '' AND lower(m.number) = lower(s.order_number) AND o.serial = '')"),
        )
        if field in plan.mapped
    ]
    if not same or not {"account", "product"} <= plan.mapped or not plan.updates:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT s._row, s._key, o.id FROM "{ready}" s JOIN "{Asset._meta.db_table}" o'
            " ON o.account_id = s.account_id AND o.product_id = s.product_id"
            f' JOIN "{MachineOrder._meta.db_table}" m ON m.asset_id = o.id'
            f" WHERE s._known IS NULL AND o.external_id = '' AND o.installed_on IS NULL AND ({' OR '.join(same)})"
            " ORDER BY o.serial = '', s._row, o.id"
        )
        taken: dict[int, tuple[int, str]] = {}
        for row, key, order in cursor.fetchall():
            if order not in taken and row not in {r for r, _key in taken.values()}:
                taken[order] = (row, key)
        _adopt(cursor, ready, plan.source, taken)


def _adopt(cursor: Any, ready: str, source: str, taken: dict[int, tuple[int, str]]) -> None:
    ids, rows, keys = list(taken), [row for row, _key in taken.values()], [key for _row, key in taken.values()]
    cursor.execute(
        f'UPDATE "{ready}" s SET _known = x.id, _id = x.id FROM unnest(%s::bigint[], %s::bigint[]) AS x(id, row)'
        " WHERE x.row = s._row",
        [ids, rows],
    )
    cursor.execute(
        f'UPDATE "{Asset._meta.db_table}" a SET source = %s, external_id = x.key'
        " FROM unnest(%s::bigint[], %s::text[]) AS x(id, key) WHERE a.id = x.id",
        [source, ids, keys],
    )


_OUTLIVED = "s.taken_out_on IS NOT NULL AND s.taken_out_on < s.{0}"

ASSET = Entity(
    word="asset",
    plural="assets",
    model=Asset,
    fields=(
        Field("account", "ref", required=True, to="account"),
        Field("site", "ref", to="site"),
        Field("product", "ref", to="product"),
        Field("parent", "ref", to="asset"),
        Field("dealer", "ref", to="account"),
        Field("technician", "named", to="user"),
        Field("serial"),
        Field("order_number", stored=False),
        Field("name"),
        Field("standing", choices=tuple(Asset.Standing.values)),
        Field("configuration", "json"),
        Field("ordered_on", "date"),
        Field("promised_on", "date"),
        Field("delivered_on", "date"),
        Field("installed_on", "date", precision="installed_precision"),
        Field("went_live_on", "date"),
        Field("on_specification_on", "date"),
        Field("warranty_ends_on", "date"),
        Field("taken_out_on", "date"),
        Field("taken_out_reason"),
        Field("price", "money"),
        Field("currency"),
        Field("attributes", "json"),
    ),
    money=(
        Money(
            "price",
            "price_reporting",
            "COALESCE({ordered_on}, {delivered_on}, {installed_on})",
            ("ordered_on", "delivered_on", "installed_on"),
        ),
    ),
    derived=(
        Derived(
            "first_evidence_on",
            f"COALESCE({{installed_on}}, CASE WHEN {{first_evidence_on}} = DATE '{ON_ORDER}' THEN {{first_evidence_on}}"
            " ELSE COALESCE({delivered_on}, {first_evidence_on}) END)",
            ("installed_on", "delivered_on"),
        ),
    ),
    checks=(
        Check(
            "taken_out_on",
            _OUTLIVED.format("installed_on"),
            _("lies before the machine was installed"),
            needs=("taken_out_on", "installed_on"),
        ),
    ),
    period=AssetPeriod,
    touches="asset",
    account="t.account_id",
    since="t.first_evidence_on",
    spawns="event",
    spawn={
        "_key": "s._key || '/installed'",
        "asset": "s._key",
        "kind": "'installed'",
        "on": "s.installed_on",
        "precision": "s.installed_precision",
    },
    spawn_when="installed_on",
    not_twice=("product_id", "serial"),
    adopts=_adopt_orders,
    after=_take_out_replaced,
)


def _event_key(keys: dict[str, str], values: Values) -> str:
    asset, kind = keys.get("asset"), values.get("kind")
    return f"{asset}/{kind}" if asset and kind else ""


EVENT = Entity(
    word="event",
    plural="asset_events",
    model=AssetEvent,
    fields=(
        Field("asset", "ref", required=True, to="asset"),
        Field("kind", required=True, choices=tuple(AssetEvent.Kind.values)),
        Field("on", "date", required=True, precision="precision"),
        Field("note"),
    ),
    natural=("asset_id", "kind", "on"),
    default_key=_event_key,
)
