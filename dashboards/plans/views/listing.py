"""The list of account plans: the top accounts with or without one (AP-01, AP-08, AP-09)."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.asking import PersonRequest
from core.menus import Menu, menu
from core.reach import reach_of
from core.returning import place_of
from dashboards.plans.views.door import not_for_technicians
from expansion.actions.planning import open_plan
from expansion.forms.plans import PlanForm
from expansion.models import AccountPlan, PlanReview
from expansion.plan_words import list_standfirst
from expansion.queries.plans import Line, lines, years_with_plans
from expansion.tabs import tabs
from installed_base.models import Account

SHOW = ("without", "talk", "late")


@login_required
@require_safe
def plans(request: PersonRequest) -> HttpResponse:
    not_for_technicians(request)
    user, on = request.user, clock.today()
    year = _year(request, on.year)
    every = lines(user, year, on)
    show = request.GET.get("show", "")
    open_reviews = PlanReview.objects.visible_to(user).filter(closed_on__isnull=True).select_related("owner")
    top = [line for line in every if line.rank]
    context = {
        "on": on,
        "year": year,
        "tabs": tabs(request, "plans"),
        "lines": [line for line in every if _wanted(line, show)],
        "empty": not every,
        "show": show,
        "chips": [
            ("", _("All"), len(every)),
            ("without", _("Without a plan"), sum(_wanted(line, "without") for line in every)),
            ("talk", _("Talk about growth"), sum(_wanted(line, "talk") for line in every)),
            ("late", _("Steps that are late"), sum(_wanted(line, "late") for line in every)),
        ],
        "menu": _years(request, user, year, on.year),
        "standfirst": list_standfirst(
            len(top), sum(line.plan is None for line in top), sum(line.talk_due for line in top)
        ),
        "reviews": list(open_reviews.order_by("-held_on", "pk")[:3]),
        "sees_prices": reach_of(user).sees_prices,
        "works": reach_of(user).works,
        "mine": _changeable(user, every),
    }  # fmt: skip
    return render(request, "dashboards/plan_list.html", context)


def _changeable(user: Any, every: list[Line]) -> set[int]:
    """The accounts of these that the user may begin a plan for."""
    rows = Account.objects.changeable_by(user).filter(pk__in=[line.account.pk for line in every])
    return set(rows.values_list("pk", flat=True))


def _wanted(line: Line, show: str) -> bool:
    if show == "without":
        return line.plan is None
    if show == "talk":
        return line.talk_due
    return line.late > 0 if show == "late" else True


def _year(request: PersonRequest, this: int) -> int:
    asked = request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and len(asked) == 4 and 2000 <= int(asked) <= this + 1 else this


def _years(request: PersonRequest, user: Any, year: int, this: int) -> Menu:
    offered = sorted({*years_with_plans(user), year, this, this + 1} - {this}, reverse=True)
    return menu(request, "year", _("Year"), [(str(y), str(y)) for y in offered], str(this))


@login_required
@require_http_methods(["GET", "POST"])
def another(request: PersonRequest) -> HttpResponse:
    """Begin a plan for an account that is typed by name."""
    not_for_technicians(request)
    user, on = request.user, clock.today()
    rows = Account.objects.changeable_by(user).filter(merged_into__isnull=True).select_related("owner")
    form = PlanForm(request.POST or None, accounts=rows, on=on, initial={"account": request.GET.get("account", "")})
    if form.is_valid():
        try:
            made = open_plan(by=user, on=on, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return redirect("dashboards:plan", made.pk)
    context = {
        "form": form,
        "title": _("New account plan"),
        "verb": _("Begin the plan"),
        "about": _("One per account and year; the largest stand in the list."),
        "next": reverse("dashboards:plans"),
    }
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_safe
def of_account(request: PersonRequest, pk: int) -> HttpResponse:
    """The plan of an account for this year; where there is none, the way to begin it."""
    not_for_technicians(request)
    account = get_object_or_404(Account.objects.visible_to(request.user), pk=pk)
    plans = AccountPlan.objects.visible_to(request.user).filter(account=account, year__gte=clock.today().year)
    if found := plans.order_by("year").first():
        return redirect("dashboards:plan", found.pk)
    if Account.objects.changeable_by(request.user).filter(pk=pk).exists():
        return redirect(f"{reverse('dashboards:plan_another')}?{urlencode({'account': f'#{pk}'})}")
    messages.info(request, _("%(account)s has no plan this year.") % {"account": account})
    return redirect("dashboards:plans")


@login_required
@require_POST
def new(request: PersonRequest) -> HttpResponse:
    """Begin the plan of an account for a year."""
    asked = request.POST.get("account", "")
    account = get_object_or_404(
        Account.objects.changeable_by(request.user).select_related("owner"), pk=asked if asked.isdecimal() else 0
    )
    on = clock.today()
    year = request.POST.get("year", "")
    try:
        plan = open_plan(account=account, year=int(year) if year.isdecimal() else on.year, by=request.user, on=on)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect(place_of(request, "dashboards:plans"))
    messages.success(request, _("The plan is there. Begin with what should be true at the end of the year."))
    return redirect("dashboards:plan", plan.pk)
