"""Writing a plan, one form for each section: beside the page in a sheet, or alone without scripts."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.returning import back, place_of
from dashboards.plans.views import door
from expansion.actions import planning
from expansion.forms import plans as forms
from expansion.models import AccountPlan, PlanAction, PlanPerson, PlanPoint, PlanReview
from expansion.plan_words import hint_text
from expansion.queries.plan_hints import hint_of

View = Callable[..., HttpResponse]
SECTIONS: dict[str, tuple[type[Any], Any]] = {
    "aim": (forms.AimForm, gettext_lazy("Aim")),
    "situation": (forms.SituationForm, gettext_lazy("Situation in words")),
    "decision": (forms.DecisionForm, gettext_lazy("Decision")),
}


def _page(request: PersonRequest, form: Form, title: str, verb: str, plan: AccountPlan) -> HttpResponse:
    here = place_of(request, "dashboards:plans")
    context = {"form": form, "title": title, "verb": verb, "about": f"{plan}", "next": here}
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


def _acted(request: PersonRequest, form: Form, act: Callable[[], Any]) -> HttpResponse | None:
    """Do it and go back; None where it was refused, with the sentence on the form."""
    if not form.is_valid():
        return None
    try:
        act()
    except ValidationError as refused:
        form.add_error(None, refused)
        return None
    return back(request, "dashboards:plans")


def _forms(view: View) -> View:
    return login_required(require_http_methods(["GET", "POST"])(view))  # type: ignore[return-value]


@_forms
def section(request: PersonRequest, pk: int, name: str) -> HttpResponse:
    row = door.changeable(request, pk)
    if name not in SECTIONS:
        raise Http404
    kind, title = SECTIONS[name]
    form = kind(request.POST or None, plan=row)
    done = _acted(request, form, lambda: planning.write_plan(plan=row, by=request.user, **form.cleaned_data))
    return done or _page(request, form, str(title), _("Save"), row)


@_forms
def owner(request: PersonRequest, pk: int) -> HttpResponse:
    row = door.changeable(request, pk)
    form = forms.PlanOwnerForm(request.POST or None, plan=row, user=request.user)
    done = _acted(request, form, lambda: planning.write_plan(plan=row, by=request.user, **form.cleaned_data))
    return done or _page(request, form, _("Who leads the plan"), _("Save"), row)


@_forms
def person(request: PersonRequest, pk: int) -> HttpResponse:
    row = door.changeable(request, pk)
    form = forms.PersonForm(request.POST or None, plan=row, user=request.user)
    done = _acted(request, form, lambda: planning.name_person(plan=row, by=request.user, **form.cleaned_data))
    return done or _page(request, form, _("Part in the decision"), _("Save"), row)


@login_required
@require_POST
def person_out(request: PersonRequest, pk: int, person: int) -> HttpResponse:
    row = door.changeable(request, pk)
    found = get_object_or_404(PlanPerson.objects.changeable_by(request.user).filter(plan=row), pk=person)
    planning.leave_out_person(person=found, by=request.user, on=clock.today())
    return back(request, "dashboards:plans")


@_forms
def point(request: PersonRequest, pk: int, side: str) -> HttpResponse:
    row = door.changeable(request, pk)
    if side not in PlanPoint.Side.values:
        raise Http404
    form = forms.PointForm(request.POST or None, side=side)
    on = clock.today()
    done = _acted(
        request, form, lambda: planning.add_point(plan=row, side=side, by=request.user, on=on, **form.cleaned_data)
    )
    title = _("New risk") if side == PlanPoint.Side.RISK else _("New opportunity")
    return done or _page(request, form, title, _("Add it"), row)


@login_required
@require_POST
def take_over(request: PersonRequest, pk: int) -> HttpResponse:
    """Put a suggestion of the data into the plan, in the words in which it was read."""
    row, on = door.changeable(request, pk), clock.today()
    kind, _colon, number = request.POST.get("source", "").partition(":")
    hint = hint_of(row, request.user, on, (kind, int(number) if number.isdecimal() else 0))
    if hint is None:
        messages.error(request, _("The data no longer suggest this. Look at the list again."))
        return back(request, "dashboards:plans")
    planning.add_point(
        plan=row, side=hint.side, kind=hint.kind, text=hint_text(hint, request.user), by=request.user, on=on,
        source=hint.source,
    )  # fmt: skip
    return back(request, "dashboards:plans")


def _point(request: PersonRequest, pk: int, point: int) -> PlanPoint:
    row = door.changeable(request, pk)
    found: PlanPoint = get_object_or_404(PlanPoint.objects.changeable_by(request.user).filter(plan=row), pk=point)
    return found


@login_required
@require_POST
def point_end(request: PersonRequest, pk: int, point: int) -> HttpResponse:
    found, outcome = _point(request, pk, point), request.POST.get("outcome", "")
    try:
        planning.end_point(point=found, outcome=outcome, by=request.user, on=clock.today())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return back(request, "dashboards:plans")


@login_required
@require_POST
def point_reopen(request: PersonRequest, pk: int, point: int) -> HttpResponse:
    planning.reopen_point(point=_point(request, pk, point), by=request.user)
    return back(request, "dashboards:plans")


@_forms
def action(request: PersonRequest, pk: int) -> HttpResponse:
    """A new action; from within a review it was agreed there."""
    row, on = door.changeable(request, pk), clock.today()
    form = forms.ActionForm(request.POST or None, plan=row, user=request.user, on=on)
    asked = request.GET.get("review", "")
    reviews = PlanReview.objects.changeable_by(request.user).filter(closed_on__isnull=True, items__plan=row)
    review = reviews.filter(pk=int(asked)).first() if asked.isdecimal() and len(asked) < 19 else None
    done = _acted(
        request,
        form,
        lambda: planning.agree_action(plan=row, by=request.user, on=on, review=review, **form.cleaned_data),
    )
    return done or _page(request, form, _("New action"), _("Add the action"), row)


def _action(request: PersonRequest, pk: int, action: int) -> PlanAction:
    row = door.changeable(request, pk)
    rows: Any = PlanAction.objects.changeable_by(request.user).filter(plan=row).select_related("task", "plan__account")
    found: PlanAction = get_object_or_404(rows, pk=action)
    return found


@_forms
def action_move(request: PersonRequest, pk: int, action: int) -> HttpResponse:
    found, on = _action(request, pk, action), clock.today()
    form = forms.MoveActionForm(request.POST or None, action=found, user=request.user, on=on)
    done = _acted(
        request, form, lambda: planning.change_action(action=found, by=request.user, on=on, **form.cleaned_data)
    )
    return done or _page(request, form, found.task.title, _("Save"), found.plan)


@login_required
@require_POST
def action_done(request: PersonRequest, pk: int, action: int) -> HttpResponse:
    planning.finish_action(action=_action(request, pk, action), by=request.user, on=clock.today())
    return back(request, "dashboards:plans")


@login_required
@require_POST
def action_reopen(request: PersonRequest, pk: int, action: int) -> HttpResponse:
    planning.reopen_action(action=_action(request, pk, action), by=request.user)
    return back(request, "dashboards:plans")
