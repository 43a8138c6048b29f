"""What a figure should reach, as somebody said it: rows that are added and never changed (PL-02, RO-03)."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail


class FigureAim(models.TextChoices):
    """The side on which a figure should lie, or the way it should move; NONE: it is not judged; DEFAULT: as the
    catalogue has it."""

    ABOVE = ">", _("over")
    AT_LEAST = ">=", _("at least")
    BELOW = "<", _("under")
    RISING = "rising", _("rising")
    FALLING = "falling", _("falling")
    NONE = "none", _("not judged")
    DEFAULT = "default", _("as the catalogue has it")


class FigureScope(models.TextChoices):
    """What a target is about beside everything: a member of a dimension of the figures."""

    OWNER = "owner", _("Owner")
    TEAM = "team", _("Team")
    PRODUCT_LINE = "product_line", _("Product line")
    SEGMENT = "segment", _("Segment")
    COUNTRY = "country", _("Country")


@trail()
class FigureTarget(models.Model):
    """What one metric of the catalogue should reach, from `valid_from` on.

    `dimension` and `member` say of what: both empty of everything. `starts_on` and `ends_on` hold it to a year or a
    quarter; both empty: until another one is said. A later row about the same takes the place of an earlier one from
    its own first day, so that a past day keeps the target it had. `unit` is that of the metric when it was said.
    """

    metric = models.CharField(max_length=80)
    unit = models.CharField(max_length=10)
    dimension = models.CharField(max_length=20, blank=True, default="", choices=FigureScope.choices)
    member = models.CharField(max_length=200, blank=True, default="")
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    aim = models.CharField(max_length=10, choices=FigureAim.choices)
    value = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    watch_from = models.DecimalField(max_digits=20, decimal_places=6, null=True, blank=True)
    valid_from = models.DateField()
    note = models.CharField(max_length=240, blank=True, default="")
    set_by = models.ForeignKey("core.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField(db_default=Now(), editable=False)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(dimension="", member="") | (~Q(dimension="") & ~Q(member="")), name="figure_target_scope"
            ),
            models.CheckConstraint(
                condition=Q(starts_on__isnull=True, ends_on__isnull=True) | Q(ends_on__gt=F("starts_on")),
                name="figure_target_period",
            ),
            models.CheckConstraint(
                condition=Q(aim__in=[">", ">=", "<"], value__isnull=False)
                | (~Q(aim__in=[">", ">=", "<"]) & Q(value__isnull=True, watch_from__isnull=True)),
                name="figure_target_value",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.dimension} {self.member} {self.aim} {self.valid_from}"
