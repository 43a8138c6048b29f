"""Training of operators: who is to learn a machine, and who has."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from installed_base.models import Asset, Contact, Training

MOST = 500


class TrainingRefused(ValueError):
    """Why it cannot be written down, as a sentence for the person who asked."""


def plan_training(
    *,
    asset: Asset,
    kind: str,
    by: User,
    on: date,
    contact: Contact | None = None,
    people: int = 1,
    planned_on: date | None = None,
) -> Training:
    """Somebody is to be trained on a machine, or so many of whom no name is known."""
    if contact is not None and contact.account_id != asset.account_id:
        raise TrainingRefused(_("%(person)s does not belong to this account.") % {"person": contact})
    if not 1 <= people <= MOST:
        raise TrainingRefused(_("Train between 1 and %(most)s people at a time.") % {"most": MOST})
    with audited(by=by, why="installed_base.plan_training"):
        known = Training._base_manager.filter(asset=asset, contact=contact, kind=kind)
        if contact is not None and known.exists():
            raise TrainingRefused(_("%(person)s is on the list for this already.") % {"person": contact})
        row = Training.objects.create(
            account_id=asset.account_id,
            asset=asset,
            contact=contact,
            people=1 if contact else people,
            kind=kind,
            planned_on=planned_on,
            known_on=on,
        )
        _touch(row, on)
    return row


def mark_trained(*, training: int, trained_on: date, by: User, on: date, people: int | None = None) -> Training:
    """They were trained on that day. Of a number without names, `people` of them: the rest stays to be trained."""
    if trained_on > on:
        raise TrainingRefused(_("That day has not come yet; choose today or earlier."))
    with audited(by=by, why="installed_base.mark_trained"):
        row = _locked(training, by)
        if row.trained_on is not None:
            raise TrainingRefused(_("This was marked as trained before."))
        if people is not None and not 1 <= people <= row.people:
            raise TrainingRefused(_("Choose between 1 and %(most)s people.") % {"most": row.people})
        if people is not None and people < row.people:
            _leave_rest(row, row.people - people)
            row.people = people
        row.trained_on, row.trained_by = trained_on, by
        row.save(update_fields=["people", "trained_on", "trained_by"])
        _touch(row, trained_on)
    return row


def _leave_rest(row: Training, people: int) -> None:
    """Those who are still to be trained get a row of their own."""
    Training.objects.create(
        account_id=row.account_id,
        asset_id=row.asset_id,
        people=people,
        kind=row.kind,
        planned_on=row.planned_on,
        known_on=row.known_on,
    )


def unmark_trained(*, training: int, by: User, on: date) -> Training:
    """Take back that they were trained."""
    with audited(by=by, why="installed_base.unmark_trained"):
        row = _locked(training, by)
        since = row.trained_on or on
        row.trained_on, row.trained_by = None, None
        row.save(update_fields=["trained_on", "trained_by"])
        _touch(row, since)
    return row


def remove_training(*, training: int, by: User, on: date) -> None:
    """They do not have to be trained after all. Who was trained stays on record."""
    with audited(by=by, why="installed_base.remove_training"):
        row = _locked(training, by)
        if row.trained_on is not None:
            raise TrainingRefused(_("Who was trained stays on record."))
        _touch(row, on)
        row.delete()


def _locked(pk: int, by: Any) -> Training:
    row: Training = (
        Training.objects.changeable_by(by).select_for_update(of=("self",)).select_related("asset").get(pk=pk)
    )
    return row


def _touch(row: Training, since: date) -> None:
    touch("training", [row.pk], since=since, account_of={row.pk: row.account_id})
