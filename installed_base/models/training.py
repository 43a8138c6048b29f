"""Who has to learn to work with a machine, and who has (AD-08, AD-16)."""

from datetime import date
from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, unique_external_id
from core.models.trail import trail
from installed_base.models.accounts import Account, Contact
from installed_base.models.assets import Asset
from installed_base.models.scoping import AccountScopedQuerySet


class TrainingQuerySet(AccountScopedQuerySet):
    def asked(self, on: date) -> Self:
        """What is asked for on that day: known by then, or done; and not of somebody who left untrained."""
        left = Q(contact__left_on__lte=on) & (Q(trained_on__isnull=True) | Q(trained_on__gt=on))
        return self.filter(Q(known_on__lte=on) | Q(trained_on__lte=on)).exclude(left)


@trail()
class Training(Fact):
    """One operator who is to be trained on a machine, or some of whom only the number is known.

    `trained_on` is empty until they are; `planned_on` is when it is meant to be. Of somebody who has left their company
    untrained nothing is asked any more.
    """

    class Kind(models.TextChoices):
        OPERATION = "operation", _("Operation")
        MAINTENANCE = "maintenance", _("Maintenance")
        SAFETY = "safety", _("Safety")
        PROGRAMMING = "programming", _("Programming")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="trainings")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, related_name="trainings")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="trainings")
    people = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.OPERATION)
    planned_on = models.DateField(null=True, blank=True)
    trained_on = models.DateField(null=True, blank=True)
    trained_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = TrainingQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("training"),
            models.UniqueConstraint(
                fields=["asset", "contact", "kind"], condition=Q(contact__isnull=False), name="training_once_a_person"
            ),
            models.CheckConstraint(condition=Q(people__gte=1), name="training_of_somebody"),
            models.CheckConstraint(condition=Q(contact__isnull=True) | Q(people=1), name="training_of_one_person"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.asset}"
