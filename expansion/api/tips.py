"""Tips: read, left, answered."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core import clock
from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.rows import FreeText, Row, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, creating, verb
from expansion.actions.tipping import answer_tip, leave_tip
from expansion.forms.tips import AnswerForm
from expansion.models import Tip, TipKind
from expansion.queries.tips import machines_of
from installed_base.models import Account

DEALS = [(kind.value, kind.label) for kind in AnswerForm.KINDS]


class TipRow(Row):
    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    asset_id = whole(allow_null=True)
    asset_serial = text(source="asset.serial", allow_null=True)
    kind = serializers.ChoiceField(TipKind.choices)
    note = FreeText(help_text="What was seen or heard.")
    given_by_id = whole(help_text="Id of our user who gave it.")
    given_at = serializers.DateTimeField()
    known_on = serializers.DateField()
    answered_at = serializers.DateTimeField(allow_null=True, help_text="Null while it waits.")
    answered_by_id = whole(allow_null=True)
    outcome = serializers.ChoiceField(Tip.Outcome.choices, allow_blank=True, help_text="Empty while it waits.")
    answer = FreeText(help_text="What the technician was told.")
    opportunity_id = whole(allow_null=True, help_text="The deal it became.")


class TipFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    asset = IdFilter(help_text="Id of the machine.")
    given_by = IdFilter(help_text="Id of the user who gave it.")
    kind = WordFilter(choices=TipKind.choices)
    waiting = FlagFilter(method="not_answered", help_text="Not answered yet.")
    since = DayFilter(field_name="known_on", lookup_expr="gte", help_text="On or after this day.")

    class Meta:
        model = Tip
        fields: ClassVar[list[str]] = []

    def not_answered(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(answered_at__isnull=value)


class NewTip(Body):
    asset_id = Chosen(machines_of, source="asset", required=False, help_text="Id of the machine it is about.")
    account_id = Chosen(
        Account.objects.visible_to, source="account", required=False, help_text="Id of the account; needed without one."
    )
    kind = serializers.ChoiceField(TipKind.choices)
    note = serializers.CharField(max_length=4000, help_text="What was seen or heard.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        asset, account = attrs.get("asset"), attrs.get("account")
        if asset is None and account is None:
            raise ValidationError(_("Name the machine (asset_id) or the account (account_id) it is about."))
        if asset and account and asset.account_id != account.pk:
            raise ValidationError({"asset_id": [_("This machine does not stand at that account.")]})
        return attrs | {"account": account or (asset and asset.account)}


class Answered(Body):
    outcome = serializers.ChoiceField(Tip.Outcome.choices, help_text="What became of it.")
    answer = serializers.CharField(max_length=4000, help_text="What the technician is told.")
    deal_kind = serializers.ChoiceField(DEALS, required=False, help_text="With `opportunity`.")
    deal_name = serializers.CharField(max_length=240, required=False, help_text="What the deal is called.")
    value = serializers.DecimalField(
        max_digits=16, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="In the reporting currency.",
    )  # fmt: skip

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["outcome"] == Tip.Outcome.OPPORTUNITY and not attrs.get("deal_kind"):
            raise ValidationError({"deal_kind": [_("Choose which kind of deal it is.")]})
        return attrs


@extend_schema(tags=["tips"])
class Tips(WriteViewSet):
    """What technicians saw and heard. Each reads those he gave; who answers for the account reads all of it."""

    model = Tip
    noun = "tip"
    row = TipRow
    detail_row = TipRow
    filters = TipFilters
    orderings = (BY_ID, by_day("known_on"))

    @creating(NewTip)
    def create(self, doing: Doing) -> Tip:
        """Leave a tip; its owner has 48 hours to answer."""
        return leave_tip(by=doing.by, on=doing.on, at=clock.now(), **doing.said)

    @verb(Answered)
    def answer(self, doing: Doing) -> None:
        """Follow it up, once: with an opportunity or without, and with words for who gave it."""
        answer_tip(tip=doing.row, by=doing.by, on=doing.on, at=clock.now(), **doing.said)
