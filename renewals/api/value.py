"""What a year brought the customer of a renewal: every figure with its rows (RN-07, W-04)."""

from decimal import Decimal
from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock
from core.api.filters import day
from core.api.reading import ApiView, number, parameters
from core.api.rows import Amount, Row, text, whole
from core.api.schema import AS_OF, or_problem
from core.reach import sees_prices
from renewals.models import Renewal
from renewals.queries.value import year_of
from renewals.rules.value import Case, Figure, Key, case_of, figures

KINDS = {Key.UPTIME: "asset", Key.PARTS: "parts_order", Key.VISITS: "visit"}
UNITS = {
    Key.UPTIME: "ratio",
    Key.DOWNTIME: "hours",
    Key.RESPONSE: "hours",
    Key.RESOLUTION: "hours",
}
_PREMIUM = OpenApiParameter(
    "premium",
    OpenApiTypes.DECIMAL,
    description="What preventing the downtime would cost a year, in the reporting currency.",
)


def _number(help_text: str) -> serializers.DecimalField:
    return serializers.DecimalField(20, 4, allow_null=True, help_text=help_text)


class ValueShareRow(Row):
    kind = serializers.ChoiceField(sorted({*KINDS.values(), "ticket"}))
    id = whole()
    amount = _number("What it brings to the figure; null: it lacks what the figure needs.")


class ValueFigureRow(Row):
    key = serializers.ChoiceField([key.value for key in Key])
    unit = serializers.ChoiceField(["ratio", "hours", "count"])
    value = _number("Null: not known.")
    known = whole(help_text="How many rows it counts.")
    unknown = whole(help_text="How many lack what it needs.")
    rows = ValueShareRow(many=True, help_text="For uptime the hours in which each machine was there.")


class ValueCaseRow(Row):
    """In the reporting currency. Of the stops whose hours are known."""

    stops = whole()
    hours = _number("Downtime.")
    cost = Amount(help_text="Of an hour, by the customer's own word.")
    loss = Amount(help_text="Hours times cost.")
    mean_stop = _number("Hours.")
    price = Amount(help_text="The premium that was asked about.")
    left = Amount(help_text="Of the loss after the premium, if all of it were prevented.")
    ratio = _number("Loss over premium.")
    break_even_hours = _number("Hours that have to be prevented to earn the premium back.")
    break_even_share = _number("The same as a share of the downtime.")


class RenewalValueRow(Row):
    renewal_id = whole()
    account_id = whole()
    account_name = text()
    first = serializers.DateField(help_text="The first day of the year.")
    on = serializers.DateField(help_text="Its last day.")
    figures = ValueFigureRow(many=True)
    case = ValueCaseRow(allow_null=True, help_text="Null: cost or downtime is not known, or the caller sees no prices.")


@extend_schema(tags=["renewals"])
class RenewalValue(ApiView, APIView):
    """What the twelve months to a date brought the customer, and what standing still cost."""

    http_method_names = ["get", "head"]

    @extend_schema(parameters=[AS_OF, _PREMIUM], responses=or_problem(RenewalValueRow, "400", "401", "403", "404"))
    def get(self, request: Request, id: int) -> Response:  # its name in the address
        given = parameters(request, ("as_of", "premium"))
        on = day(given["as_of"], "as_of") if given.get("as_of") else clock.today()
        premium = _premium(given.get("premium", ""))
        user: Any = request.user
        row = Renewal.objects.visible_to(user).select_related("account").filter(pk=number(str(id))).first()
        if row is None:
            raise NotFound
        facts = year_of(row.account_id, user, on)
        made = figures(facts)
        case = case_of(made, row.account.downtime_cost_hour, premium) if sees_prices(user) else None
        return Response(
            {
                "renewal_id": row.pk,
                "account_id": row.account_id,
                "account_name": row.account.name,
                "first": facts.first,
                "on": facts.on,
                "figures": [_figure(figure) for figure in made.values()],
                "case": _case(case) if case else None,
            }
        )


def _premium(said: str) -> Decimal | None:
    if not said:
        return None
    field = serializers.DecimalField(12, 2, min_value=0)
    try:
        premium: Decimal = field.run_validation(said)
    except ValidationError as error:
        raise ValidationError({"premium": error.detail}) from error
    return premium


def _figure(figure: Figure) -> dict[str, Any]:
    kind = KINDS.get(figure.key, "ticket")
    return {
        "key": figure.key.value,
        "unit": UNITS.get(figure.key, "count"),
        "value": _exact(figure.value),
        "known": figure.known,
        "unknown": figure.unknown,
        "rows": [{"kind": kind, "id": row.id, "amount": _exact(row.amount)} for row in figure.rows],
    }


_MONEY = ("cost", "loss", "price", "left")
_NUMBERS = ("hours", "mean_stop", "ratio", "break_even_hours", "break_even_share")


def _case(case: Case) -> dict[str, Any]:
    money = {name: _exact(getattr(case, name), "0.01") for name in _MONEY}
    return {"stops": case.stops} | money | {name: _exact(getattr(case, name)) for name in _NUMBERS}


def _exact(value: Decimal | None, step: str = "0.0001") -> str | None:
    """A number as text, as all numbers that are not whole."""
    return None if value is None else str(value.quantize(Decimal(step)))
