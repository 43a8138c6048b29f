"""What a customer says it spends on parts elsewhere (PA-03)."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, unique_external_id
from core.models.trail import trail
from installed_base.models.accounts import Account, Contact
from installed_base.models.scoping import AccountScopedQuerySet


class PartsStatementQuerySet(AccountScopedQuerySet):
    technicians_see = False


@trail()
class PartsStatement(Fact):
    """What the customer said, on a day, to spend a year on parts from others than us.

    `contact` said it, `by` wrote it down. The latest of a customer counts, for as long as the policy says; the one
    before it stays as it was said.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="parts_statements")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    on = models.DateField()
    elsewhere = models.DecimalField(max_digits=16, decimal_places=2)
    currency = models.CharField(max_length=3)
    elsewhere_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True, default="")

    objects = PartsStatementQuerySet.as_manager()

    class Meta:
        verbose_name = _("Parts statement")
        constraints: ClassVar = [
            unique_external_id("parts_statement"),
            models.CheckConstraint(condition=Q(elsewhere__gte=0), name="parts_statement_not_negative"),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-on"], name="parts_statement_account")]

    def __str__(self) -> str:
        return f"{self.account} · {self.on:%Y-%m-%d}"
