"""What a person said of an account's weight: a segment by hand, and the strategic mark (SG-02)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from installed_base.models.accounts import Account, Segment
from installed_base.models.scoping import AccountScopedQuerySet


class SegmentChoiceQuerySet(AccountScopedQuerySet):
    technicians_see = False


@trail()
class SegmentChoice(models.Model):
    """A segment that somebody chose by hand, which wins over the rule until it is taken back. Its history in days is
    that of the account's periods."""

    account = models.OneToOneField(Account, on_delete=models.CASCADE, primary_key=True, related_name="segment_choice")
    segment = models.CharField(max_length=40, choices=Segment.choices)
    reason = models.CharField(max_length=240)
    chosen_on = models.DateField()
    chosen_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, related_name="+")

    objects = SegmentChoiceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(reason=""), name="segment_choice_with_reason")]

    def __str__(self) -> str:
        return f"{self.account} · {self.get_segment_display()}"


class StrategicMarkQuerySet(AccountScopedQuerySet):
    technicians_see = False


@trail()
class StrategicMark(models.Model):
    """That an account counts for more than its revenue: a reference, a key industry. From a day, by a person."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="strategic_marks")
    since = models.DateField()
    marked_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, related_name="+")
    reason = models.CharField(max_length=240)
    until = models.DateField(null=True, blank=True)
    ended_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = StrategicMarkQuerySet.as_manager()

    class Meta:
        verbose_name = _("Strategic mark")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account"], condition=Q(until__isnull=True), name="strategic_once"),
            models.CheckConstraint(condition=~Q(reason=""), name="strategic_with_reason"),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="strategic_ends_after_it_begins"
            ),
        ]
