"""Invented numbers for the style page and the tests of the drawings."""

from __future__ import annotations

from django.utils.safestring import SafeString

from core.charts.spark import Trend, draw_trend

MONTHS = (102, 103, 102.6, 103.4, 103, 104.1, 103.2, 104, 104.6, 104.1, 103.4, 104.4, 104.2, 104.9, 104.5, 105.1, 105.6, 105.4, 106.2, 106, 107.1, 107.9, 107.2, 106.8)


def all_charts() -> dict[str, SafeString]:
    """Name of the chart and its markup."""
    return {"trend": draw_trend(Trend(MONTHS, "watch", target=110, title="Net revenue retention, 24 months"))}
