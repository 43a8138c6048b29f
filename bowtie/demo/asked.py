"""Who reported the tickets of the last months, and what people answered when they were asked."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from zlib import crc32

from django.db.models import F

from bowtie.demo.people import Staff
from health.actions.answering import answer_survey
from health.actions.inviting import invite
from health.models import Invitation, Score
from health.rules.survey import RELATIONSHIP
from installed_base.models import Contact, Ticket
from installed_base.models.accounts import ContactRole

DAYS = 130
WEEK = timedelta(days=7)
ANSWER_OF_A_HUNDRED = 58
# Part of the last wave, answered as told here on the eleventh day.
SAID = {
    "Verpakkingen De Smet": (5, "The machine is fine. We were promised the retrofit quote in October and still wait."),
    "Hoekstra Zuivel": (10, "One call and somebody is there. I tell everybody."),
}
LOW = ("We wait too long for parts.", "Three people, three answers. Nobody calls back.", "Second visit for one fault.")
HIGH = ("Quick help, and friendly.", "Ruud knows our line by heart.", "It simply runs.", "")


def name_reporters(on: date) -> None:
    """Each ticket of the last months was reported by somebody who works with the machine."""
    who: dict[int, list[Contact]] = {}
    roles = (ContactRole.OPERATOR, ContactRole.ENGINEERING)
    for contact in Contact.objects.filter(role__in=roles, left_on__isnull=True).order_by("pk"):
        who.setdefault(contact.account_id, []).append(contact)
    tickets = [t for t in Ticket.objects.filter(opened_at__date__gt=on - timedelta(days=DAYS)) if t.account_id in who]
    for ticket in tickets:
        known = who[ticket.account_id]
        ticket.contact = known[crc32(ticket.number.encode()) % len(known)]
    Ticket.objects.bulk_update(tickets, ["contact"], batch_size=500)


def send_wave(staff: Staff, on: date) -> None:
    """Sanne asks the people of her accounts whether they would recommend us; and those of two more."""
    sanne = staff.users["sanne"]
    people = Contact.objects.filter(left_on__isnull=True)
    hers = people.filter(account__owner__user=sanne) | people.filter(account__name__in=SAID)
    ids = hers.exclude(role=ContactRole.OPERATOR).order_by("pk").values_list("pk", flat=True)
    invite(kind=RELATIONSHIP, contacts=ids[:60], by=sanne, on=on)


def respond(until: date) -> None:
    """What was answered in the week up to that day: more than half of those who were asked do, most within days."""
    waiting = Invitation.objects.filter(answered_on__isnull=True, valid_until__gte=until - WEEK, sent_on__lte=until)
    rows = waiting.annotate(code=F("contact__external_id"), name=F("account__name")).order_by("sent_on", "code", "kind")
    scores = dict(Score.objects.filter(on__lte=until).order_by("on", "pk").values_list("account_id", "score"))
    for row in rows:
        rng = Random(crc32(f"{row.code}/{row.kind}/{row.sent_on}".encode()))
        told = SAID.get(row.name) if row.kind == RELATIONSHIP else None
        willing = rng.randrange(100) < ANSWER_OF_A_HUNDRED
        day = row.sent_on + timedelta(days=11 if told else rng.choice((0, 1, 1, 2, 3, 5, 9)))
        if (willing or told) and until - WEEK < day <= until:
            value, comment = told or _said(rng, row, scores.get(row.account_id))
            answer_survey(invitation=row.pk, value=value, comment=comment, on=day)


def _said(rng: Random, row: Invitation, score: Decimal | None) -> tuple[int, str]:
    """How it goes at the account says how high; the lowest and the highest have something to say."""
    mood = 0.7 if score is None else float(score) / 100
    share = min(max(0.28 + 0.7 * mood + rng.uniform(-0.13, 0.13), 0), 1)
    value = row.scale_from + round((row.scale_to - row.scale_from) * share)
    tenth = value * 10 / row.scale_to
    return value, rng.choice(LOW) if tenth < 7 else rng.choice(HIGH) if tenth >= 9 else ""
