"""Writing down what was heard at a customer."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.returning import back, place_of
from expansion.forms import EventForm
from installed_base.actions.events import record_event, take_back_event
from installed_base.models import Account, AccountEvent


@login_required
@require_http_methods(["GET", "POST"])
def event_new(request: PersonRequest) -> HttpResponse:
    """A new plant, growth, a competitor: what, when, and where it was heard."""
    today = clock.today()
    asked = request.GET.get("account", "")
    initial: dict[str, Any] = {"happened_on": today} | ({"account": f"#{asked}"} if asked.isdecimal() else {})
    accounts = Account.objects.changeable_by(request.user)
    form = EventForm(request.POST or None, initial=initial, today=today, accounts=accounts)
    if form.is_valid():
        record_event(by=request.user, on=today, **form.cleaned_data)
        messages.success(request, _("It stands with %(account)s; a signal follows within minutes.") % form.cleaned_data)
        return back(request, "expansion:signals")
    context = {
        "form": form,
        "title": _("Something heard at a customer"),
        "verb": _("Write it down"),
        "about": "",
        "next": place_of(request, "expansion:signals"),
    }
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def event_take_back(request: PersonRequest, pk: int) -> HttpResponse:
    """It was wrong: it stays on record, and its signal closes by itself."""
    event = get_object_or_404(AccountEvent.objects.changeable_by(request.user), pk=pk)
    take_back_event(event=event, by=request.user, on=clock.today())
    messages.success(request, _("Taken back. Its signal closes within minutes."))
    return back(request, "expansion:signals")
