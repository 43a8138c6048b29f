"""Business cases through the API: read with their answer, and written with the source of each figure."""

from dataclasses import asdict
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.api.filters import Filters, IdFilter
from core.api.paging import BY_ID
from core.api.reading import ReadViewSet
from core.api.rows import FreeText, Row, text, whole
from core.api.writing import Body, Doing, verb
from core.reach import sees_prices
from sales.actions.business_case import save_case
from sales.models import BusinessCase
from sales.rules.business_case import SOURCES, Inputs, case_of, from_json
from sales.words.business_case import INPUT_LABELS

FIGURES = list(INPUT_LABELS)


def _figure(**options: Any) -> serializers.DecimalField:
    return serializers.DecimalField(max_digits=16, decimal_places=2, allow_null=True, **options)


class CaseFigureRow(Row):
    name = serializers.ChoiceField(FIGURES)
    value = _figure(help_text="Hours, months, percent, or money a year in the reporting currency.")
    source = serializers.ChoiceField(list(SOURCES))


class CasePartRow(Row):
    key = text(help_text="downtime, maintenance or efficiency.")
    keep = _figure()
    replace = _figure()
    saved = _figure(help_text="Null where something it needs is unknown: the part is left out.")


class CaseWayRow(Row):
    key = text(help_text="buy, finance or lease.")
    monthly = _figure()
    months = whole(allow_null=True)
    total = _figure()
    over = _figure(help_text="What is left of the saving each month.")


class BusinessCaseRow(Row):
    id = whole()
    opportunity_id = whole()
    opportunity_name = text(source="opportunity.name")
    account_id = whole(source="opportunity.account_id", allow_null=True)
    capex_year = whole(allow_null=True, help_text="The year in whose budget it is to stand.")
    made_on = serializers.DateField()
    changed_on = serializers.DateField()


class BusinessCaseDetailRow(BusinessCaseRow):
    note = FreeText()
    figures = CaseFigureRow(many=True)
    parts = CasePartRow(many=True)
    saved = _figure(help_text="A year, over the parts that are known.")
    invested = _figure()
    payback_months = _figure()
    over_life = _figure()
    ways = CaseWayRow(many=True)
    asked = serializers.ListField(child=serializers.CharField(), help_text="Figures that are still unknown.")
    derived = ("figures", "parts", "saved", "invested", "payback_months", "over_life", "ways", "asked")


class BusinessCaseFilters(Filters):
    opportunity = IdFilter(help_text="Id of the opportunity.")
    account = IdFilter(field_name="opportunity__account", help_text="Id of the account.")

    class Meta:
        model = BusinessCase
        fields: ClassVar[list[str]] = []


@extend_schema(tags=["opportunities"])
class BusinessCases(ReadViewSet):
    """Keep or replace, one for each replacement or upgrade. Only for callers who see prices."""

    noun = "business-case"
    row = BusinessCaseRow
    detail_row = BusinessCaseDetailRow
    filters = BusinessCaseFilters
    orderings = (BY_ID,)
    versioned = True

    def visible(self, rows: Any, actor: Any) -> Any:
        found = super().visible(rows, actor)
        return found if sees_prices(actor) else found.none()

    def enrich(self, row: dict[str, Any], asking: Any) -> None:
        """The figures with their sources, and what follows from them."""
        kept = BusinessCase._base_manager.get(pk=row["id"])
        said = from_json(kept.inputs)
        answer = case_of(said)
        row["figures"] = [
            {"name": name, "value": value, "source": kept.sources.get(name)}
            for name, value in asdict(said).items()
            if value is not None
        ]
        row["parts"] = [asdict(part) | {"saved": part.saved} for part in answer.parts]
        row["ways"] = [asdict(way) for way in answer.ways]
        names = ("saved", "invested", "payback_months", "over_life")
        row.update({name: getattr(answer, name) for name in names}, asked=list(answer.asked))


class FigureBody(Body):
    name = serializers.ChoiceField(FIGURES)
    value = serializers.DecimalField(max_digits=12, decimal_places=2, min_value=0)
    source = serializers.ChoiceField(list(SOURCES))


class CaseBody(Body):
    figures = FigureBody(many=True, help_text="What is known; what is left out becomes unknown.")
    capex_year = serializers.IntegerField(min_value=2000, max_value=2199, required=False, allow_null=True)
    note = serializers.CharField(max_length=2000, required=False, allow_blank=True)

    def validate_figures(self, figures: list[dict[str, Any]]) -> list[dict[str, Any]]:
        names = [figure["name"] for figure in figures]
        if len(set(names)) != len(names):
            raise ValidationError([_("Name each figure once.")])
        return figures


class CaseVerb:
    """What a replacement or an upgrade can be asked beside its stages."""

    @verb(CaseBody, makes=BusinessCases)
    def business_case(self, doing: Doing) -> BusinessCase:
        """Keep what was said for keep or replace, each figure with its source."""
        said = doing.said
        return save_case(
            opportunity=doing.row,
            inputs=Inputs(**{figure["name"]: figure["value"] for figure in said["figures"]}),
            sources={figure["name"]: figure["source"] for figure in said["figures"]},
            capex_year=said.get("capex_year"),
            note=said.get("note", ""),
            by=doing.by,
            on=doing.on,
        )
