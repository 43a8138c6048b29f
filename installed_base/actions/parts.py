"""What a customer says to spend on parts elsewhere (PA-03)."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import Organisation, User
from core.money import in_reporting
from installed_base.models import Account, Contact, PartsStatement


class StatementRefused(ValueError):
    """Why it cannot be written down, as a sentence for the person who asked."""


def state_parts(
    *,
    account: Account,
    elsewhere: Decimal,
    said_on: date,
    by: User,
    on: date,
    currency: str = "",
    contact: Contact | None = None,
    note: str = "",
) -> PartsStatement:
    """Write down what they said to spend a year on parts from others; without a currency in the reporting one."""
    if said_on > on:
        raise StatementRefused(_("That day has not come yet; choose today or earlier."))
    if elsewhere < 0:
        raise StatementRefused(_("Nobody spends less than nothing; say 0 where they buy all parts from us."))
    if contact is not None and contact.account_id != account.pk:
        raise StatementRefused(_("%(person)s does not belong to this account.") % {"person": contact})
    own = currency or Organisation.objects.ours().reporting_currency
    with audited(by=by, why="installed_base.state_parts"):
        row = PartsStatement.objects.create(
            account=account,
            contact=contact,
            on=said_on,
            elsewhere=elsewhere,
            currency=own,
            elsewhere_reporting=in_reporting(elsewhere, own, said_on),
            by=by,
            note=note.strip(),
            known_on=on,
        )
        touch("parts_statement", [row.pk], since=said_on, account_of={row.pk: account.pk})
    return row
