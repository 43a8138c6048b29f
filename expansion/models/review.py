"""The quarterly internal review of planned accounts (AP-07, RV-04): sales and service, one account after the other.

Not the QBR: no customer sits at this table (CT-23).
"""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from core.reach import Level, reach_of
from core.scope import ScopedQuerySet
from expansion.models.plan import AccountPlan, PlanAction
from installed_base.models.scoping import AccountScopedQuerySet


class PlanReviewQuerySet(ScopedQuerySet):
    """Reviews of those whose accounts one sees."""

    def _visible(self, user: Any) -> Self:
        reach = reach_of(user)
        if reach.level is Level.ALL:
            return self.all()
        if reach.level is Level.ASSIGNED:
            return self.none()
        return self.filter(owner_id__in=reach.owners)

    def _changeable(self, user: Any) -> Self:
        reach = reach_of(user)
        if not reach.works:
            return self.none()
        return self.filter(owner_id__in=reach.own) if reach.writes_own_only else self._visible(user)


@trail()
class PlanReview(models.Model):
    """One review: of whose accounts (a team's or a person's), in which quarter, on which day.

    `quarter_on` is the first day of its quarter. From `closed_on` on it stays as it is.
    """

    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="plan_reviews")
    quarter_on = models.DateField()
    held_on = models.DateField()
    opened_on = models.DateField()
    opened_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = PlanReviewQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["owner", "quarter_on"], name="plan_review_one_a_quarter"),
            models.CheckConstraint(condition=Q(quarter_on__day=1), name="plan_review_quarter_begins"),
        ]

    def __str__(self) -> str:
        return f"{self.quarter_on.year} Q{(self.quarter_on.month + 2) // 3}"


class OfReviewQuerySet(ScopedQuerySet):
    def _visible(self, user: Any) -> Self:
        return self.filter(review__in=PlanReview.objects.visible_to(user).values("pk"))

    def _changeable(self, user: Any) -> Self:
        return self.filter(review__in=PlanReview.objects.changeable_by(user).values("pk"))


class ReviewPerson(models.Model):
    """Somebody who sat at the table, and for which side."""

    class Side(models.TextChoices):
        SALES = "sales", _("Sales")
        SERVICE = "service", _("Service")
        OTHER = "other", _("Other")

    review = models.ForeignKey(PlanReview, on_delete=models.CASCADE, related_name="people")
    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="+")
    side = models.CharField(max_length=7, choices=Side.choices)

    objects = OfReviewQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["review", "user"], name="review_person_once")]


class ReviewItemQuerySet(AccountScopedQuerySet):
    technicians_see = False
    account_path = "plan__account"


@trail(exclude=["seen"])
class ReviewItem(models.Model):
    """One account in one review. It is closed with a next step, or it stays open (AP-07).

    `seen` is what stood on the screen when it was closed: situation, chances, risks, steps. It never changes after.
    """

    class Status(models.TextChoices):
        ON_TRACK = "on_track", _("On track")
        WATCH = "watch", _("Watch")
        OFF_TRACK = "off_track", _("Off track")

    review = models.ForeignKey(PlanReview, on_delete=models.CASCADE, related_name="items")
    plan = models.ForeignKey(AccountPlan, on_delete=models.CASCADE, related_name="review_items")
    position = models.PositiveSmallIntegerField()
    status = models.CharField(max_length=9, choices=Status.choices, blank=True, default="")
    note = models.TextField(blank=True, default="")
    opportunities = models.TextField(blank=True, default="")
    risks = models.TextField(blank=True, default="")
    next_step = models.ForeignKey(PlanAction, on_delete=models.RESTRICT, null=True, blank=True, related_name="+")
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    seen = models.JSONField(default=dict, db_default={})

    objects = ReviewItemQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["review", "plan"], name="review_item_once"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | (Q(next_step__isnull=False) & ~Q(status="")),
                name="review_item_closed_with_next_step",
            ),
        ]
