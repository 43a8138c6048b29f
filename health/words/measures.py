"""What a measure says: its value with its unit, or what is missing and where it comes from."""

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import display
from health.words.catalogue import Unit, wording


def value_words(key: str, value: Decimal | None) -> str:
    """The value of a measure with its unit: 64%, 97 days, 2, yes."""
    if value is None:
        return display.MISSING
    unit = wording(key).unit
    if unit is Unit.SHARE:
        return display.percent(value, 0)
    if unit is Unit.DAYS and not value:
        return _("less than a month")  # days count in steps of two weeks or a month: the first one is no number
    if unit is Unit.DAYS:
        return ngettext("%(count)s day", "%(count)s days", int(value)) % {"count": display.number(value)}
    if unit is Unit.YES:
        return _("yes") if value else _("none")
    return display.number(value, 1) if unit is Unit.MARK else display.number(value)


def measure_words(key: str, value: Decimal | None) -> str:
    """What a measure says, or what is missing and where it comes from."""
    words = wording(key)
    return str(words.missing) if value is None else str(words.said) % {"value": value_words(key, value)}


def dimension_words(measures: Iterable[Any], most: int = 2) -> str:
    """One sentence of why, made of the measures that cost most; of an unknown dimension, what is missing."""
    measures = list(measures)
    known = [m for m in measures if m.points is not None]
    if not known:
        return next((measure_words(m.key, None) for m in measures), "")
    worst = sorted(known, key=lambda m: (-m.weight * (100 - m.points), m.key))
    return ", ".join(measure_words(m.key, m.value) for m in worst[:most])
