"""Referrals (RF-01..05): advocates who were asked, whom they sent us, and what became of it."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from installed_base.models import Account, Contact
from installed_base.models.scoping import AccountScopedQuerySet
from sales.models import Opportunity


class ReferralKind(models.TextChoices):
    """What somebody is asked for (RF-02). Only an introduction is a referral in the figures."""

    INTRODUCTION = "introduction", _("Do you know others?")
    REFERENCE_CALL = "reference_call", _("Reference call")
    CASE_STUDY = "case_study", _("Case study")


class ReferralQuerySet(AccountScopedQuerySet):
    technicians_see = False

    def asked(self) -> Self:
        """Asked, and neither given nor declined."""
        return self.filter(given_on__isnull=True, declined_on__isnull=True)

    def given(self) -> Self:
        """Given, and not won."""
        return self.filter(given_on__isnull=False).exclude(opportunity__stage="won")

    def won(self) -> Self:
        return self.filter(given_on__isnull=False, opportunity__stage="won")


@trail()
class Referral(models.Model):
    """One request to an advocate, or a referral that came by itself; `account` and `contact` are the advocate.

    `intro` is what we wrote for them, `approved_on` the day on which they said OK (RF-03). `told_on` is the day on
    which they heard that their referral became a deal (RF-04).
    """

    class Recognition(models.TextChoices):
        GIFT = "gift", _("A gift")
        DISCOUNT = "discount", _("A discount")
        PARTNER = "partner", _("Partner benefits")
        PUBLIC = "public", _("Named in public: LinkedIn, newsletter, award")
        BOARD = "board", _("Advisory board")
        EVENT = "event", _("VIP event")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="referrals")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="referrals")
    kind = models.CharField(max_length=14, choices=ReferralKind.choices)
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="referrals")
    known_on = models.DateField()
    asked_on = models.DateField(null=True, blank=True)
    asked_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    talking_points = models.TextField(blank=True, default="")
    intro = models.TextField(blank=True, default="")
    approved_on = models.DateField(null=True, blank=True)
    declined_on = models.DateField(null=True, blank=True)
    declined_reason = models.CharField(max_length=240, blank=True, default="")
    given_on = models.DateField(null=True, blank=True)
    company = models.CharField(max_length=200, blank=True, default="")
    person = models.CharField(max_length=200, blank=True, default="")
    prospect = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="referred_by")
    opportunity = models.ForeignKey(
        Opportunity, on_delete=models.SET_NULL, null=True, blank=True, related_name="referrals"
    )
    thanked_on = models.DateField(null=True, blank=True)
    thanked_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    told_on = models.DateField(null=True, blank=True)
    told_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recognition = models.CharField(max_length=8, choices=Recognition.choices, blank=True, default="")
    recognised_on = models.DateField(null=True, blank=True)
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = ReferralQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(asked_on__isnull=False) | Q(given_on__isnull=False), name="referral_asked_or_given"
            ),
            models.CheckConstraint(
                condition=Q(given_on__isnull=True) | Q(asked_on__isnull=True) | Q(given_on__gte=F("asked_on")),
                name="referral_given_after_asked",
            ),
            models.CheckConstraint(
                condition=Q(declined_on__isnull=True, declined_reason="")
                | (Q(declined_on__isnull=False, given_on__isnull=True) & ~Q(declined_reason="")),
                name="referral_declined_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(kind="introduction", given_on__isnull=True)
                | Q(kind="introduction") & ~Q(company="")
                | ~Q(kind="introduction") & Q(company="", opportunity__isnull=True),
                name="referral_introduces_somebody",
            ),
            models.CheckConstraint(
                condition=Q(given_on__isnull=False) | Q(thanked_on__isnull=True, opportunity__isnull=True),
                name="referral_followed_once_given",
            ),
            models.CheckConstraint(
                condition=Q(recognition="", recognised_on__isnull=True)
                | (~Q(recognition="") & Q(recognised_on__isnull=False)),
                name="referral_recognised_with_day",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-asked_on"], name="referral_account_asked"),
            models.Index(fields=["given_on"], condition=Q(given_on__isnull=False), name="referral_given"),
        ]

    @property
    def state(self) -> str:
        """asked, declined, given, opportunity, won or lost."""
        if self.declined_on:
            return "declined"
        if not self.given_on:
            return "asked"
        stage: Any = self.opportunity.stage if self.opportunity else ""
        return stage if stage in ("won", "lost") else "opportunity" if stage else "given"

    def __str__(self) -> str:
        return self.company or str(self.get_kind_display())
