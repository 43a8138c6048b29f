"""Weekly, monthly and quarterly reviews: notes, what was agreed, and the figures they were held on (RV-01..03)."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from core import clock, opening
from core.asking import PersonRequest
from core.metrics import UnknownMetric, metric
from core.returning import back, place_of
from dashboards.bowtie import review as reading
from dashboards.bowtie.forms import NotesForm, ReviewForm, StepForm
from dashboards.leaks.rules import KEYS as LEAKS
from dashboards.views.stage import tabs
from dashboards.wording import name_of
from playbooks.actions import reviews as act
from playbooks.models import AgreedStep, Review

LISTED = 60


def _review(request: PersonRequest, pk: int) -> Review:
    rows = Review.objects.visible_to(request.user).select_related("team", "opened_by", "closed_by")
    return get_object_or_404(rows, pk=pk)


def _changeable(request: PersonRequest, pk: int) -> Review:
    if not act.may_review(request.user):
        raise PermissionDenied
    return _review(request, pk)


@login_required
@require_http_methods(["GET", "POST"])
def reviews(request: PersonRequest) -> HttpResponse:
    """The reviews that were held, the latest first, and a form that begins one."""
    form = ReviewForm(request.POST or None, user=request.user)
    if request.method == "POST" and form.is_valid():
        try:
            made = act.open_review(by=request.user, on=clock.today(), **form.cleaned_data)
        except act.ReviewRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect("dashboards:review", made.pk)
    rows = Review.objects.visible_to(request.user).select_related("team", "opened_by").order_by("-on", "-pk")
    context = {
        "form": form,
        "may": act.may_review(request.user),
        "reviews": rows[:LISTED],
        "steps": _owed(request),
        "today": clock.today(),
        "tabs": tabs("reviews", {}, request.user),
    }
    return render(request, "dashboards/reviews_list.html", context, status=422 if form.is_bound else 200)


def _owed(request: PersonRequest) -> Any:
    """What was agreed and is not done, the soonest first."""
    rows = AgreedStep.objects.visible_to(request.user).open().select_related("owner", "review")
    return _named(rows.order_by("due_on", "pk")[:LISTED])


def _named(steps: Any) -> list[AgreedStep]:
    found = list(steps)
    for step in found:
        step.about = name_of(step.metric)
    return found


@login_required
@require_GET
def review(request: PersonRequest, pk: int) -> HttpResponse:
    return _page(request, _review(request, pk))


def _page(request: PersonRequest, shown: Review, step: StepForm | None = None) -> HttpResponse:
    kept = shown.figures if shown.closed_on else _taken(request, shown)
    open_ = shown.closed_on is None and act.may_review(request.user)
    context = {
        "review": shown,
        "groups": reading.groups(shown, kept, request.user),
        "leaks": reading.leaks(shown, kept, request.user),
        "notes": NotesForm(initial={"notes": shown.notes}),
        "step": step or _step_form(request, shown),
        "steps": _named(shown.steps.visible_to(request.user).select_related("owner").order_by("due_on", "pk")),
        "open": open_,
        "today": clock.today(),
        "tabs": tabs("reviews", {}, request.user),
    }
    return render(request, "dashboards/review_detail.html", context, status=422 if step else 200)


def _taken(request: PersonRequest, shown: Review) -> dict[str, Any]:
    currency = opening.ours().reporting_currency
    return reading.taken(shown, on=clock.today(), actor=request.user, currency=currency)


def _step_form(request: PersonRequest, shown: Review, data: Any = None) -> StepForm:
    keys = [*(k for page in reading.pages_of(shown) for k in reading.keys_of(page)), *LEAKS]
    metrics = [(key, name_of(key)) for key in dict.fromkeys(keys)]
    return StepForm(data, user=request.user, on=clock.today(), metrics=metrics)


@login_required
@require_POST
def review_notes(request: PersonRequest, pk: int) -> HttpResponse:
    shown, form = _changeable(request, pk), NotesForm(request.POST)
    if form.is_valid():
        return _done(request, shown, lambda: act.write_notes(review=shown, by=request.user, **form.cleaned_data))
    messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    return redirect("dashboards:review", pk)


@login_required
@require_POST
def review_close(request: PersonRequest, pk: int) -> HttpResponse:
    """With the figures of this moment: from now on the page shows these."""
    shown = _changeable(request, pk)
    figures = _taken(request, shown)
    return _done(
        request, shown, lambda: act.close_review(review=shown, figures=figures, by=request.user, on=clock.today())
    )


def _done(request: PersonRequest, shown: Review, do: Any) -> HttpResponse:
    try:
        do()
    except act.ReviewRefused as refused:
        messages.error(request, str(refused))
    return redirect("dashboards:review", shown.pk)


@login_required
@require_POST
def review_step(request: PersonRequest, pk: int) -> HttpResponse:
    shown = _changeable(request, pk)
    form = _step_form(request, shown, request.POST)
    if form.is_valid():
        try:
            act.agree_step(review=shown, by=request.user, on=clock.today(), **form.cleaned_data)
        except act.ReviewRefused as refused:
            form.add_error(None, str(refused))
        else:
            return redirect(reverse("dashboards:review", args=[pk]) + "#agreed")
    if shown.closed_on:
        messages.error(request, " ".join(str(error) for error in form.non_field_errors()))
        return redirect("dashboards:review", pk)
    return _page(request, shown, form)


@login_required
@require_http_methods(["GET", "POST"])
def step_new(request: PersonRequest, key: str) -> HttpResponse:
    """Agree on the next step about one figure, from the leak map."""
    try:
        name = str(metric(key).name)
    except UnknownMetric as unknown:
        raise Http404(str(unknown)) from unknown
    if not act.may_review(request.user):
        raise PermissionDenied
    home = reverse("dashboards:bowtie") + "#leaks"
    form = StepForm(request.POST or None, user=request.user, on=clock.today(), metrics=[(key, name)])
    if form.is_valid():
        try:
            act.agree_step(by=request.user, on=clock.today(), **form.cleaned_data)
        except act.ReviewRefused as refused:
            form.add_error(None, str(refused))
        else:
            messages.success(request, _("Agreed. It stands with the figure until it is done."))
            return back(request, home)
    context = {"form": form, "title": _("Agree on a step"), "verb": _("Agree"), "about": name}
    context["next"] = place_of(request, home)
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def step_done(request: PersonRequest, pk: int) -> HttpResponse:
    step = get_object_or_404(AgreedStep.objects.changeable_by(request.user), pk=pk)
    if request.POST.get("undo"):
        act.reopen_step(step=step, by=request.user)
    else:
        act.finish_step(step=step, by=request.user, on=clock.today())
    return back(request, reverse("dashboards:reviews"))
