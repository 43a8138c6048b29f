"""A page by mail: made for its receiver alone, with the figures in the mail and the page as PDF beside them."""

from datetime import date
from typing import Any
from urllib.parse import parse_qsl

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from core import clock, opening
from core.charts.printed import ink
from core.display import day_long
from core.metrics import WrongFilter
from core.models import PageSubscription
from core.outbox import Delivery
from core.page_mail import PageRefused, page_of, token_of
from core.scope import System
from core.subscribing import pause_subscription
from dashboards.papers.content import Paper
from dashboards.papers.pages import paper_of
from dashboards.papers.printing import file_name, pdf_of

BY = System("a page that can no longer be sent by mail")


def mail_page(delivery: Delivery) -> None:
    """Send what waits for one subscription: of several due days the latest, once.

    The row is held while the mail is made and sent, so that two relays never both send it; a relay that dies before the
    end sends again, under the same Message-ID. Nothing where the receiver is gone, or it was paused meanwhile.
    """
    pk = int(delivery.destination.partition(":")[2])
    message = delivery.messages[-1]
    due_on, on = (date.fromisoformat(message.payload[name]) for name in ("due_on", "on"))
    with transaction.atomic():
        rows = PageSubscription.objects.select_for_update(of=("self",)).select_related("user")
        row = rows.filter(pk=pk, paused_on__isnull=True, user__is_active=True).first()
        if row is None or not row.user.email or _is_behind(row, due_on):
            return
        with translation.override(row.user.language or opening.ours().language):
            _send(row, on=on, key=message.dedupe_key)
        PageSubscription.objects.filter(pk=pk).update(sent_for=due_on, sent_at=clock.now())


def _is_behind(row: PageSubscription, due_on: date) -> bool:
    """It was sent already, or a later one waits to be sent."""
    sent = row.sent_for is not None and row.sent_for >= due_on
    return sent or (row.posted_for is not None and row.posted_for > due_on)


def _send(row: PageSubscription, *, on: date, key: str) -> None:
    try:
        page = page_of(row.page, row.subject)
        if not page.may(row.user, row.subject):
            raise PageRefused(_("You may no longer open this page."))
        paper = paper_of(row, dict(parse_qsl(row.query)), on)
    except (PageRefused, WrongFilter, LookupError) as gone:
        _say_why_not(row, gone, on=on, key=key)
        return
    _mail(row, paper, key=key).send()


def _say_why_not(row: PageSubscription, why: Exception, *, on: date, key: str) -> None:
    """A page that can no longer be made as it was ordered is paused, and its receiver is told why."""
    sentence = _("It is paused: %(why)s Order the page again as it is now, or delete this one.") % {"why": why}
    pause_subscription(subscription=row, by=BY, on=on, problem=str(why))
    subject = _("A page by mail stopped")
    mine = settings.BOWTIE_URL + reverse("dashboards:subscriptions")
    mail = EmailMultiAlternatives(subject, f"{sentence}\n\n{mine}\n", to=[row.user.email], headers=_headers(row, key))
    mail.send()


def _headers(row: PageSubscription, key: str) -> dict[str, str]:
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    return {
        "Message-ID": f"<{key.replace(':', '.')}@{domain}>",
        "List-Unsubscribe": f"<{_away(row)}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }


def _away(row: PageSubscription) -> str:
    return settings.BOWTIE_URL + reverse("dashboards:subscription_stop", args=[token_of(row)])


def _mail(row: PageSubscription, paper: Paper, *, key: str) -> EmailMultiAlternatives:
    context = context_of(row, paper)
    subject = _("%(page)s, %(day)s") % {"page": paper.title, "day": day_long(paper.on)}
    body = render_to_string("dashboards/page_mail.txt", context)
    mail = EmailMultiAlternatives(" ".join(subject.split()), body, to=[row.user.email], headers=_headers(row, key))
    mail.attach_alternative(render_to_string("dashboards/page_mail.html", context), "text/html")
    mail.attach(file_name(paper), pdf_of(paper), "application/pdf")
    return mail


def context_of(row: PageSubscription, paper: Paper) -> dict[str, Any]:
    """What both forms of the mail say."""
    return {
        "paper": paper,
        "language": translation.get_language(),
        "organisation": opening.ours().name,
        "site": settings.BOWTIE_URL,
        "figures": [(figure, ink(figure.status) if figure.word else "") for figure in paper.figures],
        "sender": row.made_by.shown_name if row.made_by and row.made_by_id != row.user_id else "",
        "away": _away(row),
        "mine": settings.BOWTIE_URL + reverse("dashboards:subscriptions"),
    }
