"""QBRs in words: figures, their rows, the state of a meeting and the clock of its summary."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from core.display import day, moment, number, percent, weekday
from dashboards.qbr.content import PARTS
from dashboards.qbr.figures import How, Key, PackFigure, PackRow, from_json
from playbooks.models import Qbr, QbrPart
from renewals.rules.value import Key as OfYear
from renewals.views.value_words import NAMES as OF_VALUE
from renewals.views.value_words import hours

NAMES = {
    Key.UPTIME: OF_VALUE[OfYear.UPTIME],
    Key.DOWNTIME: OF_VALUE[OfYear.DOWNTIME],
    Key.STOPS: OF_VALUE[OfYear.STOPS],
    Key.OUTPUT: gettext_lazy("Output"),
    Key.QUALITY: gettext_lazy("Quality"),
    Key.OPENED: gettext_lazy("Tickets opened"),
    Key.SOLVED: OF_VALUE[OfYear.SOLVED],
    Key.RESPONSE: OF_VALUE[OfYear.RESPONSE],
    Key.RESOLUTION: OF_VALUE[OfYear.RESOLUTION],
    Key.VISITS: OF_VALUE[OfYear.VISITS],
    Key.GOALS: gettext_lazy("Goals met"),
    Key.WINS: gettext_lazy("Won in these months"),
    Key.SATISFACTION: gettext_lazy("Satisfaction"),
    Key.RECOMMEND: gettext_lazy("Would recommend us"),
    Key.ACTIONS: gettext_lazy("Actions done"),
}
MEANS = {
    Key.UPTIME: gettext_lazy(
        "The hours that the machines stood with you, 24 a day, less the hours of their stops; over the hours they stood"
        " with you."
    ),
    Key.DOWNTIME: gettext_lazy("The hours that machines stood still without a plan, added up over the stops."),
    Key.STOPS: gettext_lazy("Breakdowns, and whatever else kept a machine down for some time."),
    Key.OUTPUT: gettext_lazy("What the machines made, in their own units, added up."),
    Key.QUALITY: gettext_lazy("Good output over all output, of the machines that count both."),
    Key.OPENED: gettext_lazy("Tickets that were opened in these days."),
    Key.SOLVED: gettext_lazy("Tickets that were resolved in these days."),
    Key.RESPONSE: gettext_lazy("The middle one of the hours from opening a ticket to the first answer."),
    Key.RESOLUTION: gettext_lazy("The middle one of the hours from opening to resolution, of the tickets solved."),
    Key.VISITS: gettext_lazy("Visits to you in these days."),
    Key.GOALS: gettext_lazy("Goals that we both call met, over all goals that were agreed."),
    Key.WINS: gettext_lazy("Goals that were met in these days."),
    Key.SATISFACTION: gettext_lazy(
        "The mean of the answers to the question how satisfied your people are, out of ten."
    ),
    Key.RECOMMEND: gettext_lazy("The mean of the answers to the question whether they would recommend us, out of ten."),
    Key.ACTIONS: gettext_lazy("Actions of last time that are done, over all of them."),
}
HOW = {
    How.SUM: gettext_lazy("All rows"),
    How.MIDDLE: gettext_lazy("The middle one"),
    How.MEAN: gettext_lazy("The mean"),
    How.SHARE: gettext_lazy("The first sum over the second"),
}
STATES = {
    "to_plan": gettext_lazy("to plan"),
    "planned": pgettext_lazy("qbr", "planned"),
    "summary": gettext_lazy("summary due"),
    "held": gettext_lazy("held"),
    "cancelled": gettext_lazy("called off"),
}
STATUS = {"to_plan": "watch", "planned": "good", "summary": "watch", "held": "good", "cancelled": "unknown"}
_HOURS = (Key.DOWNTIME, Key.RESPONSE, Key.RESOLUTION)
_SCORES = (Key.SATISFACTION, Key.RECOMMEND)


@dataclass(frozen=True)
class Shown:
    """A figure as it is printed."""

    key: str
    name: str
    value: str
    note: str
    counts: str
    means: str


def said(key: Key, value: Decimal | None) -> str:
    """A value in the unit of its figure: 99.4%, 47 h, 8.4 of 10, 12."""
    if value is None:
        return _("not known")
    if key in _HOURS:
        return hours(value)
    if key in _SCORES:
        return _("%(value)s of 10") % {"value": number(value, 1)}
    if key in (Key.UPTIME, Key.QUALITY):
        return percent(value, 2)
    return number(value)


def shown(found: PackFigure) -> Shown:
    return Shown(
        key=found.key.value,
        name=str(NAMES[found.key]),
        value=_value(found),
        note=_note(found),
        counts=ngettext("%(n)s row", "%(n)s rows", len(found.rows)) % {"n": number(len(found.rows))},
        means=str(MEANS[found.key]),
    )


def _value(found: PackFigure) -> str:
    if found.key in (Key.GOALS, Key.ACTIONS) and found.value is not None:
        met = sum((row.amount or Decimal(0) for row in found.rows), Decimal(0))
        return _("%(n)s of %(all)s") % {"n": number(met), "all": number(len(found.rows))}
    return said(found.key, found.value)


def _note(found: PackFigure) -> str:
    if found.value is None:
        return _("nobody wrote it down") if found.rows else _("nothing on record")
    parts = [_before(found)] if found.was is not None else []
    if found.unknown:
        parts.append(_("%(n)s not known") % {"n": number(found.unknown)})
    return ", ".join(parts)


def _before(found: PackFigure) -> str:
    if found.was == found.value:
        return _("as in the months before")
    return _("%(value)s in the months before") % {"value": said(found.key, found.was)}


def rows_of(found: PackFigure) -> list[tuple[PackRow, str, str]]:
    """The rows behind a figure, with their amounts in words."""
    return [(row, said_row(found.key, row.amount), said_row(found.key, row.of)) for row in found.rows]


def said_row(key: Key, amount: Decimal | None) -> str:
    """The amount of one row, in its own unit."""
    if key is Key.UPTIME:
        return hours(amount)
    return number(amount) if key is Key.QUALITY and amount is not None else said(key, amount)


def sums(found: PackFigure) -> tuple[str, str]:
    """What stands under the columns of a share: the two sums. For the others the value itself."""
    if found.how is not How.SHARE:
        return said(found.key, found.value), ""
    amount, of = (sum((getattr(r, side) or Decimal(0) for r in found.known), Decimal(0)) for side in ("amount", "of"))
    return said_row(found.key, amount), said_row(found.key, of)


def sentence(figures: dict[str, Any]) -> str:
    """What the months came down to, of what is known."""
    held = {key: from_json(figures[key.value]) for key in (Key.UPTIME, Key.DOWNTIME, Key.RESPONSE, Key.SOLVED)}
    known = {key: said(key, found.value) for key, found in held.items() if found.value is not None}
    solved = int(held[Key.SOLVED].value or 0)
    told = {
        Key.UPTIME: _("machines ran %(value)s of the time"),
        Key.DOWNTIME: _("%(value)s of downtime"),
        Key.RESPONSE: _("a first answer within %(value)s"),
        Key.SOLVED: ngettext("%(value)s ticket solved", "%(value)s tickets solved", solved),
    }
    return ", ".join(told[key] % {"value": value} for key, value in known.items())


def part_name(key: str) -> str:
    return str(QbrPart.Key(key).label)


def figures_of(content: dict[str, Any], part: str) -> list[Shown]:
    """The figures of a part that say something: what was never recorded of this customer is left out."""
    found = [from_json(content["figures"][key.value]) for key in PARTS[part]]
    return [shown(f) for f in found if f.value is not None or f.rows]


def headline(qbr: Qbr, at: datetime, on: date) -> str:
    """The one sentence over a meeting: where it stands and what comes next."""
    told: dict[str, Callable[[], str]] = {
        "cancelled": lambda: _("Called off on %(day)s.") % {"day": day(qbr.cancelled_on)},
        "held": lambda: (
            _("Held on %(held)s; the summary went out on %(sent)s.")
            % {"held": moment(qbr.held_at), "sent": moment(qbr.summary_sent_at)}
        ),
        "summary": lambda: (
            _("Held on %(held)s. The summary is due by %(due)s: %(clock)s.")
            % {"held": moment(qbr.held_at), "due": moment(qbr.summary_due_at), "clock": clock_words(qbr, at)}
        ),
        "planned": lambda: _("Agreed for %(when)s.") % {"when": when(qbr)},
        "to_plan": lambda: (
            _("Comes round on %(day)s. Agree on a day with the customer.") % {"day": weekday(qbr.planned_on)}
        ),
    }
    return told[qbr.state]()


def when(qbr: Qbr) -> str:
    parts = [weekday(qbr.planned_on)]
    if qbr.starts_at:
        parts.append(f"{qbr.starts_at:%H:%M}")
    if qbr.place:
        parts.append(qbr.place)
    return ", ".join(parts)


def clock_words(qbr: Qbr, at: datetime) -> str:
    """How long there is left for the summary, or how late it is."""
    assert qbr.summary_due_at is not None
    left = qbr.summary_due_at - at
    if left >= timedelta():
        return _("%(span)s left") % {"span": span(left)}
    return _("%(span)s late") % {"span": span(-left)}


def in_time(qbr: Qbr) -> bool:
    return bool(qbr.summary_sent_at and qbr.summary_due_at and qbr.summary_sent_at <= qbr.summary_due_at)


def span(length: timedelta) -> str:
    """Hours, or days from three on."""
    whole = int(length.total_seconds() // 3600)
    if whole >= 72:
        return ngettext("%(n)s day", "%(n)s days", whole // 24) % {"n": number(whole // 24)}
    return ngettext("%(n)s hour", "%(n)s hours", whole) % {"n": number(whole)}
