"""One timeline of everything that happened at an account or to a machine, latest first, in one query."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import CharField, DateField, F, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat, TruncDate

from core.models import User
from core.paging import Page
from expansion.models import Signal
from health.models import Invitation, SurveyAnswer
from installed_base.models import (
    Asset,
    AssetEvent,
    ContactMoment,
    PartsOrder,
    PartsOrderLine,
    Term,
    Ticket,
    Visit,
)
from playbooks.models import Note, Release, Task
from renewals.models import Renewal
from sales.models import Lead, Opportunity, Touch

SIZE = 20
_TERM = "contract__account"


@dataclass(frozen=True)
class Event:
    """`what` names the sort of event, `kind` its own kind, `words` what was written, `number` the row it tells of."""

    happened_on: date
    what: str
    kind: str
    words: str
    number: int


def of_account(account: int, user: User, on: date, *, before: str = "") -> Page:
    """A page of `Event`s of an account. `older` is the offset of the next page."""
    return _page([rows.filter(**{path: account}) for rows, path in _sources(user, on)], before)


def of_asset(asset: Asset, user: User, on: date, *, before: str = "") -> Page:
    """What happened to one machine: events, parts, notes and decided signals about it."""
    about = Q(subject_kind="asset", subject_id=asset.pk)
    parts = PartsOrderLine.objects.visible_to(user).filter(asset=asset, order__ordered_on__lte=on)
    sources = [
        _events(user, on).filter(asset=asset),
        *(rows.filter(asset=asset) for rows, _path in service_of(user, on)),
        _rows(
            parts,
            "parts",
            "order__ordered_on",
            kind=Value(""),
            words=Coalesce("description", "product__name", Value("")),
        ),
        _rows(Note.objects.visible_to(user).filter(about, on__lte=on), "note", "on", kind=Value(""), words="text"),
        _signals(user, on).filter(asset=asset),
    ]
    return _page(sources, before)


def _sources(user: User, on: date) -> list[tuple[QuerySet[Any], str]]:
    """Everything that is dated, each with its way to the account."""
    none, number = Value(""), "contract__number"
    notes = Note.objects.visible_to(user).filter(on__lte=on)
    done = Task.objects.visible_to(user).filter(done_on__lte=on)
    decided = Renewal.objects.visible_to(user).filter(decided_on__lte=on)
    orders = PartsOrder.objects.visible_to(user).filter(ordered_on__lte=on)
    begun = Term.objects.visible_to(user).filter(starts_on__lte=on)
    ended = Term.objects.visible_to(user).filter(terminated_on__lte=on)
    closed = Opportunity.objects.visible_to(user).filter(closed_on__lte=on)
    opened = Opportunity.objects.visible_to(user).filter(identified_on__lte=on)
    came = Lead.objects.visible_to(user).filter(created_on__lte=on)
    touched = Touch.objects.visible_to(user).filter(on__lte=on)
    return [
        *service_of(user, on),
        *voices_of(user, on),
        (_rows(notes, "note", "on", kind=none, words="text"), "account"),
        (_rows(done, "task", "done_on", kind="step", words="title"), "account"),
        (_releases(on), "play__account"),
        (_rows(decided, "renewal", "decided_on", kind="outcome", words="term__contract__number"), "account"),
        (_rows(orders, "order", "ordered_on", kind=_text("amount_reporting"), words="number"), "account"),
        (_events(user, on), "asset__account"),
        (_rows(begun, "term_started", "starts_on", kind=Coalesce("level__name", none), words=number), _TERM),
        (_rows(ended, "term_ended", "terminated_on", kind="end_reason", words=number), _TERM),
        (_rows(closed, "deal", "closed_on", kind="stage", words="name"), "account"),
        (_rows(opened, "deal_opened", "identified_on", kind="kind", words="name"), "account"),
        (_rows(came, "lead", "created_on", kind=Coalesce("lead_source__name", none), words="company"), "account"),
        (_rows(touched, "touch", "on", kind="kind", words="what"), "lead__account"),
    ]


def service_of(user: User, on: date) -> list[tuple[QuerySet[Any], str]]:
    """Tickets as they were opened, solved and reopened, and visits."""
    zone = ZoneInfo(settings.ORGANISATION_TIME_ZONE)
    moments = ("opened", "resolved", "reopened")
    tickets = Ticket.objects.visible_to(user).annotate(
        **{f"{m}_on": TruncDate(f"{m}_at", tzinfo=zone) for m in moments}
    )
    name = Concat("number", Value(" "), "title", output_field=CharField())
    found = [
        _rows(tickets.filter(**{f"{m}_on__lte": on}), f"ticket_{m}", f"{m}_on", kind="severity", words=name)
        for m in moments
    ]
    visits = Visit.objects.visible_to(user).filter(on__lte=on)
    about = Concat(Coalesce("asset__serial", Value("")), Value(" "), "note", output_field=CharField())
    return [*((rows, "account") for rows in found), (_rows(visits, "visit", "on", kind="kind", words=about), "account")]


def voices_of(user: User, on: date) -> list[tuple[QuerySet[Any], str]]:
    """What was said: contact moments with the role of the person, answers with their scale, and what was asked."""
    moments = ContactMoment.objects.visible_to(user).filter(on__lte=on)
    whom = Concat("kind", Value("/"), Coalesce("contact__role", Value("")), output_field=CharField())
    answers = SurveyAnswer.objects.visible_to(user).filter(answered_on__lte=on)
    asked = Invitation.objects.visible_to(user).filter(sent_on__lte=on)
    parts = [_text("value"), _text("scale_from"), _text("scale_to"), "comment"]
    said = Concat(*[part for p in parts for part in (p, Value("|"))], output_field=CharField())
    return [
        (_rows(moments, "moment", "on", kind=whom, words="note"), "account"),
        (_rows(answers, "answer", "answered_on", kind="question", words=said), "account"),
        (_rows(asked, "survey", "sent_on", kind="kind", words=Value("")), "account"),
    ]


def _events(user: User, on: date) -> QuerySet[Any]:
    name = Concat(Coalesce("asset__product__name", Value("")), Value(" "), "asset__serial", output_field=CharField())
    return _rows(AssetEvent.objects.visible_to(user).filter(on__lte=on), "asset", "on", kind="kind", words=name)


def _releases(on: date) -> QuerySet[Any]:
    """What plays reached. The check-ins of a start are no news: the contacts themselves stand there."""
    rows = Release.objects.filter(released_on__lte=on).exclude(milestone="check-in")
    return _rows(rows, "milestone", "released_on", kind="milestone", words="play__playbook")


def _signals(user: User, on: date) -> QuerySet[Any]:
    rows = Signal.objects.visible_to(user).filter(decided_on__lte=on)
    return _rows(rows, "signal", "decided_on", kind="decision", words="reason")


def _text(name: str) -> Any:
    return Coalesce(Cast(name, CharField()), Value(""))


def _rows(rows: QuerySet[Any], what: str, day: str, *, kind: Any, words: Any) -> QuerySet[Any]:
    return rows.order_by().annotate(
        happened_on=Cast(F(day), DateField()),
        what_=Value(what, output_field=CharField()),
        kind_=Cast(F(kind) if isinstance(kind, str) else kind, CharField()),
        words=Cast(F(words) if isinstance(words, str) else words, CharField()),
        number_=F("pk"),
    )


def _page(sources: list[QuerySet[Any]], before: str) -> Page:
    start = int(before) if before.isdecimal() and len(before) < 7 else 0
    first, *others = [rows.values_list("happened_on", "what_", "kind_", "words", "number_") for rows in sources]
    found = first.union(*others, all=True).order_by("-happened_on", "what_", "-number_")[start : start + SIZE + 1]
    events = [Event(*row) for row in found]
    older = str(start + SIZE) if len(events) > SIZE else ""
    return Page(events[:SIZE], older=older)
