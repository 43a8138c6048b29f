"""What was heard about a customer: written down, and taken back where it was wrong (EX-12..16)."""

from datetime import date

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from installed_base.models import Account, AccountEvent, Asset


class EventRefused(ValueError):
    """Why it cannot be written down, as a sentence for the person who asked."""


def record_event(
    *,
    account: Account,
    kind: str,
    heard: str,
    happened_on: date,
    by: User,
    on: date,
    note: str = "",
    asset: Asset | None = None,
) -> AccountEvent:
    """Write down an event at a customer, with where it was heard. `on` is today.

    Raises EventRefused for a day that has not come, and for a machine of another account.
    """
    if happened_on > on:
        raise EventRefused(_("Choose the day on which it became known: today or earlier."))
    if asset is not None and asset.account_id != account.pk:
        raise EventRefused(_("%(machine)s does not stand at this account.") % {"machine": asset})
    with audited(by=by, why="installed_base.record_event"):
        event = AccountEvent.objects.create(
            account=account, kind=kind, heard=heard, on=happened_on, note=note.strip(), asset=asset, by=by, known_on=on
        )
        touch("account_event", [event.pk], since=happened_on, account_of={event.pk: account.pk})
    return event


def take_back_event(*, event: AccountEvent, by: User, on: date) -> AccountEvent:
    """Say that an event was none. It stays on record; what rests on it closes at the next bell. Twice is once."""
    with audited(by=by, why="installed_base.take_back_event"):
        row: AccountEvent = AccountEvent.objects.select_for_update().get(pk=event.pk)
        if row.taken_back_on is None:
            row.taken_back_on, row.taken_back_by = on, by
            row.save(update_fields=["taken_back_on", "taken_back_by"])
            touch("account_event", [row.pk], since=row.on, account_of={row.pk: row.account_id})
    return row
