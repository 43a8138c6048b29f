"""Contact moments: that somebody of ours spoke with somebody of theirs."""

from datetime import date

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from installed_base.models import Account, Contact, ContactMoment


class MomentRefused(ValueError):
    """Why it cannot be written down, as a sentence for the person who asked."""


def log_contact(
    *,
    account: Account,
    kind: str,
    happened_on: date,
    by: User,
    on: date,
    contact: Contact | None = None,
    note: str = "",
    about: tuple[str, int] | None = None,
) -> ContactMoment:
    """Write down a call, meeting, visit or answered message. `on` is today; `about` what it was about (kind, id).

    Raises MomentRefused for one that has not taken place yet, and for a person of another account.
    """
    if happened_on > on:
        raise MomentRefused(_("A contact is one that took place; choose today or earlier."))
    if contact is not None and contact.account_id != account.pk:
        raise MomentRefused(_("%(person)s does not belong to this account.") % {"person": contact})
    subject_kind, subject_id = about or ("", None)
    with audited(by=by, why="installed_base.log_contact"):
        moment = ContactMoment.objects.create(
            account=account,
            contact=contact,
            by=by,
            kind=kind,
            on=happened_on,
            note=note.strip(),
            subject_kind=subject_kind,
            subject_id=subject_id,
            known_on=on,
        )
        touch("moment", [moment.pk], since=happened_on, account_of={moment.pk: account.pk})
    return moment
