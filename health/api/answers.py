"""What customers answered, to be read."""

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import DayFilter, Filters, IdFilter, TextFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import ReadViewSet
from core.api.rows import FreeText, Row, text, whole
from health.models import Question, SurveyAnswer


class AnswerRow(Row):
    id = whole()
    source = text()
    external_id = text()
    account_id = whole()
    account_name = text(source="account.name")
    asset_id = whole(allow_null=True)
    contact_id = whole(allow_null=True)
    contact_name = FreeText(source="contact.name")
    question = serializers.ChoiceField(Question.choices)
    occasion = text(help_text="When it was asked: post_installation, relationship, ticket, qbr.")
    value = serializers.DecimalField(5, 2, help_text="On the scale on which it was given.")
    scale_from = serializers.DecimalField(5, 2)
    scale_to = serializers.DecimalField(5, 2)
    answered_on = serializers.DateField()
    comment = FreeText()
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class AnswerFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    asset = IdFilter(help_text="Id of the machine.")
    question = WordFilter(choices=Question.choices)
    occasion = TextFilter()
    since = DayFilter(field_name="answered_on", lookup_expr="gte", help_text="On or after this day.")
    until = DayFilter(field_name="answered_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = SurveyAnswer
        fields: ClassVar[list[str]] = []


@extend_schema(tags=["answers"])
class Answers(ReadViewSet):
    """Answers to surveys, on the scale on which they were given. Technicians see none."""

    row = AnswerRow
    detail_row = AnswerRow
    filters = AnswerFilters
    orderings = (BY_ID, by_day("answered_on"))
