"""Events at customers: read, written down, taken back."""

from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from core.api.filters import DayFilter, Filters, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.rows import FreeText, Row, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, creating, verb
from installed_base.actions.events import EventRefused, record_event, take_back_event
from installed_base.models import Account, AccountEvent, Asset


class EventRow(Row):
    id = whole()
    source = text()
    external_id = text()
    account_id = whole()
    account_name = text(source="account.name")
    asset_id = whole(allow_null=True, help_text="The machine it is about, where it is about one.")
    kind = serializers.ChoiceField(AccountEvent.Kind.choices)
    heard = serializers.ChoiceField(AccountEvent.Heard.choices, help_text="Where it was heard.")
    on = serializers.DateField()
    note = FreeText()
    by_id = whole(allow_null=True, help_text="Id of our user who wrote it down.")
    taken_back_on = day_or_null("The day on which it was said to be wrong.")
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class EventFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    kind = WordFilter(choices=AccountEvent.Kind.choices)
    since = DayFilter(field_name="on", lookup_expr="gte", help_text="On or after this day.")
    until = DayFilter(field_name="on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = AccountEvent
        fields: ClassVar[list[str]] = []


class NewEvent(Body):
    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the account.")
    kind = serializers.ChoiceField(AccountEvent.Kind.choices)
    heard = serializers.ChoiceField(AccountEvent.Heard.choices, help_text="Where it was heard.")
    on = serializers.DateField(required=False, help_text="The day it became known; left out, today.")
    asset_id = Chosen(
        Asset.objects.visible_to, source="asset", required=False, help_text="Id of the machine it is about."
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=8000, help_text="In one's own words.")

    def validate_on(self, on: date) -> date:
        if on > self.context["on"]:
            raise ValidationError(_("Choose the day on which it became known: today or earlier."))
        return on

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        asset = attrs.get("asset")
        if asset and asset.account_id != attrs["account"].pk:
            raise ValidationError({"asset_id": [_("This machine does not stand at the account. Choose another.")]})
        return attrs


@extend_schema(tags=["account-events"])
class AccountEvents(WriteViewSet):
    """What was heard about customers: a new plant, growth, a competitor. Each raises a signal at the next bell."""

    model = AccountEvent
    noun = "account-event"
    row = EventRow
    detail_row = EventRow
    filters = EventFilters
    orderings = (BY_ID, by_day("on"))
    refusals = (EventRefused,)

    @creating(NewEvent)
    def create(self, doing: Doing) -> AccountEvent:
        """Write down an event at an account that is one's own."""
        said = dict(doing.said)
        if not Account.objects.changeable_by(doing.by).filter(pk=said["account"].pk).exists():
            raise PermissionDenied(
                _("account_id: you see this account; only its owner and its team write down what they heard.")
            )
        return record_event(happened_on=said.pop("on", doing.on), by=doing.by, on=doing.on, **said)

    @verb()
    def take_back(self, doing: Doing) -> None:
        """Say that it was wrong. It stays on record, and its signal closes."""
        take_back_event(event=doing.row, by=doing.by, on=doing.on)
