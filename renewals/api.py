"""Renewal cycles, to be read."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking, ReadViewSet
from core.api.rows import Amount, Row, Rows, day_or_null, text, whole
from renewals.models import Outcome, Renewal, Stage
from renewals.rules import Bucket, bounds, bucket


class RenewalRow(Row):
    derived = ("bucket", "days_left")
    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    term_id = whole()
    contract_id = whole(source="term.contract_id")
    contract_number = text(source="term.contract.number")
    owner_id = whole()
    owner_name = text(source="owner.name")
    opened_on = serializers.DateField()
    decides_on = serializers.DateField(help_text="The last day on which a side can still decide.")
    ends_on = day_or_null("The last day of the term.")
    days_left = whole(allow_null=True, help_text="From the date to decides_on; null once it is decided.")
    bucket = serializers.ChoiceField(
        [b.value for b in Bucket], allow_null=True, help_text="Where it stands in the queue; null once it is decided."
    )
    stage = serializers.ChoiceField(Stage.choices)
    next_step = text()
    next_step_on = day_or_null()
    snoozed_until = day_or_null()
    decided_on = day_or_null()
    outcome = serializers.ChoiceField(Outcome.choices, allow_blank=True)
    reason = text()
    annual_value_reporting = Amount(help_text="In the reporting currency. Only for callers who see prices.")


class RenewalDetailRow(RenewalRow):
    review = whole(help_text="0, or the number of the anniversary of an open-ended term.")
    late_days = whole(help_text="Days after T-90 on which it was opened.")
    snoozed_reason = text()
    outcome_note = text()
    version = whole()


class RenewalFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    bucket = WordFilter(method="standing_in", choices=[(b.value, b.value) for b in Bucket])
    stage = WordFilter(choices=Stage.choices)
    open = FlagFilter(field_name="decided_on", lookup_expr="isnull", help_text="Whether it is still to be decided.")
    decides_after = DayFilter(field_name="decides_on", lookup_expr="gte", help_text="On or after this day.")
    decides_before = DayFilter(field_name="decides_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Renewal
        fields: ClassVar[list[str]] = []

    def standing_in(self, rows: Any, name: str, value: str) -> Any:
        first, last = bounds(Bucket(value), self.on)
        rows = rows.filter(decided_on__isnull=True)
        rows = rows.filter(decides_on__gte=first) if first else rows
        return rows.filter(decides_on__lte=last) if last else rows


@extend_schema(tags=["renewals"])
class Renewals(ReadViewSet):
    """Renewal cycles: one per term, from its first milestone to its outcome."""

    row = RenewalRow
    detail_row = RenewalDetailRow
    filters = RenewalFilters
    orderings = (BY_ID, by_day("decides_on"))
    as_of = True

    def base(self, on: date, *, dated: bool) -> QuerySet[Any]:
        rows = Renewal.objects.all()
        return rows.filter(opened_on__lte=on) if dated else rows

    def complete(self, rows: Rows, asking: Asking) -> None:
        for row in rows:
            waiting = row["decided_on"] is None
            row["days_left"] = (row["decides_on"] - asking.on).days if waiting else None
            row["bucket"] = bucket(row["decides_on"], asking.on).value if waiting else None
