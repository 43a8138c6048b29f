"""A rescue in words: where it stands, its clock, what is missing, and what happened."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from core import display
from core.free_text import free_text
from core.models import User
from core.reach import reach_of
from health.actions.rescuing import ACTION
from health.queries.rescues import Standing
from health.rules.rescue import Lack, RescueState
from health.words.tiers import whole
from installed_base.models import ContactMoment
from playbooks.models import Task

STATES = {
    RescueState.AT_RISK: pgettext_lazy("rescue", "At risk"),
    RescueState.PLANNED: gettext_lazy("Plan in place"),
    RescueState.RECOVERING: gettext_lazy("Recovering"),
    RescueState.RECOVERED: gettext_lazy("Recovered"),
    RescueState.LOST: gettext_lazy("Lost"),
}
# The shape and colour of each state.
STATUS = {
    RescueState.AT_RISK: "risk",
    RescueState.PLANNED: "watch",
    RescueState.RECOVERING: "watch",
    RescueState.RECOVERED: "good",
    RescueState.LOST: "unknown",
}
_LACKS = {
    Lack.CAUSE: gettext_lazy("the root cause"),
    Lack.ACTIONS: gettext_lazy("a plan with an action, an owner and a date"),
    Lack.SPONSOR: gettext_lazy("an executive sponsor"),
}


_SHORT = {
    Lack.CAUSE: pgettext_lazy("rescue", "cause"),
    Lack.ACTIONS: pgettext_lazy("rescue", "plan"),
    Lack.SPONSOR: pgettext_lazy("rescue", "sponsor"),
}


def missing_short(lacks: Iterable[Lack]) -> str:
    """The same in a cell of a list: "cause, plan, sponsor"."""
    return ", ".join(str(_SHORT[lack]) for lack in lacks if lack in _SHORT)


def state_word(state: RescueState) -> str:
    return str(STATES[state])


def clock_words(found: Standing) -> str:
    """ "Day 34 of 90"; "Day 97, the 90 days are over"; "Over after 41 days"."""
    clock = found.clock
    said: dict[str, Any] = {"day": display.number(clock.day), "days": display.number(clock.days)}
    if clock.stopped:
        return ngettext("Over after %(day)s day", "Over after %(day)s days", clock.day) % said
    if clock.over:
        return _("Day %(day)s; the %(days)s days are over") % said
    return _("Day %(day)s of %(days)s") % said


def missing_words(lacks: Iterable[Lack]) -> str:
    """What is still missing, as part of a sentence; empty where nothing is."""
    return ", ".join(str(_LACKS[lack]) for lack in lacks if lack in _LACKS)


def standfirst(found: Standing) -> str:
    """Where it stands and what to do next, in one or two sentences."""
    if found.state is RescueState.RECOVERED:
        return _("The account left red. %(clock)s.") % {"clock": clock_words(found)}
    if found.state is RescueState.LOST:
        return _("We accept that they leave. %(clock)s.") % {"clock": clock_words(found)}
    said = [f"{clock_words(found)}: {state_word(found.state).lower()}."]
    missing = missing_words(found.lacks)
    if Lack.DECISION in found.lacks:
        said.append(_("Decide: has it recovered, or do we accept that they leave?"))
    if missing:
        said.append(_("Still missing: %(what)s.") % {"what": missing})
    elif Lack.DECISION not in found.lacks:
        said.append(_("Day %(days)s is %(day)s.") % {"days": found.clock.days, "day": display.day(found.clock.ends_on)})
    return " ".join(said)


def score_words(found: Standing) -> str:
    """ "41 to 52": the score on the first day and now."""
    return _("%(before)s to %(now)s") % {
        "before": whole(found.facts.score_then),
        "now": whole(found.facts.score_now),
    }


@dataclass(frozen=True)
class Event:
    """Something that happened in a rescue."""

    on: date
    title: str
    text: str = ""
    status: str = ""


def events(found: Standing, tasks: Iterable[Task], moments: Sequence[ContactMoment], reader: User) -> list[Event]:
    """What happened since it began, latest first."""
    return sorted(
        [*_own(found, reader), *_work(tasks, reader), *(_talk(m, reader) for m in moments)],
        key=lambda event: event.on,
        reverse=True,
    )


def _own(found: Standing, reader: User) -> list[Event]:
    rescue, facts = found.rescue, found.facts
    said = [
        Event(facts.began_on, _("The rescue began"), _("Score %(score)s") % {"score": whole(facts.score_then)}, "red")
    ]
    if rescue and rescue.cause_on:
        said.append(Event(rescue.cause_on, _("Root cause written down"), rescue.get_cause_display()))
    if rescue and rescue.sponsor_on and rescue.sponsor:
        said.append(Event(rescue.sponsor_on, _("%(name)s is the sponsor") % {"name": rescue.sponsor.shown_name}))
    if facts.left_red_on and not facts.concluded_on:
        said.append(Event(facts.left_red_on, _("The account left red"), "", "good"))
    if rescue and rescue.concluded_on:
        why = rescue.get_reason_display() if rescue.reason else ""
        note = free_text(rescue.note, reader)
        said.append(Event(rescue.concluded_on, rescue.get_outcome_display(), ". ".join(filter(None, (why, note)))))
    return said


def _work(tasks: Iterable[Task], reader: User) -> list[Event]:
    return [
        Event(task.done_on, title_of(task, reader), _("done by %(name)s") % {"name": task.done_by.shown_name})
        if task.done_by
        else Event(task.done_on, title_of(task, reader), _("done"))
        for task in tasks
        if task.done_on
    ]


def title_of(task: Task, reader: User) -> str:
    """A step of the playbook in the reader's language; an action as somebody wrote it, for those who read names."""
    return free_text(task.title, reader) if task.step.startswith(ACTION) else _(task.title)


def _talk(moment: ContactMoment, reader: User) -> Event:
    who = str(moment.contact) if moment.contact and reach_of(reader).sees_names else ""
    return Event(moment.on, moment.get_kind_display(), who)
