"""What customers told us about themselves, and companies that may become customers."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.history import keep
from core.models import Owner, User
from installed_base.models import Account, AccountPeriod

MOST = Decimal(10) ** 8


class AccountRefused(ValueError):
    """Why it cannot be written down, as a sentence for the person who asked."""


def state_downtime_cost(*, account: int, cost: Decimal | None, by: User) -> Account:
    """Write down what an hour of standstill costs this customer, in the reporting currency; None: not known any more.

    No figure or rule rests on it, so nothing is touched. Raises AccountRefused for an amount below zero or beyond all
    measure, and Account.DoesNotExist for one that `by` may not change.
    """
    if cost is not None and not 0 <= cost < MOST:
        raise AccountRefused(_("An hour of standstill costs nothing or more, and less than a hundred million."))
    with audited(by=by, why="installed_base.state_downtime_cost"):
        row: Account = Account.objects.changeable_by(by).select_for_update(of=("self",)).get(pk=account)
        row.downtime_cost_hour = cost
        row.save(update_fields=["downtime_cost_hour"])
    return row


def found_account(
    *, name: str, owner: Owner, by: User, on: date, city: str = "", country: str = "", industry: str = ""
) -> Account:
    """Write down a company that has nothing of ours yet. Raises AccountRefused without a name."""
    if not name.strip():
        raise AccountRefused(_("Say what the company is called."))
    with audited(by=by, why="installed_base.found_account"):
        row: Account = Account.objects.create(
            name=name.strip(),
            owner=owner,
            city=city.strip(),
            country=country.strip(),
            industry=industry.strip(),
            known_on=on,
        )
        keep(AccountPeriod, [row.pk], on=on)
        touch("account", [row.pk], since=on, account_of={row.pk: row.pk})
    return row
