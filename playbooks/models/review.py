"""Reviews of the bowtie and what was agreed in them: a metric, one next step, who and by when (RV-01..03)."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from core.reach import Level, reach_of
from core.scope import ScopedQuerySet


class ReviewQuerySet(ScopedQuerySet):
    """A review of a team is for those who see everything and for its people; one of everything for the former."""

    def _visible(self, user: Any) -> Self:
        reach = reach_of(user)
        if reach.level is Level.ALL:
            return self.all()
        if reach.level is Level.ASSIGNED:
            return self.none()
        return self.filter(team__owner__in=reach.owners)


@trail(exclude=["figures"])
class Review(models.Model):
    """One meeting about the figures. `figures` are those it was closed with: what was on the table then."""

    class Kind(models.TextChoices):
        PIPELINE = "pipeline", _("Weekly pipeline review")
        HEALTH = "health", _("Weekly review of customer health")
        MONTHLY = "monthly", _("Monthly review of the bowtie")
        QUARTERLY = "quarterly", _("Quarterly strategic review")

    kind = models.CharField(max_length=10, choices=Kind.choices)
    on = models.DateField()
    team = models.ForeignKey("core.Team", on_delete=models.PROTECT, null=True, blank=True, related_name="reviews")
    notes = models.TextField(blank=True, default="")
    opened_on = models.DateField()
    opened_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    figures = models.JSONField(default=dict, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "on", "team"], nulls_distinct=False, name="review_once_a_day"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=models.F("on")), name="review_closed_after_it"
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["-on", "-id"], name="review_latest")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on.isoformat()}"


class AgreedStepQuerySet(ScopedQuerySet):
    """Steps are for those who see everything, and for the people and teams that owe them."""

    def _visible(self, user: Any) -> Self:
        reach = reach_of(user)
        if reach.level is Level.ALL:
            return self.all()
        owners = reach.own if reach.level is Level.ASSIGNED else reach.owners
        return self.filter(Q(owner__in=owners) | Q(created_by=user))

    def open(self) -> Self:
        return self.filter(done_on__isnull=True)

    def agreed(self, on: Any) -> Self:
        """Steps that were open on that day."""
        return self.filter(Q(done_on__isnull=True) | Q(done_on__gt=on), created_on__lte=on)


@trail()
class AgreedStep(models.Model):
    """What was agreed about a metric. It belongs to no account, so it is no task of one."""

    metric = models.CharField(max_length=60)
    review = models.ForeignKey(Review, on_delete=models.SET_NULL, null=True, blank=True, related_name="steps")
    title = models.CharField(max_length=240)
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="agreed_steps")
    due_on = models.DateField()
    created_on = models.DateField()
    created_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    done_on = models.DateField(null=True, blank=True)
    done_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = AgreedStepQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(title=""), name="agreed_step_says_what"),
            models.CheckConstraint(
                condition=Q(done_on__isnull=True) | Q(done_on__gte=models.F("created_on")),
                name="agreed_step_done_after_agreed",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["metric", "due_on"], condition=Q(done_on__isnull=True), name="agreed_step_open"),
        ]

    def __str__(self) -> str:
        return self.title
