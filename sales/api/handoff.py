"""Handoffs through the API: read, given, accepted, returned, taken back."""

from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.db.models import Q
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.rows import FreeText, Row, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, Nothing, WriteViewSet, creating, verb
from core.models import Owner, User
from core.policies import policy_on
from installed_base.models import Asset, Contact, Promise
from sales.actions import handoff as actions
from sales.actions.handoff import Promised, Told
from sales.models import Direction, Handoff, HandoffPromise, Opportunity
from sales.queries.handoff import answered_on, delivered_by, receivers
from sales.rules.handoff import HandoffPolicy, missing


class HandoffPromiseRow(Row):
    text = FreeText()
    kind = serializers.ChoiceField(Promise.Kind.choices)
    due_on = day_or_null()
    contact_id = whole(allow_null=True, help_text="To whom it was promised.")
    asset_id = whole(allow_null=True)
    promise_id = whole(allow_null=True, help_text="The promise it became when the handoff was accepted.")


class HandoffRow(Row):
    id = whole()
    opportunity_id = whole()
    opportunity_name = text(source="opportunity.name")
    account_id = whole()
    account_name = text(source="account.name")
    direction = serializers.ChoiceField(Direction.choices)
    number = whole(help_text="How often it was given, this time included.")
    given_on = serializers.DateField()
    given_by_id = whole(help_text="Id of our user.")
    to_id = whole(help_text="Id of the owner (a person or a team) who is to answer.")
    to_name = text(source="to.name")
    accepted_on = day_or_null("Null while it waits, or where it was returned.")
    accepted_by_id = whole(allow_null=True)
    returned_on = day_or_null()
    returned_by_id = whole(allow_null=True)
    returned_reason = FreeText(help_text="What is missing.")


class HandoffDetailRow(HandoffRow):
    what = FreeText(help_text="The chance that was seen, or what was sold.")
    history = FreeText()
    preferences = FreeText()
    sensitivities = FreeText()
    contact_id = whole(allow_null=True, help_text="Who to talk to.")
    introduced_on = day_or_null()
    promised = FreeText(help_text="About promises, in words.")
    operator = FreeText(help_text="Who operates it.")
    training = FreeText()
    trainees = whole(allow_null=True, help_text="People to train.")
    risks = FreeText()
    installs_on = day_or_null()
    missing = serializers.ListField(child=serializers.CharField(), help_text="Items it must say and does not.")
    promises = HandoffPromiseRow(many=True)
    completed_on = day_or_null("When everybody who was asked about the deal had accepted it: CS, and operations.")
    derived = ("missing", "promises", "completed_on")


class HandoffFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    opportunity = IdFilter(help_text="Id of the opportunity.")
    to = IdFilter(help_text="Id of the owner who is to answer.")
    given_by = IdFilter(help_text="Id of the user who gave it.")
    direction = WordFilter(choices=Direction.choices)
    waiting = FlagFilter(method="still_waiting", help_text="Neither accepted nor returned.")
    since = DayFilter(field_name="given_on", lookup_expr="gte", help_text="Given on or after this day.")

    class Meta:
        model = Handoff
        fields: ClassVar[list[str]] = []

    def still_waiting(self, rows: Any, name: str, value: bool) -> Any:
        open_ = {"accepted_on__isnull": True, "returned_on__isnull": True}
        return rows.filter(**open_) if value else rows.exclude(**open_)


def _deals(user: User) -> Any:
    return Opportunity.objects.changeable_by(user)


def _people(user: User) -> Any:
    return Contact.objects.visible_to(user)


def _machines(user: User) -> Any:
    return Asset.objects.visible_to(user)


def _receivers(_user: User) -> Any:
    return receivers(Direction.TO_SALES)


class HandoffPromiseBody(Body):
    text = serializers.CharField(max_length=240)
    kind = serializers.ChoiceField(Promise.Kind.choices)
    contact_id = Chosen(_people, source="to", required=False, help_text="To whom it was promised.")
    asset_id = Chosen(_machines, source="asset", required=False, help_text="About which machine.")
    due_on = serializers.DateField(required=False, allow_null=True)


def _planners(_user: User) -> Any:
    return receivers(Direction.TO_OPERATIONS)


def _anybody(user: User) -> Any:
    """Who takes a deal over or plans its order; the action says which of them fits the direction."""
    return Owner.objects.filter(Q(pk__in=_receivers(user).values("pk")) | Q(pk__in=_planners(user).values("pk")))


def _words(help_text: str = "") -> serializers.CharField:
    return serializers.CharField(max_length=4000, required=False, allow_blank=True, help_text=help_text)


class NewHandoff(Body):
    opportunity_id = Chosen(_deals, source="opportunity", help_text="Id of the opportunity.")
    direction = serializers.ChoiceField(
        Direction.choices,
        help_text="To Sales while the deal is open, to CS once it is won; its order to operations where it came back.",
    )
    to_id = Chosen(_anybody, source="to", help_text="Id of the owner who takes it over.")
    what = serializers.CharField(max_length=4000, help_text="The chance that is seen, or what was sold.")
    history = _words()
    preferences = _words()
    sensitivities = _words()
    contact_id = Chosen(_people, source="contact", required=False, help_text="Who to talk to.")
    introduced_on = serializers.DateField(required=False, allow_null=True)
    promised = _words("About promises, in words.")
    operator = _words("Who operates it.")
    training = _words()
    trainees = serializers.IntegerField(required=False, allow_null=True, min_value=0, max_value=500)
    risks = _words()
    installs_on = serializers.DateField(required=False, allow_null=True)
    promises = HandoffPromiseBody(many=True, required=False)
    operations_id = Chosen(
        _planners,
        source="operations",
        required=False,
        help_text="Id of the owner who plans the delivery, of a deal that brings a machine; left out, operations' own.",
    )


class Returning(Body):
    reason = serializers.CharField(max_length=400, help_text="What is missing.")


@extend_schema(tags=["handoffs"])
class Handoffs(WriteViewSet):
    """Deals given from CS to Sales and back, and their orders to operations. Each is accepted, or returned with what is
    missing."""

    model = Handoff
    noun = "handoff"
    row = HandoffRow
    detail_row = HandoffDetailRow
    filters = HandoffFilters
    orderings = (BY_ID, by_day("given_on"))

    def enrich(self, row: dict[str, Any], asking: Any) -> None:
        """What it lacks, and its promises."""
        found: Handoff = Handoff._base_manager.get(pk=row["id"])
        said = list(HandoffPromise._base_manager.filter(handoff=found.pk).order_by("pk"))
        policy = policy_on(HandoffPolicy, asking.on).values
        required = policy.required(found.direction, delivered_by([found.opportunity_id])[found.opportunity_id])
        row["completed_on"] = answered_on(found)
        row["missing"] = list(missing(required, found.said(said)))
        row["promises"] = [_promise(line, asking.reach.sees_names) for line in said]

    @creating(NewHandoff)
    def create(self, doing: Doing) -> Handoff:
        """Give a deal to the other side; who receives it gets a task. One that came back is given again so."""
        said = dict(doing.said)
        promises = [Promised(**line) for line in said.pop("promises", [])]
        deal, direction, to = said.pop("opportunity"), said.pop("direction"), said.pop("to")
        return actions.give_handoff(
            opportunity=deal,
            direction=direction,
            to=to,
            operations=said.pop("operations", None),
            told=Told(**said),
            promises=promises,
            by=doing.by,
            on=doing.on,
        )

    @verb(Nothing)
    def accept(self, doing: Doing) -> None:
        """Take it over; only who it was given to, or their lead, may."""
        actions.accept_handoff(handoff=doing.row, by=doing.by, on=doing.on)

    @verb(Returning)
    def give_back(self, doing: Doing) -> None:
        """Return it with what is missing; who gave it gets a task."""
        actions.return_handoff(handoff=doing.row, reason=doing.said["reason"], by=doing.by, on=doing.on)

    @verb(Nothing)
    def recall(self, doing: Doing) -> None:
        """Take back what was given, while it waits. Only who gave it may."""
        if doing.row.given_by_id != doing.by.pk:
            raise ValidationError(_("Only who gave it takes it back."))
        actions.recall_handoff(handoff=doing.row, by=doing.by, on=doing.on)


def _promise(line: HandoffPromise, sees_names: bool) -> dict[str, Any]:
    return {
        "text": line.text if sees_names else None,
        "kind": line.kind,
        "due_on": line.due_on,
        "contact_id": line.to_id,
        "asset_id": line.asset_id,
        "promise_id": line.promise_id,
    }
