"""Who was asked what, and who wants to be asked no more."""

from typing import ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from core.scope import ScopedQuerySet
from health.models.survey import Question, SurveyAnswer
from installed_base.models import Account, Asset, Contact, Ticket
from installed_base.models.scoping import AccountScopedQuerySet


class InvitationQuerySet(AccountScopedQuerySet):
    technicians_see = False

    def answered(self) -> Self:
        return self.filter(answered_on__isnull=False)

    def standing(self, stand: str, on: object) -> Self:
        """Those that are open, answered or expired on that day."""
        if stand == "answered":
            return self.answered()
        waiting = self.filter(answered_on__isnull=True)
        return waiting.filter(valid_until__gte=on) if stand == "open" else waiting.filter(valid_until__lt=on)


class Invitation(models.Model):
    """One survey put to one person about one occasion. What is asked is kept as it was when it went out.

    `occasion_key` says which machine that went live, which solved ticket, or the day on which somebody sent it. The
    person is known by the digest of their address, so that who was erased is still left in peace. It is answered once,
    on `answered_on`; `answer` is the row it became, as long as that is kept.
    """

    kind = models.CharField(max_length=20)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="invitations")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="invitations")
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    firing = models.OneToOneField(
        "playbooks.Firing", on_delete=models.PROTECT, null=True, blank=True, related_name="invitation"
    )
    occasion_key = models.CharField(max_length=80)
    address_digest = models.CharField(max_length=64)
    language = models.CharField(max_length=5, default="en")
    question = models.CharField(max_length=14, choices=Question.choices)
    scale_from = models.PositiveSmallIntegerField()
    scale_to = models.PositiveSmallIntegerField()
    sent_on = models.DateField()
    sent_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    valid_until = models.DateField()
    answered_on = models.DateField(null=True, blank=True)
    answer = models.OneToOneField(
        SurveyAnswer, on_delete=models.SET_NULL, null=True, blank=True, related_name="invitation"
    )
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "contact", "occasion_key"], name="invitation_once"),
            models.CheckConstraint(condition=Q(scale_to__gt=F("scale_from")), name="invitation_scale"),
            models.CheckConstraint(
                condition=Q(answer__isnull=True) | Q(answered_on__isnull=False), name="invitation_answered_with_day"
            ),
            models.CheckConstraint(condition=Q(valid_until__gte=F("sent_on")), name="invitation_valid_after_sent"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["account", "-sent_on"], name="invitation_account"),
            models.Index(fields=["address_digest", "-sent_on"], name="invitation_person"),
            models.Index(fields=["-sent_on", "-id"], name="invitation_sent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.sent_on:%Y-%m-%d}"


class SurveyStopQuerySet(ScopedQuerySet):
    """No list of people who said no is shown to anybody: the day, the mail and the page of an address ask."""

    def _visible(self, user: object) -> Self:
        return self.none()


class SurveyStop(models.Model):
    """A person wants no more surveys. Known by the digest of their address alone: it outlives the contact."""

    address_digest = models.CharField(max_length=64, unique=True)
    on = models.DateField()
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = SurveyStopQuerySet.as_manager()
