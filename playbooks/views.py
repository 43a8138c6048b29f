"""Pages on which a task is done, put off, handed on or written. They work without scripts."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.models import Owner
from core.returning import back, place_of
from core.subjects import subject, subjects
from installed_base.actions.contacts import log_contact
from installed_base.models import Account, ContactMoment
from playbooks.actions import tasks as act
from playbooks.forms import MomentForm, NoteForm, ReassignForm, SnoozeForm, TaskForm
from playbooks.models import Task
from playbooks.queries import writable_accounts


def _task(request: PersonRequest, pk: int) -> Task:
    return get_object_or_404(Task.objects.changeable_by(request.user).select_related("account"), pk=pk)


def _form_page(request: PersonRequest, form: Form, title: str, verb: str, about: str = "") -> HttpResponse:
    context = {"form": form, "title": title, "verb": verb, "about": about, "next": place_of(request)}
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def task_done(request: PersonRequest, pk: int) -> HttpResponse:
    act.complete_task(task=_task(request, pk), by=request.user, on=clock.today())
    return back(request)


@login_required
@require_POST
def task_reopen(request: PersonRequest, pk: int) -> HttpResponse:
    act.reopen_task(task=_task(request, pk), by=request.user)
    return back(request)


@login_required
@require_POST
def task_wake(request: PersonRequest, pk: int) -> HttpResponse:
    act.wake_task(task=_task(request, pk), by=request.user)
    return back(request)


@login_required
@require_POST
def task_take(request: PersonRequest, pk: int) -> HttpResponse:
    """From a pool to oneself."""
    act.reassign_tasks(tasks=[_task(request, pk)], to=Owner.objects.of(request.user), by=request.user)
    return back(request)


@login_required
@require_http_methods(["GET", "POST"])
def task_snooze(request: PersonRequest, pk: int) -> HttpResponse:
    task, on = _task(request, pk), clock.today()
    form = SnoozeForm(request.POST or None, on=on)
    if form.is_valid():
        act.snooze_tasks(tasks=[task], by=request.user, on=on, **form.cleaned_data)
        return back(request)
    return _form_page(request, form, _("Snooze a task"), _("Snooze"), _about(task))


@login_required
@require_http_methods(["GET", "POST"])
def task_reassign(request: PersonRequest, pk: int) -> HttpResponse:
    task = _task(request, pk)
    form = ReassignForm(request.POST or None, user=request.user)
    if form.is_valid():
        act.reassign_tasks(tasks=[task], to=form.cleaned_data["owner"], by=request.user)
        messages.success(request, _("%(task)s now lies with %(owner)s.") % _words(task, form))
        return back(request)
    return _form_page(request, form, _("Hand a task on"), _("Reassign"), _about(task))


def _words(task: Task, form: Form) -> dict[str, Any]:
    return {"task": _(task.title), "owner": form.cleaned_data["owner"]}


def _about(task: Task) -> str:
    return f"{_(task.title)}, {task.account}"


def _asked_account(request: PersonRequest) -> dict[str, str]:
    account = request.GET.get("account", "")
    return {"account": f"#{account}"} if account.isdecimal() else {}


@login_required
@require_http_methods(["GET", "POST"])
def task_new(request: PersonRequest) -> HttpResponse:
    """A person's own task. Whoever sees the account may write one; giving it to others follows their reach."""
    accounts = Account.objects.visible_to(request.user)
    initial = _asked_account(request)
    form = TaskForm(request.POST or None, initial=initial, user=request.user, accounts=accounts)
    if form.is_valid():
        act.add_task(by=request.user, on=clock.today(), **form.cleaned_data)
        return back(request)
    return _form_page(request, form, _("New task"), _("Add the task"))


@login_required
@require_http_methods(["GET", "POST"])
def note_new(request: PersonRequest) -> HttpResponse:
    today = clock.today()
    initial = {"on": today, **_asked_account(request)}
    accounts = writable_accounts(request.user)
    form = NoteForm(request.POST or None, initial=initial, today=today, accounts=accounts)
    if form.is_valid():
        act.add_note(by=request.user, **form.cleaned_data)
        messages.success(request, _("The note stands in the journal of %(account)s.") % form.cleaned_data)
        return back(request)
    return _form_page(request, form, _("Log a note"), _("Write it down"))


@login_required
@require_http_methods(["GET", "POST"])
def moment_new(request: PersonRequest) -> HttpResponse:
    """A call, meeting, visit or answered message, from Today, an account or a renewal (`about=renewal-12`)."""
    today = clock.today()
    initial = {"happened_on": today, "kind": ContactMoment.Kind.CALL, **_asked_account(request)}
    accounts = Account.objects.changeable_by(request.user)
    form = MomentForm(request.POST or None, initial=initial, today=today, accounts=accounts)
    if form.is_valid():
        log_contact(by=request.user, on=today, about=_asked_about(request), **form.cleaned_data)
        messages.success(request, _("It stands in the history of %(account)s.") % form.cleaned_data)
        return back(request)
    return _form_page(request, form, _("Log a call"), _("Write it down"))


def _asked_about(request: PersonRequest) -> tuple[str, int] | None:
    """What it was about, if this user may see it."""
    kind, _mark, number = request.GET.get("about", "").partition("-")
    if kind not in {s.kind for s in subjects()} or not number.isdecimal() or len(number) > 18:
        return None
    found = subject(kind).visible_to(request.user).filter(pk=int(number)).exists()
    return (kind, int(number)) if found else None
