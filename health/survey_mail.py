"""The mail that asks: in the language of the person, with a link per score, and a way to hear no more of it."""

from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _

from core import opening
from core.clock import today
from core.outbox import Delivery
from core.policies import policy_on
from health import survey_link
from health.actions.answering import Closed, opened
from health.models import Invitation, SurveyStop
from health.rules.survey import SurveyPolicy
from health.words.surveys import about


def mail_invitation(delivery: Delivery) -> None:
    """Send what waits for one invitation; nothing where it was answered, has expired, its person was erased, has no
    address any more or wants no more surveys. A second sending carries the same Message-ID."""
    pk = int(delivery.destination.partition(":")[2])
    rows = Invitation.objects.select_related("contact", "asset__product", "ticket")
    invitation = rows.filter(pk=pk).first()
    if invitation is not None and _still_wanted(invitation):
        with translation.override(invitation.language):
            _mail(invitation, key=delivery.messages[-1].dedupe_key).send()


def _still_wanted(invitation: Invitation) -> bool:
    try:
        opened(invitation, today())
    except Closed:
        return False
    assert invitation.contact is not None
    return bool(invitation.contact.email) and not _has_stopped(invitation)


def _has_stopped(invitation: Invitation) -> bool:
    return SurveyStop.objects.filter(address_digest=invitation.address_digest).exists()


def _mail(invitation: Invitation, *, key: str) -> EmailMultiAlternatives:
    assert invitation.contact is not None
    context = _context(invitation)
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    headers = {
        "Message-ID": f"<{key.replace(':', '.')}@{domain}>",
        "List-Unsubscribe": f"<{context['stop']}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    subject = _("One question from %(organisation)s") % {"organisation": context["organisation"]}
    body = render_to_string("health/survey_mail.txt", context)
    mail = EmailMultiAlternatives(" ".join(subject.split()), body, to=[invitation.contact.email], headers=headers)
    mail.attach_alternative(render_to_string("health/survey_mail.html", context), "text/html")
    return mail


def _context(invitation: Invitation) -> dict[str, Any]:
    kind = policy_on(SurveyPolicy, invitation.sent_on).values.kind(invitation.kind)
    address = survey_link.address_of(invitation.pk)
    steps = range(invitation.scale_from, invitation.scale_to + 1)
    return {
        "name": invitation.contact.name if invitation.contact else "",
        "language": invitation.language,
        "organisation": opening.ours().name,
        "ask": _(kind.ask),
        "worst": _(kind.worst),
        "best": _(kind.best),
        "about": about(invitation),
        "scores": [{"value": step, "url": f"{address}?score={step}"} for step in steps],
        "scale_from": invitation.scale_from,
        "scale_to": invitation.scale_to,
        "address": address,
        "stop": survey_link.address_of(invitation.pk, "stop"),
        "valid_until": invitation.valid_until,
    }
