"""Twelve quarters ahead: what comes up for renewal, what of it is expected back, and what that rests on."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock
from core.api.filters import day
from core.api.reading import ApiView, parameters
from core.api.rows import Amount, Row, text, whole
from core.api.schema import AS_OF, or_problem
from core.reach import sees_prices
from renewals.queries.horizon import Narrow, Quarter, horizon_of
from renewals.queries.rates import table_on
from renewals.rules.forecast import Cell, Table


def _share(help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(5, 4, allow_null=True, help_text=help_text)


class HorizonQuarterRow(Row):
    """In the reporting currency, a year's value."""

    starts_on = serializers.DateField()
    contracts = whole(help_text="Terms whose next deciding day lies in the quarter.")
    unvalued = whole(help_text="How many of them have no known value.")
    value = Amount(help_text="Up for renewal.")
    expected = Amount(help_text="Probability times value; null: not enough history.")
    committed = Amount(help_text="What people committed to.")
    cancelled = Amount(help_text="Cancelled already, part of the value.")


class ProbabilityRow(Row):
    tier = text(help_text="Health at the first milestone.")
    from_years = whole(help_text="The first year as a customer.")
    to_years = whole(allow_null=True, help_text="The first year that is no longer in it; null: no end.")
    decided = whole()
    renewed = whole()
    rate = _share("Renewed over decided; null: nothing decided.")
    probability = _share("The rate drawn to the average; null: not enough history.")


class RenewalHorizonRow(Row):
    on = serializers.DateField()
    average = _share("Of the whole book; null: not enough history.")
    quarters = HorizonQuarterRow(many=True)
    probabilities = ProbabilityRow(many=True)


@extend_schema(tags=["renewals"])
class RenewalHorizon(ApiView, APIView):
    """What comes up for renewal in twelve quarters, as of a date. Only for callers who see prices."""

    http_method_names = ["get", "head"]

    @extend_schema(parameters=[AS_OF], responses=or_problem(RenewalHorizonRow, "400", "401", "403"))
    def get(self, request: Request) -> Response:
        given = parameters(request, ("as_of",))
        on = day(given["as_of"], "as_of") if given.get("as_of") else clock.today()
        user: Any = request.user
        if not sees_prices(user):
            raise PermissionDenied
        table = table_on(on)
        found = horizon_of(user, Narrow(), table, on=on)
        return Response(
            {
                "on": on,
                "average": _exact(table.average, "0.0001"),
                "quarters": [_quarter(quarter, table) for quarter in found.quarters],
                "probabilities": [_cell(cell, table) for cell in table.cells],
            }
        )


def _quarter(quarter: Quarter, table: Table) -> dict[str, Any]:
    sums = quarter.sums
    money = {name: _exact(getattr(sums, name)) for name in ("value", "committed", "cancelled")}
    expected = _exact(sums.expected) if table.known else None
    counts = {"contracts": sums.count, "unvalued": sums.unvalued}
    return {"starts_on": quarter.starts_on, "expected": expected} | counts | money


def _cell(cell: Cell, table: Table) -> dict[str, Any]:
    first, end = table.policy.spans()[cell.band]
    rates = {"rate": _exact(cell.raw, "0.0001"), "probability": _exact(cell.chance, "0.0001")}
    years = {"from_years": first, "to_years": end}
    return {"tier": cell.tier, "decided": cell.decided, "renewed": cell.won} | years | rates


def _exact(value: Decimal | None, step: str = "0.01") -> str | None:
    """A number as text, as all numbers that are not whole."""
    return None if value is None else str(value.quantize(Decimal(step)))
