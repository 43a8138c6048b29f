"""Public holidays of the organisation and of its customers, by the country as it stands with them."""

from collections.abc import Container
from datetime import date
from functools import lru_cache

import holidays
from holidays.registry import COUNTRIES

from core import opening


def holidays_of(*countries: str) -> Container[date]:
    """The public holidays of these countries, in any year; none of a country whose calendar is not known."""
    return _Closed(countries)


def our_holidays() -> Container[date]:
    """Those of the organisation's own country."""
    return holidays_of(opening.ours().country)


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
