"""What contributions are added up in, and the value in their middle."""

from decimal import Decimal
from typing import Any

from django.db.models import Aggregate

from core.models.numbers import Number

NUMBER = Number()


class Median(Aggregate):
    """The value in the middle; the mean of the two in the middle of an even number."""

    name = "Median"
    template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
    output_field = NUMBER

    def convert_value(self, value: Any, expression: Any, connection: Any) -> Any:  # type: ignore[override]
        return None if value is None else Decimal(str(value))
