"""Money in the reporting currency, at the rate of its own date, fixed when it is written (metrics.md, Money)."""

from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from core.models import ExchangeRate, Organisation

CENT = Decimal("0.01")


def rate_on(currency: str, on: date) -> Decimal | None:
    """Units of the reporting currency for one unit of `currency` on that date: 1 for the reporting currency itself,
    the last rate on or before the date for another, None (unknown) where there is none."""
    if currency == Organisation.objects.ours().reporting_currency:
        return Decimal(1)
    found = ExchangeRate.objects.filter(currency=currency, on__lte=on).order_by("-on").first()
    return found.rate if found else None


def in_reporting(amount: Decimal | None, currency: str, on: date) -> Decimal | None:
    """The amount in the reporting currency, in cents; None where amount or rate is unknown."""
    rate = None if amount is None else rate_on(currency, on)
    return None if amount is None or rate is None else (amount * rate).quantize(CENT, ROUND_HALF_UP)


def rate_sql(currency: str, on: str, home: str) -> str:
    """The same in SQL, over expressions of ours: `home` is a literal."""
    return (
        f"CASE WHEN {currency} = {home} THEN 1 ELSE (SELECT r.rate FROM core_exchangerate r"
        f" WHERE r.currency = {currency} AND r.on <= {on} ORDER BY r.on DESC LIMIT 1) END"
    )
