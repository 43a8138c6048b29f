"""Opportunities: read, moved through their stages, won or lost."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError as Unvalued
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID
from core.api.rows import Amount, Currency, FreeText, Row, day_or_null, text, whole
from core.api.writing import Body, Changes, Doing, Nothing, WriteViewSet, changing, verb
from installed_base.actions.ordering import OrderRefused
from sales import actions
from sales.api.business_case import CaseVerb
from sales.api.winning import WinningVerbs
from sales.models import DealKind, Opportunity, Stage
from sales.rules import OPEN_STAGES

OPEN = list(OPEN_STAGES)
OUTCOMES = ["won", "lost"]


class OpportunityRow(Row):
    id = whole()
    source = text(help_text="The system it came from; empty when it was entered here.")
    external_id = text(help_text="Its key in that system.")
    account_id = whole(allow_null=True)
    account_name = text(source="account.name", allow_null=True)
    kind = serializers.ChoiceField(DealKind.choices)
    name = text()
    stage = serializers.ChoiceField(Stage.choices)
    owner_id = whole()
    owner_name = text(source="owner.name")
    probability = serializers.DecimalField(max_digits=5, decimal_places=4, allow_null=True)
    value = Amount(help_text="What it would bring: a booking, never revenue. Only for callers who see prices.")
    currency = Currency(help_text="Of `value`.")
    value_reporting = Amount(help_text="In the reporting currency.")
    identified_on = day_or_null()
    expected_close_on = day_or_null()
    closed_on = day_or_null()


class OpportunityDetailRow(OpportunityRow):
    lost_reason = FreeText()
    note = FreeText()
    closed_by_id = whole(allow_null=True)
    known_on = serializers.DateField()


class OpportunityFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    kind = WordFilter(choices=DealKind.choices)
    stage = WordFilter(choices=Stage.choices)
    open = FlagFilter(method="still_open", help_text="Neither won nor lost.")
    closes_after = DayFilter(field_name="expected_close_on", lookup_expr="gte", help_text="On or after this day.")
    closes_before = DayFilter(field_name="expected_close_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Opportunity
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(stage__in=OPEN_STAGES) if value else rows.exclude(stage__in=OPEN_STAGES)


class OpportunityChanges(Changes):
    stage = serializers.ChoiceField(OPEN, required=False)
    name = serializers.CharField(max_length=240, required=False)
    value = serializers.DecimalField(
        max_digits=16, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="In the reporting currency; null while nobody knows.",
    )  # fmt: skip
    expected_close_on = serializers.DateField(required=False, allow_null=True)


class DealDecision(Body):
    outcome = serializers.ChoiceField(OUTCOMES)
    reason = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="Why it was lost; compulsory then."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["outcome"] == "lost" and not attrs.get("reason", "").strip():
            raise ValidationError({"reason": [_("Say why it was lost.")]})
        return attrs


@extend_schema(tags=["opportunities"])
class Opportunities(WinningVerbs, CaseVerb, WriteViewSet):
    """Possible sales of every kind. They are opened by accepting signals or by an import."""

    model = Opportunity
    noun = "opportunity"
    row = OpportunityRow
    detail_row = OpportunityDetailRow
    filters = OpportunityFilters
    orderings = (BY_ID,)
    refusals = (OrderRefused,)

    @changing(OpportunityChanges)
    def partial_update(self, doing: Doing) -> None:
        """Change what is expected of an open deal, or move it to another open stage."""
        deal, said = doing.row, dict(doing.said)
        stage = said.pop("stage", None)
        if said:
            stands = {"name": deal.name, "value": deal.value_reporting, "expected_close_on": deal.expected_close_on}
            actions.change_opportunity(opportunity=deal, by=doing.by, on=doing.on, **(stands | said))
        if stage:
            actions.move_stage(opportunity=deal, to=stage, by=doing.by, on=doing.on)

    @verb(DealDecision)
    def decision(self, doing: Doing) -> None:
        """Won or lost, once. Won with what was sold: see `win`."""
        won, reason = doing.said["outcome"] == "won", doing.said.get("reason", "")
        if won and doing.row.value_reporting is None:
            raise Unvalued(_("A deal is won for an amount, on a day: give both."))
        actions.close(opportunity=doing.row, won=won, reason=reason, by=doing.by, on=doing.on)

    @verb(Nothing)
    def reopen(self, doing: Doing) -> None:
        """Take the decision back: the deal stands in negotiation again."""
        actions.take_back(opportunity=doing.row, by=doing.by, on=doing.on)
