"""The days on which a machine went live and came to run on specification: with who said so."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from installed_base.models import Asset, AssetEvent

Kind = AssetEvent.Kind
_FIELDS = {Kind.WENT_LIVE: "went_live_on", Kind.ON_SPECIFICATION: "on_specification_on"}


class DayRefused(ValueError):
    """Why a day cannot be written down, as a sentence for the person who asked."""


def record_go_live(*, asset: int, went_live_on: date | None, by: User, on: date) -> Asset:
    """The machine began to produce on that day; None takes it back. Its onboarding begins with it (AD-01).

    Raises DayRefused for a day that cannot be, Asset.DoesNotExist for a machine whose coming `by` may not record.
    """
    return _record(asset, Kind.WENT_LIVE, went_live_on, by, on)


def record_on_specification(*, asset: int, on_specification_on: date | None, by: User, on: date) -> Asset:
    """From that day it runs to production specification: the first value (AD-05). Raises as `record_go_live`."""
    return _record(asset, Kind.ON_SPECIFICATION, on_specification_on, by, on)


def _record(pk: int, kind: Kind, day: date | None, by: User, on: date) -> Asset:
    field = _FIELDS[kind]
    with audited(by=by, why=f"installed_base.{kind.value}"):
        row: Asset = _recordable(kind, by).select_for_update(of=("self",)).get(pk=pk)
        if day is not None:
            _check(row, kind, day, on)
        before = getattr(row, field)
        if before != day:
            setattr(row, field, day)
            row.save(update_fields=[field])
            _keep_event(row, kind, day, by, on)
            since = min(d for d in (before, day, on) if d)
            touch("asset", [row.pk], since=since, account_of={row.pk: row.account_id})
    return row


def _recordable(kind: Kind, by: User) -> Any:
    """Going live ends a delivery: operations records it too."""
    return Asset.objects.deliverable_by(by) if kind is Kind.WENT_LIVE else Asset.objects.changeable_by(by)


def _check(row: Asset, kind: Kind, day: date, on: date) -> None:
    if day > on:
        raise DayRefused(_("That day has not come yet; choose today or earlier."))
    if row.installed_on and day < row.installed_on:
        raise DayRefused(_("That lies before the machine was installed."))
    if row.taken_out_on and day >= row.taken_out_on:
        raise DayRefused(_("By then the machine was no longer in service."))
    live, on_spec = row.went_live_on, row.on_specification_on
    if kind is Kind.WENT_LIVE and on_spec and day > on_spec:
        raise DayRefused(_("It ran on specification before that day; put that right first."))
    if kind is Kind.ON_SPECIFICATION and (live is None or day < live):
        raise DayRefused(_("A machine runs on specification once it has gone live; that day comes first."))


def _keep_event(row: Asset, kind: Kind, day: date | None, by: User, on: date) -> None:
    """One event of the kind, with who said so; the trail of the machine keeps what stood there before."""
    AssetEvent._base_manager.filter(asset=row, kind=kind).delete()
    if day is not None:
        AssetEvent.objects.create(asset=row, kind=kind, on=day, by=by, known_on=on)
