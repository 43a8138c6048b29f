"""What the day needs to know of the calendars of the organisation and its customers; who may write in which journal."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from core import opening
from core.holidays import holidays_of
from core.policies import policy_on
from core.reach import Level, reach_of
from installed_base.models import Account
from playbooks.rules import DayPolicy, on_working_day


@dataclass(frozen=True)
class WorkingDays:
    """On which days a task may fall due (G-14). Without `rolls`, on any."""

    rolls: bool
    home: str
    theirs: bool

    def on_or_after(self, day: date, country: str = "") -> date:
        """The day itself, or the next on which both we and a customer in that country work."""
        if not self.rolls:
            return day
        return on_working_day(day, holidays_of(*((self.home, country) if self.theirs else (self.home,))))


def working_days(on: date) -> WorkingDays:
    """The working days by the policy of that day."""
    policy = policy_on(DayPolicy, on).values
    return WorkingDays(policy.tasks_on_working_days, opening.ours().country, policy.tasks_keep_their_holidays)


def writable_accounts(user: Any) -> Any:
    """Accounts in whose journal this user may write: their own; for technicians those of their machines."""
    rows = Account.objects.all()
    return rows.visible_to(user) if reach_of(user).level is Level.ASSIGNED else rows.changeable_by(user)
