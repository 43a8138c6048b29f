"""Surveys as people read them: what was sent and came back, the answers, and who would be asked now."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Q, QuerySet

from core.models import User
from core.policies import policy_on
from core.reach import reach_of
from core.scope import System
from health.models import Invitation, SurveyAnswer
from health.queries.asking import people
from health.rules.asking import Person, WhyNot, why_not
from health.rules.survey import Band, SurveyKind, SurveyPolicy
from installed_base.models import Account, Contact
from playbooks.models import Note, Task

SUBJECT = "answer"
_TEN = Decimal(10)


@dataclass(frozen=True)
class Response:
    """What became of the invitations of one survey: each is open, answered or expired."""

    kind: str
    sent: int
    answered: int
    open: int

    @property
    def expired(self) -> int:
        return self.sent - self.answered - self.open

    @property
    def rate(self) -> Decimal | None:
        """Answered over all that were sent, open ones included; None where none was."""
        return Decimal(self.answered) / self.sent if self.sent else None


def responses(rows: QuerySet[Any], on: date) -> dict[str, Response]:
    """By survey, of these invitations. One query."""
    waiting = Q(answered_on__isnull=True, valid_until__gte=on)
    counted = (
        rows.order_by()
        .values("kind")
        .annotate(
            sent=Count("pk"),
            answered=Count("pk", filter=Q(answered_on__isnull=False)),
            open=Count("pk", filter=waiting),
        )
    )
    return {row["kind"]: Response(**row) for row in counted}


def sent_rows(user: User) -> QuerySet[Any]:
    """Invitations that this user may see, with what a list says of them."""
    return Invitation.objects.visible_to(user).select_related(
        "account", "contact", "answer", "asset__product", "ticket", "sent_by"
    )


def answer_rows(user: User) -> QuerySet[Any]:
    """Answers that this user may see, with what a list says of them, and the day of the last follow-up."""
    return SurveyAnswer.objects.visible_to(user).select_related("account", "contact")


def in_band(rows: QuerySet[Any], band: str, policy: SurveyPolicy) -> QuerySet[Any]:
    """Those of these answers in that band. The high ones come from people who may speak for us (RF-01)."""
    scored = rows.filter(scale_to__gt=0).annotate(tenfold=F("value") * _TEN)
    below, high = F("scale_to") * policy.low_below, F("scale_to") * policy.high_from
    if band == Band.LOW:
        return scored.filter(tenfold__lt=below)
    if band == Band.HIGH:
        return scored.filter(tenfold__gte=high)
    return scored.filter(tenfold__gte=below, tenfold__lt=high)


def followed_up(answers: Iterable[int]) -> dict[int, date]:
    """The last day on which somebody wrote down a follow-up, by answer. The answers are ones that may be seen."""
    notes = Note.objects.visible_to(System("follow-ups of answers that are seen"))
    rows = notes.filter(subject_kind=SUBJECT, subject_id__in=list(answers)).order_by().values("subject_id")
    return {row["subject_id"]: row["last"] for row in rows.annotate(last=Max("on"))}


def being_called(answers: Iterable[int]) -> dict[int, int]:
    """How many tasks about each of these answers are open."""
    tasks = Task.objects.visible_to(System("work about answers that are seen")).open()
    rows = tasks.filter(subject_kind=SUBJECT, subject_id__in=list(answers)).order_by().values("subject_id")
    return {row["subject_id"]: row["n"] for row in rows.annotate(n=Count("pk"))}


@dataclass(frozen=True)
class Candidate:
    """Somebody who would be asked now, or is left in peace."""

    contact: Any
    person: Person
    why: WhyNot | None


def sendable(user: User) -> QuerySet[Any]:
    """People at accounts of this user who are still there, by account."""
    rows = Contact.objects.changeable_by(user).filter(left_on__isnull=True, account__merged_into__isnull=True)
    return rows.select_related("account").order_by("account__name", "name", "pk")


def candidates(contacts: QuerySet[Any], kind: SurveyKind, on: date, *, most: int) -> list[Candidate]:
    """The first of these contacts, each with why they would not be asked this today."""
    policy = policy_on(SurveyPolicy, on).values
    found = {contact.pk: contact for contact in contacts[:most]}
    asked = {person.id: person for person in people(list(found), on)}
    return [Candidate(contact, asked[pk], why_not(asked[pk], kind, policy, on)) for pk, contact in found.items()]


def sends(user: User) -> bool:
    """Whether surveys are this user's to send at all."""
    return reach_of(user).works


def accounts_live_since(user: User, first: date) -> QuerySet[Any]:
    """Accounts of this user with a machine of ours that went live, or was installed, since that day (AD-15)."""
    live = Q(assets__went_live_on__gte=first) | Q(assets__went_live_on__isnull=True, assets__installed_on__gte=first)
    return Account.objects.changeable_by(user).filter(live, assets__standing="ours").distinct()
