"""What is spent on marketing and sales, month by month."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from core.api.filters import DayFilter, Filters, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.rows import Row, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, WriteViewSet, changing, creating
from core.models import User
from sales.actions.spend import change_spend, record_spend
from sales.models import LeadSource, Spend, SpendKind, writes_spend


class SpendRow(Row):
    id = whole()
    source = text(help_text="The system it came from; empty where it was entered here.")
    external_id = text()
    month = serializers.DateField(help_text="The first day of the calendar month.")
    kind = serializers.ChoiceField(SpendKind.choices)
    lead_source_id = whole(allow_null=True, help_text="Null: in general, for no source.")
    lead_source_name = text(source="lead_source.name", allow_null=True)
    amount = serializers.DecimalField(14, 2)
    currency = text(help_text="Of `amount`.")
    amount_reporting = serializers.DecimalField(
        14, 2, allow_null=True, help_text="In the reporting currency, at the rate of its first day. Null: no rate."
    )  # fmt: skip
    note = text()
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class SpendFilters(Filters):
    kind = WordFilter(choices=SpendKind.choices)
    lead_source = IdFilter(help_text="Id of the source.")
    since = DayFilter(field_name="month", lookup_expr="gte", help_text="Months that begin on or after this day.")
    until = DayFilter(field_name="month", lookup_expr="lte", help_text="Months that begin on or before this day.")

    class Meta:
        model = Spend
        fields: ClassVar[list[str]] = []


def _sources(_user: User) -> Any:
    return LeadSource.objects.all()


def _amount(**kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(14, 2, min_value=0, help_text="0: nothing was spent.", **kwargs)


class NewSpend(Body):
    month = serializers.DateField(help_text="Any day of the month; not after today.")
    kind = serializers.ChoiceField(SpendKind.choices)
    lead_source_id = Chosen(_sources, source="lead_source", required=False, help_text="Left out: in general.")
    amount = _amount()
    currency = serializers.RegexField("^[A-Z]{3}$", required=False, help_text="Left out: the reporting currency.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=240)


class SpendChanges(Changes):
    amount = _amount(required=False)
    note = serializers.CharField(required=False, allow_blank=True, max_length=240)


@extend_schema(tags=["spend"])
class SpendEntries(WriteViewSet):
    """What was spent on marketing and sales in a month. Marketing, team leads, executives and administrators see it;
    executives write none of it."""

    model = Spend
    noun = "spend"
    row = SpendRow
    detail_row = SpendRow
    filters = SpendFilters
    orderings = (BY_ID, by_day("month"))

    @creating(NewSpend)
    def create(self, doing: Doing) -> Spend:
        """Enter what a month cost. A month, kind and source has one entry that was made here."""
        if not writes_spend(doing.by):
            raise PermissionDenied(_("Marketing, team leads and administrators enter what is spent."))
        return record_spend(by=doing.by, on=doing.on, **doing.said)

    @changing(SpendChanges)
    def partial_update(self, doing: Doing) -> None:
        """Another amount, or another note."""
        change_spend(spend=doing.row, by=doing.by, on=doing.on, **doing.said)
