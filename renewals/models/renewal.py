"""Renewal cycles: one per contract term, ever; for an open-ended term one per yearly review."""

from datetime import date
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from core.reach import reach_of
from installed_base.models import Account, Term, TermSuccession
from installed_base.models.contracts import EndReason
from installed_base.models.scoping import AccountScopedQuerySet
from playbooks.models import Play


class Stage(models.TextChoices):
    """Where the conversation of a renewal stands."""

    TO_START = "to_start", _("To start")
    FIX_FIRST = "fix_first", _("Fix first")
    IN_CONVERSATION = "in_conversation", _("In conversation")
    QUOTE_SENT = "quote_sent", _("Quote sent")
    NEGOTIATING = "negotiating", _("Negotiating")
    VERBAL_YES = "verbal_yes", _("Verbal yes")


class Outcome(models.TextChoices):
    RENEWED = "renewed", _("Renewed")
    LOST = "lost", _("Lost")
    # We do not want it back, or it has no future: agreed beforehand, so no surprise (G-10).
    LET_GO = "let_go", _("Not renewed on purpose")
    # Nothing was lost or won: terminated, replaced, or the machine is gone.
    CLOSED = "closed", _("Closed")


class RenewalQuerySet(AccountScopedQuerySet):
    technicians_see = False

    def _changeable(self, user: Any) -> Self:
        """Beside those of the accounts one may change: what one sees and has to work, oneself or in a pool."""
        reach = reach_of(user)
        if not (reach.works and reach.writes_own_only):
            return super()._changeable(user)
        mine = self._visible(user).filter(owner_id__in=reach.own)
        return super()._changeable(user) | mine

    def open(self) -> Self:
        return self.filter(decided_on__isnull=True)

    def to_work(self, on: date) -> Self:
        """Open, and its term neither ended early nor renewed by then: true before the next bell closes it."""
        followed = TermSuccession.objects.filter(term=OuterRef("term"))
        return self.open().exclude(term__terminated_on__lte=on).exclude(Exists(followed))


@trail()
class Renewal(models.Model):
    """The work of renewing one term.

    `review` is 0, or the number of the anniversary of an open-ended term. `decides_on` is T: the last day on which a
    side can still decide; like `ends_on` and `annual_value_reporting` it follows the term while the renewal is open.
    The owner stands on the play as well; both change together.
    """

    # The constraint on term and review indexes it.
    term = models.ForeignKey(Term, on_delete=models.CASCADE, related_name="renewals", db_index=False)
    review = models.PositiveIntegerField(default=0)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="renewals")
    play = models.OneToOneField(Play, on_delete=models.CASCADE, related_name="renewal")
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="renewals", db_index=False)
    # A person gave it to its owner: it no longer follows the contract, the account or the policy.
    owner_chosen = models.BooleanField(default=False, db_default=False)
    decides_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    annual_value_reporting = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    opened_on = models.DateField()
    # Days after T-90 on which the cycle was opened; 0 is on time (CT-19).
    late_days = models.PositiveIntegerField(default=0)
    stage = models.CharField(max_length=20, choices=Stage.choices, default=Stage.TO_START)
    next_step = models.CharField(max_length=240, blank=True, default="")
    next_step_on = models.DateField(null=True, blank=True)
    snoozed_until = models.DateField(null=True, blank=True)
    snoozed_reason = models.CharField(max_length=240, blank=True, default="")
    decided_on = models.DateField(null=True, blank=True)
    decided_by = models.ForeignKey(
        "core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+", db_index=False
    )
    outcome = models.CharField(max_length=10, choices=Outcome.choices, blank=True, default="")
    reason = models.CharField(max_length=20, choices=EndReason.choices, blank=True, default="")
    outcome_note = models.TextField(blank=True, default="")
    # Since when it is agreed that it will not be renewed; of one let go on purpose only.
    agreed_on = models.DateField(null=True, blank=True)
    # Counts the changes by people: two who edit at once do not overwrite each other.
    version = models.PositiveIntegerField(default=1)

    objects = RenewalQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["term", "review"], name="renewal_one_per_term"),
            models.CheckConstraint(
                condition=Q(decided_on__isnull=True, outcome="") | (Q(decided_on__isnull=False) & ~Q(outcome="")),
                name="renewal_decided_with_outcome",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="let_go") | (Q(agreed_on__isnull=False) & ~Q(reason="") & ~Q(outcome_note="")),
                name="renewal_let_go_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(snoozed_until__isnull=True) | ~Q(snoozed_reason=""), name="renewal_snoozed_with_reason"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["decides_on", "id"], condition=Q(decided_on__isnull=True), name="renewal_open"),
            models.Index(
                fields=["owner", "decides_on"], condition=Q(decided_on__isnull=True), name="renewal_open_owner"
            ),
            models.Index(fields=["decided_on"], condition=Q(decided_on__isnull=False), name="renewal_decided"),
        ]
