"""Pages that come by mail: which page, narrowed how, in which rhythm, to whom."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from core.scope import ScopedQuerySet


class PageSubscriptionQuerySet(ScopedQuerySet):
    """For who receives it, and for who ordered it for them."""

    def _visible(self, user: Any) -> Self:
        return self.filter(Q(user=user) | Q(made_by=user))


@trail(exclude=["posted_for", "sent_for", "sent_at"])
class PageSubscription(models.Model):
    """One page by mail to one person.

    `page` is a page that a room has registered for it (core.page_mail), `subject` which one of its kind, `query` the
    filters of its address. `since_on`: nothing due on that day or before is sent. `posted_for` and `sent_for` are the
    due days of the last mail that was made and that went out.
    """

    class Rhythm(models.TextChoices):
        DAILY = "daily", _("Every working day")
        WEEKLY = "weekly", _("Once a week")
        MONTHLY = "monthly", _("First working day of the month")
        QUARTERLY = "quarterly", _("First working day of the quarter")

    class Weekday(models.IntegerChoices):
        MONDAY = 1, _("Monday")
        TUESDAY = 2, _("Tuesday")
        WEDNESDAY = 3, _("Wednesday")
        THURSDAY = 4, _("Thursday")
        FRIDAY = 5, _("Friday")
        SATURDAY = 6, _("Saturday")
        SUNDAY = 7, _("Sunday")

    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="page_subscriptions")
    page = models.CharField(max_length=40)
    subject = models.CharField(max_length=80, blank=True, default="")
    query = models.CharField(max_length=1000, blank=True, default="")
    rhythm = models.CharField(max_length=9, choices=Rhythm.choices)
    weekday = models.PositiveSmallIntegerField(choices=Weekday.choices, null=True, blank=True)
    made_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    made_on = models.DateField()
    since_on = models.DateField()
    paused_on = models.DateField(null=True, blank=True)
    paused_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    problem = models.CharField(max_length=400, blank=True, default="")
    posted_for = models.DateField(null=True, blank=True)
    sent_for = models.DateField(null=True, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)

    objects = PageSubscriptionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user", "page", "subject", "query"], name="page_subscription_once"),
            models.CheckConstraint(
                condition=Q(rhythm="weekly", weekday__range=(1, 7)) | (~Q(rhythm="weekly") & Q(weekday__isnull=True)),
                name="page_subscription_weekday_of_weekly",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["rhythm", "weekday"], condition=Q(paused_on__isnull=True), name="page_subscription_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.page} {self.subject}".strip()
