"""The replacement wave: machines by the quarter in which their expected life ends."""

from decimal import Decimal
from typing import Any

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock
from core.api.filters import day
from core.api.reading import ApiView, parameters
from core.api.rows import Amount, Row, whole
from core.api.schema import AS_OF, or_problem
from core.metrics import WrongFilter, filters_from
from core.reach import Level, reach_of
from expansion.queries.wave import Sums, wave_of

NARROWED_BY = {
    "segment": "Segment of the account on the date.",
    "product_line": "Id or name of a product line; machines without a line are left out.",
    "country": "Country of the account.",
    "owner": "Id or name of who owned the account on the date.",
}
_FILTERS = [OpenApiParameter(name, str, description=told) for name, told in NARROWED_BY.items()]


class WaveSumsRow(Row):
    machines = whole()
    value = Amount(help_text="What replacing them is worth, in the reporting currency.")
    unvalued = whole(help_text="How many have neither a price nor a list price.")
    in_conversation = whole(help_text="With an open replacement deal, or a signal that was taken up.")


class WaveQuarterRow(WaveSumsRow):
    starts_on = serializers.DateField()


class ReplacementWaveRow(Row):
    on = serializers.DateField()
    quarters = WaveQuarterRow(many=True)
    past = WaveSumsRow(help_text="Past their expected life.")
    later = WaveSumsRow(help_text="Later than ten years.")
    unknown = WaveSumsRow(help_text="Without an installation date.")


@extend_schema(tags=["signals"])
class ReplacementWave(ApiView, APIView):
    """Machines in service by the quarter in which their expected life ends, over ten years, as of a date. Only for
    callers who see prices."""

    http_method_names = ["get", "head"]

    @extend_schema(parameters=[AS_OF, *_FILTERS], responses=or_problem(ReplacementWaveRow, "400", "401", "403"))
    def get(self, request: Request) -> Response:
        given = parameters(request, ("as_of", *NARROWED_BY))
        on = day(given["as_of"], "as_of") if given.get("as_of") else clock.today()
        user: Any = request.user
        reach = reach_of(user)
        if reach.level is Level.ASSIGNED or not reach.sees_prices:
            raise PermissionDenied
        try:
            filters = filters_from({key: given.get(key, "") for key in NARROWED_BY}, user)
        except WrongFilter as error:
            raise ValidationError({str(error).split(":", 1)[0]: [str(error)]}) from error
        wave = wave_of(user, on, filters)
        apart = {key: _sums(sums) for key, sums in wave.apart.items()}
        quarters = [{"starts_on": quarter} | _sums(sums) for quarter, sums in wave.quarters.items()]
        return Response({"on": on, "quarters": quarters, **apart})


def _sums(sums: Sums) -> dict[str, Any]:
    value = str(sums.value.quantize(Decimal("0.01")))
    return {"machines": sums.units, "value": value, "unvalued": sums.unvalued, "in_conversation": sums.talking}
