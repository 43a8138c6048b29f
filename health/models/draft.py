"""Drafts of the score card: values somebody is trying out, until they are published or put aside."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from core.models.trail import trail
from core.reach import Level, reach_of
from core.scope import ScopedQuerySet


class DraftQuerySet(ScopedQuerySet):
    """Everybody who sees scores may read a draft; leads and administrators work on it (`Reach.sets_policy`)."""

    def _visible(self, user: object) -> Self:
        return self.none() if reach_of(user).level is Level.ASSIGNED else self.all()  # type: ignore[arg-type]

    def _changeable(self, user: object) -> Self:
        return self.all() if reach_of(user).sets_policy else self.none()  # type: ignore[arg-type]

    def open(self) -> Self:
        return self.filter(published_as__isnull=True, discarded_on__isnull=True)


@trail()
class Draft(models.Model):
    """A version of the health policy in the making. `values` are those of `HealthPolicy` as JSON; they may be wrong
    while somebody works on them, and are checked when they are published. `base` is the version they began as.
    """

    title = models.CharField(max_length=120)
    base = models.PositiveIntegerField()
    values = models.JSONField(default=dict)
    made_on = models.DateField()
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(db_default=Now())
    published_as = models.ForeignKey("core.Policy", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    discarded_on = models.DateField(null=True, blank=True)
    discarded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(published_as__isnull=True) | Q(discarded_on__isnull=True), name="draft_published_or_aside"
            ),
            models.CheckConstraint(
                condition=Q(discarded_on__isnull=True, discarded_by__isnull=True)
                | Q(discarded_on__isnull=False, discarded_by__isnull=False),
                name="draft_put_aside_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.title
