"""Revenue of each customer in the twelve-month windows to a date, oldest first."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

from django.db.models import F, Q, Sum, Value
from django.db.models.functions import Coalesce

from core.calendar import add_months
from core.metrics import NUMBER, Ask, Filters, Window
from installed_base.metrics.asof import accounts_asked, known_by, narrows_accounts
from installed_base.metrics.revenue import share_of
from installed_base.models import LedgerEntry

YEARS = 6


def windows(on: date, years: int = YEARS) -> list[Window]:
    """Each counted from the date itself, as T12M is; the latest one is T12M."""
    ends = [add_months(on, -12 * back) for back in reversed(range(years + 1))]
    return [Window(first + timedelta(days=1), last) for first, last in pairwise(ends)]


def revenue_by_window(*, on: date, actor: Any, filters: Filters, years: int = YEARS) -> list[tuple[Decimal, ...]]:
    """One row per customer with revenue; merged accounts count as their survivor. One query."""
    found = windows(on, years)
    ask = Ask(on, actor, replace(filters, product_line=None))
    rows = LedgerEntry.objects.visible_to(actor).filter(known_by(filters), state=LedgerEntry.State.POSTED, on__lte=on)
    if narrows_accounts(filters):
        rows = rows.filter(account__in=accounts_asked(ask))
    if filters.product_line:
        rows = rows.filter(product__line=filters.product_line)
    recent = Q(period_to__gte=found[0].first) | Q(period_to__isnull=True, on__gte=found[0].first)
    sums = {f"year_{n}": _sum(window) for n, window in enumerate(found)}
    held = rows.filter(recent).values(customer=Coalesce("account__merged_into_id", F("account_id"))).annotate(**sums)
    return list(held.order_by("customer").values_list(*sums))


def _sum(window: Window) -> Coalesce:
    return Coalesce(Sum(share_of("amount_reporting", window)), Value(Decimal(0), NUMBER), output_field=NUMBER)
