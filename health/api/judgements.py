"""Judgements by hand: read, given, taken back."""

from datetime import date, timedelta
from typing import ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from core.api.filters import DayFilter, Filters, IdFilter
from core.api.paging import BY_ID, by_day
from core.api.rows import FreeText, Row, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, creating, verb
from health.actions import judging as act
from health.forms.judgement import USUAL_DAYS
from health.models import Judgement
from installed_base.models import Account


class JudgementRow(Row):
    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    value = whole(help_text="0 to 100.")
    reason = FreeText()
    on = serializers.DateField(help_text="The day on which it was given.")
    counts_until = serializers.DateField(help_text="The last day on which it counts; after it, it is unknown.")
    by_id = whole(allow_null=True, help_text="Id of the user who gave it.")
    withdrawn_on = day_or_null("The day on which it was taken back.")
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class JudgementFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    since = DayFilter(field_name="on", lookup_expr="gte", help_text="Given on or after this day.")
    until = DayFilter(field_name="on", lookup_expr="lte", help_text="Given on or before this day.")

    class Meta:
        model = Judgement
        fields: ClassVar[list[str]] = []


class NewJudgement(Body):
    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the account.")
    value = serializers.IntegerField(min_value=0, max_value=100, help_text="0 to 100.")
    reason = serializers.CharField(max_length=400, help_text="Why.")
    counts_until = serializers.DateField(required=False, help_text="Left out, ninety days; a year at most.")

    def validate_counts_until(self, until: date) -> date:
        on = self.context["on"]
        if not on <= until <= on + timedelta(days=act.MOST_DAYS):
            raise serializers.ValidationError(_("It counts from today, for a year at most."))
        return until


@extend_schema(tags=["judgements"])
class Judgements(WriteViewSet):
    """What CS managers think of customers, 0 to 100, each with a reason and a last day. Technicians see none."""

    model = Judgement
    noun = "judgement"
    row = JudgementRow
    detail_row = JudgementRow
    filters = JudgementFilters
    orderings = (BY_ID, by_day("on"))

    @creating(NewJudgement)
    def create(self, doing: Doing) -> Judgement:
        """Judge an account that is one's own; the judgement before it counts no more."""
        said = dict(doing.said)
        account = Account.objects.changeable_by(doing.by).filter(pk=said.pop("account").pk).first()
        if account is None:
            raise PermissionDenied(_("account_id: you see this account; only its owner and its team judge it."))
        said.setdefault("counts_until", doing.on + timedelta(days=USUAL_DAYS))
        return act.judge(account=account, by=doing.by, on=doing.on, **said)

    @verb()
    def withdraw(self, doing: Doing) -> None:
        """Take it back: from today the score does without it."""
        act.withdraw_judgement(judgement=doing.row, by=doing.by, on=doing.on)
