"""Machines that were sold before their delivery had a plan get one: an order with planned steps (decision 0014).

These are the machines that were ordered here and do not stand yet. Those of another system are left alone: only that
system knows whether an order of it is still open, and tells it by an import of `machine_orders`.
"""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from django.db import migrations
from django.db.models import F, Q

ON_ORDER = date(9000, 1, 1)
AT_ONCE = 2000
# As the rules stood when this was written: a migration does not follow them.
STEPS = ("production", "shipping", "installation", "commissioning")
SKIPPABLE = ("production", "shipping")
USUAL = (56, 7, 7, 14)


def begin_deliveries(apps: Any, _editor: Any) -> None:
    """Some thousands at a time. Whoever has an order keeps it, so that a second run does nothing."""
    asset = apps.get_model("installed_base", "Asset")
    holder, policies = _planner(apps), _policies(apps)
    while rows := list(_without_order(asset)[:AT_ONCE]):
        orders = _orders(apps, rows, holder)
        step = apps.get_model("installed_base", "DeliveryStep")
        days = {row.pk: _days(row, policies) for row in rows}
        step.objects.bulk_create(
            step(order=order, known_on=order.known_on, **plan)
            for row, order in zip(rows, orders, strict=True)
            for plan in _plan(row.ordered_on, days[row.pk])
        )
        asset.objects.filter(pk__in=days).update(first_evidence_on=ON_ORDER)
        _touch(apps, rows)


def _without_order(asset: Any) -> Any:
    """Ordered here, not standing, not gone, and without an order; with what their plan asks for."""
    return (
        asset.objects.filter(
            standing="ours",
            source="",
            ordered_on__isnull=False,
            installed_on__isnull=True,
            went_live_on__isnull=True,
            taken_out_on__isnull=True,
            machine_order__isnull=True,
        )
        .select_related("product__line", "account")
        .order_by("pk")
    )


def _planner(apps: Any) -> int | None:
    """The pool of operations, else its first person."""
    people = Q(user__is_active=True, user__role="operations")
    pools = Q(team__memberships__user__is_active=True, team__memberships__user__role="operations")
    rows = apps.get_model("core", "Owner").objects.filter(people | pools).distinct()
    found = list(rows.order_by(F("user").asc(nulls_first=True), "name", "pk").values_list("pk", flat=True)[:1])
    return found[0] if found else None


def _policies(apps: Any) -> list[tuple[date, dict[str, Any]]]:
    rows = apps.get_model("core", "Policy").objects.filter(name="installed_base.delivery").order_by("version")
    return list(rows.values_list("valid_from", "values"))


def _days(row: Any, policies: Sequence[tuple[date, dict[str, Any]]]) -> Sequence[int]:
    """How long each step takes, as it counted on the day of the order for the product line of the machine."""
    counting = [values for valid_from, values in policies if valid_from <= row.ordered_on]
    values = counting[-1] if counting else {}
    line = row.product.line.name if row.product and row.product.line else ""
    usual = [values.get(f"{step}_days", days) for step, days in zip(STEPS, USUAL, strict=True)]
    found: Sequence[int] = values.get("by_line", {}).get(line, usual)
    return found


def _plan(ordered_on: date, days: Sequence[int]) -> Iterator[dict[str, Any]]:
    last = ordered_on
    for step, takes in zip(STEPS, days, strict=True):
        if step in SKIPPABLE and not takes:
            yield {"step": step, "skipped_on": ordered_on}
        else:
            last += timedelta(days=takes)
            yield {"step": step, "planned_on": last}


def _orders(apps: Any, rows: Sequence[Any], holder: int | None) -> list[Any]:
    order = apps.get_model("installed_base", "MachineOrder")
    made: list[Any] = order.objects.bulk_create(
        order(asset=row, owner_id=holder or row.account.owner_id, known_on=row.known_on) for row in rows
    )
    return made


def _touch(apps: Any, rows: Sequence[Any]) -> None:
    """The rooms above look at these machines again, from the day on which they were counted."""
    touched = apps.get_model("core", "Touched")
    since = min(min(row.ordered_on, row.first_evidence_on or row.ordered_on) for row in rows)
    known = touched.objects.filter(kind="asset", subject_id__in=[row.pk for row in rows])
    known.filter(since__gt=since).update(since=since)
    known.update(revision=F("revision") + 1)
    touched.objects.bulk_create(
        (touched(kind="asset", subject_id=row.pk, account_id=row.account_id, since=since) for row in rows),
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [("core", "0007_left_half"), ("installed_base", "0008_left_half")]

    operations = [migrations.RunPython(begin_deliveries, migrations.RunPython.noop, elidable=True)]
