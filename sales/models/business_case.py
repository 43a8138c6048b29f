"""The business case of a replacement or an upgrade: keep or replace (EX-26, EX-45)."""

from typing import ClassVar

from django.db import models

from core.models.trail import trail
from installed_base.models.scoping import AccountScopedQuerySet
from sales.models.opportunity import Opportunity


class BusinessCaseQuerySet(AccountScopedQuerySet):
    technicians_see = False
    account_path = "opportunity__account"


@trail()
class BusinessCase(models.Model):
    """What the calculation of a deal was asked (sales.rules.business_case), each input with where it comes from.

    `inputs` holds numbers as text by name, `sources` for each whether it was recorded by us or said by the customer.
    What is in neither is unknown. `capex_year` is the year in whose budget it is to stand.
    """

    opportunity = models.OneToOneField(Opportunity, on_delete=models.CASCADE, related_name="business_case")
    inputs = models.JSONField(default=dict)
    sources = models.JSONField(default=dict)
    capex_year = models.PositiveSmallIntegerField(null=True, blank=True)
    note = models.TextField(blank=True, default="")
    made_on = models.DateField()
    changed_on = models.DateField()
    changed_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")

    objects = BusinessCaseQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=models.Q(capex_year__isnull=True) | models.Q(capex_year__range=(2000, 2199)),
                name="business_case_capex_year",
            ),
            models.CheckConstraint(
                condition=models.Q(changed_on__gte=models.F("made_on")), name="business_case_changed_after_made"
            ),
        ]

    def __str__(self) -> str:
        return str(self.opportunity)
