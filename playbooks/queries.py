"""What the day needs to know about the calendar of the organisation, and in whose journal somebody may write."""

from datetime import date
from functools import lru_cache
from typing import Any

import holidays

from core import opening
from core.policies import policy_on
from core.reach import Level, reach_of
from installed_base.models import Account
from playbooks.rules import DayPolicy


def closed_days(on: date) -> frozenset[date]:
    """Public holidays of the organisation's country, this year and the next; none where tasks do not roll.

    Weekends are no part of it: rolling a task knows them by itself.
    """
    if not policy_on(DayPolicy, on).values.tasks_on_working_days:
        return frozenset()
    return _holidays(opening.ours().country, on.year)


@lru_cache(maxsize=64)
def _holidays(country: str, year: int) -> frozenset[date]:
    try:
        return frozenset(holidays.country_holidays(country, years=[year, year + 1]))
    except NotImplementedError:
        return frozenset()


def writable_accounts(user: Any) -> Any:
    """Accounts in whose journal this user may write: their own; for technicians those of their machines."""
    rows = Account.objects.all()
    return rows.visible_to(user) if reach_of(user).level is Level.ASSIGNED else rows.changeable_by(user)
