"""Account plans (AP-01..06): one document per account and year, with what people wrote into it."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail
from installed_base.models import Account, Contact
from installed_base.models.scoping import AccountScopedQuerySet
from playbooks.models import Task


class AccountPlanQuerySet(AccountScopedQuerySet):
    technicians_see = False


class OfPlanQuerySet(AccountScopedQuerySet):
    technicians_see = False
    account_path = "plan__account"


@trail()
class AccountPlan(models.Model):
    """What we want with a customer in a year. What the data say is read anew each time; this is what people add.

    `decision_on` is the moment on which the customer decides (AP-03), a budget round or a board meeting.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="plans")
    year = models.PositiveSmallIntegerField()
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="account_plans")
    aim = models.TextField(blank=True, default="")
    situation = models.TextField(blank=True, default="")
    decision_on = models.DateField(null=True, blank=True)
    decision = models.TextField(blank=True, default="")
    opened_on = models.DateField()
    opened_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    objects = AccountPlanQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "year"], name="account_plan_one_a_year"),
            models.CheckConstraint(condition=Q(year__gte=2000, year__lte=2100), name="account_plan_year"),
        ]
        indexes: ClassVar = [models.Index(fields=["year", "account"], name="account_plan_year_account")]

    def __str__(self) -> str:
        return f"{self.account} {self.year}"


@trail()
class PlanPerson(models.Model):
    """What part somebody plays in the decision (AP-02, AP-03); `out_on` is when they were left out again."""

    class Part(models.TextChoices):
        DECIDES = "decides", _("Decides")
        INFLUENCES = "influences", _("Influences")
        CHAMPION = "champion", _("Speaks for us")
        OPPOSES = "opposes", _("Is against it")
        USES = "uses", _("Works with it")

    plan = models.ForeignKey(AccountPlan, on_delete=models.CASCADE, related_name="people")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    part = models.CharField(max_length=10, choices=Part.choices)
    note = models.CharField(max_length=240, blank=True, default="")
    out_on = models.DateField(null=True, blank=True)

    objects = OfPlanQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["plan", "contact"], name="plan_person_once")]


class PointKind(models.TextChoices):
    """What an opportunity or a risk of a plan is about (AP-03, AP-04)."""

    UPSELL = "upsell", _("Upsell")
    CROSS_SELL = "cross_sell", _("Cross-sell")
    CAPACITY = "capacity", _("Unused capacity")
    REPLACEMENT = "replacement", _("Replacement")
    CHURN = "churn", _("Contract that may be lost")
    COMPETITOR = "competitor", _("Competitor")
    PERSON = "person", _("Person who may leave")
    ORGANISATION = "organisation", _("Change in their organisation")
    OTHER = "other", _("Something else")


OPPORTUNITY_KINDS = (
    PointKind.UPSELL, PointKind.CROSS_SELL, PointKind.CAPACITY, PointKind.REPLACEMENT, PointKind.OTHER,
)  # fmt: skip
RISK_KINDS = (
    PointKind.CHURN, PointKind.COMPETITOR, PointKind.PERSON, PointKind.ORGANISATION, PointKind.OTHER,
)  # fmt: skip


@trail()
class PlanPoint(models.Model):
    """An opportunity or a risk that somebody put into the plan, and what became of it.

    `source_kind` and `source_id` name what it was taken from: a signal, a deal, a term, a contact, an event.
    """

    class Side(models.TextChoices):
        OPPORTUNITY = "opportunity", _("Opportunity")
        RISK = "risk", _("Risk")

    class Outcome(models.TextChoices):
        CONVERTED = "converted", _("Became business")
        DEAD = "dead", _("Came to nothing")
        AVERTED = "averted", _("Averted")
        HAPPENED = "happened", _("It happened")

    plan = models.ForeignKey(AccountPlan, on_delete=models.CASCADE, related_name="points")
    side = models.CharField(max_length=11, choices=Side.choices)
    kind = models.CharField(max_length=12, choices=PointKind.choices)
    text = models.CharField(max_length=400)
    source_kind = models.CharField(max_length=40, blank=True, default="")
    source_id = models.BigIntegerField(null=True, blank=True)
    noted_on = models.DateField()
    noted_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    ended_on = models.DateField(null=True, blank=True)
    ended_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    outcome = models.CharField(max_length=9, choices=Outcome.choices, blank=True, default="")

    objects = OfPlanQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["plan", "source_kind", "source_id"], condition=~Q(source_kind=""), name="plan_point_source_once"
            ),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, outcome="") | (Q(ended_on__isnull=False) & ~Q(outcome="")),
                name="plan_point_ended_with_outcome",
            ),
            models.CheckConstraint(
                condition=Q(side="opportunity", outcome__in=["", "converted", "dead"])
                | Q(side="risk", outcome__in=["", "averted", "happened"]),
                name="plan_point_outcome_of_its_side",
            ),
            models.CheckConstraint(condition=~Q(text=""), name="plan_point_has_words"),
        ]


class PlanAction(models.Model):
    """What somebody of ours does for a plan by a day: always a task, whose day says in which quarter it is (AP-05).

    `review` is the internal review in which it was agreed.
    """

    plan = models.ForeignKey(AccountPlan, on_delete=models.CASCADE, related_name="actions")
    task = models.OneToOneField(Task, on_delete=models.CASCADE, related_name="plan_action")
    review = models.ForeignKey(
        "PlanReview", on_delete=models.SET_NULL, null=True, blank=True, related_name="agreed_actions"
    )
    created_on = models.DateField()
    created_by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = OfPlanQuerySet.as_manager()

    @property
    def open(self) -> bool:
        return self.task.done_on is None and self.task.closed_on is None

    def __str__(self) -> str:
        return str(self.task)
