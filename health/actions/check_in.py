"""Checking in on a machine that started: the contact is written down, and the check-in that was due is done."""

from datetime import date

from core.audit import audited
from core.models import User
from installed_base.actions.contacts import log_contact
from installed_base.models import Asset, Contact, ContactMoment
from playbooks.library import ONBOARDING
from playbooks.models import Task


def check_in(
    *,
    asset: Asset,
    kind: str,
    happened_on: date,
    by: User,
    on: date,
    contact: Contact | None = None,
    note: str = "",
) -> ContactMoment:
    """Log a contact about a machine, and complete the check-in of its start that is open. Raises MomentRefused."""
    with audited(by=by, why="health.check_in"):
        moment = log_contact(
            account=asset.account,
            kind=kind,
            happened_on=happened_on,
            by=by,
            on=on,
            contact=contact,
            note=note,
            about=("asset", asset.pk),
        )
        due = Task.objects.filter(
            account_id=asset.account_id,
            play__playbook=ONBOARDING,
            play__anchor_on=asset.went_live_on,
            step__startswith="check-in",
        )
        due.visible_to(by).open().update(done_on=happened_on, done_by=by)
    return moment
