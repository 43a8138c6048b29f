"""The quarterly internal review as a meeting page: the table, then one account after the other (AP-07, RV-04)."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, F
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import clock
from core.asking import PersonRequest
from core.paging import page_of
from core.reach import reach_of
from core.returning import back
from dashboards.plans.situation import in_review, kept, read_again, since_of_item
from dashboards.plans.views import door
from expansion.actions import reviewing
from expansion.forms import plans as forms
from expansion.models import PlanAction, PlanReview, ReviewItem, ReviewPerson
from expansion.tabs import tabs

SHAPES = {"on_track": "good", "watch": "watch", "off_track": "risk"}


@login_required
@require_safe
def reviews(request: PersonRequest) -> HttpResponse:
    """The reviews of each quarter, the latest first."""
    door.not_for_technicians(request)
    rows = PlanReview.objects.visible_to(request.user).select_related("owner")
    page = page_of(rows, ["-held_on", "-pk"], cursor=request.GET.get("cursor", ""))
    there = ReviewItem.objects.visible_to(request.user).filter(review__in=[row.pk for row in page.rows])
    counted = there.order_by().values("review").annotate(n=Count("pk"), through=Count("closed_on"))
    counts = {row["review"]: (row["n"], row["through"]) for row in counted}
    for row in page.rows:
        row.accounts, row.through = counts.get(row.pk, (0, 0))
    context = {
        "on": clock.today(),
        "tabs": tabs(request, "plan_reviews"),
        "page": page,
        "works": reach_of(request.user).works,
    }
    return render(request, "dashboards/plan_reviews.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def new(request: PersonRequest) -> HttpResponse:
    door.not_for_technicians(request)
    if not reach_of(request.user).works:
        return redirect("dashboards:plan_reviews")
    on = clock.today()
    form = forms.ReviewForm(request.POST or None, user=request.user, on=on)
    if form.is_valid():
        try:
            made = reviewing.open_review(by=request.user, on=on, **form.cleaned_data)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return redirect("dashboards:plan_review", made.pk)
    context = {
        "form": form,
        "title": _("New review"),
        "verb": _("Begin"),
        "about": _("Sales and service go through the planned accounts one by one."),
        "next": reverse("dashboards:plan_reviews"),
    }
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


def _items(request: PersonRequest, row: PlanReview) -> list[Any]:
    rows = ReviewItem.objects.visible_to(request.user).filter(review=row).defer("seen")
    found = list(rows.select_related("plan__account").annotate(kept=F("seen__next")).order_by("position"))
    for item in found:
        kept_step = item.kept or {}
        item.next_title, item.next_owner = kept_step.get("title", ""), kept_step.get("owner", "")
        item.next_on = date.fromisoformat(kept_step["due_on"]) if kept_step else None
        item.shape = SHAPES.get(item.status, "unknown")
    return found


@login_required
@require_safe
def review(request: PersonRequest, pk: int) -> HttpResponse:
    """Who is there, which accounts are through; once it is closed, its summary."""
    row, on = door.review(request, pk), clock.today()
    items = _items(request, row)
    left = [item for item in items if item.closed_on is None]
    people = list(
        ReviewPerson.objects.visible_to(request.user).filter(review=row).select_related("user").order_by("pk")
    )
    agreed: dict[int, int] = {}
    actions = PlanAction.objects.visible_to(request.user).filter(review=row)
    for plan in actions.values_list("plan", flat=True):
        agreed[plan] = agreed.get(plan, 0) + 1
    for item in items:
        item.agreed = agreed.get(item.plan_id, 0)
    context = {
        "review": row,
        "on": on,
        "trail": [(reverse("dashboards:plan_reviews"), _("Reviews"))],
        "items": items,
        "left": left,
        "first": left[0] if left else None,
        "people": people,
        "may": door.may_review(request, row),
        "standfirst": _standfirst(row, items, left),
    }
    return render(request, "dashboards/plan_review.html", context)


def _standfirst(row: PlanReview, items: list[Any], left: list[Any]) -> str:
    if row.closed_on:
        said = ngettext(
            "Closed: %(n)d account, and it left with a next step.",
            "Closed: %(n)d accounts, and each left with a next step.", len(items),
        )  # fmt: skip
        return said % {"n": len(items)}
    if not left:
        return _("Every account has its next step. Close the review.")
    said = ngettext(
        "%(n)d account is still to be gone through.", "%(n)d accounts are still to be gone through.", len(left)
    )
    return said % {"n": len(left)}


@login_required
@require_http_methods(["GET", "POST"])
def attend(request: PersonRequest, pk: int) -> HttpResponse:
    row = door.review(request, pk, change=True)
    there = list(ReviewPerson.objects.visible_to(request.user).filter(review=row).values_list("user", flat=True))
    form = forms.AttendForm(request.POST or None, there=there)
    if form.is_valid():
        try:
            reviewing.attend(review=row, people=form.cleaned_data["people"], by=request.user)
        except ValidationError as refused:
            form.add_error(None, refused)
        else:
            return redirect("dashboards:plan_review", pk)
    context = {
        "form": form,
        "title": _("Who is there"),
        "verb": _("Save"),
        "about": _("Sales and service hold it together."),
        "next": reverse("dashboards:plan_review", args=[pk]),
    }
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


@login_required
@require_POST
def close(request: PersonRequest, pk: int) -> HttpResponse:
    row = door.review(request, pk, change=True)
    try:
        reviewing.close_review(review=row, by=request.user, on=clock.today())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return redirect("dashboards:plan_review", pk)


@login_required
@require_http_methods(["GET", "POST"])
def account(request: PersonRequest, pk: int, position: int) -> HttpResponse:
    """One account: what came of it since the last time, its risks, its steps; notes; and closing it."""
    row, on = door.review(request, pk), clock.today()
    item = door.item(request, row, position)
    may = door.may_review(request, row)
    form = forms.ItemForm(request.POST or None, item=item)
    if request.method == "POST" and may and form.is_valid() and (answer := _written(request, row, item, form, on)):
        return answer
    now = read_again(item.seen) if item.closed_on else in_review(item.plan, request.user, since_of_item(item), on)
    items = _items(request, row)
    context = {
        "review": row,
        "item": item,
        "form": form,
        "may": may,
        "now": now,
        "on": on,
        "trail": [
            (reverse("dashboards:plan_reviews"), _("Reviews")),
            (reverse("dashboards:plan_review", args=[pk]), f"{row}, {row.owner.name}"),
        ],
        "items": items,
        "before": next((i for i in reversed(items) if i.position < position), None),
        "after": next((i for i in items if i.position > position), None),
        "sees_prices": reach_of(request.user).sees_prices,
        "sees_names": reach_of(request.user).sees_names,
        "statuses": ReviewItem.Status.choices,
        "shape": SHAPES.get(item.status, "unknown"),
        "came": [
            (_("Converted"), "good", now["came"]["converted"]),
            (_("New"), "unknown", now["came"]["new"]),
            (_("Dead"), "risk", now["came"]["dead"]),
        ],
    }
    return render(request, "dashboards/plan_review_account.html", context, status=422 if form.errors else 200)


def _written(request: PersonRequest, row: PlanReview, item: ReviewItem, form: Any, on: date) -> HttpResponse | None:
    """Keep what was said; with "close" the account is closed and the next one comes. None where it was refused."""
    here = ("dashboards:plan_review_account", row.pk, item.position)
    try:
        reviewing.note_item(item=item, by=request.user, **form.cleaned_data)
        if request.POST.get("do") != "close":
            messages.success(request, _("Kept."))
            return redirect(*here)
        seen = kept(in_review(item.plan, request.user, since_of_item(item), on))
        reviewing.close_item(item=item, seen=seen, by=request.user, on=on)
    except ValidationError as refused:
        form.add_error(None, refused)
        return None
    left = [i for i in _items(request, row) if i.closed_on is None]
    following = next((i for i in left if i.position > item.position), left[0] if left else None)
    if following is None:
        return redirect("dashboards:plan_review", row.pk)
    return redirect("dashboards:plan_review_account", row.pk, following.position)


@login_required
@require_POST
def reopen(request: PersonRequest, pk: int, position: int) -> HttpResponse:
    row = door.review(request, pk, change=True)
    try:
        reviewing.reopen_item(item=door.item(request, row, position), by=request.user)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    return back(request, "dashboards:plan_reviews")
