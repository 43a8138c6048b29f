"""What machines did, to be read."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import DayFilter, Filters, IdFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import ReadViewSet
from core.api.rows import Row, text, whole
from installed_base.api.reaching import of_own_machines
from installed_base.models import UsageReading


def _number(digits: int, places: int, help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(digits, places, allow_null=True, help_text=help_text)


class ReadingRow(Row):
    id = whole()
    source = text()
    external_id = text()
    asset_id = whole()
    serial = text(source="asset.serial")
    account_id = whole(source="asset.account_id", help_text="Where the machine stands today.")
    on = serializers.DateField(help_text="The last day of its span.")
    days = whole(help_text="How many days it spans.")
    run_hours = _number(8, 2, "Hours of the span.")
    available_hours = _number(8, 2, "Hours of the span.")
    output = _number(16, 3, "In units of the machine.")
    good_output = _number(16, 3, "In units of the machine.")
    meter_hours = _number(12, 2, "The hour meter on the day.")
    epoch = whole(help_text="Grows when the meter is reset or replaced.")
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class ReadingFilters(Filters):
    account = IdFilter(field_name="asset__account", help_text="Id of the account where the machine stands today.")
    asset = IdFilter(help_text="Id of the machine.")
    since = DayFilter(field_name="on", lookup_expr="gte", help_text="On or after this day.")
    until = DayFilter(field_name="on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = UsageReading
        fields: ClassVar[list[str]] = []


@extend_schema(tags=["readings"])
class Readings(ReadViewSet):
    """Hours and output of machines; for technicians of their own."""

    row = ReadingRow
    detail_row = ReadingRow
    filters = ReadingFilters
    orderings = (BY_ID, by_day("on"))

    def visible(self, rows: Any, actor: Any) -> Any:
        return of_own_machines(rows, actor)
