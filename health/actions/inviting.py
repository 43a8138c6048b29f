"""Asking people: after an occasion, or because somebody decided so. One row each, one mail each, in one transaction."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils.translation import gettext as _

from core.actions import post
from core.audit import audited
from core.models import Outbox, User
from core.policies import policy_on
from health.models import Invitation
from health.queries.asking import people
from health.rules.asking import Occasion, Person, WhyNot, why_not
from health.rules.survey import SurveyKind, SurveyPolicy
from playbooks.actions.releasing import new_ids
from playbooks.triggers import Fired, Moment

INVITED = "survey.invited"
# Two who ask at once take turns: nobody gets two mails because both looked first.
_TURN = 5_117_021
MOST = 500


@dataclass(frozen=True)
class Sent:
    """Who was invited, and who was left in peace, with the reason."""

    invited: tuple[Invitation, ...]
    skipped: tuple[tuple[Person, WhyNot], ...]


def invite_due(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """An invitation for each firing, with its mail, in the day's transaction."""
    _take_turn()
    rows = [_of_firing(row, moment) for row in fired]
    _send(rows)
    return Counter(invitations=len(rows))


def seen(person: Person) -> dict[str, Any]:
    """What of a person is kept with the firing."""
    return {"asked": {kind: day.isoformat() for kind, day in person.asked.items()}}


def _of_firing(row: Fired, moment: Moment) -> Invitation:
    about: Occasion = row.occurrence.rung.about
    kind = moment.policy.kind(about.kind)
    return _invitation(
        row.facts,
        kind,
        about.key,
        moment.on,
        firing_id=row.firing_id,
        asset_id=about.asset_id,
        ticket_id=about.ticket_id,
    )


def invite(*, kind: str, contacts: Iterable[int], by: User, on: date) -> Sent:
    """Send a survey to these contacts; who must not be asked is skipped. The same twice on a day sends nothing more.

    ValidationError for a survey that is not sent by hand, for nobody, and for more than MOST at once.
    """
    policy = policy_on(SurveyPolicy, on).values
    ids = sorted(set(contacts))
    asked = next((k for k in policy.kinds if k.key == kind and k.by_hand), None)
    if asked is None:
        raise ValidationError(_("This survey is not sent by hand. Choose another."))
    if not ids:
        raise ValidationError(_("Choose at least one person."))
    if len(ids) > MOST:
        raise ValidationError(_("Choose at most %(n)d people at once.") % {"n": MOST})
    with audited(by=by, why="health.invite"):
        _take_turn()
        found = [(person, why_not(person, asked, policy, on)) for person in people(ids, on)]
        key = f"HAND@{on.isoformat()}"
        rows = [_invitation(p, asked, key, on, sent_by=by) for p, why in found if why is None]
        _send(rows)
    return Sent(tuple(rows), tuple((p, why) for p, why in found if why is not None))


def _invitation(person: Person, kind: SurveyKind, key: str, on: date, **more: Any) -> Invitation:
    return Invitation(
        kind=kind.key,
        account_id=person.account_id,
        contact_id=person.id,
        occasion_key=key,
        address_digest=person.address_digest,
        language=person.language,
        question=kind.question,
        scale_from=kind.scale_from,
        scale_to=kind.scale_to,
        sent_on=on,
        valid_until=on + timedelta(days=kind.valid_days),
        **more,
    )


def _send(rows: Sequence[Invitation]) -> None:
    for row, pk in zip(rows, new_ids("health_invitation", len(rows)), strict=True):
        row.pk = pk
    Invitation.objects.bulk_create(rows, batch_size=2000)
    post(_mail(row) for row in rows)


def _mail(row: Invitation) -> Outbox:
    """To the person themselves; the address is read when it leaves, so that it stands in one place."""
    payload = {
        "invitation": row.pk,
        "account": row.account_id,
        "contact": row.contact_id,
        "survey": row.kind,
        "on": row.sent_on.isoformat(),
    }
    return Outbox(
        dedupe_key=f"{INVITED}:{row.pk}",
        kind=INVITED,
        subject_kind="invitation",
        subject_id=row.pk,
        destination=f"survey:{row.pk}",
        payload=payload,
    )


def _take_turn() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_TURN])
