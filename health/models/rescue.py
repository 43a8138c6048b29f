"""What people wrote down about the rescue of a red account."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from installed_base.models import Account
from installed_base.models.scoping import AccountScopedQuerySet


class Cause(models.TextChoices):
    """Why a customer is unhappy, and why one leaves."""

    ADOPTION = "adoption", _("They do not use it as they should")
    SUPPORT = "support", _("Service and support fall short")
    PRODUCT = "product", _("The machine does not do what it should")
    OUTCOMES = "outcomes", _("The promised result is not there")
    PEOPLE = "people", _("Our people there left or changed")
    PRICE = "price", _("Price or budget")
    COMPETITOR = "competitor", _("A competitor is at the table")
    THEIRS = "theirs", _("Their own situation")
    OTHER = "other", _("Something else")


class RescueQuerySet(AccountScopedQuerySet):
    technicians_see = False


@trail()
class Rescue(models.Model):
    """Root cause, sponsor and end of one rescue; its actions are tasks of the play, its clock begins with the play.

    There is a row from the first thing that somebody wrote down (HT-03..05).
    """

    class Outcome(models.TextChoices):
        RECOVERED = "recovered", _("Recovered")
        LOST = "lost", _("Lost")

    play = models.OneToOneField("playbooks.Play", on_delete=models.CASCADE, primary_key=True, related_name="rescue")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="rescues")
    cause = models.CharField(max_length=12, choices=Cause.choices, blank=True, default="")
    cause_note = models.TextField(blank=True, default="")
    cause_on = models.DateField(null=True, blank=True)
    cause_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    sponsor = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    sponsor_on = models.DateField(null=True, blank=True)
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True, default="")
    reason = models.CharField(max_length=12, choices=Cause.choices, blank=True, default="")
    note = models.TextField(blank=True, default="")
    concluded_on = models.DateField(null=True, blank=True)
    concluded_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = RescueQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(cause="", cause_on__isnull=True) | (~Q(cause="") & Q(cause_on__isnull=False)),
                name="rescue_cause_with_day",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", concluded_on__isnull=True) | (~Q(outcome="") & Q(concluded_on__isnull=False)),
                name="rescue_outcome_with_day",
            ),
            models.CheckConstraint(condition=~Q(outcome="lost") | ~Q(reason=""), name="rescue_lost_with_reason"),
        ]
