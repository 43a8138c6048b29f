"""What a won deal wrote into the installed base: machines on order, terms signed."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from core.models.trail import trail
from installed_base.models import Asset, Term
from installed_base.models.scoping import AccountScopedQuerySet
from sales.models.opportunity import Opportunity


class DeliveryQuerySet(AccountScopedQuerySet):
    technicians_see = False
    account_path = "opportunity__account"


@trail()
class Delivery(models.Model):
    """One machine or one term that a deal brought. `renewed` is the term that the new one took the place of."""

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="deliveries")
    asset = models.OneToOneField(Asset, on_delete=models.CASCADE, null=True, blank=True, related_name="delivery")
    term = models.OneToOneField(Term, on_delete=models.CASCADE, null=True, blank=True, related_name="delivery")
    renewed = models.ForeignKey(Term, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    written_on = models.DateField()
    written_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(asset__isnull=False, term__isnull=True) | Q(asset__isnull=True, term__isnull=False),
                name="delivery_of_one_thing",
            ),
            models.CheckConstraint(
                condition=Q(renewed__isnull=True) | Q(term__isnull=False), name="delivery_renewed_by_a_term"
            ),
        ]

    def __str__(self) -> str:
        return str(self.asset or self.term)
