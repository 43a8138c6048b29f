"""The steps of a delivery are done, skipped, or taken back; each day is written where it belongs (CV-03, CV-06)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from installed_base.actions.delivery_plans import DeliveryRefused, legs_of, locked, refuse_if
from installed_base.actions.golive import DayRefused, record_go_live
from installed_base.actions.ordering import OrderRefused, check_serial, record_installation
from installed_base.models import DeliveryStep, DeliveryStepKind, MachineOrder
from installed_base.rules.delivery import (
    COMMISSIONING,
    INSTALLATION,
    PRODUCTION,
    SHIPPING,
    SKIPPABLE,
    STEPS,
    Leg,
    earliest,
    settled,
)

REFUSALS = (DeliveryRefused, OrderRefused, DayRefused)


def finish_step(*, order: MachineOrder, step: str, done_on: date, by: User, on: date, serial: str = "") -> MachineOrder:
    """The step that was next is done on that day. The installation puts the machine in service, and the one it replaces
    out of it; the commissioning begins its onboarding.

    Raises one of REFUSALS, a sentence each, for another step than the next and for a day that cannot be.
    """
    with audited(by=by, why="installed_base.finish_step"):
        row, steps = locked(order)
        legs = legs_of(row, steps.values())
        _check_next(row, legs, step)
        refuse_if(done_on > on, _("That day has not come yet; choose today or earlier."))
        _check_after(row, legs, step, done_on)
        _write(row, step, done_on, by, on, serial)
    return row


def finish_steps(
    *, chosen: Iterable[tuple[MachineOrder, str]], done_on: date, by: User, on: date
) -> list[MachineOrder]:
    """A step of each of these orders was done on one day: all of them, or none where one cannot be."""
    with audited(by=by, why="installed_base.finish_steps"):
        return [finish_step(order=order, step=step, done_on=done_on, by=by, on=on) for order, step in chosen]


def skip_step(*, order: MachineOrder, step: str, reason: str, by: Any, on: date) -> MachineOrder:
    """This machine does without the step that was next: it was bought in, or the customer collects it."""
    with audited(by=by, why="installed_base.skip_step"):
        row, steps = locked(order)
        refuse_if(step not in SKIPPABLE, _("Every machine is installed and commissioned: that cannot be skipped."))
        refuse_if(not reason.strip(), _("Say why this machine does without it."))
        _check_next(row, legs_of(row, steps.values()), step)
        found: DeliveryStep = steps[step]
        found.skipped_on, found.note = on, reason.strip()[:400]
        found.save(update_fields=["skipped_on", "note"])
        _touch(row, on)
    return row


def take_back_step(*, order: MachineOrder, step: str, by: User, on: date) -> MachineOrder:
    """The step was not done, or not skipped, after all. Only the last one, and not an installation: on that rest the
    end of the machine that was replaced, and its cover."""
    with audited(by=by, why="installed_base.take_back_step"):
        row, steps = locked(order)
        legs = legs_of(row, steps.values())
        behind = settled(legs)
        refuse_if(not behind or legs[behind - 1].step != step, _("Only the step that was done last is taken back."))
        refuse_if(step == INSTALLATION, _("%(machine)s stands: correct its day on the machine.") % {"machine": row})
        found = steps[step]
        if found.skipped_on:
            refuse_if(found.planned_on is None, _("It was never planned: this product line does without it."))
            found.skipped_on = None
            found.save(update_fields=["skipped_on"])
            _touch(row, on)
        else:
            _write(row, step, None, by, on)
    return row


def _check_next(row: MachineOrder, legs: list[Leg], step: str) -> None:
    behind = settled(legs)
    words = {"machine": _named(row), "step": DeliveryStepKind(step).label}
    refuse_if(STEPS.index(step) < behind, _("%(machine)s: %(step)s lies behind it already.") % words)
    if step != legs[behind].step:
        words["first"] = DeliveryStepKind(legs[behind].step).label
        refuse_if(True, _("%(machine)s: %(first)s comes first. Say when that was done, or skip it.") % words)


def _check_after(row: MachineOrder, legs: list[Leg], step: str, done_on: date) -> None:
    before = earliest(legs, step, row.asset.ordered_on)
    if before is None or done_on >= before[1]:
        return
    words = {"machine": _named(row), "day": before[1]}
    refuse_if(not before[0], _("%(machine)s was ordered on %(day)s; choose that day or a later one.") % words)
    words["step"] = DeliveryStepKind(before[0]).label
    refuse_if(True, _("%(machine)s: %(step)s was done on %(day)s; choose that day or a later one.") % words)


def _named(row: MachineOrder) -> str:
    asset = row.asset
    return f"{asset.product or ''} {asset.serial or row.number} ({asset.account})".replace("  ", " ").strip()


def _write(row: MachineOrder, step: str, day: date | None, by: User, on: date, serial: str = "") -> None:
    """Write the day where the house keeps it."""
    if step == PRODUCTION:
        row.built_on = day
        row.save(update_fields=["built_on"])
        _give_serial(row, serial)
        _touch(row, min(day or on, on))
    elif step == SHIPPING:
        row.asset.delivered_on = day
        row.asset.save(update_fields=["delivered_on"])
        _give_serial(row, serial)
        _touch(row, min(day or on, on))
    elif step == INSTALLATION and day is not None:
        row.asset = record_installation(asset=row.asset_id, installed_on=day, serial=serial, by=by, on=on)
    elif step == COMMISSIONING:
        row.asset = record_go_live(asset=row.asset_id, went_live_on=day, by=by, on=on)


def _give_serial(row: MachineOrder, serial: str) -> None:
    check_serial(row.asset, serial)
    if serial.strip():
        row.asset.serial = serial.strip()
        row.asset.save(update_fields=["serial"])


def _touch(row: MachineOrder, since: date) -> None:
    touch("asset", [row.asset_id], since=since, account_of={row.asset_id: row.asset.account_id})
