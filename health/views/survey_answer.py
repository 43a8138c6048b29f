"""The pages behind a survey's link: no sign-in, no script, nothing written before a person presses a button.

The link is the credential: it opens one invitation, once, while it is valid. Programs that read mail open every link,
so looking changes nothing.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from core import opening
from core.clock import today
from core.limits import within_limit
from core.policies import policy_on
from health.actions.answering import Closed, answer_survey, opened, stop_surveys
from health.models import Invitation
from health.rules.survey import Stand, SurveyPolicy
from health.survey_form import SurveyForm
from health.survey_link import invitation_behind
from health.words.surveys import about
from playbooks.tasks import ring

# A person looks a few times; somebody who guesses asks often.
MOST, GUESSES, WINDOW = 60, 60, 3600
View = Callable[[HttpRequest, Invitation, str], HttpResponse]


def behind_link(view: View) -> Callable[[HttpRequest, str], HttpResponse]:
    """The invitation instead of the token, in the language of its person; a plain sentence where there is none."""

    @wraps(view)
    def page(request: HttpRequest, token: str) -> HttpResponse:
        invitation = invitation_behind(token)
        if invitation is None:
            asked = request.META.get("REMOTE_ADDR", "")
            if not within_limit("survey-wrong", asked, most=GUESSES, seconds=WINDOW):
                return _too_often(request)
            return _said(request, 404, _("This link opens nothing"), _wrong())
        with translation.override(_language(request, invitation)):
            if not within_limit("survey", str(invitation.pk), most=MOST, seconds=WINDOW):
                return _too_often(request)
            return view(request, invitation, token)

    return page


def _wrong() -> str:
    return _("It may have been cut off by the mail program. Open it again from the mail, whole.")


def _language(request: HttpRequest, invitation: Invitation) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else invitation.language


def _too_often(request: HttpRequest) -> HttpResponse:
    response = _said(request, 429, _("Not so fast"), _("This address was asked too often. Try again in an hour."))
    response.headers["Retry-After"] = str(WINDOW)
    return response


def _said(request: HttpRequest, status: int, title: str, words: str, **more: Any) -> HttpResponse:
    """A page that says one thing."""
    return _page(request, "health/survey_said.html", {"title": title, "words": words, **more}, status)


def _page(request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    language = translation.get_language()
    context |= {"organisation": opening.ours().name, "language": language}
    response = render(request, template, context, status=status)
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Robots-Tag"] = "noindex"
    response.headers["Content-Language"] = str(language)
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def answer(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """The question; `?score=9` of the mail is only filled in. Saved by the button alone."""
    try:
        opened(invitation, today())
        form = SurveyForm(request.POST or None, initial=_tapped(request, invitation), invitation=invitation)
        if request.method == "POST" and form.is_valid():
            said = form.cleaned_data
            answer_survey(invitation=invitation.pk, value=said["score"], comment=said["comment"], on=today())
            ring()
            return HttpResponseRedirect(f"{reverse('health:survey_thanks', args=[token])}?lang={_tongue()}")
    except Closed as closed:
        return _closed(request, closed, token)
    wrong = request.method == "POST"
    return _page(request, "health/survey_answer.html", _question(invitation, form, token), 422 if wrong else 200)


def _tongue() -> str:
    return str(translation.get_language())


def _tapped(request: HttpRequest, invitation: Invitation) -> dict[str, int]:
    """The score that was tapped in the mail, if it is one of the scale."""
    asked = request.GET.get("score", "")
    steps = {str(step): step for step in range(invitation.scale_from, invitation.scale_to + 1)}
    return {"score": steps[asked]} if asked in steps else {}


def _question(invitation: Invitation, form: SurveyForm, token: str) -> dict[str, Any]:
    kind = policy_on(SurveyPolicy, invitation.sent_on).values.kind(invitation.kind)
    chosen = form["score"].value()
    steps = range(invitation.scale_from, invitation.scale_to + 1)
    return {
        "form": form,
        "title": _(kind.ask),
        "ask": _(kind.ask),
        "more": _(kind.more),
        "worst": _(kind.worst),
        "best": _(kind.best),
        "about": about(invitation),
        "steps": [{"value": step, "chosen": str(chosen) == str(step)} for step in steps],
        "columns": {5: "5", 10: "5", 11: "6"}.get(len(steps), "5"),
        "valid_until": invitation.valid_until,
        "token": token,
        "languages": settings.LANGUAGES,
    }


def _closed(request: HttpRequest, closed: Closed, token: str) -> HttpResponse:
    if closed.stand is Stand.ANSWERED:
        said = _("You have answered already"), _("Thank you. An answer counts once; this link has done its work.")
    elif closed.stand is Stand.EXPIRED:
        said = _("This survey is over"), _("The link was valid for some weeks. You need not do anything.")
    else:
        said = _("This survey is no longer yours"), _("We keep nothing about you any more. You need not do anything.")
    return _said(request, 410, *said, token=token)


@require_safe
@behind_link
def thanks(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """After the button; before it, back to the question."""
    if invitation.answered_on is None:
        return HttpResponseRedirect(reverse("health:survey_answer", args=[token]))
    words = _("Your answer is in. Somebody reads each of them; where something is to be put right, we call.")
    return _said(request, 200, _("Thank you"), words, token=token, good=True)


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
@behind_link
def stop(request: HttpRequest, invitation: Invitation, token: str) -> HttpResponse:
    """No more surveys for the person of this link. Looking changes nothing; one click is a POST (RFC 8058) without
    session or token of a form: the address is the credential."""
    if request.method == "POST":
        stop_surveys(address_digest=invitation.address_digest, on=today())
        return _said(request, 200, _("No more surveys"), _("We will not ask you again."), good=True)
    return _page(request, "health/survey_stop.html", {"title": _("No more surveys?"), "token": token})
