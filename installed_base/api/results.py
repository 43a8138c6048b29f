"""Results that were promised, what came of them, and the calculator of their worth."""

from decimal import Decimal
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core.api.filters import Filters, FlagFilter, IdFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import ApiView, parameters
from core.api.rows import Amount, FreeText, Row, day_or_null, text, whole
from core.api.schema import or_problem
from core.api.writing import Body, Chosen, Doing, WriteViewSet, creating, verb
from core.reach import sees_prices
from installed_base.actions.results import ResultRefused, agree_result, realise_result
from installed_base.models import Account, Asset, RoiRecord
from installed_base.rules.returns import MOST, Inputs, worth_of, wrong_in


def _figure(help_text: str = "", **kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(16, 3, help_text=help_text, **kwargs)


class ResultRow(Row):
    id = whole()
    source = text()
    external_id = text()
    account_id = whole()
    account_name = text(source="account.name")
    asset_id = whole(allow_null=True)
    goal = FreeText()
    unit = text()
    before = _figure("How it was without us.", allow_null=True)
    promised = _figure(allow_null=True)
    realised = _figure(allow_null=True)
    agreed_on = serializers.DateField()
    realised_on = day_or_null("Null while it is not realised.")
    worth_reporting = Amount(help_text="A year, in the reporting currency. Only for callers who see prices.")
    note = FreeText()
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class ResultFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    asset = IdFilter(help_text="Id of the machine.")
    realised = FlagFilter(method="was_realised")

    class Meta:
        model = RoiRecord
        fields: ClassVar[list[str]] = []

    def was_realised(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(realised_on__isnull=not value)


class CalculatorBody(Body):
    """Before and after, in the customer's own figures. What is left out leaves out its part."""

    hours_before = _figure("Hours of operators a week.", required=False)
    hours_after = _figure("Hours of operators a week.", required=False)
    cost_hour = _figure("In the reporting currency.", required=False)
    output_before = _figure("Good units a week.", required=False)
    output_after = _figure("Good units a week.", required=False)
    margin_unit = _figure("In the reporting currency.", required=False)
    scrap_before = _figure("Percent.", required=False)
    scrap_after = _figure("Percent.", required=False)
    cost_unit = _figure("Of a unit that is scrapped, in the reporting currency.", required=False)
    price = _figure("Of the machine, in the reporting currency.", required=False)
    weeks = _figure("Weeks a year; 48.", required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        wrong = wrong_in(Inputs(**attrs))
        if wrong:
            said = _("Give 0 to %(most)s; scrap is at most 100, a year has 1 to 53 weeks.") % {"most": MOST}
            raise serializers.ValidationError({name: [said] for name in wrong})
        return attrs


class NewResult(Body):
    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the account.")
    asset_id = Chosen(Asset.objects.visible_to, source="asset", required=False, help_text="Id of the machine.")
    goal = serializers.CharField(max_length=240)
    unit = serializers.CharField(required=False, allow_blank=True, max_length=40)
    before = _figure(required=False)
    promised = _figure(required=False)
    agreed_on = serializers.DateField(required=False, help_text="Left out: today.")
    calculator = CalculatorBody(required=False)


class Realised(Body):
    realised = _figure("What it came to.", required=False)
    on = serializers.DateField(required=False, help_text="Left out: today.")
    calculator = CalculatorBody(required=False)


def _inputs(said: dict[str, Any]) -> Inputs | None:
    given = said.pop("calculator", None)
    return Inputs(**given) if given else None


@extend_schema(tags=["results"])
class Results(WriteViewSet):
    """Results that were promised, before and after (AD-14). Technicians see none."""

    model = RoiRecord
    noun = "result"
    row = ResultRow
    detail_row = ResultRow
    filters = ResultFilters
    orderings = (BY_ID, by_day("agreed_on"))
    refusals = (ResultRefused,)

    @creating(NewResult)
    def create(self, doing: Doing) -> RoiRecord:
        """Agree on a result, at an account that is one's own."""
        said = dict(doing.said)
        if not Account.objects.changeable_by(doing.by).filter(pk=said["account"].pk).exists():
            raise PermissionDenied(_("account_id: you see this account; only its owner and its team agree on results."))
        said.setdefault("agreed_on", doing.on)
        return agree_result(inputs=_inputs(said), by=doing.by, on=doing.on, **said)

    @verb(Realised)
    def realise(self, doing: Doing) -> None:
        """Customer and we agree that it came about."""
        said = dict(doing.said)
        inputs, day = _inputs(said), said.get("on", doing.on)
        realised = said.get("realised")
        realise_result(result=doing.row.pk, realised=realised, realised_on=day, inputs=inputs, by=doing.by, on=doing.on)

    @verb()
    def reopen(self, doing: Doing) -> None:
        """Take back that it was realised."""
        realise_result(result=doing.row.pk, realised=None, realised_on=None, by=doing.by, on=doing.on)


class WorthRow(Row):
    """A year, in the reporting currency; null where a part cannot be known."""

    labour = Amount()
    output = Amount()
    scrap = Amount()
    total = Amount()
    payback_months = serializers.DecimalField(12, 1, allow_null=True, help_text="Null without a price or a gain.")


@extend_schema(tags=["results"])
class ResultCalculator(ApiView, APIView):
    """What a machine brings a year, from before and after. Nothing is kept. Only for callers who see prices."""

    http_method_names = ["get", "head"]

    @extend_schema(parameters=[CalculatorBody], responses=or_problem(WorthRow, "400", "401", "403"))
    def get(self, request: Request) -> Response:
        if not sees_prices(request.user):
            raise PermissionDenied(_("The calculator is about money, which your role does not see."))
        given = parameters(request, CalculatorBody().fields)
        worth = worth_of(Inputs(**CalculatorBody.read(given)))
        parts = {name: _cents(getattr(worth, name)) for name in ("labour", "output", "scrap", "total")}
        payback = worth.payback_months
        return Response(parts | {"payback_months": None if payback is None else str(payback)})


def _cents(value: Decimal | None) -> str | None:
    return None if value is None else f"{value:.2f}"
