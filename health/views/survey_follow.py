"""One answer: what was said, what is done about it, and a line in the journal that somebody followed it up."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core.asking import PersonRequest
from core.clock import today
from core.context import find_url
from core.policies import policy_on
from core.reach import reach_of
from health.models import SurveyAnswer
from health.queries.surveys import SUBJECT, answer_rows
from health.rules.survey import Band, SurveyPolicy, band_of
from health.survey_form import FollowUpForm
from health.views.survey_door import reader_of_answers
from health.words import surveys as words
from playbooks.actions.tasks import add_note
from playbooks.models import Note, Task


@require_http_methods(["GET", "HEAD", "POST"])
@reader_of_answers
def answer(request: PersonRequest, pk: int) -> HttpResponse:
    """An answer; POST writes a follow-up down, for those who may change its account."""
    row = get_object_or_404(answer_rows(request.user).select_related("asset__product", "invitation"), pk=pk)
    works = SurveyAnswer.objects.changeable_by(request.user).filter(pk=pk).exists()
    form = FollowUpForm(request.POST or None)
    if request.method == "POST":
        row = get_object_or_404(SurveyAnswer.objects.changeable_by(request.user).select_related("account"), pk=pk)
        if form.is_valid():
            about = (SUBJECT, row.pk)
            add_note(account=row.account, text=form.cleaned_data["text"], by=request.user, on=today(), subject=about)
            messages.success(request, _("Written down."))
            return redirect("health:answer", pk)
        row = get_object_or_404(answer_rows(request.user).select_related("asset__product", "invitation"), pk=pk)
    context = _context(request, row) | {"form": form, "works": works}
    return render(request, "health/survey_follow.html", context, status=422 if form.is_bound else 200)


def _context(request: PersonRequest, row: Any) -> dict[str, Any]:
    on = today()
    policy = policy_on(SurveyPolicy, on).values
    band = band_of(row.value, row.scale_to, policy)
    about = {"subject_kind": SUBJECT, "subject_id": row.pk}
    tasks = Task.objects.visible_to(request.user).filter(**about).select_related("owner").order_by("due_on", "pk")
    notes = Note.objects.visible_to(request.user).filter(**about).select_related("by").order_by("-on", "-pk")
    reach = reach_of(request.user)
    return {
        "answer": row,
        "on": on,
        "score": words.score(row.value, row.scale_to),
        "status": words.STATUS_OF_BAND[band],
        "band_word": words.BANDS[band],
        "low": band is Band.LOW,
        "high": band is Band.HIGH,
        "kind_name": words.occasion_name(row.occasion),
        "who": "" if row.contact is None else row.contact.name if reach.sees_names else row.contact.get_role_display(),
        "account_url": find_url("dashboards:account", row.account_id),
        "tasks": list(tasks),
        "notes": list(notes),
        "trail": [(reverse("health:surveys"), _("Surveys")), ("", str(row.account))],
    }
