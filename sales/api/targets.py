"""Booking targets: what is to be booked in a quarter, read, said, changed and taken back."""

from datetime import date
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as RefusedByAction
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.api.filters import DayFilter, Filters, IdFilter, WordFilter
from core.api.rows import Amount, FreeText, Row, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, WriteViewSet, changing, creating
from core.models import Owner
from core.problems import Refused
from sales.actions.targets import Wish, set_target
from sales.models import BookingTarget, Pipeline
from sales.rules.targets import quarter_name, read_quarter

PIPELINES = list(Pipeline.values)


class BookingTargetRow(Row):
    id = whole()
    source = text(help_text="The system it came from; empty when it was entered here.")
    external_id = text(help_text="Its key in that system.")
    owner_id = whole(help_text="Who is to book it: a person or a team.")
    owner_name = text(source="owner.name")
    pipeline = serializers.ChoiceField(Pipeline.choices)
    starts_on = serializers.DateField(help_text="The first day of the calendar quarter.")
    amount = Amount(help_text="In the reporting currency; null once it was taken back.")
    shared_with_id = whole(allow_null=True, help_text="Who carries it too; it counts once.")
    agreed_on = serializers.DateField(help_text="Since when it counts.")
    note = FreeText()


class BookingTargetFilters(Filters):
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    pipeline = WordFilter(choices=Pipeline.choices)
    from_day = DayFilter(field_name="starts_on", lookup_expr="gte", help_text="Of quarters from this day on.")
    until_day = DayFilter(field_name="starts_on", lookup_expr="lte", help_text="Of quarters that begin by this day.")

    class Meta:
        model = BookingTarget
        fields: ClassVar[list[str]] = []


def _amount(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=16, decimal_places=2, min_value=0, **kwargs)


def _owner(**kwargs: Any) -> Chosen:
    return Chosen(lambda by: Owner.objects.all(), **kwargs)


class NewBookingTarget(Body):
    owner_id = _owner(source="owner", help_text="Id of the owner (a person or a team).")
    pipeline = serializers.ChoiceField(PIPELINES)
    quarter = serializers.CharField(max_length=10, help_text="Such as 2026-Q4.")
    amount = _amount(help_text="In the reporting currency.")
    shared_with_id = _owner(source="shared_with", required=False, allow_null=True, help_text="Who carries it too.")
    note = serializers.CharField(max_length=240, required=False, allow_blank=True)

    def validate_quarter(self, value: str) -> date:
        found = read_quarter(value)
        if found is None:
            raise ValidationError(_("Write a quarter such as 2026-Q4."))
        return found


class BookingTargetChanges(Changes):
    amount = _amount(required=False, allow_null=True, help_text="Null takes it back.")
    shared_with_id = _owner(source="shared_with", required=False, allow_null=True, help_text="Null: nobody.")
    note = serializers.CharField(max_length=240, required=False, allow_blank=True)


@extend_schema(tags=["targets"])
class BookingTargets(WriteViewSet):
    """What is to be booked in a quarter, by a person or a team, in new business or in expansion."""

    model = BookingTarget
    noun = "target"
    row = BookingTargetRow
    detail_row = BookingTargetRow
    filters = BookingTargetFilters

    @creating(NewBookingTarget)
    def create(self, doing: Doing) -> BookingTarget:
        """Say a target. One that stands is changed under its own address."""
        said = doing.said
        about = {"owner": said["owner"], "pipeline": said["pipeline"], "starts_on": said["quarter"]}
        row = BookingTarget.objects.changeable_by(doing.by).filter(**about, amount__isnull=False).first()
        if row is not None:
            words = {"name": row.owner.name, "quarter": quarter_name(row.starts_on), "id": row.pk}
            raise Refused(_("%(name)s has a target for %(quarter)s: change targets/%(id)s/.") % words)
        wish = Wish(
            said["owner"], said["pipeline"], said["quarter"], said["amount"], said.get("shared_with"),
            said.get("note", ""),
        )  # fmt: skip
        return _said(wish, doing)

    @changing(BookingTargetChanges)
    def partial_update(self, doing: Doing) -> None:
        """Change the amount, or who shares it; null takes the target back. It counts from today."""
        row, said = doing.row, doing.said
        stands = {"amount": row.amount, "shared_with": row.shared_with, "note": row.note} | said
        _said(Wish(row.owner, row.pipeline, row.starts_on, **stands), doing)


def _said(wish: Wish, doing: Doing) -> BookingTarget:
    """Write it down; what is wrong with it is said at its field."""
    try:
        return set_target(wish=wish, by=doing.by, on=doing.on)
    except RefusedByAction as refused:
        if not hasattr(refused, "error_dict"):
            raise
        fields = {"owner": "owner_id", "shared_with": "shared_with_id"}
        raise ValidationError({fields.get(k, k): words for k, words in refused.message_dict.items()}) from refused
