"""The pack as plain JSON: figures with their rows, tables in words, and what we say in each part.

Built from the facts while it is a draft; once shared it is kept, and pages show what was kept.
"""

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.display import day, number
from dashboards.qbr import gather
from dashboards.qbr.figures import Key, PackFigure, as_json
from dashboards.qbr.gather import Span
from installed_base.models import RoiRecord
from playbooks.models import Qbr, QbrAction
from renewals.models import Renewal
from renewals.rules.value import TicketFact, YearFacts
from renewals.views.value_words import hours

PARTS = {
    "review": (Key.UPTIME, Key.DOWNTIME, Key.OUTPUT, Key.QUALITY, Key.RESPONSE, Key.RESOLUTION, Key.OPENED, Key.SOLVED),
    "value": (Key.GOALS, Key.WINS, Key.VISITS),
    "feedback": (Key.SATISFACTION, Key.RECOMMEND),
    "roadmap": (),
    "actions": (Key.ACTIONS,),
}
# Figures that are shown beside what they were before.
COMPARED = (Key.UPTIME, Key.DOWNTIME, Key.RESPONSE, Key.OPENED, Key.OUTPUT, Key.QUALITY)
MOST_ROWS = 12


@dataclass(frozen=True)
class Table:
    """A table in words. `free` are the columns in which people wrote, or which name people; `last` how many columns at
    the end hold amounts or days."""

    title: str
    heads: list[str]
    rows: list[list[str]]
    free: list[int]
    empty: str = ""
    more: int = 0


def build(qbr: Qbr, user: Any, span: Span) -> dict[str, Any]:
    """The pack of a meeting over these days, in the language that is active. Some twenty queries."""
    account, on = qbr.account_id, span.on
    records, given = gather.goals(account, user, on), gather.answers(account, user, span)
    before = gather.last_held(qbr, user)
    old, new = gather.actions_of(before, user), gather.actions_of(qbr, user)
    found, facts = gather.service(account, user, span)
    found |= gather.output(account, user, span)
    found |= gather.value(records, span) | gather.feedback(given) | {Key.ACTIONS: gather.done_of(old, on)}
    earlier = gather.service(account, user, span.before)[0] | gather.output(account, user, span.before)
    tables = {
        "review": [_tickets(facts)],
        "value": [_goals(records, on)],
        "feedback": [_answers(given)],
        "roadmap": [_offers(gather.offers(account, user, on)), _renewals(gather.renewals(account, user, on))],
        "actions": [_actions(_("From last time"), old, on), _actions(_("Agreed this time"), new, on)],
    }
    return {
        "first": span.first.isoformat(),
        "on": span.on.isoformat(),
        "figures": {key.value: as_json(_with(found[key], earlier)) for key in Key},
        "tables": {part: [asdict(t) for t in held if t.rows or t.empty] for part, held in tables.items()},
        "words": {part.key: part.words for part in qbr.parts.all()},
    }


def _with(found: PackFigure, earlier: dict[Key, PackFigure]) -> PackFigure:
    was = earlier[found.key].value if found.key in COMPARED and found.key in earlier else None
    return PackFigure(found.key, found.value, found.rows, was)


def _cut(rows: list[list[str]]) -> dict[str, Any]:
    return {"rows": rows[:MOST_ROWS], "more": max(0, len(rows) - MOST_ROWS)}


def _tickets(facts: YearFacts) -> Table:
    """Stops, and what was open at the end: how each ended."""
    shown = [t for t in facts.tickets if t.is_stop or t.resolved_at is None]
    rows = [[day(t.opened_at), t.title, t.machine or "–", _became(t), hours(t.down) if t.down is not None else "–"]
            for t in reversed(shown)]  # fmt: skip
    heads = [_("Opened"), _("Issue"), _("Machine"), _("What became of it"), _("Downtime")]
    return Table(_("Stops and open issues"), heads, free=[1], empty=_("No stop, and nothing is open."), **_cut(rows))


def _became(ticket: TicketFact) -> str:
    if ticket.resolved_at is None:
        return _("still open")
    return _("solved on %(day)s") % {"day": day(ticket.resolved_at)}


def _goals(records: list[RoiRecord], on: date) -> Table:
    rows = []
    for record in records:
        met = record.realised_on if record.realised_on and record.realised_on <= on else None
        promised, reached = (
            _of_unit(record.promised, record.unit),
            _of_unit(record.realised if met else None, record.unit),
        )
        rows.append([record.goal, promised, reached, day(met) if met else _("not yet")])
    heads = [_("Goal"), _("Promised"), _("Reached"), _("Met on")]
    return Table(_("What we agreed to reach"), heads, free=[0], empty=_("No goal was agreed yet: let us set one."),
                 **_cut(rows))  # fmt: skip


def _of_unit(amount: Any, unit: str) -> str:
    return "–" if amount is None else f"{number(amount, 0 if amount == int(amount) else 1)} {unit}".strip()


def _answers(given: list[Any]) -> Table:
    rows = [
        [
            day(a.answered_on),
            str(a.contact.get_role_display()) if a.contact else "–",
            str(a.get_question_display()),
            _("%(value)s of %(most)s") % {"value": number(a.value, 0), "most": number(a.scale_to)},
            a.comment,
        ]
        for a in given
    ]
    heads = [_("Answered"), _("Who"), _("Question"), _("Answer"), _("What was said")]
    return Table(_("What your people answered"), heads, free=[4], empty=_("Nobody was asked, or nobody answered."),
                 **_cut(rows))  # fmt: skip


def _offers(offers: list[gather.Offer]) -> Table:
    """What we recommend, in words for the customer."""
    said = {
        "upgrade": lambda n: ngettext(
            "%(n)s machine is old enough for an upgrade: it may run faster and break down less.",
            "%(n)s machines are old enough for an upgrade: they may run faster and break down less.",
            n,
        ),
        "replacement": lambda n: ngettext(
            "%(n)s machine nears the end of its life: let us plan its replacement before it decides for you.",
            "%(n)s machines near the end of their life: let us plan their replacement before they decide for you.",
            n,
        ),
        "coverage": lambda n: ngettext(
            "%(n)s machine has no service contract: its stops are not covered.",
            "%(n)s machines have no service contract: their stops are not covered.",
            n,
        ),
    }
    rows = [
        [said[o.kind](o.count) % {"n": number(o.count)}, o.names + (" …" if o.count > 3 else "")]
        for o in offers
        if o.kind in said
    ]
    return Table(_("What we recommend"), [_("Recommendation"), _("Machines")], rows, [])


def _renewals(rows: list[Renewal]) -> Table:
    """The timeline of renewals that are near; without prices."""
    told = [
        [
            r.term.contract.number,
            str(r.term.level or "–"),
            day(r.ends_on) if r.ends_on else _("goes on by itself"),
            day(r.decides_on),
        ]
        for r in rows
    ]
    heads = [_("Contract"), _("Level"), _("Ends on"), _("To be decided by")]
    return Table(_("Renewals ahead"), heads, told, [])


def _actions(title: str, actions: list[QbrAction], on: date) -> Table:
    rows = [[a.title, who(a), day(a.due_on), _done(a, on)] for a in actions]
    return Table(title, [_("Action"), _("Who"), _("By"), _("State")], rows, [0, 1])


def who(action: QbrAction) -> str:
    """Who does it: ours by name, theirs by name, or the customer."""
    if action.ours:
        return str(action.task.owner) if action.task else _("Ours")
    return str(action.contact) if action.contact else _("The customer")


def _done(action: QbrAction, on: date) -> str:
    if action.finished_on is not None and action.finished_on <= on:
        return _("done")
    return _("late") if action.due_on < on else _("open")
