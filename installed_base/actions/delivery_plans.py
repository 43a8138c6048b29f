"""The plan of a delivery: made with the order, moved with a reason, given to who sees to it (CV-05, CV-06)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import Owner, Role, User
from core.policies import policy_on
from installed_base.models import Asset, DeliveryStep, DeliveryStepKind, MachineOrder, Replanning
from installed_base.rules.delivery import STEPS, DeliveryPolicy, Leg, moved, plan_from, settled


class DeliveryRefused(ValueError):
    """Why it cannot be written down, as a sentence for the person who asked."""


def planners() -> Any:
    """Who can see to deliveries: people of operations, and the pools they are in; pools first."""
    people = Q(user__is_active=True, user__role=Role.OPERATIONS)
    pools = Q(team__memberships__user__is_active=True, team__memberships__user__role=Role.OPERATIONS)
    return Owner.objects.filter(people | pools).distinct().order_by("user__pk", "name", "pk")


def planner() -> Owner | None:
    """Who plans a delivery where nobody was named: the pool of operations, else its first person."""
    rows = list(planners())
    return next((row for row in rows if row.is_pool), rows[0] if rows else None)


def begin_deliveries(
    *, assets: Sequence[Asset], by: Any, on: date, number: str = "", owner: Owner | None = None
) -> list[MachineOrder]:
    """Make the plan of machines on order, from their day of ordering and the lead times of their product lines.

    Without an owner operations has it, and where nobody of operations is known the owner of the account.
    """
    policy = policy_on(DeliveryPolicy, on).values
    with audited(by=by, why="installed_base.begin_deliveries"):
        holder = owner or planner()
        rows = MachineOrder.objects.bulk_create(
            MachineOrder(asset=asset, number=number.strip(), owner=holder or asset.account.owner, known_on=on)
            for asset in assets
        )
        DeliveryStep.objects.bulk_create(step for row in rows for step in first_steps(row, policy, on))
    return rows


def first_steps(order: MachineOrder, policy: DeliveryPolicy, on: date) -> Iterable[DeliveryStep]:
    """The steps of an order as its product line takes them, not yet written."""
    product = order.asset.product
    line = product.line.name if product and product.line else ""
    for leg in plan_from(order.asset.ordered_on or on, policy.days(line)):
        yield DeliveryStep(
            order=order, step=leg.step, planned_on=leg.planned_on, skipped_on=leg.skipped_on, known_on=on
        )


def legs_of(order: MachineOrder, steps: Iterable[DeliveryStep]) -> list[Leg]:
    """The steps of an order with what is planned and what is done, as they stand today."""
    asset, found = order.asset, {row.step: row for row in steps}
    days = (order.built_on, asset.delivered_on, asset.installed_on, asset.went_live_on)
    return [
        Leg(step, found[step].planned_on, done_on, found[step].skipped_on)
        for step, done_on in zip(STEPS, days, strict=True)
        if step in found
    ]


def move_step(
    *, order: MachineOrder, step: str, planned_on: date, reason: str, by: Any, on: date, along: bool = True
) -> dict[str, date]:
    """Plan a step for another day, and with `along` the later ones by as many days; what moved, by step.

    What was promised to the customer stays as it is. Raises DeliveryRefused for a step that is done, a day before the
    step before it, a day that lies behind us, and without a reason.
    """
    with audited(by=by, why="installed_base.move_step"):
        row, steps = locked(order)
        legs = legs_of(row, steps.values())
        _check_move(legs, step, planned_on, reason, on)
        found = moved(legs, step, planned_on, along=along)
        _write(steps, {name: day for name, day in found.items() if steps[name].planned_on != day}, reason, by, on)
        _touch(row, on)
    return found


def _check_move(legs: Sequence[Leg], step: str, planned_on: date, reason: str, on: date) -> None:
    place = STEPS.index(step)
    words = {"step": DeliveryStepKind(step).label}
    refuse_if(place < settled(legs), _("%(step)s is done: there is nothing left to plan.") % words)
    refuse_if(not reason.strip(), _("Say why the day moves; whoever waits for the machine reads it."))
    refuse_if(planned_on < on, _("That day lies behind us; choose today or later."))
    before = [leg.done_on or leg.planned_on for leg in legs[:place] if not leg.skipped_on]
    latest = max((day for day in before if day), default=None)
    refuse_if(
        latest is not None and planned_on < latest,
        _("%(step)s cannot be planned before the step that comes first, on %(day)s.") % {**words, "day": latest},
    )


def _write(steps: Mapping[str, DeliveryStep], days: Mapping[str, date], reason: str, by: Any, on: date) -> None:
    rows = [(steps[name], day) for name, day in days.items()]
    Replanning.objects.bulk_create(
        Replanning(
            step=row,
            was=row.planned_on or day,
            now=day,
            on=on,
            by=by if isinstance(by, User) else None,
            reason=reason.strip()[:400],
        )
        for row, day in rows
    )
    for row, day in rows:
        row.planned_on = day
    DeliveryStep.objects.bulk_update([row for row, _day in rows], ["planned_on"])


def assign_step(*, order: MachineOrder, step: str, owner: Owner | None, note: str, by: Any, on: date) -> None:
    """Who sees to a step (None: the owner of the order), and what there is to know about it."""
    with audited(by=by, why="installed_base.assign_step"):
        _row, steps = locked(order)
        found = steps[step]
        found.owner, found.note = owner, note.strip()[:400]
        found.save(update_fields=["owner", "note"])


def describe_order(*, order: MachineOrder, number: str, owner: Owner, by: Any, on: date) -> MachineOrder:
    """The number under which the order is known, and who sees to it that the machine comes."""
    with audited(by=by, why="installed_base.describe_order"):
        row, _steps = locked(order)
        row.number, row.owner = number.strip()[:120], owner
        row.save(update_fields=["number", "owner"])
    return row


def locked(order: MachineOrder) -> tuple[MachineOrder, dict[str, DeliveryStep]]:
    """The order with its machine, locked to the end of the transaction, and its steps by name."""
    rows = MachineOrder.objects.select_for_update(of=("self",)).select_related("asset__product", "asset__account")
    row: MachineOrder = rows.get(pk=order.pk)
    return row, {step.step: step for step in row.steps.all()}


def _touch(order: MachineOrder, on: date) -> None:
    touch("asset", [order.asset_id], since=on, account_of={order.asset_id: order.asset.account_id})


def refuse_if(wrong: bool, sentence: str) -> None:
    if wrong:
        raise DeliveryRefused(sentence)
