"""Targets of figures through the API: read, and said from a day on. What was said is never changed."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as RefusedByAction
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.api.filters import DayFilter, Filters, TextFilter, WordFilter
from core.api.rows import FreeText, Row, day_or_null, text, whole
from core.api.writing import Body, Doing, WriteViewSet, creating
from core.models import FigureAim, FigureScope, FigureTarget
from core.targeting import Wanted, set_target, targets_seen_by

AIMS = list(FigureAim.values)


def _figure(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=20, decimal_places=6, allow_null=True, **kwargs)


class FigureTargetRow(Row):
    id = whole()
    metric = text(help_text="The key of the figure in the catalogue.")
    dimension = serializers.ChoiceField(FigureScope.choices, allow_blank=True, help_text="Empty: of everything.")
    member = text(help_text="An id, or the word of a segment or country; empty with the dimension.")
    starts_on = day_or_null("The first day of its period; null: until another one is said.")
    ends_on = day_or_null("The last day of its period.")
    aim = serializers.ChoiceField(FigureAim.choices, help_text="`none`: not judged; `default`: as the catalogue.")
    value = _figure(help_text="A share is 0.45. Null where the aim is no side.")
    watch_from = _figure(help_text="What lies between it and the target is just short.")
    valid_from = serializers.DateField(help_text="Since when it counts.")
    note = FreeText()
    set_by_id = whole(allow_null=True)


class FigureTargetFilters(Filters):
    metric = TextFilter(help_text="Key of the figure.")
    dimension = WordFilter(choices=FigureScope.choices)
    counts_by = DayFilter(field_name="valid_from", lookup_expr="lte", help_text="Said to count by this day.")

    class Meta:
        model = FigureTarget
        fields: ClassVar[list[str]] = []


class NewFigureTarget(Body):
    metric = serializers.CharField(max_length=80, help_text="The key of the figure.")
    aim = serializers.ChoiceField(AIMS)
    value = _figure(required=False, help_text="With a side alone. A share is 0.45.")
    watch_from = _figure(required=False, help_text="Left out: a tenth of the target is watched.")
    dimension = serializers.CharField(
        max_length=20, required=False, allow_blank=True,
        help_text="owner, team, segment, country or product_line; left out: of everything.",
    )  # fmt: skip
    member = serializers.CharField(max_length=200, required=False, allow_blank=True, help_text="Which one.")
    period = serializers.CharField(
        max_length=10, required=False, allow_blank=True, help_text="2026 or 2026-Q4; left out: until another is said."
    )
    valid_from = serializers.DateField(required=False, help_text="Today or later; today by default.")
    note = serializers.CharField(max_length=240, required=False, allow_blank=True)


@extend_schema(tags=["figure-targets"])
class FigureTargets(WriteViewSet):
    """What figures should reach, as it was said; the catalogue's own targets stand in `metrics/`."""

    model = FigureTarget
    noun = "figure-target"
    row = FigureTargetRow
    detail_row = FigureTargetRow
    filters = FigureTargetFilters
    http_method_names = ["get", "head", "post"]

    def visible(self, rows: Any, actor: Any) -> Any:
        """Amounts for who sees prices alone."""
        return rows.filter(pk__in=targets_seen_by(actor).values("pk"))

    @creating(NewFigureTarget)
    def create(self, doing: Doing) -> FigureTarget:
        """Say a target, or (`default`) take it back. For team leads, executives and administrators."""
        said = dict(doing.said)
        day = said.pop("valid_from", doing.on)
        try:
            return set_target(wanted=Wanted(**said), valid_from=day, by=doing.by, on=doing.on)
        except RefusedByAction as refused:
            if not hasattr(refused, "error_dict"):
                raise
            raise ValidationError(refused.message_dict) from refused
