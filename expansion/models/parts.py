"""Why a customer buys fewer parts, as they said it in the check-in (PA-09)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from installed_base.models import Account
from installed_base.models.scoping import AccountScopedQuerySet
from playbooks.models import Play


class DropReasonQuerySet(AccountScopedQuerySet):
    technicians_see = False


@trail()
class DropReason(models.Model):
    """The answer of a check-in: who or what took the parts away. The latest of a customer counts; others stay."""

    class Why(models.TextChoices):
        AFTERMARKET = "aftermarket", _("Buys elsewhere")
        PROBLEM = "problem", _("Has a problem with us")
        IDLE = "idle", _("The machine stands idle")
        OTHER = "other", _("Something else")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="drop_reasons")
    play = models.OneToOneField(Play, on_delete=models.SET_NULL, null=True, blank=True, related_name="drop_reason")
    why = models.CharField(max_length=12, choices=Why.choices)
    note = models.CharField(max_length=240, blank=True, default="")
    on = models.DateField()
    by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = DropReasonQuerySet.as_manager()

    class Meta:
        verbose_name = _("Reason of a drop")
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(why="other") | ~Q(note=""), name="drop_reason_other_says_what"),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-on"], name="drop_reason_account")]

    def __str__(self) -> str:
        return f"{self.account} · {self.get_why_display()}"
