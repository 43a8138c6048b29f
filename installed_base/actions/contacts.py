"""People at customers, and contact moments: that somebody of ours spoke with somebody of theirs."""

from datetime import date

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.history import keep
from core.models import User
from installed_base.models import Account, Contact, ContactMoment, ContactPeriod


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


def add_contact(
    *, account: Account, name: str, by: User, on: date, job_title: str = "", email: str = "", phone: str = ""
) -> Contact:
    """Write down a person at a customer, or find the one who has that address there; without an address, that name.

    Somebody of whom only the address is known is called by it. Who is known stays as they stand.
    """
    called, address = name.strip(), email.strip()
    with audited(by=by, why="installed_base.add_contact"):
        there = Contact.objects.filter(account=account, left_on__isnull=True).order_by("pk")
        same = there.filter(email__iexact=address) if address else there.filter(name__iexact=called)
        if (known := same.first()) is not None:
            return known
        made: Contact = Contact.objects.create(
            account=account,
            name=(called or address)[:160],
            job_title=job_title.strip(),
            email=address,
            phone=phone.strip(),
            known_on=on,
        )
        keep(ContactPeriod, [made.pk], on=on)
        touch("contact", [made.pk], since=on, account_of={made.pk: account.pk})
    return made
