"""The start of a machine in words: phases, courses, and why something is wrong."""

from dataclasses import replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.display import day, number
from health.rules.adoption import Phase
from health.rules.red_flags import Course, Flag, Standing, Why

PHASES = {
    Phase.BEFORE: gettext_lazy("Before go-live"),
    Phase.EARLY: gettext_lazy("Early adoption"),
    Phase.VALUE: gettext_lazy("Realising value"),
    Phase.STEADY: gettext_lazy("Steady state"),
    Phase.OVER: gettext_lazy("Onboarded"),
}
SPANS = {
    Phase.BEFORE: gettext_lazy("installed or expected, not live yet"),
    Phase.EARLY: gettext_lazy("weeks 1 to 4: no blockers left"),
    Phase.VALUE: gettext_lazy("weeks 5 to 12: as promised, and they can say what it brings"),
    Phase.STEADY: gettext_lazy("from month 4: reviews, maintenance, updates"),
    Phase.OVER: gettext_lazy("live for more than half a year"),
}
COURSES = {
    Course.ON_TRACK: gettext_lazy("On track"),
    Course.BEHIND: gettext_lazy("Behind"),
    Course.STUCK: gettext_lazy("Stuck"),
}
# The status a course is drawn in.
STATUS = {Course.ON_TRACK: "good", Course.BEHIND: "watch", Course.STUCK: "risk"}


def reason(flag: Flag, about: str | None = None) -> str:
    """Why something is wrong, as a sentence; `about` names what it is about otherwise."""
    return _SAID[flag.why](flag if about is None else replace(flag, about=about))


def _days(flag: Flag) -> dict[str, Any]:
    return {"n": int(flag.amount or 0), "goal": int(flag.goal or 0), "what": flag.about, "day": day(flag.since)}


def _standstill(flag: Flag) -> str:
    said = ngettext(
        "It has stood still for %(n)s day without a solution.",
        "It has stood still for %(n)s days without a solution.",
        int(flag.amount or 0),
    )
    return said % _days(flag)


def _silence(flag: Flag) -> str:
    said = ngettext(
        "Nobody has spoken with them for %(n)s day; %(goal)s is the most now.",
        "Nobody has spoken with them for %(n)s days; %(goal)s is the most now.",
        int(flag.amount or 0),
    )
    return said % _days(flag)


def _ticket(flag: Flag) -> str:
    said = ngettext(
        "%(what)s has been open for %(n)s day; %(goal)s is the most.",
        "%(what)s has been open for %(n)s days; %(goal)s is the most.",
        int(flag.amount or 0),
    )
    return said % _days(flag)


def _below(flag: Flag) -> str:
    figures = {"what": flag.about, "measured": _figure(flag.amount), "promised": _figure(flag.goal)}
    return _("“%(what)s”: measured %(measured)s, promised %(promised)s.") % figures


def _flat(flag: Flag) -> str:
    return _("Output does not rise: %(percent)s %% in two weeks.") % {"percent": number(flag.amount or 0, 1)}


def _promise_late(flag: Flag) -> str:
    said = ngettext(
        "“%(what)s” was due %(n)s day ago and is not measured.",
        "“%(what)s” was due %(n)s days ago and is not measured.",
        int(flag.amount or 0),
    )
    return said % _days(flag)


def _first_value_late(flag: Flag) -> str:
    return _("Not on specification %(n)s days after installation; %(goal)s is the goal.") % _days(flag)


def _value_late(flag: Flag) -> str:
    return _("No result realised %(n)s days after going live; %(goal)s is the goal.") % _days(flag)


def _untrained(flag: Flag) -> str:
    return _("%(n)s of %(goal)s operators are trained.") % _days(flag)


def _not_live(flag: Flag) -> str:
    said = ngettext(
        "Promised to be live %(n)s day ago, and it is not.",
        "Promised to be live %(n)s days ago, and it is not.",
        int(flag.amount or 0),
    )
    return said % _days(flag)


def _figure(value: Any) -> str:
    """As it was written: without zeros at the end."""
    return number(value, max(-value.normalize().as_tuple().exponent, 0)) if value is not None else "–"


_SAID = {
    Why.STANDSTILL: _standstill,
    Why.SILENCE: _silence,
    Why.TICKET: _ticket,
    Why.BELOW: _below,
    Why.FLAT: _flat,
    Why.PROMISE_LATE: _promise_late,
    Why.FIRST_VALUE_LATE: _first_value_late,
    Why.VALUE_LATE: _value_late,
    Why.UNTRAINED: _untrained,
    Why.NOT_LIVE: _not_live,
}


def day_words(standing: Standing, early_days: int, value_days: int) -> str:
    """Where it is in its phase: "day 12 of 28"."""
    if standing.day is None:
        installed = standing.start.installed_on
        if installed is None:
            return _("not installed yet")
        days = (standing.on - installed).days
        if not days:
            return _("installed today")
        return ngettext("installed %(n)s day ago", "installed %(n)s days ago", days) % {"n": days}
    if standing.phase is Phase.EARLY:
        return _("day %(n)s of %(all)s") % {"n": standing.day, "all": early_days}
    if standing.phase is Phase.VALUE:
        return _("day %(n)s of %(all)s") % {"n": standing.day, "all": value_days}
    return _("day %(n)s") % {"n": standing.day}
