"""Reading deliveries: machines on order with their steps as they stood on a day, the late ones first (CV-03, CV-06)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q

from core.models import Owner, Role, User
from core.scope import System
from installed_base.actions.delivery_plans import planners
from installed_base.actions.matching import machines_like
from installed_base.models import Asset, DeliveryStep, MachineOrder, Replanning
from installed_base.rules.delivery import STEPS, Leg, Standing, standing

# A board is for looking at; more than this is narrowed by its filters.
MOST = 600
SEEN = System("deliveries that were shown")


@dataclass(frozen=True)
class Asked:
    """What the board is narrowed to; empty is everything. `late` is "late", or "danger" where a promise is."""

    step: str = ""
    late: str = ""
    line: int | None = None
    owner: int | None = None
    account: int | None = None
    q: str = ""


@dataclass(frozen=True)
class Coming:
    """One machine on order as it stood on a day. `steps` are the rows in order, `legs` what they told that day."""

    order: Any
    steps: list[Any]
    legs: list[Leg]
    stands: Standing

    @property
    def owes(self) -> Owner:
        """Who sees to the step that is next, or saw to the whole."""
        row = next((step for step in self.steps if step.step == self.stands.step), None)
        owner: Owner = (row.owner if row else None) or self.order.owner
        return owner

    @property
    def value(self) -> Decimal:
        """What was agreed for the machine; nothing where that is unknown."""
        worth: Decimal | None = self.order.asset.price_reporting
        return worth or Decimal(0)


def orders(user: Any) -> Any:
    """The orders that somebody sees, each with all that its page shows of it."""
    moves = Prefetch("replannings", queryset=Replanning._base_manager.select_related("by").order_by("pk"))
    steps = DeliveryStep._base_manager.select_related("owner").prefetch_related(moves)
    rows = MachineOrder.objects.visible_to(user).select_related(
        "asset__product__line", "asset__account__owner", "asset__site", "owner", "asset__delivery__opportunity"
    )
    return rows.prefetch_related(Prefetch("steps", queryset=steps))


def board(user: User, on: date, asked: Asked) -> tuple[list[Coming], bool]:
    """Deliveries under way, those most days late first, the dearest of them first; and whether there are more than a
    board holds."""
    rows = list(_narrowed(_under_way(orders(user), on), asked).order_by("pk")[: MOST + 1])
    found = [coming(row, on) for row in rows[:MOST]]
    return sorted((one for one in found if answers(one, asked)), key=_rank), len(rows) > MOST


def of_account(account: int, user: User, on: date) -> list[Coming]:
    """Those of one account that are under way."""
    rows = _under_way(orders(user).filter(asset__account=account), on)
    return sorted((coming(row, on) for row in rows[:MOST]), key=_rank)


def any_at() -> Exists:
    """Whether a machine of an account was ordered here and is not live, read with the account."""
    return Exists(MachineOrder._base_manager.filter(asset__account=OuterRef("pk"), asset__went_live_on__isnull=True))


def any_of() -> Exists:
    """Whether a machine was ordered here, read with it."""
    return Exists(MachineOrder._base_manager.filter(asset=OuterRef("pk")))


def of_assets(assets: Iterable[int], user: User, on: date) -> dict[int, Coming]:
    """How these machines come, or came, by machine."""
    return {row.asset_id: coming(row, on) for row in orders(user).filter(asset__in=list(assets))}


def with_steps(ids: Iterable[int], on: date) -> dict[int, Coming]:
    """These orders as they stood on a day, by their id. Whoever asks has seen them."""
    return {row.pk: coming(row, on) for row in orders(SEEN).filter(pk__in=list(ids))}


def _under_way(rows: Any, on: date) -> Any:
    ordered = Q(asset__ordered_on__isnull=True) | Q(asset__ordered_on__lte=on)
    going = Q(asset__went_live_on__isnull=True) | Q(asset__went_live_on__gt=on)
    there = Q(asset__taken_out_on__isnull=True) | Q(asset__taken_out_on__gt=on)
    return rows.filter(ordered, going, there)


def _narrowed(rows: Any, asked: Asked) -> Any:
    wanted = {"asset__product__line": asked.line, "asset__account": asked.account}
    rows = rows.filter(**{name: value for name, value in wanted.items() if value})
    if asked.q:
        names = ("number", "asset__serial", "asset__account__name", "asset__product__name")
        found = Q()
        for name in names:
            found |= Q(**{f"{name}__icontains": asked.q})
        rows = rows.filter(found)
    return rows


def answers(one: Coming, asked: Asked) -> bool:
    """Whether it is one of those that were asked for by step, state and who owes the next step."""
    late = {"": True, "late": one.stands.is_late, "danger": one.stands.in_danger}
    mine = not asked.owner or one.owes.pk == asked.owner
    return mine and late.get(asked.late, True) and (not asked.step or one.stands.step == asked.step)


def _rank(one: Coming) -> tuple[int, int, int, Decimal, int]:
    stands = one.stands
    place = STEPS.index(stands.step) if stands.step else len(STEPS)
    return place, -stands.late_days, -(stands.over_days or 0) if stands.in_danger else 0, -one.value, one.order.pk


def coming(order: Any, on: date) -> Coming:
    """An order as it stood on a day: what was done or skipped later is not there, what was moved later is where it
    was."""
    by_step = {row.step: row for row in order.steps.all()}
    rows = [by_step[step] for step in STEPS if step in by_step]
    legs = [_leg(row, order, on) for row in rows]
    return Coming(order, rows, legs, standing(legs, promised_on=order.asset.promised_on, on=on))


def _leg(row: Any, order: Any, on: date) -> Leg:
    asset = order.asset
    days = dict(
        zip(STEPS, (order.built_on, asset.delivered_on, asset.installed_on, asset.went_live_on), strict=True)
    )  # fmt: skip
    later = next((move.was for move in row.replannings.all() if move.on > on), row.planned_on)
    return Leg(row.step, later, _by(days[row.step], on), _by(row.skipped_on, on))


def _by(day: date | None, on: date) -> date | None:
    return day if day and day <= on else None


def moves_of(one: Coming, on: date) -> list[Any]:
    """How the plan was moved, the latest first; each with its step in `step`."""
    found = [move for row in one.steps for move in row.replannings.all() if move.on <= on]
    by_pk = {row.pk: row for row in one.steps}
    for move in found:
        move.step = by_pk[move.step_id]
    return sorted(found, key=lambda move: (move.on, move.pk), reverse=True)


def changeable(rows: Iterable[Coming], user: User) -> set[int]:
    """The orders of these that this person may change. One query."""
    ids = [one.order.pk for one in rows]
    return set(MachineOrder.objects.changeable_by(user).filter(pk__in=ids).values_list("pk", flat=True))


def may_promise(asset: Asset, user: User) -> bool:
    """Whether this person speaks for the customer's team."""
    return Asset.objects.changeable_by(user).filter(pk=asset.pk).exists()


def alike(one: Coming, user: User) -> Any:
    """The machines that this person sees and that may be that of the order; none where a source named it already."""
    rows = machines_like(one.order).visible_to(user).select_related("site")
    return rows.none() if one.order.asset.source else rows


# So many machines a page offers to choose from; who does not find theirs types more of it.
MOST_OFFERED = 20


def offered(one: Coming, user: User, text: str) -> tuple[list[Any], bool]:
    """Of those machines the ones in which each word is found (serial, name, place), the first `MOST_OFFERED`; and
    whether there are more. One query."""
    rows = alike(one, user)
    for word in text.split()[:6]:
        found = Q(serial__icontains=word) | Q(name__icontains=word)
        rows = rows.filter(found | Q(site__name__icontains=word) | Q(site__city__icontains=word))
    shown = list(rows[: MOST_OFFERED + 1])
    return shown[:MOST_OFFERED], len(shown) > MOST_OFFERED


def owner_choices(rows: Iterable[Coming]) -> list[tuple[str, str]]:
    """Who owes a step of these."""
    found = {one.owes.pk: one.owes.name for one in rows}
    return sorted(((str(pk), name) for pk, name in found.items()), key=lambda choice: choice[1])


def responsible(one: Coming) -> Any:
    """Who can be made responsible: operations, the owner of the account, and who is so today."""
    kept = [one.order.owner_id, one.order.asset.account.owner_id, *(row.owner_id for row in one.steps)]
    people = Q(pk__in=planners().values("pk")) | Q(pk__in=[pk for pk in kept if pk])
    return Owner.objects.filter(people | Q(user__is_active=True, user__role=Role.TECHNICIAN)).order_by("name", "pk")
