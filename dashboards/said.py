"""Words for what customers and technicians said and did: tickets, visits, contact moments, answers."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import display
from core.context import row_url
from dashboards.queries.timeline import Event
from health.models import Question
from health.words.surveys import survey_name
from installed_base.models import ContactMoment, Visit
from installed_base.models.accounts import ContactRole
from installed_base.models.service import Severity


def _ticket(title: str, status: str, event: Event) -> dict[str, Any]:
    number, _space, text = event.words.partition(" ")
    severity = dict(Severity.choices).get(event.kind, event.kind)
    words = {"number": number, "severity": severity}
    return {"title": title % words, "text": text.strip(), "status": status}


def _opened(event: Event, prices: bool) -> dict[str, Any]:
    status = "risk" if event.kind == Severity.CRITICAL else ""
    return _ticket(_("Ticket %(number)s opened, %(severity)s"), status, event)


def _resolved(event: Event, prices: bool) -> dict[str, Any]:
    return _ticket(_("Ticket %(number)s solved"), "good", event)


def _reopened(event: Event, prices: bool) -> dict[str, Any]:
    return _ticket(_("Ticket %(number)s reopened"), "risk", event)


def _visit(event: Event, prices: bool) -> dict[str, Any]:
    kind = dict(Visit.Kind.choices).get(event.kind, event.kind)
    return {"title": _("Visit: %(kind)s") % {"kind": kind}, "text": event.words.strip()}


def _moment(event: Event, prices: bool) -> dict[str, Any]:
    kind, _mark, role = event.kind.partition("/")
    said = (dict(ContactMoment.Kind.choices).get(kind, kind), dict(ContactRole.choices).get(role, ""))
    return {"title": ", ".join(str(word) for word in said if word), "text": event.words}


def _answer(event: Event, prices: bool) -> dict[str, Any]:
    value, low, high, comment = [*event.words.split("|", 3), "", "", "", ""][:4]
    comment = comment.removesuffix("|")
    share = (Decimal(value) - Decimal(low)) / (Decimal(high) - Decimal(low))
    asked = dict(Question.choices).get(event.kind, event.kind)
    words = {"value": _short(value), "most": _short(high)}
    status = "good" if share >= Decimal("0.9") else "risk" if share <= Decimal("0.6") else ""
    title = _("Answer: %(value)s of %(most)s") % words
    return {"title": title, "text": comment or asked, "status": status, "url": row_url("health:answer", event.number)}


def _survey(event: Event, prices: bool) -> dict[str, Any]:
    return {"title": _("Survey sent: %(survey)s") % {"survey": survey_name(event.kind)}, "text": ""}


def _short(number: str) -> str:
    value = Decimal(number)
    return display.number(value, 0 if value == value.to_integral_value() else 1)


SAID: dict[str, Callable[[Event, bool], dict[str, Any]]] = {
    "ticket_opened": _opened,
    "ticket_resolved": _resolved,
    "ticket_reopened": _reopened,
    "visit": _visit,
    "moment": _moment,
    "answer": _answer,
    "survey": _survey,
}


def whom(people: Iterable[Any]) -> None:
    """`spoken_words`: how each was last spoken with."""
    kinds = dict(ContactMoment.Kind.choices)
    for person in people:
        person.spoken_words = kinds.get(person.spoken_by, "")


def downtime_title(years: Iterable[dict[str, Any]], on: date) -> str:
    """What service saw of a machine, as a finding."""
    found = {row["year"]: row for row in years}
    if not found:
        return _("No ticket is known")
    row = found.get(on.year)
    if row is None:
        return _("No ticket this year")
    counted = ngettext("%(n)s ticket this year", "%(n)s tickets this year", row["tickets"]) % {"n": row["tickets"]}
    if row["hours"] is None:
        return counted
    return _("%(tickets)s, %(hours)s hours of downtime") % {
        "tickets": counted,
        "hours": display.number(row["hours"], 1),
    }


def usage_title(hours: Mapping[date, Decimal]) -> str:
    if not hours:
        return ""
    return _("It ran %(hours)s hours in thirteen months") % {"hours": display.number(sum(hours.values()))}


def proof(sign: tuple[str, date] | None) -> dict[str, Any] | None:
    """The last proof of life in words, with its day."""
    if sign is None:
        return None
    words = {
        "last_order": _("parts order"),
        "last_visit": _("visit"),
        "last_reading": _("reading"),
        "last_ticket": _("ticket"),
    }
    return {"what": words[sign[0]], "on": sign[1]}
