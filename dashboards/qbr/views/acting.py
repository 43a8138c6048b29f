"""Forms of a meeting, one page each: beside the meeting in a sheet, or alone without scripts."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.display import day
from core.returning import back, place_of
from dashboards.qbr.views.door import changeable
from installed_base.models import Account
from playbooks.models import Qbr, QbrAction
from playbooks.qbr import forms
from playbooks.qbr.actions import holding, planning
from playbooks.qbr.refusal import QbrRefused

View = Callable[..., HttpResponse]


def _page(request: PersonRequest, form: Form, title: str, verb: str, about: Any) -> HttpResponse:
    context = {"form": form, "title": title, "verb": verb, "about": about, "next": place_of(request)}
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


def _acted(request: PersonRequest, form: Form, act: Callable[[], Any], pk: int) -> HttpResponse | None:
    """Do it and go back to the meeting; None where it was refused, with the sentence on the form."""
    if not form.is_valid():
        return None
    try:
        act()
    except QbrRefused as refused:
        form.add_error(None, str(refused))
        return None
    return redirect("dashboards:qbr", pk)


def _forms(view: View) -> View:
    return login_required(require_http_methods(["GET", "POST"])(view))  # type: ignore[return-value]


@_forms
def plan(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = changeable(request, pk), clock.today()
    form = forms.PlanForm(request.POST or None, qbr=row, on=on)
    done = _acted(request, form, lambda: planning.agree(qbr=row, by=request.user, on=on, **form.cleaned_data), pk)
    title = _("Move the QBR") if row.agreed_on else _("Plan the QBR")
    return done or _page(request, form, title, _("Save"), row.account)


@_forms
def lead(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = changeable(request, pk), clock.today()
    form = forms.LeadForm(request.POST or None, user=request.user, qbr=row)
    done = _acted(
        request, form, lambda: planning.lead(qbr=row, owner=form.cleaned_data["owner"], by=request.user, on=on), pk
    )
    return done or _page(request, form, _("Who leads the QBR"), _("Save"), row.account)


@_forms
def invite(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = changeable(request, pk), clock.today()
    form = forms.InviteForm(request.POST or None, qbr=row, user=request.user)
    done = _acted(request, form, lambda: planning.invite(qbr=row, seats=form.seats, by=request.user, on=on), pk)
    return done or _page(request, form, _("Who comes"), _("Save"), row.account)


@_forms
def agenda(request: PersonRequest, pk: int) -> HttpResponse:
    row = changeable(request, pk)
    form = forms.AgendaForm(request.POST or None, qbr=row, on=clock.today())
    done = _acted(request, form, lambda: planning.set_agenda(qbr=row, parts=form.parts, by=request.user), pk)
    return done or _page(request, form, _("Agenda"), _("Save"), _("What we say in a part stands in the pack."))


@_forms
def hold(request: PersonRequest, pk: int) -> HttpResponse:
    row, at, on = changeable(request, pk), clock.now(), clock.today()
    form = forms.HoldForm(request.POST or None, qbr=row, user=request.user, at=at)

    def act() -> None:
        came = form.cleaned_data["came"]
        holding.hold(qbr=row, held_at=form.held_at, came=came, by=request.user, at=at, on=on)
        messages.success(request, _("The QBR was held. Its summary is due within 48 hours."))

    done = _acted(request, form, act, pk)
    return done or _page(request, form, _("The QBR was held"), _("Write it down"), row.account)


@_forms
def notes(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = changeable(request, pk), clock.today()
    form = forms.NotesForm(request.POST or None, qbr=row)
    done = _acted(
        request, form, lambda: holding.take_notes(qbr=row, notes=form.cleaned_data, by=request.user, on=on), pk
    )
    about = _("They go into the draft of the summary, which the customer gets.")
    return done or _page(request, form, _("Notes"), _("Save"), about)


@_forms
def own_notes(request: PersonRequest, pk: int) -> HttpResponse:
    row = changeable(request, pk)
    form = forms.OwnNotesForm(request.POST or None, qbr=row)
    done = _acted(request, form, lambda: holding.note_for_us(qbr=row, by=request.user, **form.cleaned_data), pk)
    return done or _page(request, form, _("For us alone"), _("Save"), _("The customer never gets these."))


@_forms
def action(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = changeable(request, pk), clock.today()
    form = forms.ActionForm(request.POST or None, qbr=row, user=request.user)

    def act() -> None:
        said = form.cleaned_data
        holding.agree_action(qbr=row, title=said["title"], due_on=said["due_on"], by=request.user, on=on, **form.party)

    about = _("What is ours becomes a task of whoever does it.")
    return _acted(request, form, act, pk) or _page(request, form, _("New action"), _("Add the action"), about)


@_forms
def cancel(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = changeable(request, pk), clock.today()
    form = forms.CancelForm(request.POST or None)
    done = _acted(request, form, lambda: planning.cancel(qbr=row, by=request.user, on=on, **form.cleaned_data), pk)
    return done or _page(request, form, _("Call the QBR off"), _("Call it off"), row.account)


@_forms
def following(request: PersonRequest, pk: int) -> HttpResponse:
    row, on = changeable(request, pk), clock.today()
    form = forms.ScheduleForm(request.POST or None, on=on)
    done = _acted(
        request,
        form,
        lambda: holding.set_next(qbr=row, planned_on=form.cleaned_data["planned_on"], by=request.user, on=on),
        pk,
    )
    return done or _page(request, form, _("Next QBR"), _("Save"), row.account)


@_forms
def new(request: PersonRequest, account: int) -> HttpResponse:
    """A meeting for a customer who has none ahead."""
    found = get_object_or_404(Account.objects.changeable_by(request.user).select_related("owner"), pk=account)
    on = clock.today()
    form = forms.ScheduleForm(request.POST or None, on=on)
    if form.is_valid():
        try:
            made = planning.schedule(account=found, by=request.user, on=on, **form.cleaned_data)
        except QbrRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("The QBR stands in the plan for %(day)s.") % {"day": day(made.planned_on)})
            return redirect("dashboards:qbr", made.pk)
    return _page(request, form, _("New QBR"), _("Save"), found)


def _action(request: PersonRequest, pk: int, action: int) -> tuple[Qbr, QbrAction]:
    row = changeable(request, pk)
    rows = QbrAction.objects.changeable_by(request.user).filter(qbr=row).select_related("task")
    return row, get_object_or_404(rows, pk=action)


@login_required
@require_POST
def action_done(request: PersonRequest, pk: int, action: int) -> HttpResponse:
    _row, found = _action(request, pk, action)
    holding.finish_action(action=found, by=request.user, on=clock.today())
    return back(request)


@login_required
@require_POST
def action_reopen(request: PersonRequest, pk: int, action: int) -> HttpResponse:
    _row, found = _action(request, pk, action)
    holding.reopen_action(action=found, by=request.user)
    return back(request)
