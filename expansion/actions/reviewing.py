"""The quarterly internal review: opened, gone through account by account, closed (AP-07, RV-04)."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.audit import audited
from core.models import Owner, Role, User
from core.reach import with_parts
from expansion.models import AccountPlan, PlanAction, PlanReview, ReviewItem, ReviewPerson
from expansion.rules.plan import Missing, StepFacts, next_step, quarter_start

_SIDES = {
    Role.SALES: ReviewPerson.Side.SALES,
    Role.CS_MANAGER: ReviewPerson.Side.SERVICE,
    Role.TECHNICIAN: ReviewPerson.Side.SERVICE,
}


def open_review(*, owner: Owner, held_on: date, by: User, on: date) -> PlanReview:
    """Begin the review of the quarter of `held_on` for the accounts of a team or a person that have a plan that year.

    The accounts come by name. ValidationError for a second one of that quarter, and where nothing is planned.
    """
    quarter = quarter_start(held_on)
    with audited(by=by, why="expansion.open_review"):
        if PlanReview.objects.filter(owner=owner, quarter_on=quarter).exists():
            raise ValidationError(_("There is a review of this quarter already. Go on with that one."))
        plans = list(_plans_of(owner).filter(year=held_on.year).order_by("account__name", "pk"))
        if not plans:
            raise ValidationError(_("No account of theirs has a plan for that year. Begin with the plans."))
        review = PlanReview.objects.create(owner=owner, quarter_on=quarter, held_on=held_on, opened_on=on, opened_by=by)
        ReviewItem.objects.bulk_create(
            ReviewItem(review=review, plan=plan, position=place) for place, plan in enumerate(plans, 1)
        )
        return review


def _plans_of(owner: Owner) -> Any:
    """Plans of the accounts that an owner, or for a team anybody in it, holds."""
    holds = Q(account__owner=owner)
    if owner.team_id:
        teams = with_parts({owner.team_id})
        holds |= Q(account__owner__team__in=teams) | Q(account__owner__user__memberships__team__in=teams)
    return AccountPlan.objects.filter(pk__in=AccountPlan.objects.filter(holds).values("pk"))


def attend(*, review: PlanReview, people: Iterable[User], by: User) -> None:
    """Who sits at the table; it replaces the list. Each for the side of their role."""
    _still_open(review)
    with audited(by=by, why="expansion.attend"):
        ReviewPerson.objects.filter(review=review).delete()
        ReviewPerson.objects.bulk_create(
            ReviewPerson(review=review, user=user, side=_SIDES.get(Role(user.role), ReviewPerson.Side.OTHER))
            for user in people
        )


def note_item(
    *, item: ReviewItem, by: User, status: str = "", note: str = "", opportunities: str = "", risks: str = ""
) -> None:
    """What is said of an account in the review. ValidationError once it was closed."""
    _still_open(item.review)
    if item.closed_on:
        raise ValidationError(_("This account was closed in the review. Open it again to change what was said."))
    with audited(by=by, why="expansion.note_item"):
        item.status, item.note = status, note.strip()
        item.opportunities, item.risks = opportunities.strip(), risks.strip()
        item.save(update_fields=["status", "note", "opportunities", "risks"])


def close_item(*, item: ReviewItem, seen: dict[str, Any], by: User, on: date) -> None:
    """Close an account with its next step; `seen` is what stood on the screen, kept from now on.

    ValidationError without a next step that has an owner and a day ahead, and without a status.
    """
    _still_open(item.review)
    with audited(by=by, why="expansion.close_item"):
        row = ReviewItem.objects.select_for_update(of=("self",)).select_related("plan__account").get(pk=item.pk)
        if row.closed_on:
            return
        row.next_step = step = _next_step(row, on)
        if not row.status:
            raise ValidationError(_("Say how %(account)s stands before you close it.") % {"account": row.plan.account})
        row.closed_on, row.closed_by, row.seen = on, by, seen | {"next": _kept(step)}
        row.save(update_fields=["next_step", "closed_on", "closed_by", "seen"])


def _kept(step: PlanAction) -> dict[str, str]:
    """The next step as it was agreed: what, who, by when."""
    task = step.task
    return {"title": task.title, "owner": task.owner.name, "due_on": task.due_on.isoformat()}


def _next_step(item: ReviewItem, on: date) -> PlanAction:
    actions = PlanAction.objects.filter(plan=item.plan_id).select_related("task__owner")
    found = next_step([StepFacts(a.pk, a.task.due_on, a.open) for a in actions], on)
    account = {"account": item.plan.account}
    if found is Missing.ALL_LATE:
        raise ValidationError(
            _("%(account)s stays open: its steps all lie in the past. Give one a new day, or agree on another.")
            % account
        )
    if found is Missing.NOTHING:
        raise ValidationError(
            _("%(account)s stays open: no account leaves the review without a next step with an owner and a day.")
            % account
        )
    return next(action for action in actions if action.pk == found)


def reopen_item(*, item: ReviewItem, by: User) -> None:
    """Take an account up again while the review goes on."""
    _still_open(item.review)
    with audited(by=by, why="expansion.reopen_item"):
        item.closed_on = item.closed_by = item.next_step = None
        item.seen = {}
        item.save(update_fields=["closed_on", "closed_by", "next_step", "seen"])


def close_review(*, review: PlanReview, by: User, on: date) -> None:
    """End it: from now on it is read, not written. ValidationError while an account is open, or with nobody there."""
    _still_open(review)
    with audited(by=by, why="expansion.close_review"):
        left = ReviewItem.objects.filter(review=review, closed_on__isnull=True).count()
        if left:
            said = ngettext(
                "%(n)d account is still open. Close it first.", "%(n)d accounts are still open. Close them first.", left
            )
            raise ValidationError(said % {"n": left})
        there = set(ReviewPerson.objects.filter(review=review).values_list("side", flat=True))
        if not {ReviewPerson.Side.SALES, ReviewPerson.Side.SERVICE} <= there:
            raise ValidationError(_("Sales and service hold it together. Write down who of both was there."))
        review.closed_on, review.closed_by = on, by
        review.save(update_fields=["closed_on", "closed_by"])


def _still_open(review: PlanReview) -> None:
    if review.closed_on:
        raise ValidationError(_("This review is closed; what was said stays as it is."))
