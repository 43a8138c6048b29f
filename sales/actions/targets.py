"""Writes of booking targets (PL-02, EX-29)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.history import keep
from core.models import Owner, User
from core.reach import Level, reach_of
from core.scope import System, unguarded
from sales.models import BookingTarget, BookingTargetPeriod
from sales.models.target import SETTERS
from sales.rules import PIPELINES
from sales.rules.targets import quarter_end, quarter_name, quarter_of

_LARGEST = Decimal("99999999999999.99")


@dataclass(frozen=True)
class Wish:
    """What one owner is to book in a quarter; without an amount the target is taken back."""

    owner: Owner
    pipeline: str
    starts_on: date
    amount: Decimal | None
    shared_with: Owner | None = None
    note: str = ""

    @property
    def about(self) -> tuple[int, str, date]:
        return self.owner.pk, self.pipeline, self.starts_on


def set_targets(*, wishes: Sequence[Wish], by: User | System, on: date) -> list[BookingTarget]:
    """Say what is to be booked, all of it or nothing. Targets that stand as they are wished are left alone.

    ValidationError names what is wrong with which wish. Returns the targets that were made or changed.
    """
    for wish in wishes:
        _refuse(wish, by, on)
    with audited(by=by, why="sales.set_targets"):
        standing = _standing(wishes)
        changed = [row for wish in wishes if (row := _written(wish, standing.get(wish.about), on)) is not None]
        ids = [row.pk for row in changed]
        keep(BookingTargetPeriod, ids, on=on)
        if ids:
            touch("booking_target", ids, since=on)
        return changed


def set_target(*, wish: Wish, by: User | System, on: date) -> BookingTarget:
    """One of them; the target as it stands then."""
    changed = set_targets(wishes=[wish], by=by, on=on)
    if changed:
        return changed[0]
    with unguarded():
        about = {"owner": wish.owner, "pipeline": wish.pipeline, "starts_on": wish.starts_on}
        found: BookingTarget | None = BookingTarget.objects.filter(**about).first()
    if found is None:
        raise ValidationError(_("There is no target to take back; say an amount."))
    return found


def _standing(wishes: Iterable[Wish]) -> dict[tuple[int, str, date], BookingTarget]:
    owners, quarters = {w.owner.pk for w in wishes}, {w.starts_on for w in wishes}
    rows = BookingTarget.objects.filter(owner__in=owners, starts_on__in=quarters).select_for_update()
    return {(row.owner_id, row.pipeline, row.starts_on): row for row in rows}


def _written(wish: Wish, row: BookingTarget | None, on: date) -> BookingTarget | None:
    shared = wish.shared_with.pk if wish.shared_with else None
    if row is None:
        return None if wish.amount is None else _made(wish, shared, on)
    note = wish.note.strip() or row.note
    if (row.amount, row.shared_with_id, row.note) == (wish.amount, shared, note):
        return None
    row.amount, row.shared_with_id, row.note = wish.amount, shared, note
    row.save(update_fields=["amount", "shared_with", "note"])
    return row


def _made(wish: Wish, shared: int | None, on: date) -> BookingTarget:
    made: BookingTarget = BookingTarget.objects.create(
        owner=wish.owner,
        pipeline=wish.pipeline,
        starts_on=wish.starts_on,
        amount=wish.amount,
        shared_with_id=shared,
        agreed_on=on,
        known_on=on,
        note=wish.note.strip(),
    )
    return made


def may_target(actor: Any, owner: Owner) -> bool:
    """Whether somebody says what this owner is to book."""
    if isinstance(actor, System):
        return True
    if actor.role not in SETTERS:
        return False
    return reach_of(actor).level is Level.ALL or owner.pk in reach_of(actor).owners


def _refuse(wish: Wish, by: Any, on: date) -> None:
    words = {"name": wish.owner.name, "quarter": quarter_name(quarter_of(wish.starts_on))}
    if not may_target(by, wish.owner):
        text = _("%(name)s: team leads say what their own teams are to book, executives and administrators all of it.")
        raise ValidationError({"owner": text % words})
    if wish.pipeline not in PIPELINES:
        raise ValidationError({"pipeline": _("There are two pipelines: %(names)s.") % {"names": ", ".join(PIPELINES)}})
    if wish.starts_on != quarter_of(wish.starts_on):
        raise ValidationError({"quarter": _("A target is of a calendar quarter, such as %(quarter)s.") % words})
    if quarter_end(wish.starts_on) < on and not isinstance(by, System):
        raise ValidationError(
            {"quarter": _("%(name)s, %(quarter)s: this quarter is over; its target stays as it was.") % words}
        )
    if wish.amount is not None and not 0 < wish.amount <= _LARGEST:
        raise ValidationError({"amount": _("%(name)s, %(quarter)s: a target is more than 0.") % words})
    if wish.shared_with is not None and wish.shared_with.pk == wish.owner.pk:
        raise ValidationError({"shared_with": _("%(name)s cannot share a target with themselves.") % words})
