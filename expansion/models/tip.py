"""Tips: what somebody of ours saw or heard at a customer that may become business (ST-01..03)."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from core.reach import Level, reach_of
from installed_base.models import Account, Asset
from installed_base.models.scoping import AccountScopedQuerySet
from sales.models import Opportunity


class TipKind(models.TextChoices):
    """What a technician sees (ST-01), and what he hears (ST-07)."""

    OVERLOADED = "overloaded", _("The machine is overloaded")
    WORN_OUT = "worn_out", _("The machine wants replacing")
    OPERATOR = "operator", _("The operator struggles")
    COMPETITOR = "competitor", _("A competitor's machine stands here")
    BUILDING = "building", _("They are building or extending")
    HEARD = "heard", _("Something they said")
    OTHER = "other", _("Something else")


class TipQuerySet(AccountScopedQuerySet):
    """Tips of the accounts one sees; a technician sees those he gave himself."""

    def _visible(self, user: Any) -> Self:
        if reach_of(user).level is Level.ASSIGNED:
            return self.filter(given_by=user)
        return super()._visible(user)

    def waiting(self) -> Self:
        """Nobody has answered the technician yet."""
        return self.filter(answered_at__isnull=True)


@trail()
class Tip(models.Model):
    """One tip, and what became of it.

    `answered_at` is when its follow-up was told to the technician: with an opportunity, or with a reason why not. An
    answered tip has words for the technician (ST-03).
    """

    class Outcome(models.TextChoices):
        OPPORTUNITY = "opportunity", _("It became an opportunity")
        KNOWN = "known", _("We were already working on it")
        NOTHING = "nothing", _("No chance")

    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="tips")
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="tips")
    kind = models.CharField(max_length=12, choices=TipKind.choices)
    note = models.TextField()
    given_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="tips")
    given_at = models.DateTimeField()
    known_on = models.DateField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True, default="")
    answer = models.TextField(blank=True, default="")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.SET_NULL, null=True, blank=True, related_name="tips")

    objects = TipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True, outcome="", answer="")
                | (Q(answered_at__isnull=False) & ~Q(outcome="") & ~Q(answer="")),
                name="tip_answered_whole",
            ),
            models.CheckConstraint(
                condition=Q(answered_at__isnull=True) | Q(answered_at__gte=models.F("given_at")),
                name="tip_answered_after_given",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-given_at"], name="tip_account_given"),
            models.Index(fields=["given_by", "-given_at"], name="tip_giver_given"),
            models.Index(fields=["given_at"], condition=Q(answered_at__isnull=True), name="tip_waiting"),
        ]

    def __str__(self) -> str:
        return str(self.get_kind_display())


class TipPhoto(models.Model):
    """The photo of a tip, as a JPEG without place or maker. In the database: it belongs to every backup."""

    tip = models.OneToOneField(Tip, on_delete=models.CASCADE, related_name="photo")
    jpeg = models.BinaryField()

    def __str__(self) -> str:
        return f"photo of {self.tip_id}"
