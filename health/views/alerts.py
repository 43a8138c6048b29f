"""Pages on which an alert is put off, closed, or made a task of. They work without scripts."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from core import clock
from core.asking import PersonRequest
from core.returning import back, place_of
from health import words
from health.actions.people import call_by, close_alert, make_task, snooze_alert
from health.forms import AlertTaskForm, CloseForm
from health.models import Alert
from playbooks.forms import SnoozeForm


def _alert(request: PersonRequest, pk: int) -> Alert:
    """An open alert that this person may act on."""
    rows = Alert.objects.changeable_by(request.user).open()
    return get_object_or_404(rows.select_related("account__owner"), pk=pk)


def _form_page(request: PersonRequest, form: Form, alert: Alert, title: str, verb: str) -> HttpResponse:
    about = words.alert_title(alert)
    context = {"form": form, "title": title, "verb": verb, "about": about, "next": place_of(request)}
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_http_methods(["GET", "POST"])
def alert_snooze(request: PersonRequest, pk: int) -> HttpResponse:
    alert, on = _alert(request, pk), clock.today()
    form = SnoozeForm(request.POST or None, on=on)
    if form.is_valid():
        snooze_alert(alert=alert, by=request.user, on=on, **form.cleaned_data)
        return back(request)
    return _form_page(request, form, alert, _("Snooze an alert"), _("Snooze"))


@login_required
@require_http_methods(["GET", "POST"])
def alert_close(request: PersonRequest, pk: int) -> HttpResponse:
    alert = _alert(request, pk)
    form = CloseForm(request.POST or None)
    if form.is_valid():
        close_alert(alert=alert, by=request.user, on=clock.today(), **form.cleaned_data)
        return back(request)
    return _form_page(request, form, alert, _("Close an alert"), _("Close it"))


@login_required
@require_http_methods(["GET", "POST"])
def alert_task(request: PersonRequest, pk: int) -> HttpResponse:
    alert, on = _alert(request, pk), clock.today()
    form = AlertTaskForm(request.POST or None, initial=_initial(alert, on), user=request.user)
    if form.is_valid():
        make_task(alert=alert, by=request.user, on=on, **form.cleaned_data)
        messages.success(request, _("The task stands on %(day)s.") % {"day": form.cleaned_data["due_on"]})
        return back(request)
    return _form_page(request, form, alert, _("A task for this alert"), _("Add the task"))


def _initial(alert: Alert, on: Any) -> dict[str, Any]:
    return {"title": words.alert_step(alert), "due_on": call_by(on)}
