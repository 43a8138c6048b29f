"""What people at the customer said to us, what was promised to them, and how they pay."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from zlib import crc32

from bowtie.demo.customers import Customer
from bowtie.demo.moods import RESCUED, SILENT, Mood
from bowtie.demo.people import Staff
from bowtie.demo.store import store
from core.history import keep
from health.models import Question, SurveyAnswer
from installed_base.models import Asset, Contact, ContactMoment, ContactPeriod, LedgerEntry, RoiRecord
from installed_base.models.accounts import ContactRole

DAYS = 30 * 26
SILENT_DAYS = 97
GOALS = (
    ("Two operators less on the line", "operators", 2),
    ("Scrap below two per cent", "%", 2),
    ("900 boxes an hour", "boxes/h", 900),
    ("Change of format in ten minutes", "minutes", 10),
    ("No lifting above 15 kg", "kg", 15),
)
NOTES = (
    "Line runs as agreed; asked for the figures of the quarter.",
    "New product comes in spring: recipe to be made.",
    "Short call on parts in stock.",
    "",
)
WORRIED = "“We lose forty minutes a shift on line 2.”"
Kind = ContactMoment.Kind


def speak(customers: list[Customer], machines: list[Asset], moods: dict[int, Mood], staff: Staff, on: date) -> None:
    """Write contact moments, answers and results of two years; somebody left at the account that is being rescued."""
    rng = Random(44)
    people = _people(customers, moods, on)
    moments = [m for c in customers for m in _moments(rng, c, people[c.account.pk], moods[c.account.pk], staff, on)]
    store(moments)
    answers = [a for c in customers for a in _answers(rng, people[c.account.pk], moods[c.account.pk], on)]
    # From then on people are asked by the product itself (bowtie/demo/asked.py).
    begun = on - timedelta(weeks=17)
    answers += [a for a in _after_installation(rng, machines, moods, on) if a.answered_on < begun]
    store(answers)
    fleets: dict[int, list[Asset]] = {}
    for machine in machines:
        fleets.setdefault(machine.account_id, []).append(machine)
    results = [r for a, mood in moods.items() for r in _results(rng, a, fleets.get(a, []), mood, on)]
    store(results)


def _people(customers: list[Customer], moods: dict[int, Mood], on: date) -> dict[int, list[Contact]]:
    """Everybody by account; with a plant manager who left in July, and champions where it goes well."""
    gone = _left(next(c for c in customers if c.account.name == RESCUED), on)
    found: dict[int, list[Contact]] = {c.account.pk: [] for c in customers}
    rows = list(Contact.objects.filter(account__in=list(found)).order_by("pk"))
    champions = []
    for contact in rows:
        found[contact.account_id].append(contact)
        well = moods[contact.account_id].now > 0.8 and contact.role == ContactRole.ENGINEERING
        if well and not contact.champion_since:
            contact.champion_since = max(on - timedelta(days=700), contact.known_on)
            champions.append(contact)
    Contact.objects.bulk_update(champions, ["champion_since"])
    keep(ContactPeriod, [c.pk for c in champions], on=on - timedelta(days=700))
    assert gone.account_id in found
    return found


def _left(customer: Customer, on: date) -> Contact:
    """The plant manager, until July; and the director of operations nobody has met yet."""
    july = date(on.year if on.month > 7 else on.year - 1, 7, 6)
    shared = {"account": customer.account, "site": customer.sites[0], "source": "crm", "known_on": customer.since}
    manager = Contact.objects.create(
        name="Gerard Post",
        job_title="Plant manager",
        role=ContactRole.MANAGEMENT,
        champion_since=customer.since,
        left_on=july,
        external_id=f"{customer.account.external_id}-plant",
        **shared,
    )
    director = Contact.objects.create(
        name="Ilse Brouwer",
        job_title="Operations director",
        role=ContactRole.OTHER,
        external_id=f"{customer.account.external_id}-operations",
        **shared,
    )
    keep(ContactPeriod, [manager.pk, director.pk], on=customer.since)
    return manager


def _moments(
    rng: Random, customer: Customer, people: list[Contact], mood: Mood, staff: Staff, on: date
) -> Iterator[ContactMoment]:
    """A call every few weeks with those who are well; with the others less, and with fewer of them."""
    name = customer.account.name
    by = customer.account.owner.user_id or staff.users["sanne"].pk
    away = 20 if name == RESCUED else 20 + crc32(name.encode()) % 20
    last = on - timedelta(days=SILENT_DAYS if name == SILENT else rng.randint(1, 18) if mood.now > 0.3 else away)
    day, first = last, max(on - timedelta(days=DAYS), customer.since)
    while day >= first:
        now = mood.at(day)
        met = [p for p in people if (not p.left_on or p.left_on > day) and _is_spoken_to(p, now, name)]
        if met:
            contact = rng.choice(met)
            kind = rng.choices(list(Kind), (50, 16, 14, 20))[0]
            yield _moment(contact, by, kind, day, WORRIED if now < 0.3 else rng.choice(NOTES))
        day -= timedelta(days=int(rng.uniform(12, 30) * (2.2 - 1.4 * now)))


def _is_spoken_to(contact: Contact, mood: float, account: str) -> bool:
    """Where it goes badly the managers are no longer met, and at the worst only operators are.

    At the account that is being rescued the plant manager was met until he left, his successor never.
    """
    if account == RESCUED and contact.name in ("Gerard Post", "Ilse Brouwer"):
        return contact.name == "Gerard Post"
    if mood < 0.3:
        return contact.role == ContactRole.OPERATOR
    return mood > 0.55 or contact.role != ContactRole.MANAGEMENT


def _moment(contact: Contact, by: int, kind: str, day: date, note: str) -> ContactMoment:
    return ContactMoment(
        account_id=contact.account_id,
        contact=contact,
        by_id=by,
        kind=kind,
        on=day,
        note=note,
        source="crm",
        external_id=f"{contact.external_id}/{day.isoformat()}/{kind}",
        known_on=day,
    )


def _answers(rng: Random, people: list[Contact], mood: Mood, on: date) -> Iterator[SurveyAnswer]:
    """Twice a year everybody is asked whether they would recommend us; six or seven in ten answer."""
    for contact in people:
        for half in range(5):
            day = on - timedelta(days=64 + 182 * half)
            if day >= contact.known_on and (not contact.left_on or day < contact.left_on) and rng.random() < 0.68:
                yield _answer(contact, Question.RECOMMEND, day, _grade(rng, mood.at(day)))
    if people and people[0].account.name == RESCUED:
        september = date(on.year if on.month > 9 else on.year - 1, 9, 18)
        contact = next(p for p in people if p.role == ContactRole.ENGINEERING)
        said = "Machines are good, getting help takes too long."
        yield _answer(contact, Question.RECOMMEND, september, 4, comment=said, external_id=f"{contact.external_id}/nps")


def _grade(rng: Random, mood: float) -> int:
    return min(max(round(2.8 + 7.1 * mood + rng.uniform(-1.0, 1.0)), 0), 10)


def _answer(contact: Contact, question: str, day: date, value: int, **values: object) -> SurveyAnswer:
    defaults = {"external_id": f"{contact.external_id}/{question}/{day.isoformat()}", "occasion": "relationship"}
    return SurveyAnswer(
        account_id=contact.account_id,
        contact=contact,
        question=question,
        value=value,
        answered_on=day,
        source="survey",
        known_on=day,
        **(defaults | values),
    )


def _after_installation(rng: Random, machines: list[Asset], moods: dict[int, Mood], on: date) -> Iterator[SurveyAnswer]:
    """Six weeks after a machine went live: how satisfied on 1 to 5."""
    for machine in machines:
        day = machine.went_live_on and machine.went_live_on + timedelta(days=42)
        if day and on - timedelta(days=DAYS) < day <= on:
            grade = 1 + round(
                4 * min(max(0.35 + 0.6 * moods[machine.account_id].at(day) + rng.uniform(-0.2, 0.2), 0), 1)
            )
            yield SurveyAnswer(
                account_id=machine.account_id,
                asset=machine,
                question=Question.SATISFACTION,
                occasion="post_installation",
                value=grade,
                scale_from=1,
                scale_to=5,
                answered_on=day,
                source="survey",
                external_id=f"{machine.external_id}/live",
                known_on=day,
            )


def _results(rng: Random, account: int, fleet: list[Asset], mood: Mood, on: date) -> Iterator[RoiRecord]:
    """Two to four goals were agreed in the last two years; how many of them were met says how it goes."""
    chosen = rng.sample(GOALS, rng.randint(2, 4))
    for number, (goal, unit, promised) in enumerate(chosen, 1):
        agreed = on - timedelta(days=rng.randint(150, 690))
        met = agreed + timedelta(days=rng.randint(40, 140))
        new = [m for m in fleet if m.went_live_on and agreed <= m.went_live_on <= met - timedelta(days=20)]
        machine = rng.choice(new or [None])
        share = 0.5 if mood.now < 0.3 else mood.now + 0.06
        realised = met if met <= on and number / len(chosen) <= share + 0.01 else None
        yield RoiRecord(
            account_id=account,
            asset=machine,
            goal=goal,
            unit=unit,
            promised=promised,
            realised=Decimal(promised) if realised else None,
            agreed_on=agreed,
            realised_on=realised,
            source="crm",
            external_id=f"G-{account}-{number}",
            known_on=agreed,
        )


def settle(rows: Iterable[LedgerEntry], moods: dict[int, Mood], on: date) -> None:
    """Invoices are due after thirty days; who is not content pays late."""
    for row in rows:
        drawn = crc32(row.external_id.encode()) % 1000 / 1000
        mood = moods[row.account_id].at(row.on)
        late = drawn > 0.72 + 0.27 * mood
        row.due_on = row.on + timedelta(days=30)
        paid = row.due_on + timedelta(days=int(12 + 60 * drawn) if late else -int(20 * drawn))
        row.paid_on = paid if paid <= on else None
