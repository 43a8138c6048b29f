"""What the day needs to know of the calendars of the organisation and its customers; who may write in which journal."""

from collections.abc import Container
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import holidays
from holidays.registry import COUNTRIES

from core import opening
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
        return on_working_day(day, _Closed((self.home, country) if self.theirs else (self.home,)))


def working_days(on: date) -> WorkingDays:
    """The working days by the policy of that day."""
    policy = policy_on(DayPolicy, on).values
    return WorkingDays(policy.tasks_on_working_days, opening.ours().country, policy.tasks_keep_their_holidays)


def holidays_of(*countries: str) -> Container[date]:
    """The public holidays of these countries, in any year."""
    return _Closed(countries)


class _Closed:
    """The public holidays of some countries, in any year. Weekends are no part of it: rolling knows them by itself."""

    def __init__(self, countries: tuple[str, ...]) -> None:
        self.countries = countries

    def __contains__(self, day: object) -> bool:
        assert isinstance(day, date)
        return any(day in _holidays(country, day.year) for country in self.countries)


@lru_cache(maxsize=512)
def _holidays(country: str, year: int) -> frozenset[date]:
    """Of a country by its code or its English name; none where the calendar of that country is not known."""
    code = _codes().get(country.lower().replace(" ", ""))
    return frozenset(holidays.country_holidays(code, years=year)) if code else frozenset()


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    """Names and codes of countries in small letters, to the code of two letters."""
    return {word.lower(): entry[1] for entry in COUNTRIES.values() for word in entry[:3]}


def writable_accounts(user: Any) -> Any:
    """Accounts in whose journal this user may write: their own; for technicians those of their machines."""
    rows = Account.objects.all()
    return rows.visible_to(user) if reach_of(user).level is Level.ASSIGNED else rows.changeable_by(user)
