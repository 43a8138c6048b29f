"""What is to be booked in a quarter, by a person or a team, in new business or in expansion (PL-02, EX-29)."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models import Role
from core.models.facts import Fact, Period, period_constraints, unique_external_id
from core.models.trail import trail
from core.reach import Level, reach_of
from core.scope import ScopedQuerySet
from sales.rules.targets import quarter_name

# Who says what is to be booked; a team lead of their own teams and the people in them alone.
SETTERS = (Role.TEAM_LEAD, Role.EXECUTIVE, Role.ADMINISTRATOR)


class Pipeline(models.TextChoices):
    NEW_BUSINESS = "new_business", _("New business")
    EXPANSION = "expansion", _("Expansion")


class BookingTargetQuerySet(ScopedQuerySet):
    """Amounts are seen by who sees prices: all of them by who sees everything, those of one's teams by the others."""

    def _visible(self, user: Any) -> Self:
        reach = reach_of(user)
        if not reach.sees_prices:
            return self.none()
        if reach.level is Level.ALL:
            return self.all()
        return self.filter(Q(owner__in=reach.owners) | Q(shared_with__in=reach.owners))

    def _changeable(self, user: Any) -> Self:
        if user.role not in SETTERS:
            return self.none()
        return self.all() if reach_of(user).level is Level.ALL else self.filter(owner__in=reach_of(user).owners)


@trail()
class BookingTarget(Fact):
    """What an owner is to book in the quarter that begins on `starts_on`, in the reporting currency.

    It counts from `agreed_on`. `amount` is empty once it was taken back. `shared_with` carries it too: service and
    sales, say (EX-29).
    """

    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="booking_targets")
    pipeline = models.CharField(max_length=20, choices=Pipeline.choices)
    starts_on = models.DateField()
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    shared_with = models.ForeignKey("core.Owner", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    agreed_on = models.DateField()
    note = models.CharField(max_length=240, blank=True, default="")

    objects = BookingTargetQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("booking_target"),
            models.UniqueConstraint(fields=["owner", "pipeline", "starts_on"], name="booking_target_once"),
            models.CheckConstraint(condition=Q(amount__isnull=True) | Q(amount__gt=0), name="booking_target_amount"),
            models.CheckConstraint(
                condition=Q(starts_on__day=1, starts_on__month__in=[1, 4, 7, 10]), name="booking_target_of_a_quarter"
            ),
            models.CheckConstraint(
                condition=Q(shared_with__isnull=True) | ~Q(shared_with=F("owner")), name="booking_target_shared"
            ),
        ]

    def __str__(self) -> str:
        return f"{quarter_name(self.starts_on)} {self.get_pipeline_display()} {self.owner}"


class BookingTargetPeriod(Period):
    """The amount of a target and who shares it, and the days on which they stood."""

    subject_field: ClassVar = "target"
    target = models.ForeignKey(BookingTarget, on_delete=models.CASCADE, related_name="periods")
    amount = models.DecimalField(max_digits=16, decimal_places=2, null=True, blank=True)
    shared_with = models.ForeignKey("core.Owner", on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = period_constraints("booking_target_period", "target")
