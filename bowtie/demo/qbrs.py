"""Business reviews of the past year at Voss Robotics, and where those ahead stand."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings

from bowtie.demo.customers import Customer
from bowtie.demo.moods import RESCUED, SILENT
from bowtie.demo.people import Staff
from core.actions import touch
from core.audit import audited
from core.models import Owner
from core.scope import System
from installed_base.models import Contact
from installed_base.models.accounts import ContactRole
from playbooks.models import Qbr, QbrAction, QbrAttendee, QbrLetter, QbrMove, QbrPart, Seat, Side
from playbooks.qbr.actions.holding import agree_action, hold, note_for_us, take_notes
from playbooks.qbr.actions.planning import agree, invite, set_agenda
from playbooks.qbr.candidates import anchor_of
from playbooks.qbr.rules import QbrPolicy, slot_after, summary_due
from playbooks.queries import working_days

# Whose review was yesterday: its summary is due.
JUST_HELD = "Frisse Start Groenten"
NOTES = (
    "Line 2 runs as agreed since the new infeed.",
    "The night shift wants a short training on format changes.",
    "They plan a second shift from spring on.",
    "Parts came on time, the invoice twice.",
    "Output is up; scrap at the start of a shift is still too high.",
)
ASKED = (
    ("Train the night shift on format changes", True),
    ("Send the layout of the new hall", False),
    ("Check the infeed of line 2 with service", True),
    ("Name a contact in purchasing", False),
)
REASONS = ("Reorganisation at the plant", "Their manager is ill", "Peak season, no time")
MOVED = ("Plant closes that week", "Their manager travels")


@dataclass
class Book:
    """What was made, to be written in sets."""

    qbrs: list[Qbr] = field(default_factory=list)
    rest: list[Any] = field(default_factory=list)


def look_back(customers: list[Customer], staff: Staff, on: date) -> None:
    """The reviews of the past year: most were held and summed up in time, some called off, a few summed up late."""
    rng, book = Random(47), Book()
    people: dict[int, list[Contact]] = {}
    for contact in Contact.objects.filter(account__in=[c.account.pk for c in customers]).order_by("pk"):
        people.setdefault(contact.account_id, []).append(contact)
    for customer in customers:
        _year(rng, customer, people.get(customer.account.pk, []), staff, on, book)
    Qbr.objects.bulk_create(book.qbrs)
    models: tuple[Any, ...] = (QbrAttendee, QbrMove, QbrPart, QbrAction, QbrLetter)
    for model in models:
        model.objects.bulk_create([row for row in book.rest if isinstance(row, model)])
    touch("qbr", [q.pk for q in book.qbrs], since=on, account_of={q.pk: q.account_id for q in book.qbrs})


def _year(rng: Random, customer: Customer, people: list[Contact], staff: Staff, on: date, book: Book) -> None:
    account, policy, days = customer.account, QbrPolicy(), working_days(on)
    anchor, months = anchor_of(account.pk), policy.months_of(account.segment)
    slot = slot_after(anchor, months, max(on - timedelta(days=365), customer.since))
    last = on - timedelta(days=80 if account.name == JUST_HELD else 1)
    while slot < last:
        planned = days.on_or_after(slot, account.country)
        if planned < last:
            _met(rng, _planned(customer, anchor, slot, planned), people, staff, on, book)
        slot = slot_after(anchor, months, slot)


def _planned(customer: Customer, anchor: date, slot: date, planned: date) -> Qbr:
    return Qbr(
        account=customer.account,
        owner=customer.account.owner,
        anchor_on=anchor,
        slot_on=slot,
        first_planned_on=planned,
        planned_on=planned,
        known_on=slot - timedelta(days=28),
        agreed_on=planned - timedelta(days=12),
        starts_at=time(10, 0),
        place=customer.account.city,
    )


def _met(rng: Random, qbr: Qbr, people: list[Contact], staff: Staff, on: date, book: Book) -> None:
    """How it went: called off, or held by those who came, with what was said and agreed."""
    book.qbrs.append(qbr)
    by = qbr.owner.user or staff.users["sanne"]
    quiet = qbr.account.name == SILENT and qbr.planned_on > on - timedelta(days=130)
    if quiet or rng.random() < 0.06:
        qbr.cancelled_on, qbr.cancelled_by = qbr.planned_on - timedelta(days=3), by
        qbr.cancelled_side = Side.CUSTOMER if quiet or rng.random() < 0.7 else Side.US
        qbr.cancel_reason = rng.choice(REASONS)
        return
    if rng.random() < 0.12:
        before, qbr.planned_on = qbr.planned_on, min(qbr.planned_on + timedelta(days=7), on - timedelta(days=1))
        if qbr.planned_on > before:
            book.rest.append(QbrMove(qbr=qbr, from_on=before, to_on=qbr.planned_on, reason=rng.choice(MOVED), by=by,
                                     on=before - timedelta(days=2)))  # fmt: skip
    qbr.held_at, qbr.held_by = _at(qbr.planned_on, 11, 20), by
    qbr.summary_due_at = summary_due(qbr.held_at, QbrPolicy())
    late = rng.random() < 0.07
    qbr.summary_sent_at = min(qbr.held_at + timedelta(hours=rng.randint(55, 90) if late else rng.randint(2, 46)),
                              _at(on, 8, 0))  # fmt: skip
    book.rest += _of(rng, qbr, people, by, on)


def _of(rng: Random, qbr: Qbr, people: list[Contact], by: Any, on: date) -> Iterator[Any]:
    there = [p for p in people if not p.left_on or p.left_on > qbr.planned_on]
    yield QbrAttendee(qbr=qbr, user=by, seat=Seat.LEAD, came=True)
    for contact in there:
        manages = contact.role == ContactRole.MANAGEMENT
        seat = Seat.EXECUTIVE if manages else Seat.MAIN if contact.role == ContactRole.ENGINEERING else Seat.OTHER
        yield QbrAttendee(qbr=qbr, contact=contact, seat=seat, came=not manages or rng.random() < 0.6)
    yield QbrPart(qbr=qbr, key="review", minutes=15, notes=rng.choice(NOTES))
    for title, ours in rng.sample(ASKED, 2):
        due_on = qbr.planned_on + timedelta(days=rng.randint(14, 60))
        done = due_on - timedelta(days=rng.randint(0, 9))
        yield QbrAction(qbr=qbr, title=title, ours=ours, contact=None if ours or not there else there[0],
                        due_on=due_on, done_on=done if done <= on and rng.random() < 0.8 else None,
                        created_on=qbr.planned_on, created_by=by)  # fmt: skip
    addressed = [p for p in there if p.email]
    yield QbrLetter(
        qbr=qbr,
        kind="summary",
        subject=f"Summary of our review on {qbr.planned_on:%d %B %Y}",
        body="Thank you for the review. Highlights, figures and actions are below.",
        receivers=[[p.name, p.email] for p in addressed],
        sent_at=qbr.summary_sent_at,
        sent_by=by,
    )


def look_ahead(staff: Staff, on: date) -> None:
    """Those ahead that people have begun to plan, and the one that was held yesterday."""
    rng = Random(48)
    ahead: Any = Qbr.objects.visible_to(System("demo")).open().filter(planned_on__gte=on)
    for qbr in ahead.select_related("account", "owner__user").order_by("pk"):
        if qbr.account.name == JUST_HELD or (qbr.planned_on - on).days > 20 or rng.random() < 0.3:
            continue
        by = qbr.owner.user or staff.users["sanne"]
        agree(qbr=qbr, planned_on=qbr.planned_on, starts_at=time(rng.choice((9, 10, 14)), 0), by=by, on=on,
              place=qbr.account.city)  # fmt: skip
        invite(qbr=qbr, seats=_seats(qbr, by, staff), by=by, on=on)
    _yesterday(staff, on)


def _seats(qbr: Qbr, by: Any, staff: Staff) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = [(by, Seat.LEAD.value), (staff.users["daniel"], Seat.ACCOUNT_OWNER.value)]
    for contact in Contact.objects.filter(account=qbr.account_id, left_on__isnull=True).order_by("pk"):
        seat = {ContactRole.MANAGEMENT: Seat.EXECUTIVE, ContactRole.ENGINEERING: Seat.MAIN}.get(
            contact.role, Seat.OTHER
        )  # type: ignore[call-overload]
        if contact.role != ContactRole.MANAGEMENT or qbr.account.name != RESCUED:
            found.append((contact, seat.value))
    return found


def _yesterday(staff: Staff, on: date) -> None:
    """The review whose summary is due: held yesterday afternoon, with notes, actions and what is for us alone."""
    last = on - timedelta(days=1)
    owner = Owner.objects.get(user=staff.users["marloes"])
    row = Qbr.objects.visible_to(System("demo")).filter(account__name=JUST_HELD)
    qbr = row.open().order_by("planned_on").first()
    account = Contact.objects.filter(account__name=JUST_HELD).select_related("account__owner")[0].account
    if qbr is None:
        anchor = anchor_of(account.pk)
        after = row.order_by("-slot_on").first()
        slot = slot_after(anchor, QbrPolicy().months_of(account.segment), after.slot_on if after else last)
        qbr = Qbr(account=account, owner=owner, anchor_on=anchor, slot_on=slot)
    qbr.first_planned_on = qbr.planned_on = last
    qbr.known_on, qbr.agreed_on = min(qbr.known_on or last, last - timedelta(days=21)), last - timedelta(days=15)
    qbr.starts_at, qbr.place = time(14, 0), account.city
    with audited(by=System("demo"), why="demo.qbrs"):
        qbr.save()
    by = staff.users["marloes"]
    qbr.account = account
    invite(qbr=qbr, seats=_seats(qbr, by, staff), by=by, on=last)
    set_agenda(qbr=qbr, by=by, parts={"roadmap": (20, "New gripper for soft packs from spring on; training on site.")})
    hold(qbr=qbr, held_at=_at(last, 15, 20), came=QbrAttendee.objects.filter(qbr=qbr), by=by, at=_at(on, 0, 1), on=last)
    take_notes(qbr=qbr, notes={"review": NOTES[0], "feedback": NOTES[1], "roadmap": NOTES[2]}, by=by, on=last)
    note_for_us(qbr=qbr, health="Steadier than in summer.", chances="A second shift needs a second robot.",
                risks="Purchasing looks at a local workshop.", by=by)  # fmt: skip
    agree_action(qbr=qbr, title=ASKED[0][0], due_on=on + timedelta(days=21), by=by, on=last, owner=owner)
    agree_action(qbr=qbr, title=ASKED[1][0], due_on=on + timedelta(days=10), by=by, on=last)


def _at(day: date, hour: int, minute: int) -> datetime:
    return datetime.combine(day, time(hour, minute), ZoneInfo(settings.ORGANISATION_TIME_ZONE))
