"""Promises made at the sale: read, written down, measured, kept, let go."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.rows import FreeText, Row, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, creating, verb
from installed_base.actions import promises as act
from installed_base.models import Account, Asset, Promise


def _figure(help_text: str = "", **kwargs: Any) -> serializers.DecimalField:
    return serializers.DecimalField(16, 3, help_text=help_text, **kwargs)


class PromiseRow(Row):
    id = whole()
    source = text()
    external_id = text()
    account_id = whole()
    account_name = text(source="account.name")
    asset_id = whole(allow_null=True, help_text="The machine it is about; null: the account as a whole.")
    kind = serializers.ChoiceField(Promise.Kind.choices)
    words = FreeText(source="text", help_text="In the words in which it was made.")
    promised = _figure("The value to reach; null where words alone were given.", allow_null=True)
    unit = text()
    direction = serializers.ChoiceField(Promise.Direction.choices)
    origin = text(help_text="quote, contract, talk; empty: not known.")
    promised_on = serializers.DateField()
    due_on = day_or_null()
    measured = _figure("The latest measurement.", allow_null=True)
    measured_on = day_or_null()
    met_on = day_or_null("The day it was kept.")
    dropped_on = day_or_null("The day customer and we agreed to let it go.")
    dropped_reason = FreeText()
    known_on = serializers.DateField()
    recorded_at = serializers.DateTimeField()


class PromiseFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    asset = IdFilter(help_text="Id of the machine.")
    kind = WordFilter(choices=Promise.Kind.choices)
    open = FlagFilter(method="standing_open", help_text="Neither kept nor let go.")
    due_before = DayFilter(field_name="due_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Promise
        fields: ClassVar[list[str]] = []

    def standing_open(self, rows: Any, name: str, value: bool) -> Any:
        still = {"met_on__isnull": True, "dropped_on__isnull": True}
        return rows.filter(**still) if value else rows.exclude(**still)


class NewPromise(Body):
    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the account.")
    asset_id = Chosen(Asset.objects.visible_to, source="asset", required=False, help_text="Id of the machine.")
    kind = serializers.ChoiceField(Promise.Kind.choices)
    text = serializers.CharField(max_length=240, help_text="What was promised.")
    promised = _figure("The value to reach.", required=False)
    unit = serializers.CharField(required=False, allow_blank=True, max_length=40)
    direction = serializers.ChoiceField(Promise.Direction.choices, required=False)
    origin = serializers.ChoiceField(Promise.Origin.choices, required=False)
    promised_on = serializers.DateField(required=False, help_text="Left out: today.")
    due_on = serializers.DateField(required=False)


class Measurement(Body):
    value = _figure("What was measured, in the unit of the promise.")
    on = serializers.DateField(required=False, help_text="Left out: today.")


class KeptOn(Body):
    on = serializers.DateField(required=False, help_text="Left out: today.")


class WithReason(Body):
    reason = serializers.CharField(max_length=240, help_text="Why it is let go.")


@extend_schema(tags=["promises"])
class Promises(WriteViewSet):
    """What was promised at the sale, and what was measured. Technicians see none."""

    model = Promise
    noun = "promise"
    row = PromiseRow
    detail_row = PromiseRow
    filters = PromiseFilters
    orderings = (BY_ID, by_day("promised_on"))
    refusals = (act.PromiseRefused,)

    @creating(NewPromise)
    def create(self, doing: Doing) -> Promise:
        """Write down a promise, at an account that is one's own."""
        said = dict(doing.said)
        if not Account.objects.changeable_by(doing.by).filter(pk=said["account"].pk).exists():
            raise PermissionDenied(
                _("account_id: you see this account; only its owner and its team write down what was promised.")
            )
        said.setdefault("promised_on", doing.on)
        return act.give_promise(by=doing.by, on=doing.on, **said)

    @verb(Measurement)
    def measure(self, doing: Doing) -> None:
        """Write down what was measured; what reaches the promise keeps it."""
        day = doing.said.get("on", doing.on)
        act.measure_promise(promise=doing.row.pk, value=doing.said["value"], measured_on=day, by=doing.by, on=doing.on)

    @verb(KeptOn)
    def keep(self, doing: Doing) -> None:
        """Customer and we agree that it was kept."""
        act.meet_promise(promise=doing.row.pk, met_on=doing.said.get("on", doing.on), by=doing.by, on=doing.on)

    @verb(WithReason)
    def let_go(self, doing: Doing) -> None:
        """Customer and we agree to let it go."""
        act.drop_promise(promise=doing.row.pk, reason=doing.said["reason"], by=doing.by, on=doing.on)

    @verb()
    def reopen(self, doing: Doing) -> None:
        """Take back that it was kept or let go."""
        act.reopen_promise(promise=doing.row.pk, by=doing.by, on=doing.on)
