"""What a cell of spend is called, and why something cannot be entered there."""

from collections.abc import Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sales.rules.spend import BELOW_ZERO, NOT_BEGUN, TOO_MUCH, Cell

REFUSALS: dict[str, Any] = {
    BELOW_ZERO: gettext_lazy("spend is not below zero. Enter 0 where nothing was spent."),
    TOO_MUCH: gettext_lazy("that is more than can be spent. Enter an amount below 10^12."),
    NOT_BEGUN: gettext_lazy("this month has not begun yet. Choose one up to the month of today."),
}


def said(cell: Cell, names: Mapping[int, str]) -> str:
    """As “Trade fairs, March 2026”; `names` are those of sources."""
    name = _("In general") if cell.source is None else names.get(cell.source, "")
    return f"{name}, {date_format(cell.month, 'F Y')}"
