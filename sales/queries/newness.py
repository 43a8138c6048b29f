"""What a company is to us on a day: never a customer, one before, or one today (metrics.md)."""

from datetime import date

from core.calendar import add_months
from installed_base.metrics.asof import terms_in_force
from installed_base.models import LedgerEntry, Term
from sales.models import DealKind


def kind_of_deal(account: int, on: date) -> str:
    """New for one who never paid, won back for one who paid before; empty for a customer who pays."""
    year = add_months(on, -12)
    paid = LedgerEntry._base_manager.filter(
        account=account, state=LedgerEntry.State.POSTED, amount_reporting__gt=0, on__lte=on
    )
    running = terms_in_force(on).filter(contract__account=account)
    if running.exists() or paid.filter(on__gt=year).exists():
        return ""
    ever = paid.exists() or Term._base_manager.filter(contract__account=account, starts_on__lte=on).exists()
    return DealKind.WIN_BACK.value if ever else DealKind.NEW_LOGO.value
