"""Signals: read, accepted into a deal, dismissed, put off."""

from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from core.api.filters import Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID, LARGEST_ID, by_day
from core.api.rows import Amount, FreeText, Row, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, verb
from core.models import Owner
from core.problems import Refused
from expansion.actions import deciding
from expansion.forms import AcceptForm
from expansion.models import Signal, SignalKind
from expansion.reasons import Dismissal, kept
from playbooks.api import PutOff
from playbooks.forms import assignable

TOGETHER = 500
DEALS = [kind.value for kind in AcceptForm.KINDS]


class SignalRow(Row):
    id = whole()
    kind = serializers.ChoiceField(SignalKind.choices)
    account_id = whole()
    account_name = text(source="account.name")
    asset_id = whole(allow_null=True)
    raised_on = serializers.DateField()
    due_on = serializers.DateField()
    snoozed_until = day_or_null()
    decision = serializers.ChoiceField(Signal.Decision.choices, allow_blank=True, help_text="Empty while it waits.")
    decided_on = day_or_null()
    opportunity_id = whole(allow_null=True, help_text="The deal it was accepted into.")
    closed_on = day_or_null("The day on which it closed by itself.")
    value_reporting = Amount(help_text="Estimate, in the reporting currency. Only for callers who see prices.")


class SignalDetailRow(SignalRow):
    snoozed_reason = FreeText()
    reason = FreeText(help_text="Why it was dismissed.")
    decided_by_id = whole(allow_null=True)
    closed_reason = text()


class SignalFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    asset = IdFilter(help_text="Id of the machine.")
    kind = WordFilter(choices=SignalKind.choices)
    open = FlagFilter(method="still_open", help_text="Neither decided nor closed by itself.")

    class Meta:
        model = Signal
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.open() if value else rows.exclude(decision="", closed_on__isnull=True)


class Accepted(Body):
    name = serializers.CharField(max_length=240, help_text="What the deal is called.")
    kind = serializers.ChoiceField(DEALS, help_text="Kind of deal.")
    value = serializers.DecimalField(
        max_digits=16, decimal_places=2, min_value=0, required=False, allow_null=True,
        help_text="In the reporting currency; left out, the known values of the signals add up.",
    )  # fmt: skip
    expected_close_on = serializers.DateField(required=False, allow_null=True, help_text="Today or later.")
    owner_id = Chosen(
        assignable, source="owner", required=False, help_text="Id of who works the deal; left out, it is the caller."
    )
    together_with = serializers.ListField(
        child=serializers.IntegerField(min_value=1, max_value=LARGEST_ID), required=False, max_length=TOGETHER,
        help_text="Ids of further waiting signals of the same account, for the same deal.",
    )  # fmt: skip

    def validate_expected_close_on(self, on: date | None) -> date | None:
        if on and on < self.context["on"]:
            raise ValidationError(_("Choose today or a later day."))
        return on

    def validate_together_with(self, ids: list[int]) -> list[int]:
        own = Signal.objects.changeable_by(self.context["by"]).filter(pk__in=ids)
        found = set(own.filter(account=self.context["row"].account_id).values_list("pk", flat=True))
        if absent := [pk for pk in ids if pk not in found]:
            words = _("%(id)s is no signal of this account that you may decide. Leave it out.")
            raise ValidationError(words % {"id": absent[0]})
        return ids


class Dismissed(Body):
    reason = serializers.ChoiceField(Dismissal.choices, help_text="Why it is no chance.")
    note = serializers.CharField(
        max_length=200, required=False, allow_blank=True, help_text="In one's own words; compulsory with `other`."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["reason"] == Dismissal.OTHER and not attrs.get("note", "").strip():
            raise ValidationError({"note": [_("Say which.")]})
        return attrs


@extend_schema(tags=["signals"])
class Signals(WriteViewSet):
    """Chances that a rule saw. Nobody has to do anything until one is accepted."""

    model = Signal
    noun = "signal"
    row = SignalRow
    detail_row = SignalDetailRow
    filters = SignalFilters
    orderings = (BY_ID, by_day("due_on"))

    @verb(Accepted)
    def accept(self, doing: Doing) -> None:
        """Open a deal with this signal, and perhaps others of the account; `opportunity_id` says which it became."""
        said = dict(doing.said)
        signals = {doing.row.pk, *said.pop("together_with", ())}
        owner = said.pop("owner", None) or Owner.objects.of(doing.by)
        deciding.accept_signals(signals=signals, owner=owner, by=doing.by, on=doing.on, **said)

    @verb(Dismissed)
    def dismiss(self, doing: Doing) -> None:
        """Decide against it, saying why."""
        reason = kept(doing.said["reason"], doing.said.get("note", ""))
        deciding.dismiss_signals(signals=[_waiting(doing.row)], reason=reason, by=doing.by, on=doing.on)

    @verb(PutOff)
    def snooze(self, doing: Doing) -> None:
        """Keep it out of sight until a later day."""
        deciding.snooze_signals(signals=[_waiting(doing.row)], by=doing.by, on=doing.on, **doing.said)


def _waiting(signal: Signal) -> int:
    if signal.decision or signal.closed_on:
        raise Refused(_("This signal no longer waits: it was decided, or closed by itself. Read it again."))
    return int(signal.pk)
