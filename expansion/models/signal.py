"""Signals: chances that a rule saw. No task, no mail, until somebody accepts one."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from installed_base.models import Account, Asset
from installed_base.models.scoping import AccountScopedQuerySet
from playbooks.models import Firing
from sales.models import Opportunity


class SignalKind(models.TextChoices):
    """What was seen. The first three are the age ladder (CT-01); a trigger's rule bears the name of its kind."""

    UPGRADE = "upgrade", _("Upgrade")
    REPLACEMENT = "replacement", _("Replacement conversation")
    END_OF_LIFE = "end_of_life", _("End of life")
    SUCCESSOR = "successor", _("Successor available")
    WARRANTY = "warranty_ending", _("Warranty ends")
    UNCOVERED = "uncovered", _("Without contract")
    PREMIUM = "premium", _("Premium candidate")
    WIN_BACK = "win_back", _("Win-back")
    CAPACITY = "capacity", _("Above capacity")
    PARTS_SILENCE = "parts_silence", _("Silent in parts")
    ORDER_RHYTHM = "order_rhythm", _("Beyond its ordering rhythm")
    PARTS_DROP = "parts_drop", _("Parts revenue down")
    PARTS_DUE = "parts_due", _("Parts due soon")
    RECURRING = "recurring_ticket", _("Recurring problem")
    BREAKDOWN = "breakdown", _("Long standstill")
    COMPETITOR = "competitor", _("Competitor seen")
    ACCOUNT_EVENT = "account_event", _("Event at the customer")
    UPSELL_TALK = "upsell_talk", _("No talk about growth")


class SignalQuerySet(AccountScopedQuerySet):
    technicians_see = False

    def open(self) -> Self:
        """Not decided and not closed by itself."""
        return self.filter(decision="", closed_on__isnull=True)

    def waiting(self, on: Any) -> Self:
        """Open, and not snoozed on that day."""
        return self.open().filter(Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=on))


class Signal(models.Model):
    """A chance at an account, usually about one machine. Exactly one for each fired row of its rule."""

    class Decision(models.TextChoices):
        ACCEPTED = "accepted", _("Accepted")
        DISMISSED = "dismissed", _("Dismissed")

    firing = models.OneToOneField(Firing, on_delete=models.PROTECT, related_name="signal")
    kind = models.CharField(max_length=20, choices=SignalKind.choices)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="signals")
    asset = models.ForeignKey(Asset, on_delete=models.CASCADE, null=True, blank=True, related_name="signals")
    raised_on = models.DateField()
    due_on = models.DateField()
    value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    # Where the estimate comes from (expansion.words), and what the reason in words is made of: as the rule saw it.
    worth = models.CharField(max_length=20, blank=True, default="", db_default="")
    seen = models.JSONField(default=dict, db_default={})
    snoozed_until = models.DateField(null=True, blank=True)
    snoozed_reason = models.CharField(max_length=240, blank=True, default="")
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, default="")
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    reason = models.CharField(max_length=240, blank=True, default="")
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.SET_NULL, null=True, blank=True, related_name="signals"
    )
    closed_on = models.DateField(null=True, blank=True)
    closed_reason = models.CharField(max_length=240, blank=True, default="")

    objects = SignalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(decision="", decided_on__isnull=True) | (~Q(decision="") & Q(decided_on__isnull=False)),
                name="signal_decided_with_date",
            ),
            models.CheckConstraint(
                condition=~Q(decision="dismissed") | ~Q(reason=""), name="signal_dismissed_with_reason"
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True) | ~Q(snoozed_reason=""), name="signal_snoozed_with_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["kind", "id"], condition=Q(decision="", closed_on__isnull=True), name="signal_open"),
            models.Index(fields=["account", "id"], name="signal_account_id_order"),
            models.Index(fields=["asset"], name="signal_asset_order"),
        ]


class Look(models.Model):
    """The next day on which time alone changes what a rule says of a subject: the day finds its candidates by index.

    Written anew whenever the subject is looked at; without a row only new facts can change anything.
    """

    rule = models.CharField(max_length=40)
    subject_id = models.BigIntegerField()
    on = models.DateField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["rule", "subject_id"], name="look_once")]
        indexes: ClassVar = [models.Index(fields=["rule", "on"], name="look_rule_on")]
