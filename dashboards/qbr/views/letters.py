"""Agenda and summary: proposed, changed, kept as a draft, and sent through the outbox."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, override
from django.views.decorators.http import require_http_methods

from core import clock
from core.asking import PersonRequest
from core.context import find_url
from core.display import day
from dashboards.qbr import drafts, gather, words
from dashboards.qbr.views.door import changeable
from dashboards.qbr.views.packs import draft_of
from playbooks.models import Qbr, QbrAttendee, QbrLetter, QbrPack
from playbooks.qbr.actions.writing import keep_draft, send_letter
from playbooks.qbr.agenda import agenda_of
from playbooks.qbr.forms import LetterForm
from playbooks.qbr.refusal import QbrRefused


@login_required
@require_http_methods(["GET", "POST"])
def letter(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """The letter as a form. Sending the summary stops its clock."""
    if kind not in QbrLetter.Kind.values:
        raise Http404
    row, at, on = changeable(request, pk), clock.now(), clock.today()
    form = LetterForm(request.POST or None, qbr=row, user=request.user, initial=_initial(request, row, kind))
    if form.is_valid():
        said = form.cleaned_data
        try:
            if "send" in request.POST:
                to = list(said["to"])
                send_letter(qbr=row, kind=kind, subject=said["subject"], body=said["body"], to=to,
                            by=request.user, at=at, on=on)  # fmt: skip
                messages.success(request, _sent(kind, len(to)))
            else:
                keep_draft(qbr=row, kind=kind, subject=said["subject"], body=said["body"], by=request.user)
                messages.success(request, _("The draft is kept."))
            return redirect("dashboards:qbr", pk)
        except QbrRefused as refused:
            form.add_error(None, str(refused))
    context = {
        "qbr": row,
        "form": form,
        "kind": kind,
        "title": _("Summary of the QBR") if kind == QbrLetter.Kind.SUMMARY else _("Agenda of the QBR"),
        "headline": words.headline(row, at, on),
        "trail": [
            (reverse("dashboards:qbrs"), _("QBRs")),
            (find_url("dashboards:account", row.account_id), row.account.name),
            (reverse("dashboards:qbr", args=[pk]), str(_("QBR of %(day)s") % {"day": day(row.planned_on)})),
        ],
        "languages": settings.LANGUAGES,
    }
    return render(request, "dashboards/qbr_letter.html", context, status=422 if form.errors else 200)


def _sent(kind: str, count: int) -> str:
    if kind == QbrLetter.Kind.SUMMARY:
        return ngettext(
            "The summary is on its way to %(n)s person.", "The summary is on its way to %(n)s people.", count
        ) % {"n": count}
    return ngettext("The agenda is on its way to %(n)s person.", "The agenda is on its way to %(n)s people.", count) % {
        "n": count
    }


def _initial(request: PersonRequest, row: Qbr, kind: str) -> dict[str, Any]:
    """What was kept, else what is proposed in the customer's language; to those who came or were asked."""
    user = request.user
    people = QbrAttendee.objects.visible_to(user).filter(qbr=row, contact__isnull=False).exclude(came=False)
    to = list(people.values_list("contact", flat=True))
    kept = QbrLetter.objects.visible_to(user).filter(qbr=row, kind=kind, sent_at__isnull=True).first()
    asked = request.GET.get("lang", "")
    if kept and not asked:
        return {"to": to, "subject": kept.subject, "body": kept.body}
    with override(asked if asked in dict(settings.LANGUAGES) else drafts.language_of(row.account)):
        if kind == QbrLetter.Kind.AGENDA:
            subject, body = drafts.agenda(row, agenda_of(row, clock.today()), user)
        elif row.held_at is None:
            raise Http404
        else:
            subject, body = drafts.summary(row, _pack(row, user), gather.actions_of(row, user), _next(row, user), user)
    return {"to": to, "subject": subject, "body": body}


def _pack(row: Qbr, user: Any) -> dict[str, Any]:
    """The figures that were shared, in the pack that was shared last; else those of today."""
    kept = QbrPack.objects.visible_to(user).filter(qbr=row).order_by("-pk").first()
    return kept.content if kept else draft_of(row, user)


def _next(row: Qbr, user: Any) -> Qbr | None:
    return Qbr.objects.visible_to(user).filter(after=row, cancelled_on__isnull=True).order_by("planned_on").first()
