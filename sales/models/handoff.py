"""Handoffs between the people who know a customer and those who sell (EX-27, EX-28, CV-01, CV-05)."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from core.reach import reach_of
from installed_base.models import Account, Asset, Contact, Promise
from installed_base.models.scoping import AccountScopedQuerySet
from sales.models.opportunity import Opportunity
from sales.rules.handoff import ITEMS, TO_CS, TO_OPERATIONS, TO_SALES


class Direction(models.TextChoices):
    TO_SALES = TO_SALES, _("CS to Sales")
    TO_CS = TO_CS, _("Sales to CS")
    TO_OPERATIONS = TO_OPERATIONS, _("Sales to operations")


class HandoffQuerySet(AccountScopedQuerySet):
    """Handoffs of the accounts one sees, and those given to one, wherever they are."""

    technicians_see = False

    def _visible(self, user: Any) -> Self:
        return super()._visible(user) | self.filter(to_id__in=reach_of(user).own)

    def _changeable(self, user: Any) -> Self:
        if not reach_of(user).works:
            ours = reach_of(user).delivers
            return self._visible(user).filter(direction=TO_OPERATIONS) if ours else self.none()
        return super()._changeable(user) | self.filter(to_id__in=reach_of(user).own)

    def waiting(self) -> Self:
        return self.filter(accepted_on__isnull=True, returned_on__isnull=True)

    def accepted(self) -> Self:
        return self.filter(accepted_on__isnull=False)


@trail()
class Handoff(models.Model):
    """A deal given from one side to the other, with what the receiver needs; then accepted, or returned with a reason.

    Each giving is a row: one that was returned stays as it was, and `number` counts on. `what` is the chance that was
    seen, or what was sold. `promised` are words where nothing was promised that stands as a row. A deal that brings a
    machine goes to CS and to operations, a row each.
    """

    opportunity = models.ForeignKey(Opportunity, on_delete=models.CASCADE, related_name="handoffs")
    account = models.ForeignKey(Account, on_delete=models.PROTECT, related_name="handoffs")
    direction = models.CharField(max_length=8, choices=Direction.choices)
    number = models.PositiveSmallIntegerField(default=1)
    given_on = models.DateField()
    given_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="handoffs_given")
    to = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="handoffs")
    what = models.TextField(blank=True, default="")
    history = models.TextField(blank=True, default="")
    preferences = models.TextField(blank=True, default="")
    sensitivities = models.TextField(blank=True, default="")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    introduced_on = models.DateField(null=True, blank=True)
    promised = models.TextField(blank=True, default="")
    operator = models.TextField(blank=True, default="")
    training = models.TextField(blank=True, default="")
    trainees = models.PositiveSmallIntegerField(null=True, blank=True)
    risks = models.TextField(blank=True, default="")
    installs_on = models.DateField(null=True, blank=True)
    accepted_on = models.DateField(null=True, blank=True)
    accepted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    returned_on = models.DateField(null=True, blank=True)
    returned_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    returned_reason = models.CharField(max_length=400, blank=True, default="")

    objects = HandoffQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["opportunity", "direction", "number"], name="handoff_number_once"),
            models.UniqueConstraint(
                fields=["opportunity", "direction"], condition=Q(returned_on__isnull=True), name="handoff_one_standing"
            ),
            models.CheckConstraint(
                condition=Q(accepted_on__isnull=True, accepted_by__isnull=True)
                | Q(accepted_on__gte=F("given_on"), accepted_by__isnull=False),
                name="handoff_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(returned_on__isnull=True, returned_by__isnull=True, returned_reason="")
                | (Q(returned_on__gte=F("given_on"), returned_by__isnull=False) & ~Q(returned_reason="")),
                name="handoff_returned_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(accepted_on__isnull=True) | Q(returned_on__isnull=True), name="handoff_one_answer"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["to", "given_on"],
                condition=Q(accepted_on__isnull=True, returned_on__isnull=True),
                name="handoff_waiting",
            ),
            models.Index(fields=["account", "-given_on"], name="handoff_account"),
        ]

    def __str__(self) -> str:
        return f"{self.opportunity} · {self.get_direction_display()}"

    @property
    def is_waiting(self) -> bool:
        return self.accepted_on is None and self.returned_on is None

    def said(self, promises: Sequence[Any] | None = None) -> frozenset[str]:
        """Which items it says something about; `promises` are its rows where they were read already."""
        rows = list(self.promises.all()) if promises is None else promises
        answers = {
            "contact": self.contact_id,
            "promises": rows or self.promised.strip(),
            "training": self.training.strip() or self.trainees is not None,
        }
        found = {item: answers.get(item, getattr(self, item, None)) for item in ITEMS[self.direction]}
        return frozenset(item for item, value in found.items() if value)


class HandoffPromiseQuerySet(AccountScopedQuerySet):
    technicians_see = False
    account_path = "handoff__account"


class HandoffPromise(models.Model):
    """One thing that was promised at the sale: what, to whom, by when. When the handoff is accepted it becomes a
    promise of the customer's base, and `promise` leads there."""

    handoff = models.ForeignKey(Handoff, on_delete=models.CASCADE, related_name="promises")
    kind = models.CharField(max_length=14, choices=Promise.Kind.choices)
    text = models.CharField(max_length=240)
    to = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    due_on = models.DateField(null=True, blank=True)
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    promise = models.ForeignKey(Promise, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = HandoffPromiseQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["pk"]
        constraints: ClassVar = [models.CheckConstraint(condition=~Q(text=""), name="handoff_promise_says_something")]

    def __str__(self) -> str:
        return self.text
