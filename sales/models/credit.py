"""Who is credited with a won deal: customer success, sales and the technician share it (EX-29)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from sales.models.opportunity import Opportunity


class CreditRole(models.TextChoices):
    """What somebody did for a deal (EX-27)."""

    CS = "cs", _("Customer success")
    SALES = "sales", _("Sales")
    TECHNICIAN = "technician", _("Technician")


@trail()
class OpportunityCredit(models.Model):
    """The share of one person in a won deal. The shares of a deal add up to 1: they are written together."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="credits")
    user = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=20, choices=CreditRole.choices)
    share = models.DecimalField(max_digits=5, decimal_places=4)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["opportunity", "user"], name="opportunity_credit_once"),
            models.CheckConstraint(condition=Q(share__gt=0, share__lte=1), name="opportunity_credit_share"),
        ]
