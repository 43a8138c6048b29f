"""What happened to a renewal, in words: firings, changes, calls and notes; latest first."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from core.display import day
from core.free_text import NOTED, free_text
from core.models import User
from core.reach import reach_of
from installed_base.models import ContactMoment
from playbooks.models import Firing, Note
from renewals.actions.following import MOVED
from renewals.models import Outcome, Renewal, Stage
from renewals.queries.renewal import Change
from renewals.rules import GATE
from renewals.rules.escalation import LATE_STEP, NOT_SIGNED
from renewals.views.road import why_fired

FIELD_WORDS = {
    "stage": gettext_lazy("Stage"),
    "next_step": gettext_lazy("Next step"),
    "next_step_on": gettext_lazy("Date of the next step"),
    "owner_id": gettext_lazy("Owner"),
    "decides_on": gettext_lazy("Deciding day"),
    "ends_on": gettext_lazy("End of the contract"),
    "snoozed_until": gettext_lazy("Snoozed until"),
    "outcome": gettext_lazy("Outcome"),
}
RULE_WORDS = {
    LATE_STEP: gettext_lazy("A step lay too long, to the lead"),
    NOT_SIGNED: gettext_lazy("Not signed in time, to the lead"),
    GATE: gettext_lazy("Health gate"),
}


@dataclass(frozen=True)
class Event:
    """One line of the history. `why` explains a firing."""

    on: date
    title: str
    who: str = ""
    lines: list[str] = field(default_factory=list)
    why: dict[str, Any] | None = None
    text: str = ""


def events_of(
    renewal: Renewal,
    firings: Iterable[Firing],
    notes: Iterable[Note],
    moments: Iterable[ContactMoment],
    changes: Iterable[Change],
    reader: User,
) -> list[Event]:
    """Everything, latest first. A day's firings stand below what people did on it."""
    opened = Event(renewal.opened_on, _opened(renewal))
    told = [_spoke(m, reader) for m in moments] + [_noted(n, reader) for n in notes]
    told += [_changed(c, reader) for c in changes]
    found = told + [_fired(f) for f in firings] + [opened]
    return sorted(found, key=lambda event: event.on, reverse=True)


def _opened(renewal: Renewal) -> str:
    if renewal.late_days:
        return _("Renewal opened, %(count)s days after T-90: started late") % {"count": renewal.late_days}
    return _("Renewal opened")


def _noted(note: Note, reader: User) -> Event:
    if note.by is None:
        return Event(
            note.on, _("The contract changed"), _("the product"), text=free_text(_by_the_day(note.text), reader)
        )
    return Event(note.on, _("Conversation"), note.by.shown_name, text=free_text(note.text, reader))


_MOVED = re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[0-9-]{10})", re.escape(MOVED)))


def _by_the_day(text: str) -> str:
    """A line that the day wrote, in the reader's language; it is kept in English."""
    found = _MOVED.fullmatch(text)
    if not found:
        return _(text)
    return _(MOVED).format(**{name: day(date.fromisoformat(on)) for name, on in found.groupdict().items()})


def _spoke(moment: ContactMoment, reader: User) -> Event:
    """A call or meeting: with whom, or with which role where the reader knows no names."""
    whom = moment.contact
    named = "" if whom is None else whom.name if reach_of(reader).sees_names else whom.get_role_display()
    title = ", ".join(part for part in (str(moment.get_kind_display()), str(named)) if part)
    who = moment.by.shown_name if moment.by else ""
    return Event(moment.on, title, who, text=free_text(moment.note, reader))


def _changed(change: Change, reader: User) -> Event:
    lines = [_line(name, before, after, reader) for name, before, after in change.fields]
    title = str(FIELD_WORDS[change.fields[0][0]]) if len(change.fields) == 1 else _("Changed")
    return Event(change.at.date(), title, change.who or _("the product"), lines)


def _line(name: str, before: Any, after: Any, reader: User) -> str:
    if name == "next_step":
        before, after = (free_text(value or "", reader, NOTED) for value in (before, after))
    words = {"name": FIELD_WORDS[name], "before": _said(name, before), "after": _said(name, after)}
    return _("%(name)s: %(before)s → %(after)s") % words


def _said(name: str, value: Any) -> str:
    if value in (None, ""):
        return _("none")
    if isinstance(value, date):
        return day(value)
    labels = {"stage": Stage, "outcome": Outcome}
    return str(labels[name](value).label) if name in labels else str(value)


def _fired(firing: Firing) -> Event:
    name = RULE_WORDS.get(firing.rule, firing.rule.rpartition(".")[2])
    title = _("%(name)s: %(state)s") % {"name": name, "state": str(firing.get_state_display()).lower()}
    return Event(firing.on, title, "", why=why_fired(firing))
