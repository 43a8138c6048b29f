"""Parts at Voss Robotics: what customers say to spend elsewhere, and why some buy fewer."""

from datetime import date, timedelta
from decimal import Decimal

from django.db.models import Sum

from core.audit import audited
from core.calendar import add_months
from core.models import User
from core.scope import System
from expansion.actions.checking_in import close_check_in
from expansion.queries.hunting import BY_KEY
from installed_base.actions.parts import state_parts
from installed_base.models import Account, Contact, PartsOrder

# What they spend elsewhere, as a part of what they order here; the last of them buys all its parts from us.
SPENT = ("0.90", "1.40", "0.65", "1.10", "2.20", "0.80", "0.50", "1.75", "0.95", "1.30", "0.70", "0.00")
WHY = (
    ("aftermarket", "Filters and belts from a web shop, a third cheaper"),
    ("problem", "Two deliveries came late in spring"),
    ("idle", "The second line stands still until the new order in March"),
    ("aftermarket", ""),
    ("other", "They changed the supplier of consumables group-wide"),
)


def say(on: date) -> int:
    """The words of the largest buyers of parts, and the reasons of those who buy clearly less. Answers how many."""
    with audited(by=System("demo"), why="demo.parts"):
        return _statements(on) + _reasons(on)


def _statements(on: date) -> int:
    year = PartsOrder._base_manager.filter(ordered_on__gt=add_months(on, -12), ordered_on__lte=on)
    bought = year.values("account_id").annotate(sum=Sum("amount_reporting")).filter(sum__gt=0)
    largest = list(bought.order_by("-sum", "account_id").values_list("account_id", "sum")[: len(SPENT)])
    accounts = Account._base_manager.select_related("owner__user").in_bulk([pk for pk, _sum in largest])
    written = 0
    for n, ((pk, worth), part) in enumerate(zip(largest, SPENT, strict=False)):
        account = accounts[pk]
        said = Contact._base_manager.filter(account=account, left_on__isnull=True).order_by("pk").first()
        state_parts(
            account=account,
            elsewhere=(worth * Decimal(part)).quantize(Decimal(100)),
            said_on=on - timedelta(days=20 + 37 * n),
            contact=said,
            by=_writer(account),
            on=on,
        )
        written += 1
    return written


def _reasons(on: date) -> int:
    rows = BY_KEY["fewer"].rows(System("demo"), on).order_by("since", "pk")[: len(WHY)]  # type: ignore[arg-type]
    found = list(rows)
    for n, (account, (why, note)) in enumerate(zip(found, WHY, strict=False)):
        close_check_in(account=account, why=why, note=note, by=_writer(account), on=on - timedelta(days=6 + 11 * n))
    return len(found)


def _writer(account: Account) -> User:
    """The owner, or the first person where the owner is a pool."""
    return account.owner.user or User.objects.order_by("pk").first()  # type: ignore[return-value]
