"""Sending a survey by hand: who would get it, who is left in peace and why, then the button."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from core.asking import PersonRequest
from core.clock import today
from core.menus import menu
from core.policies import policy_on
from health.actions.inviting import Sent, invite
from health.queries.surveys import Candidate, accounts_live_since, candidates, sendable
from health.rules.survey import SurveyKind, SurveyPolicy
from health.views.survey_door import sender_of_surveys
from health.words import surveys as words
from installed_base.models.accounts import ContactRole, Segment
from playbooks.tasks import ring

SHOWN = 200
# Those who were onboarded lately (AD-15).
ONBOARDED = timedelta(days=92)


@require_http_methods(["GET", "HEAD", "POST"])
@sender_of_surveys
def send(request: PersonRequest) -> HttpResponse:
    """Choose a survey and people; POST sends it to those who are ticked."""
    if request.method == "POST":
        return _sent(request)
    return _preview(request)


def _sent(request: PersonRequest) -> HttpResponse:
    ids = {int(pk) for pk in request.POST.getlist("contact") if pk.isdecimal() and len(pk) < 19}
    chosen = list(sendable(request.user).filter(pk__in=ids).order_by().values_list("pk", flat=True))
    try:
        sent = invite(kind=request.POST.get("kind", ""), contacts=chosen, by=request.user, on=today())
    except ValidationError as refused:
        return _preview(request, error=" ".join(refused.messages))
    ring()
    messages.success(request, _told(sent))
    return redirect("health:surveys_sent")


def _told(sent: Sent) -> str:
    count = len(sent.invited)
    said = ngettext("Sent to %(n)d person.", "Sent to %(n)d people.", count) % {"n": count}
    if not sent.skipped:
        return said
    left = len(sent.skipped)
    skipped = ngettext("%(n)d was left in peace.", "%(n)d were left in peace.", left) % {"n": left}
    return f"{said} {skipped}"


def _preview(request: PersonRequest, error: str = "") -> HttpResponse:
    policy = policy_on(SurveyPolicy, today()).values
    offered = [kind for kind in policy.kinds if kind.by_hand]
    asked = request.POST.get("kind") or request.GET.get("kind", "")
    kind = next((k for k in offered if k.key == asked), offered[-1] if offered else None)
    found = _candidates(request, kind) if kind else []
    wanted = [c for c in found[:SHOWN] if c.why is None]
    skipped = [_dressed(c) for c in found[:SHOWN] if c.why is not None]
    context = {
        "kind": kind,
        "ask": _(kind.ask) if kind else "",
        "kinds": [{"key": k.key, "name": words.kind_name(k), "current": k is kind} for k in offered],
        "wanted": wanted,
        "skipped": skipped,
        "more": len(found) > SHOWN,
        "shown": SHOWN,
        "quiet_days": policy.quiet_days,
        "error": error,
        "menus": _menus(request),
        "onboarded": bool(request.GET.get("onboarded")),
        "filtered": any(request.GET.get(key) for key in ("q", "segment", "role", "onboarded", "account")),
        "trail": [(reverse("health:surveys"), _("Surveys")), ("", _("Send"))],
    }
    return render(request, "health/survey_send.html", context, status=422 if error else 200)


def _dressed(candidate: Candidate) -> dict[str, Any]:
    assert candidate.why is not None
    return {"contact": candidate.contact, "why": words.why_words(candidate.why)}


def _candidates(request: PersonRequest, kind: SurveyKind) -> list[Candidate]:
    """One more than is shown, so that the page can say that there are more."""
    rows, said = sendable(request.user), request.GET
    if said.get("account", "").isdecimal() and len(said["account"]) < 19:
        rows = rows.filter(account=int(said["account"]))
    if name := said.get("q", "").strip()[:100]:
        rows = rows.filter(account__name__icontains=name)
    if said.get("segment") in Segment.values:
        rows = rows.filter(account__segment=said["segment"])
    if said.get("role") in ContactRole.values:
        rows = rows.filter(role=said["role"])
    if said.get("onboarded"):
        rows = rows.filter(account__in=accounts_live_since(request.user, today() - ONBOARDED))
    return candidates(rows, kind, today(), most=SHOWN + 1)


def _menus(request: PersonRequest) -> list[Any]:
    return [
        menu(request, "segment", _("Segment"), Segment.choices, _("all")),
        menu(request, "role", _("Role"), ContactRole.choices, _("all")),
    ]
