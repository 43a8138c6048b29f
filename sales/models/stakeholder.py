"""Who at the customer has a say in a deal (PL-01, qualification: who decides, who pays, who stands in the way)."""

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from installed_base.models import Contact
from sales.models.opportunity import Opportunity


class StakeholderRole(models.TextChoices):
    """The part of somebody in the buying."""

    DECIDES = "decides", _("Decides")
    PAYS = "pays", _("Holds the budget")
    ADVISES = "advises", _("Advises, technically")
    USES = "uses", _("Works with it")
    BUYS = "buys", _("Purchasing")


class Stance(models.TextChoices):
    """What they think of it, as far as we know."""

    FOR = "for", _("In favour")
    NEUTRAL = "neutral", _("Neutral")
    AGAINST = "against", _("Against")
    UNKNOWN = "unknown", _("Not known yet")


@trail()
class Stakeholder(models.Model):
    """One person of the account in one deal. The people of a deal are written together."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="stakeholders")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=8, choices=StakeholderRole.choices)
    stance = models.CharField(max_length=8, choices=Stance.choices, default=Stance.UNKNOWN)
    note = models.CharField(max_length=240, blank=True, default="")

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["opportunity", "contact"], name="stakeholder_once"),
        ]

    def __str__(self) -> str:
        return f"{self.contact}, {self.get_role_display()}"
