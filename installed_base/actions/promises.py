"""Promises made at the sale: written down, measured, kept, let go."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from installed_base.models import Account, Asset, Promise


class PromiseRefused(ValueError):
    """Why it cannot be written down, as a sentence for the person who asked."""


def give_promise(
    *,
    account: Account,
    kind: str,
    text: str,
    promised_on: date,
    by: User,
    on: date,
    asset: Asset | None = None,
    promised: Decimal | None = None,
    unit: str = "",
    direction: str = Promise.Direction.AT_LEAST,
    origin: str = "",
    due_on: date | None = None,
) -> Promise:
    """Write down what was promised. Raises PromiseRefused for one that cannot be."""
    if promised_on > on:
        raise PromiseRefused(_("A promise is one that was made; choose today or earlier."))
    if due_on is not None and due_on < promised_on:
        raise PromiseRefused(_("It cannot be due before it was promised."))
    if asset is not None and asset.account_id != account.pk:
        raise PromiseRefused(_("This machine does not stand at this account."))
    with audited(by=by, why="installed_base.give_promise"):
        row = Promise.objects.create(
            account=account,
            asset=asset,
            kind=kind,
            text=text.strip(),
            unit=unit.strip(),
            direction=direction,
            promised=promised,
            origin=origin,
            promised_on=promised_on,
            due_on=due_on,
            known_on=on,
        )
        _touch(row, promised_on)
    return row


def measure_promise(*, promise: int, value: Decimal, measured_on: date, by: User, on: date) -> Promise:
    """Write down what was measured. What reaches the promise keeps it from that day; what does not opens it again."""
    with audited(by=by, why="installed_base.measure_promise"):
        row = _open(promise, by)
        _check_day(row, measured_on, on)
        if row.measured_on and measured_on < row.measured_on:
            raise PromiseRefused(_("A later measurement is known; this one adds nothing."))
        row.measured, row.measured_on = value, measured_on
        fields = ["measured", "measured_on"]
        if row.promised is not None:
            kept = row.reaches(value)
            row.met_on = (row.met_on or measured_on) if kept else None
            row.met_by = by if kept else None
            fields += ["met_on", "met_by"]
        row.save(update_fields=fields)
        _touch(row, measured_on)
    return row


def meet_promise(*, promise: int, met_on: date, by: User, on: date) -> Promise:
    """Customer and we agree that it was kept."""
    with audited(by=by, why="installed_base.meet_promise"):
        row = _open(promise, by)
        _check_day(row, met_on, on)
        row.met_on, row.met_by = met_on, by
        row.save(update_fields=["met_on", "met_by"])
        _touch(row, met_on)
    return row


def drop_promise(*, promise: int, reason: str, by: User, on: date) -> Promise:
    """Customer and we agree to let it go; the reason stays."""
    if not reason.strip():
        raise PromiseRefused(_("Say why it is let go."))
    with audited(by=by, why="installed_base.drop_promise"):
        row = _open(promise, by)
        row.met_on, row.met_by = None, None
        row.dropped_on, row.dropped_by, row.dropped_reason = on, by, reason.strip()[:240]
        row.save(update_fields=["met_on", "met_by", "dropped_on", "dropped_by", "dropped_reason"])
        _touch(row, on)
    return row


def reopen_promise(*, promise: int, by: User, on: date) -> Promise:
    """Take back that it was kept or let go. What was measured stays."""
    with audited(by=by, why="installed_base.reopen_promise"):
        row = _locked(promise, by)
        since = min(d for d in (row.met_on, row.dropped_on, on) if d)
        row.met_on, row.met_by = None, None
        row.dropped_on, row.dropped_by, row.dropped_reason = None, None, ""
        row.save(update_fields=["met_on", "met_by", "dropped_on", "dropped_by", "dropped_reason"])
        _touch(row, since)
    return row


def _check_day(row: Promise, day: date, on: date) -> None:
    if day > on:
        raise PromiseRefused(_("That day has not come yet; choose today or earlier."))
    if day < row.promised_on:
        raise PromiseRefused(_("That lies before it was promised."))


def _open(pk: int, by: Any) -> Promise:
    row = _locked(pk, by)
    if row.dropped_on is not None:
        raise PromiseRefused(_("This promise was let go; open it again first."))
    return row


def _locked(pk: int, by: Any) -> Promise:
    row: Promise = Promise.objects.changeable_by(by).select_for_update(of=("self",)).get(pk=pk)
    return row


def _touch(row: Promise, since: date) -> None:
    touch("promise", [row.pk], since=since, account_of={row.pk: row.account_id})
