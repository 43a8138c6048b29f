"""The machine of an order is one that is known already: another system told of it, and the import did not see that.

Two rows become one, the one that was known. What stood on the machine of the order stands on it from then on (CV-06).
"""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.apps import apps
from django.db import IntegrityError, transaction
from django.db.models import Model
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.actions import touch
from core.audit import audited
from core.history import keep
from core.models import Outbox, User
from installed_base.actions.delivery_plans import locked, refuse_if
from installed_base.actions.ordering import take_out_replaced
from installed_base.models import Asset, AssetEvent, AssetPeriod, DeliveryStepKind, MachineOrder
from installed_base.models.assets import ON_ORDER, Precision
from installed_base.rules.delivery import DAYS, INSTALLATION, clash

# What each machine has of its own, and what a machine may have once: it goes with the row that goes.
_STAYS = (AssetPeriod, AssetEvent, Asset.audit_events.rel.related_model)  # type: ignore[attr-defined]
_DAYS = ("delivered_on", "installed_on", "went_live_on")
# What the known machine takes over where it says nothing itself; fields in one row go together.
_FILLED = (
    ("serial",), ("name",), ("site_id",), ("parent_id",), ("dealer_id",), ("technician_id",), ("on_specification_on",),
    ("warranty_ends_on",), ("price", "currency", "price_reporting"), ("delivered_on",),
    ("installed_on", "installed_precision"), ("went_live_on",),
)  # fmt: skip
_WORDS = {
    "coverage": gettext_lazy("a line of a contract"),
    "training": gettext_lazy("a training"),
    "usagereading": gettext_lazy("a reading"),
    "opportunityline": gettext_lazy("a line of a deal"),
    "delivery": gettext_lazy("the deal that brought it"),
    "assetsuccession": gettext_lazy("what comes in its place"),
}


def machines_like(order: MachineOrder) -> Any:
    """The machines that may be that of the order: of its account and product, ours, there, and without an order; those
    that came last first. Whose they are is for the caller to narrow."""
    asset = order.asset
    rows = Asset.objects.counted().filter(account=asset.account_id, product=asset.product_id, taken_out_on=None)
    rows = rows.filter(machine_order=None, product__isnull=False).exclude(succession__successor=asset.pk)
    if asset.ordered_on:
        exact = {"installed_precision": Precision.DAY, "installed_on__lt": asset.ordered_on}
        rows = rows.exclude(**exact).exclude(installed_on__lt=_year_of(asset.ordered_on))
    return rows.order_by("-installed_on", "-pk")


def match_machine(*, order: MachineOrder, machine: Asset, by: User, on: date) -> MachineOrder:
    """The order is that of this machine, which stands under its own name from now on; the row that was made with the
    order goes. Real days, tickets, contracts and whatever else stood on it stand on the machine.

    What was ordered and promised here counts; of anything else the machine keeps what it says. Raises DeliveryRefused
    for a machine that it cannot be, and where something stands on both that can stand once.
    """
    with audited(by=by, why="installed_base.match_machine"):
        row, _steps = locked(order)
        ids = {row.asset_id, machine.pk}
        held = Asset.objects.select_for_update(of=("self",)).select_related("product")
        rows = held.order_by("pk").in_bulk(ids)
        old, new = rows[row.asset_id], rows[machine.pk]
        _check(row, old, new)
        since = _earliest(on, old, new)
        _move(old, new)
        old.delete()
        _write(old, new)
        keep(AssetPeriod, [new.pk], on=on)
        touch("asset", ids, since=since, account_of=dict.fromkeys(ids, new.account_id))
        take_out_replaced(successors=[new.pk], by=by, on=on)
        row.asset = new
    return row


def _check(row: MachineOrder, old: Asset, new: Asset) -> None:
    words = {"machine": new, "serial": old.serial, "source": old.source}
    refuse_if(old.pk == new.pk, _("That is the machine of the order itself; choose another."))
    refuse_if(bool(old.source), _("This order has the machine that %(source)s told of already.") % words)
    alike = (old.account_id, old.product_id) == (new.account_id, new.product_id)
    refuse_if(not alike, _("%(machine)s is of another account or product than the order.") % words)
    refuse_if(new.standing != Asset.Standing.OURS, _("%(machine)s is not one of our machines in the field.") % words)
    refuse_if(new.taken_out_on is not None, _("%(machine)s is no longer in service.") % words)
    refuse_if(hasattr(new, "machine_order"), _("%(machine)s has an order of its own.") % words)
    replaced = old.predecessions.filter(asset=new).exists()
    refuse_if(replaced, _("%(machine)s is the machine whose place the ordered one takes.") % words)
    other = bool(old.serial and new.serial) and old.serial.lower() != new.serial.lower()
    refuse_if(other, _("%(machine)s cannot be it: the ordered one has the serial %(serial)s.") % words)
    _check_days(row, old, new)


def _check_days(row: MachineOrder, old: Asset, new: Asset) -> None:
    here = [old.ordered_on, row.built_on, *(getattr(old, name) for name in _DAYS)]
    there = [None, None, *(getattr(new, name) for name in _DAYS)]
    if _is_rough(new) and new.installed_on and new.installed_on >= _year_of(old.ordered_on or new.installed_on):
        there[DAYS.index(INSTALLATION)] = None
    found = clash(here, there)
    if found:
        step, day, other, theirs = found
        words = {"machine": new, "other": _named(other), "theirs": theirs, "step": _named(step), "day": day}
        refuse_if(
            True,
            _("%(machine)s: %(other)s on %(theirs)s does not go with %(step)s on %(day)s here. Put one of them right.")
            % words,
        )


def _is_rough(machine: Asset) -> bool:
    return machine.installed_precision != Precision.DAY


def _year_of(day: date) -> date:
    return day.replace(month=1, day=1)


def _named(step: str) -> str:
    return str(DeliveryStepKind(step).label) if step else _("Order")


def _earliest(on: date, *rows: Asset) -> date:
    names = ("ordered_on", "first_evidence_on", *_DAYS)
    return min([on, *(day for row in rows for name in names if (day := getattr(row, name)))])


def _move(old: Asset, new: Asset) -> None:
    """Everything that names the machine of the order names the other one, in every room; one statement a table."""
    known = set(new.events.values_list("kind", "on"))
    for event in old.events.all():
        if (event.kind, event.on) not in known:
            event.asset = new
            event.save(update_fields=["asset"])
    for model, name, found in _naming(old):
        try:
            with transaction.atomic():
                model._base_manager.filter(**found).update(**{name: new.pk})
        except IntegrityError:
            what = _WORDS.get(model._meta.model_name or "", _("something"))
            words = {"what": what, "machine": new}
            refuse_if(True, _("On %(machine)s stands %(what)s that the ordered one has too. Take one away.") % words)


def _naming(old: Asset) -> Iterator[tuple[type[Model], str, dict[str, Any]]]:
    """Each table and column in which a machine is named, by key or as (kind, id), with what finds this one.

    What was told to others and the trail stay as they were."""
    for relation in Asset._meta.related_objects:
        model, name = relation.related_model, relation.field.attname
        if model not in _STAYS:
            yield model, name, {name: old.pk}
    for model in apps.get_models():
        names = {field.name for field in model._meta.fields}
        if {"subject_kind", "subject_id"} <= names and "pgh_id" not in names and model is not Outbox:
            yield model, "subject_id", {"subject_kind": "asset", "subject_id": old.pk}


def _write(old: Asset, new: Asset) -> None:
    exact = old.installed_on is not None and _is_rough(new)
    for names in _FILLED:
        if getattr(new, names[0]) in (None, "") or (exact and names[0] == "installed_on"):
            for name in names:
                setattr(new, name, getattr(old, name))
    new.ordered_on, new.promised_on = old.ordered_on or new.ordered_on, old.promised_on or new.promised_on
    new.configuration, new.attributes = old.configuration | new.configuration, old.attributes | new.attributes
    new.first_evidence_on = new.installed_on or ON_ORDER
    new.save()
