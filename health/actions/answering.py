"""What the person behind a link does: answers once, or wants to be asked no more."""

from datetime import date
from decimal import Decimal

from core.actions import post, touch
from core.audit import audited
from core.models import Outbox
from core.policies import policy_on
from core.scope import System
from health.models import Invitation, SurveyAnswer, SurveyStop
from health.rules.survey import Band, Stand, SurveyPolicy, band_of, stand_of

ANSWERED = "survey.answered"
# Nobody is written to: the message is there for whoever listens to the events of the house.
EVENTS = "events"
SOURCE = "survey"
LONGEST = 4000


class Closed(Exception):
    """The link opens nothing: `stand` says why; None where its person is no longer known to us."""

    def __init__(self, stand: Stand | None) -> None:
        self.stand = stand
        super().__init__(stand)


def opened(invitation: Invitation, on: date) -> Invitation:
    """The invitation, if it may be answered on that day; raises Closed."""
    stand = stand_of(invitation.answered_on is not None, invitation.valid_until, on)
    if stand is not Stand.OPEN:
        raise Closed(stand)
    if invitation.contact_id is None:
        raise Closed(None)
    return invitation


def answer_survey(*, invitation: int, value: int, comment: str, on: date) -> SurveyAnswer:
    """Write down the answer of whoever holds the link: once, whoever asks how often.

    Raises Closed for a link that opens nothing (any more), ValueError for a score beside the scale. A low answer is
    picked up by the day (LOOPS), which opens the work.
    """
    with audited(by=System(SOURCE), why="health.answer_survey"):
        rows = Invitation.objects.select_for_update(of=("self",)).select_related("contact", "account__owner")
        asked = opened(rows.get(pk=invitation), on)
        if not asked.scale_from <= value <= asked.scale_to:
            raise ValueError(f"{value} is not between {asked.scale_from} and {asked.scale_to}.")
        answer = _write(asked, value, comment.strip()[:LONGEST], on)
        Invitation.objects.filter(pk=asked.pk).update(answer=answer, answered_on=on)
        touch("answer", [answer.pk], since=on, account_of={answer.pk: answer.account_id})
        post([_told(asked, answer)])
    return answer


def _write(asked: Invitation, value: int, comment: str, on: date) -> SurveyAnswer:
    kind = policy_on(SurveyPolicy, asked.sent_on).values.kind(asked.kind)
    return SurveyAnswer.objects.create(
        account=asked.account,
        contact=asked.contact,
        asset_id=asked.asset_id,
        question=asked.question,
        occasion=kind.occasion,
        value=Decimal(value),
        scale_from=asked.scale_from,
        scale_to=asked.scale_to,
        answered_on=on,
        known_on=on,
        comment=comment,
        source=SOURCE,
        external_id=f"invitation/{asked.pk}",
    )


def _told(asked: Invitation, answer: SurveyAnswer) -> Outbox:
    """The owner hears of it, unless the play of a low answer tells them anyway."""
    band = band_of(answer.value, answer.scale_to, policy_on(SurveyPolicy, answer.answered_on).values)
    payload = {
        "answer": answer.pk,
        "invitation": asked.pk,
        "account": answer.account_id,
        "contact": answer.contact_id,
        "survey": asked.kind,
        "question": answer.question,
        "value": str(answer.value),
        "scale_from": str(answer.scale_from),
        "scale_to": str(answer.scale_to),
        "band": band.value,
        "on": answer.answered_on.isoformat(),
    }
    return Outbox(
        dedupe_key=f"{ANSWERED}:{asked.pk}",
        kind=ANSWERED,
        subject_kind="answer",
        subject_id=answer.pk,
        destination=EVENTS if band is Band.LOW else f"owner:{asked.account.owner_id}",
        payload=payload,
    )


def stop_surveys(*, address_digest: str, on: date) -> None:
    """This person wants no more surveys. Said twice, the first day stands."""
    with audited(by=System(SOURCE), why="health.stop_surveys"):
        SurveyStop.objects.get_or_create(address_digest=address_digest, defaults={"on": on})
