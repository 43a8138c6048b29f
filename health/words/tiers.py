"""A tier and a score in a sentence, and how much of it is known."""

from decimal import ROUND_FLOOR, Decimal

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from core import display

STATUS = {"green": "good", "yellow": "watch", "red": "risk", "unknown": "unknown"}


def tier_word(tier: str) -> str:
    """A tier inside a sentence."""
    return {
        "green": pgettext("tier in a sentence", "green"),
        "yellow": pgettext("tier in a sentence", "yellow"),
        "red": pgettext("tier in a sentence", "red"),
    }.get(tier, _("no score"))


def points(value: Decimal | None) -> str:
    """A score or points with at most one decimal: 52, 79.4."""
    if value is None:
        return display.MISSING
    rounded = round(value, 1)
    return display.number(rounded, 0 if rounded == rounded.to_integral_value() else 1)


def whole(score: Decimal | None) -> str:
    """A score in whole points, rounded down as the pills do: 79.6 is 79, for it is not green yet."""
    return display.MISSING if score is None else display.number(score.to_integral_value(ROUND_FLOOR))


def range_words(coverage: Decimal, low: Decimal, high: Decimal) -> str:
    """How much is known, and what the score could be; empty where everything is."""
    if coverage >= 1:
        return ""
    said = {"share": display.percent(coverage, 0), "low": points(low), "high": points(high)}
    return _("%(share)s known, between %(low)s and %(high)s") % said


def doubt_words(tier: str, may_be: str | None) -> str:
    """ "Yellow that may be green": the tier of what is known, and the one the unknown may make of it."""
    if not may_be or may_be == tier:
        return ""
    words = {
        ("yellow", "green"): _("Yellow that may be green"),
        ("red", "yellow"): _("Red that may be yellow"),
        ("red", "green"): _("Red that may be green"),
        ("green", "yellow"): _("Green that may be yellow"),
        ("green", "red"): _("Green that may be red"),
        ("yellow", "red"): _("Yellow that may be red"),
    }
    return words.get((tier, may_be), "")
