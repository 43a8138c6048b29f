"""What the CS manager thinks of a customer, in points, with a reason and a last day."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q

from core.models.facts import Fact
from core.models.trail import trail
from installed_base.models import Account
from installed_base.models.scoping import AccountScopedQuerySet


class JudgementQuerySet(AccountScopedQuerySet):
    technicians_see = False


@trail()
class Judgement(Fact):
    """A judgement by hand, 0 to 100. The last one given counts from `on` up to and with `counts_until`; after that the
    score takes it for unknown until somebody judges anew. One that is taken back counts no more from `withdrawn_on`.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="judgements")
    value = models.PositiveSmallIntegerField()
    reason = models.CharField(max_length=400)
    on = models.DateField()
    counts_until = models.DateField()
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, related_name="+")
    withdrawn_on = models.DateField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    objects = JudgementQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(value__lte=100), name="judgement_of_0_to_100"),
            models.CheckConstraint(condition=~Q(reason=""), name="judgement_with_reason"),
            models.CheckConstraint(condition=Q(counts_until__gte=F("on")), name="judgement_ends_after_it_begins"),
            models.CheckConstraint(
                condition=Q(withdrawn_on__isnull=True) | Q(withdrawn_on__gte=F("on")),
                name="judgement_withdrawn_after_it_was_given",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-on"], name="judgement_account")]
