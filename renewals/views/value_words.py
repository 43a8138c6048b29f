"""The statement of value in words: its figures, the rows behind each, and the customer's own case."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from core.display import day, money, number, percent
from renewals.rules.value import Case, Figure, Key, YearFacts

NAMES = {
    Key.UPTIME: gettext_lazy("Uptime"),
    Key.DOWNTIME: gettext_lazy("Downtime"),
    Key.STOPS: gettext_lazy("Unplanned stops"),
    Key.RESPONSE: gettext_lazy("First answer"),
    Key.RESOLUTION: gettext_lazy("Time to resolve"),
    Key.SOLVED: gettext_lazy("Tickets solved"),
    Key.PARTS: gettext_lazy("Parts delivered"),
    Key.VISITS: gettext_lazy("Visits"),
}
MEANS = {
    Key.UPTIME: gettext_lazy(
        "One less the downtime, over the hours in which the machines stood with the customer: 24 hours a day."
    ),
    Key.DOWNTIME: gettext_lazy("The hours that machines stood still without a plan, added up over the stops."),
    Key.STOPS: gettext_lazy("Breakdowns, and whatever else kept a machine down for some time."),
    Key.RESPONSE: gettext_lazy("The middle one of the hours from opening a ticket to the first answer."),
    Key.RESOLUTION: gettext_lazy("The middle one of the hours from opening to resolution, of the tickets solved."),
    Key.SOLVED: gettext_lazy("Tickets that were resolved in these twelve months."),
    Key.PARTS: gettext_lazy("Pieces over all orders of parts in these twelve months."),
    Key.VISITS: gettext_lazy("Visits to the customer in these twelve months."),
}
# Two lines of four: how it ran, and what was done for it.
ORDER = (Key.UPTIME, Key.DOWNTIME, Key.RESPONSE, Key.RESOLUTION, Key.STOPS, Key.SOLVED, Key.PARTS, Key.VISITS)
_COUNTS = (Key.STOPS, Key.SOLVED, Key.VISITS, Key.PARTS)


@dataclass(frozen=True)
class Shown:
    """A figure as it is printed. `counts` says how many rows it rests on."""

    key: str
    name: str
    value: str
    note: str
    counts: str
    means: str


@dataclass(frozen=True)
class Line:
    """One row behind a figure."""

    name: str
    about: str
    on: date | datetime
    amount: str


def shown(figure: Figure, facts: YearFacts) -> Shown:
    known = figure.value is not None
    return Shown(
        key=figure.key.value,
        name=str(NAMES[figure.key]),
        value=said(figure.key, figure.value) if known else _("not known"),
        note=_NOTES[figure.key](figure, facts) if known else _why_not(figure),
        counts=rests_on(figure),
        means=str(MEANS[figure.key]),
    )


def said(key: Key, value: Decimal | None) -> str:
    """A value in the unit of its figure: 99.4%, 47 h, 12."""
    if key is Key.UPTIME:
        return percent(value, 2)
    return number(value) if key in _COUNTS else hours(value)


def hours(value: Decimal | None) -> str:
    """Whole hours where they are whole, else with one decimal."""
    if value is None:
        return _("not known")
    return _("%(hours)s h") % {"hours": number(value, 0 if value == int(value) else 1)}


def rests_on(figure: Figure) -> str:
    """What it counts: 14 tickets."""
    count = len(figure.rows)
    words = {
        Key.UPTIME: ngettext("%(n)s machine", "%(n)s machines", count),
        Key.PARTS: ngettext("%(n)s order", "%(n)s orders", count),
        Key.VISITS: ngettext("%(n)s visit", "%(n)s visits", count),
    }
    return words.get(figure.key, ngettext("%(n)s ticket", "%(n)s tickets", count)) % {"n": number(count)}


def _why_not(figure: Figure) -> str:
    if figure.key in (Key.UPTIME, Key.DOWNTIME) and figure.unknown:
        return _("nobody wrote down how long it stood still")
    if figure.key is Key.UPTIME:
        return _("no machine or no downtime on record") if not figure.rows else _("downtime is not known")
    if figure.key in (Key.RESPONSE, Key.RESOLUTION) and figure.rows:
        return _("no time on record")
    return _("nothing on record")


def _of_uptime(figure: Figure, facts: YearFacts) -> str:
    there = sum((row.amount or Decimal(0) for row in figure.rows), Decimal(0))
    return _("of %(hours)s that machines were there") % {"hours": hours(there)}


def _of_downtime(figure: Figure, facts: YearFacts) -> str:
    stops = ngettext("in %(n)s stop", "in %(n)s stops", figure.known) % {"n": number(figure.known)}
    left = ngettext("%(n)s stop without hours", "%(n)s stops without hours", figure.unknown) if figure.unknown else ""
    left = left and left % {"n": number(figure.unknown)}
    return ", ".join(part for part in (stops, left) if part)


def _of_stops(figure: Figure, facts: YearFacts) -> str:
    machines = {t.machine for t in facts.tickets if t.is_stop and t.machine}
    if not machines:
        return ""
    return ngettext("on %(n)s machine", "on %(n)s machines", len(machines)) % {"n": number(len(machines))}


def _of_response(figure: Figure, facts: YearFacts) -> str:
    left = _("%(n)s without an answer on record") % {"n": number(figure.unknown)} if figure.unknown else ""
    return ", ".join(part for part in (_("the middle one"), left) if part)


def _of_resolution(figure: Figure, facts: YearFacts) -> str:
    return _("the middle one")


def _of_solved(figure: Figure, facts: YearFacts) -> str:
    return _("%(n)s opened") % {"n": number(sum(t.opened_in_year for t in facts.tickets))}


def _of_parts(figure: Figure, facts: YearFacts) -> str:
    orders = rests_on(figure)
    included = sum(o.included for o in facts.orders)
    return _("%(orders)s, %(n)s under the contract") % {"orders": orders, "n": number(included)} if included else orders


def _of_visits(figure: Figure, facts: YearFacts) -> str:
    kinds = Counter(v.kind for v in facts.visits)
    return ", ".join(f"{number(n)} {kind.lower()}" for kind, n in kinds.most_common(2))


_NOTES: dict[Key, Callable[[Figure, YearFacts], str]] = {
    Key.UPTIME: _of_uptime,
    Key.DOWNTIME: _of_downtime,
    Key.STOPS: _of_stops,
    Key.RESPONSE: _of_response,
    Key.RESOLUTION: _of_resolution,
    Key.SOLVED: _of_solved,
    Key.PARTS: _of_parts,
    Key.VISITS: _of_visits,
}


def lines(figure: Figure, facts: YearFacts) -> list[Line]:
    """The rows behind a figure, as they are on record."""
    known = {row.id: _amount(figure.key, row.amount) for row in figure.rows}
    return [Line(name, about, on, known[pk]) for pk, name, about, on in records(figure.key, facts) if pk in known]


def _amount(key: Key, amount: Decimal | None) -> str:
    if amount is None:
        return _("not known")
    return number(amount) if key in _COUNTS else hours(amount)


def records(key: Key, facts: YearFacts) -> Iterable[tuple[int, str, str, Any]]:
    """What a figure may rest on, as (id, name, what, when)."""
    if key is Key.UPTIME:
        return [(m.id, m.name, "", m.first) for m in facts.machines]
    if key is Key.PARTS:
        return [(o.id, o.number, _("under the contract") if o.included else "", o.ordered_on) for o in facts.orders]
    if key is Key.VISITS:
        return [(v.id, v.kind, v.machine, v.on) for v in facts.visits]
    return [(t.id, t.title, ", ".join(p for p in (t.kind, t.machine) if p), t.opened_at) for t in facts.tickets]


@dataclass(frozen=True)
class Annex:
    """A table at the end of the printed statement. The first column is text, `last` counts the amounts at the end."""

    title: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    foot: tuple[str, ...]
    last: int = 1

    @property
    def texts(self) -> int:
        return len(self.heads) - self.last


def annexes(made: dict[Key, Figure], facts: YearFacts) -> list[Annex]:
    """All rows of all figures, each row once: what a customer can check."""
    found = [_ticket_annex(made, facts), *(_annex(made[key], facts) for key in (Key.UPTIME, Key.PARTS, Key.VISITS))]
    return [annex for annex in found if annex.rows]


def _ticket_annex(made: dict[Key, Figure], facts: YearFacts) -> Annex:
    timed = (Key.RESPONSE, Key.RESOLUTION, Key.DOWNTIME)
    shares = [{row.id: row.amount for row in made[key].rows} for key in timed]
    rows = [
        (t.title, ", ".join(p for p in (t.kind, t.machine) if p), day(t.opened_at), *(_cell(t.id, s) for s in shares))
        for t in facts.tickets
    ]
    heads = (_("Ticket"), _("What"), _("Opened"), *(str(NAMES[key]) for key in timed))
    foot = [said(key, made[key].value) if made[key].value is not None else _("not known") for key in timed]
    return Annex(_("Tickets"), heads, rows, (_("the middle one; downtime: the sum"), "", "", *foot), last=3)


def _cell(pk: int, share: dict[int, Decimal | None]) -> str:
    return hours(share[pk]) if pk in share else ""


def _annex(figure: Figure, facts: YearFacts) -> Annex:
    titles = {Key.UPTIME: _("Machines"), Key.PARTS: str(NAMES[Key.PARTS]), Key.VISITS: str(NAMES[Key.VISITS])}
    units = {Key.UPTIME: _("Hours there"), Key.PARTS: _("Pieces"), Key.VISITS: _("Number")}
    rows = [(line.name, line.about, day(line.on), line.amount) for line in lines(figure, facts)]
    total = sum((row.amount or Decimal(0) for row in figure.rows), Decimal(0))
    foot = hours(total) if figure.key is Key.UPTIME else number(total)
    heads = (_("Row"), _("What"), _("From") if figure.key is Key.UPTIME else _("On"), units[figure.key])
    return Annex(titles[figure.key], heads, rows, (_("All rows"), "", "", foot))


def case_lines(case: Case, currency: str) -> list[tuple[str, str]]:
    """The customer's own case, as a list of names and amounts (W-04)."""
    found = [
        (_("Unplanned stops"), number(case.stops)),
        (_("Downtime"), hours(case.hours)),
        (_("A stop lasts, in the mean"), hours(case.mean_stop) if case.mean_stop is not None else ""),
        (_("An hour of standstill costs"), money(case.cost, currency)),
        (_("Lost by standing still"), money(case.loss, currency)),
    ]
    return [(name, value) for name, value in [*found, *_prevented(case, currency)] if value]


def _prevented(case: Case, currency: str) -> list[tuple[str, str]]:
    if case.price is None:
        return []
    share = case.break_even_share
    return [
        (_("Preventing it costs, a year"), money(case.price, currency)),
        (_("Left if all of it is prevented"), money(case.left, currency)),
        (_("The loss is so many times that price"), number(case.ratio, 1) if case.ratio is not None else ""),
        (_("It pays for itself from"), _("%(hours)s prevented") % {"hours": hours(case.break_even_hours)}),
        (_("That is, of the downtime"), percent(share) if share is not None else ""),
    ]


def sentence(figures: dict[Key, Figure]) -> str:
    """What the year came down to, of what is known."""
    said_of = {key: said(key, figure.value) for key, figure in figures.items() if figure.value is not None}
    told = [
        _("machines ran %(value)s of the time") % {"value": said_of[Key.UPTIME]} if Key.UPTIME in said_of else "",
        _("%(value)s of downtime") % {"value": said_of[Key.DOWNTIME]} if Key.DOWNTIME in said_of else "",
        _("a first answer within %(value)s") % {"value": said_of[Key.RESPONSE]} if Key.RESPONSE in said_of else "",
        _("%(value)s tickets solved") % {"value": said_of[Key.SOLVED]} if Key.SOLVED in said_of else "",
    ]
    return ", ".join(part for part in told if part)
