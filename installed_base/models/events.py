"""What was heard about a customer that changes its needs (EX-11..14, EX-16)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, unique_external_id
from installed_base.models.accounts import Account
from installed_base.models.assets import Asset
from installed_base.models.scoping import AccountScopedQuerySet


class AccountEventQuerySet(AccountScopedQuerySet):
    technicians_see = False


class AccountEvent(Fact):
    """An event at a customer, with where it was heard. `asset` names the machine, where it is about one.

    `note` is in somebody's own words. One that was wrong is taken back on a day, and stays on record.
    """

    class Kind(models.TextChoices):
        NEW_PLANT = "new_plant", _("New plant or site")
        GROWTH = "growth", _("The company grows")
        LARGE_ORDER = "large_order", _("Won a large order")
        NEW_PRODUCT = "new_product", _("Launches a new product")
        NEW_STRATEGY = "new_strategy", _("New strategy or market")
        NEW_MANAGEMENT = "new_management", _("New management")
        MERGER = "merger", _("Merger or takeover")
        COMPETITOR = "competitor", _("A competitor is at the table")
        COMPETITOR_COMPLAINT = "competitor_complaint", _("Complains about a competitor")
        BOTTLENECK = "bottleneck", _("A machine is the bottleneck")
        UNUSED_FEATURES = "unused_features", _("Features of a machine are not used")

    class Heard(models.TextChoices):
        CONTACT = "contact", _("From the customer")
        VISIT = "visit", _("On a service visit")
        LINKEDIN = "linkedin", _("LinkedIn")
        PRESS = "press", _("Press")
        READINGS = "readings", _("Readings of the machine")
        OTHER = "other", _("Somewhere else")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="happenings")
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False)
    kind = models.CharField(max_length=24, choices=Kind.choices)
    on = models.DateField()
    heard = models.CharField(max_length=10, choices=Heard.choices, default=Heard.OTHER)
    note = models.TextField(blank=True, default="")
    by = models.ForeignKey(
        "core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    taken_back_on = models.DateField(null=True, blank=True)
    taken_back_by = models.ForeignKey(
        "core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )

    objects = AccountEventQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("account_event"),
            models.CheckConstraint(
                condition=Q(taken_back_on__isnull=True) | Q(taken_back_on__gte=F("known_on")),
                name="account_event_taken_back_after_known",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-on"], name="account_event_account")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.on:%Y-%m-%d}"
