"""What the page of an account's parts says."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.display import ago, day, number, percent
from dashboards.queries.parts import Beat, Parts
from expansion.rules.rhythm import Rhythm, Trend


def standfirst(parts: Parts, on: date) -> str:
    """When they ordered last, and when the next order is to be expected."""
    whole = parts.whole
    if whole is None:
        return _("No order of parts of this account is known.")
    said = _("Last order %(ago)s.") % {"ago": ago(whole.last_on, on)}
    if whole.usual_days is None:
        return said
    words = {"days": number(whole.usual_days), "day": day(whole.next_on)}
    return f"{said} " + _("They usually order every %(days)s days; the next is expected by %(day)s.") % words


def rhythm_title(parts: Parts, on: date) -> str:
    late = sum(1 for beat in parts.beats if beat.rhythm.late)
    overdue = sum(1 for beat in parts.beats if beat.rhythm.overdue(on))
    if not parts.beats:
        return _("No machine has orders of its own")
    if not late and overdue:
        return ngettext(
            "%(n)s machine is past the day of its next order", "%(n)s machines are past the day of their next order",
            overdue,
        ) % {"n": number(overdue)}  # fmt: skip
    if not late:
        return _("Every machine is in its rhythm")
    return ngettext(
        "%(n)s machine is beyond its ordering rhythm", "%(n)s machines are beyond their ordering rhythm", late
    ) % {"n": number(late)}


def share(parts: Parts) -> str:
    """Our part of what they spend on parts, or why it is not known."""
    found = parts.figures["wallet_share"]
    return percent(found.value, 0) if found.value is not None else _("unknown")


def trend(rhythm: Rhythm | None) -> tuple[str, str] | None:
    """Status and word of the year beside the year before."""
    if rhythm is None or rhythm.trend is None:
        return None
    return {
        Trend.MORE: ("good", _("more than the year before")),
        Trend.LEVEL: ("watch", _("as much as the year before")),
        Trend.FEWER: ("risk", _("less than the year before")),
    }[rhythm.trend]


def row(beat: Beat, on: date) -> dict[str, Any]:
    """A machine in the table."""
    rhythm = beat.rhythm
    return {"machine": beat.machine, "rhythm": rhythm, "overdue": rhythm.overdue(on), "trend": trend(rhythm)}
