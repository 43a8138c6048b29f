"""Who gets in: out of reach is as if it were not there."""

from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404

from core.asking import PersonRequest
from core.reach import Level, reach_of
from expansion.models import AccountPlan, PlanReview, ReviewItem


def not_for_technicians(request: PersonRequest) -> None:
    if reach_of(request.user).level is Level.ASSIGNED:
        raise Http404


def visible(request: PersonRequest, pk: int) -> AccountPlan:
    """The plan, as far as this user may see it."""
    rows: Any = AccountPlan.objects.visible_to(request.user).select_related("account__owner", "owner")
    found: AccountPlan = get_object_or_404(rows, pk=pk)
    return found


def changeable(request: PersonRequest, pk: int) -> AccountPlan:
    """The plan, if this user may change it."""
    rows: Any = AccountPlan.objects.changeable_by(request.user).select_related("account__owner", "owner")
    found: AccountPlan = get_object_or_404(rows, pk=pk)
    return found


def may_change(request: PersonRequest, plan: AccountPlan) -> bool:
    return AccountPlan.objects.changeable_by(request.user).filter(pk=plan.pk).exists()


def review(request: PersonRequest, pk: int, *, change: bool = False) -> PlanReview:
    rows: Any = PlanReview.objects
    rows = rows.changeable_by(request.user) if change else rows.visible_to(request.user)
    found: PlanReview = get_object_or_404(rows.select_related("owner"), pk=pk)
    return found


def may_review(request: PersonRequest, row: PlanReview) -> bool:
    """Whether this user may write into a review that still goes on."""
    return row.closed_on is None and PlanReview.objects.changeable_by(request.user).filter(pk=row.pk).exists()


def item(request: PersonRequest, row: PlanReview, position: int) -> ReviewItem:
    rows: Any = ReviewItem.objects.visible_to(request.user).filter(review=row)
    related = rows.select_related(
        "review", "plan__account__owner", "plan__owner", "next_step__task__owner", "closed_by"
    )
    found: ReviewItem = get_object_or_404(related, position=position)
    return found
