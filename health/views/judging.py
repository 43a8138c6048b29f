"""A judgement by hand: given on a page of its own or in the side sheet, and taken back."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock, display
from core.asking import PersonRequest
from core.context import find_url
from core.returning import back, place_of
from health.actions.judging import judge, withdraw_judgement
from health.forms import JudgementForm
from health.models import Judgement
from installed_base.models import Account


@login_required
@require_http_methods(["GET", "POST"])
def judgement_new(request: PersonRequest, pk: int) -> HttpResponse:
    """What the CS manager thinks of a customer, why, and until when that counts."""
    account: Any = get_object_or_404(Account.objects.changeable_by(request.user), pk=pk, merged_into__isnull=True)
    on = clock.today()
    form = JudgementForm(request.POST or None, on=on)
    place = find_url("dashboards:account_health", account.pk)
    if form.is_valid():
        made = judge(account=account, by=request.user, on=on, **form.cleaned_data)
        said = _("The judgement counts until %(day)s; the score follows with the next run.")
        messages.success(request, said % {"day": display.day(made.counts_until)})
        return back(request, place)
    context = {
        "form": form,
        "title": _("Judge by hand"),
        "verb": _("Keep it"),
        "about": account.name,
        "next": place_of(request, place),
    }
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def judgement_withdraw(request: PersonRequest, pk: int) -> HttpResponse:
    row: Any = get_object_or_404(Judgement.objects.changeable_by(request.user), pk=pk)
    try:
        withdraw_judgement(judgement=row, by=request.user, on=clock.today())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    else:
        messages.success(request, _("The judgement is taken back."))
    return back(request, find_url("dashboards:account_health", row.account_id))
