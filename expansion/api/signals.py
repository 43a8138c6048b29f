"""Signals: read, accepted into a deal, dismissed, put off."""

from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock
from core.api.filters import Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID, LARGEST_ID, by_day
from core.api.reading import ApiView, Asking, parameters
from core.api.rows import Amount, FreeText, Row, Rows, day_or_null, text, whole
from core.api.schema import or_problem
from core.api.writing import Body, Chosen, Doing, WriteViewSet, verb
from core.models import Owner
from core.policies import policy_on
from core.problems import Refused
from expansion import rule_words, words
from expansion.actions import deciding
from expansion.chances import AGE, BY_KIND, FAMILY_OF, Family
from expansion.forms import AcceptForm
from expansion.models import Signal, SignalKind
from expansion.reasons import Dismissal, kept
from playbooks.api import PutOff
from playbooks.forms import assignable

TOGETHER = 500
DEALS = [kind.value for kind in AcceptForm.KINDS]


class SignalRow(Row):
    derived = ("why", "worth")
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
    why = text(help_text="The reason in words, in the caller's language.")
    worth = text(help_text="Where the estimate comes from, in words; empty where there is none.")


class SignalDetailRow(SignalRow):
    snoozed_reason = FreeText()
    reason = FreeText(help_text="Why it was dismissed.")
    decided_by_id = whole(allow_null=True)
    closed_reason = text()


class SignalFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    asset = IdFilter(help_text="Id of the machine.")
    kind = WordFilter(choices=SignalKind.choices)
    family = WordFilter(
        choices=[(family.value, family.value) for family in Family], method="of_family", help_text="What it is about."
    )
    open = FlagFilter(method="still_open", help_text="Neither decided nor closed by itself.")

    class Meta:
        model = Signal
        fields: ClassVar[list[str]] = []

    def of_family(self, rows: Any, name: str, value: str) -> Any:
        return rows.filter(kind__in=[kind for kind, family in FAMILY_OF.items() if family == value])

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

    def paths(self, *, dated: bool) -> dict[str, str]:
        return {"_seen": "seen", "_worth": "worth"}

    def complete(self, rows: Rows, asking: Asking) -> None:
        """The reason in words, and where the estimate comes from."""
        for row in rows:
            seen, worth = row.pop("_seen"), row.pop("_worth")
            value = row.get("value_reporting")
            signal = Signal(kind=row["kind"], seen=seen, worth=worth, value_reporting=value)
            row["why"] = words.reason(signal, names=asking.reach.sees_names, prices=asking.reach.sees_prices)
            row["worth"] = words.worth_in_words(signal)

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


class KindRow(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(SignalKind.choices)
    name = serializers.CharField()
    family = serializers.ChoiceField([family.value for family in Family])
    active = serializers.BooleanField(help_text="Whether its rule is on today.")
    rule = serializers.CharField(help_text="When it speaks, with the values of today, in the caller's language.")
    policy_version = serializers.IntegerField()


class KindList(serializers.Serializer[Any]):
    results = KindRow(many=True)


class SignalKinds(ApiView, APIView):
    """Every kind of signal, with its rule in words as it stands today."""

    http_method_names = ["get", "head"]

    @extend_schema(
        tags=["signals"], operation_id="signal_kinds_list", responses=or_problem(KindList, "400", "401", "403")
    )
    def get(self, request: Request) -> Response:
        parameters(request, ())
        on = clock.today()
        return Response({"results": [_kind(SignalKind(value), on) for value in SignalKind.values]})


def _kind(kind: SignalKind, on: date) -> dict[str, Any]:
    chance = BY_KIND.get(kind, AGE)
    version = policy_on(chance.policy, on)
    return {
        "kind": kind.value,
        "name": str(kind.label),
        "family": FAMILY_OF[kind].value,
        "active": version.values.active,
        "rule": rule_words.sentence("age" if chance is AGE else chance.name, version.values),
        "policy_version": version.number,
    }


def _waiting(signal: Signal) -> int:
    if signal.decision or signal.closed_on:
        raise Refused(_("This signal no longer waits: it was decided, or closed by itself. Read it again."))
    return int(signal.pk)
