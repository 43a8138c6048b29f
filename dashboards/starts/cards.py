"""Cards and lines of the board, in the reader's language."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.context import row_url
from core.display import day_short
from core.free_text import free_text
from core.models import User
from core.policies import policy_on
from dashboards.queries.starts import COLUMNS, Started, owners
from health.rules.adoption import AdoptionPolicy, Phase
from health.rules.red_flags import Clock, Course, Flag, Standing, Why, at_risk
from health.words import adoption as words

# A column shows so many; the others stand in the list.
SHOWN = 8


@dataclass
class Card:
    """One machine as the board shows it."""

    started: Started
    name: str
    account: str
    url: str
    account_url: str
    owner: Any
    phase: str
    status: str
    course: str
    day: str
    share: int
    reasons: list[str]
    check_in: str
    check_in_late: bool
    risk: str
    trained: str
    may_work: bool

    @property
    def pk(self) -> int:
        return int(self.started.machine.pk)


@dataclass
class Column:
    """One phase of the board. `parts` are counts by course for its bar."""

    key: str
    name: str
    span: str
    cards: list[Card] = field(default_factory=list)
    parts: dict[str, int] = field(default_factory=dict)
    note: str = ""

    @property
    def shown(self) -> list[Card]:
        return self.cards[:SHOWN]

    @property
    def more(self) -> int:
        """How many stand in the list only."""
        return max(len(self.cards) - SHOWN, 0)


def cards(found: Iterable[Started], reader: User, on: date) -> list[Card]:
    """Each machine with its words; owners in one query."""
    rows, policy = list(found), policy_on(AdoptionPolicy, on).values
    people = owners(row.machine.held_owner for row in rows)
    return [_card(row, people.get(row.machine.held_owner), policy, reader, on) for row in rows]


def _card(row: Started, owner: Any, policy: AdoptionPolicy, reader: User, on: date) -> Card:
    machine, stands = row.machine, row.standing
    late = stands.next_check_in_on is not None and stands.next_check_in_on < on
    return Card(
        started=row,
        name=f"{machine.product or _('Machine')} {machine.serial or machine.name}".strip(),
        account=machine.held_name,
        url=row_url("dashboards:asset", machine.pk),
        account_url=row_url("dashboards:account", machine.held_account),
        owner=owner,
        phase=str(words.PHASES[stands.phase]),
        status=words.STATUS[stands.course],
        course=str(words.COURSES[stands.course]),
        day=words.day_words(stands, policy.early_days, policy.value_days),
        share=_share(stands, policy),
        reasons=[said(flag, reader) for flag in stands.flags],
        check_in=_check_in(stands.next_check_in_on, late),
        check_in_late=late,
        risk=_risk(stands, policy, on),
        trained=_trained(stands),
        may_work=bool(machine.may_work),
    )


def said(flag: Flag, reader: User) -> str:
    """The reason; what people wrote in it is not for roles that read no names."""
    if flag.why in (Why.BELOW, Why.PROMISE_LATE):
        return words.reason(flag, free_text(flag.about, reader, _("a promise")))
    return words.reason(flag)


def _share(stands: Standing, policy: AdoptionPolicy) -> int:
    """How much of its phase lies behind it, in percent."""
    if stands.day is None:
        return 0
    begin, end = {
        Phase.EARLY: (0, policy.early_days),
        Phase.VALUE: (policy.early_days, policy.value_days),
    }.get(stands.phase, (policy.value_days, policy.followed_days))
    return min(round(100 * (stands.day - begin) / (end - begin)), 100)


def _check_in(day: date | None, late: bool) -> str:
    if day is None:
        return ""
    return (_("Check-in since %(day)s") if late else _("Check-in %(day)s")) % {"day": day_short(day)}


def _risk(stands: Standing, policy: AdoptionPolicy, on: date) -> str:
    count = sum(at_risk(pledge, on, policy) for pledge in stands.start.pledges)
    return ngettext("%(n)s promise at risk", "%(n)s promises at risk", count) % {"n": count} if count else ""


def _trained(stands: Standing) -> str:
    trained = stands.start.trained
    return _("%(n)s of %(all)s trained") % {"n": trained.trained, "all": trained.people} if trained.people else ""


def columns(found: Sequence[Card]) -> list[Column]:
    """The cards by phase, and how many of each stand how."""
    return [_column(phase, [card for card in found if card.started.standing.phase is phase]) for phase in COLUMNS]


def _column(phase: Phase, found: list[Card]) -> Column:
    by_course = {course: sum(card.started.standing.course is course for card in found) for course in Course}
    parts = {words.STATUS[course]: count for course, count in by_course.items()}
    stuck, behind = by_course[Course.STUCK], by_course[Course.BEHIND]
    notes = [_("%(n)s stuck") % {"n": stuck}] * bool(stuck) + [_("%(n)s behind") % {"n": behind}] * bool(behind)
    note = ", ".join(notes) or (_("all on track") if found else "")
    return Column(phase.value, str(words.PHASES[phase]), str(words.SPANS[phase]), found, parts, note)


def standfirst(found: Sequence[Card], *, more: bool) -> str:
    """What to do first."""
    if not found:
        return _("No machine has just gone live, and none is expected.")
    worst = found[0]
    late = sum(card.started.standing.course is not Course.ON_TRACK for card in found)
    count = ngettext("%(n)s machine", "%(n)s machines", len(found)) % {"n": len(found)}
    sentences = [_("%(count)s just started or about to.") % {"count": count}]
    if late:
        said_late = ngettext("%(n)s is not on track.", "%(n)s are not on track.", late) % {"n": late}
        first = _("Begin with %(name)s at %(account)s: %(why)s") % {
            "name": worst.name,
            "account": worst.account,
            "why": worst.reasons[0],
        }
        sentences += [said_late, first]
    else:
        sentences.append(_("All are on track."))
    if more:
        sentences.append(_("There are more; narrow the board to see them."))
    return " ".join(sentences)


def clock_words(clock: Clock) -> str:
    """How far a clock has run: "21 days, reached" or "day 45, the goal was 30"."""
    if clock.days is None:
        return _("not begun")
    values = {"n": clock.days, "goal": clock.limit}
    if clock.done_on is not None:
        said_days = ngettext("reached in %(n)s day", "reached in %(n)s days", clock.days)
        return said_days % values
    return (_("day %(n)s, meant to be %(goal)s at most") if clock.late else _("day %(n)s of %(goal)s")) % values


def clock_status(clock: Clock) -> str:
    """Good where it was reached in time, risk where it is late, unknown while it runs."""
    if clock.late:
        return "watch" if clock.done_on else "risk"
    return "good" if clock.done_on else "unknown"
