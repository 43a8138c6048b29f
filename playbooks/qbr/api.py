"""QBRs and the actions agreed there: read, planned, held, summed up."""

from datetime import date, datetime
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from core import clock
from core.api.filters import DayFilter, Filters, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, Nothing, WriteViewSet, changing, creating, verb
from installed_base.models import Account, Contact
from playbooks.forms import assignable
from playbooks.models import Qbr, QbrAction, QbrAttendee, QbrLetter, Seat, Side
from playbooks.qbr.actions import holding, planning
from playbooks.qbr.actions.writing import send_letter
from playbooks.qbr.refusal import QbrRefused

STATES = [(key, key) for key in ("to_plan", "planned", "summary", "held", "cancelled")]


class QbrRow(Row):
    derived = ("state",)

    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    owner_id = whole(help_text="Who leads it.")
    owner_name = text(source="owner.name")
    state = text(help_text="to_plan, planned, summary (it is due), held (and summed up) or cancelled.")
    first_planned_on = serializers.DateField(help_text="The first day it was planned for; it never changes.")
    planned_on = serializers.DateField(help_text="The day that counts now.")
    starts_at = serializers.TimeField(allow_null=True)
    agreed_on = day_or_null("The day on which the date was agreed with the customer.")
    held_at = serializers.DateTimeField(allow_null=True)
    summary_due_at = serializers.DateTimeField(allow_null=True, help_text="Until when the summary is in time.")
    summary_sent_at = serializers.DateTimeField(allow_null=True)
    cancelled_on = day_or_null()
    cancelled_side = text(help_text="Who called it off: customer or us; empty: nobody.")


class Comes(serializers.Serializer[Any]):
    """Somebody who is asked to come. `came` is null until the meeting was held."""

    id = whole()
    seat = serializers.ChoiceField(Seat.choices)
    contact_id = whole(allow_null=True)
    user_id = whole(allow_null=True)
    came = serializers.BooleanField(allow_null=True)


class QbrDetailRow(QbrRow):
    derived = ("state", "attendees")

    slot_on = serializers.DateField(help_text="The date of the rhythm it stands for.")
    known_on = serializers.DateField()
    after_id = whole(allow_null=True, help_text="The QBR at which this one was agreed.")
    place = FreeText()
    cancel_reason = FreeText()
    health_note = FreeText(help_text="For us alone.")
    chances_note = FreeText(help_text="For us alone.")
    risks_note = FreeText(help_text="For us alone.")
    attendees = Comes(many=True)


class QbrFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    state = WordFilter(choices=STATES, method="in_state")
    planned_after = DayFilter(field_name="planned_on", lookup_expr="gte", help_text="On or after this day.")
    planned_before = DayFilter(field_name="planned_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Qbr
        fields: ClassVar[list[str]] = []

    def in_state(self, rows: Any, name: str, value: str) -> Any:
        if value == "cancelled":
            return rows.filter(cancelled_on__isnull=False)
        if value in ("summary", "held"):
            return rows.filter(held_at__isnull=False, summary_sent_at__isnull=value == "summary")
        return rows.open().filter(agreed_on__isnull=value == "to_plan")


class NewQbr(Body):
    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the account.")
    planned_on = serializers.DateField(help_text="The day that was agreed: today or later.")
    owner_id = Chosen(
        assignable, source="owner", required=False, help_text="Id of who leads it; left out, the owner of the account."
    )


class QbrChanges(Changes):
    planned_on = serializers.DateField(required=False, help_text="Another day than the one agreed needs a reason.")
    starts_at = serializers.TimeField(required=False, allow_null=True)
    place = serializers.CharField(required=False, allow_blank=True, max_length=200)
    reason = serializers.CharField(required=False, allow_blank=True, max_length=240, help_text="Why the date moves.")
    owner_id = Chosen(assignable, source="owner", required=False, help_text="Id of who leads it from now on.")


class WasHeld(Body):
    """When it ended, and who of those asked came."""

    held_at = serializers.DateTimeField(help_text="A moment that has passed.")
    attendee_ids = serializers.ListField(
        child=serializers.IntegerField(min_value=1), required=False, max_length=100, help_text="Ids of the attendees."
    )

    def validate_attendee_ids(self, ids: list[int]) -> list[QbrAttendee]:
        rows = list(self.context["row"].attendees.filter(pk__in=ids).select_related("contact"))
        if len(rows) < len(set(ids)):
            raise ValidationError(_("Not all of these are asked to this QBR."))
        return rows


class CallOff(Body):
    side = serializers.ChoiceField(Side.choices, help_text="Who calls it off.")
    reason = serializers.CharField(max_length=240)


class NextQbr(Body):
    planned_on = serializers.DateField(help_text="A day after this QBR.")


def _reachable(by: Any) -> Any:
    return Contact.objects.visible_to(by).filter(left_on__isnull=True)


class Summary(Body):
    """The summary as it is sent: with it, its clock stops."""

    subject = serializers.CharField(max_length=240)
    body = serializers.CharField(max_length=20000)
    contact_ids = serializers.ListField(
        child=Chosen(_reachable), min_length=1, max_length=50, help_text="Ids of the people of the customer who get it."
    )


class NewQbrAction(Body):
    """With an owner it is ours and becomes a task; else it is the customer's, by one of their people or nobody in
    particular."""

    title = serializers.CharField(max_length=240)
    due_on = serializers.DateField()
    owner_id = Chosen(assignable, source="owner", required=False, help_text="Id of who of ours does it.")
    contact_id = Chosen(_reachable, source="contact", required=False, help_text="Id of who of theirs does it.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "owner" in attrs and "contact" in attrs:
            raise ValidationError({"contact_id": [_("It is ours or theirs: name one.")]})
        return attrs


class QbrActionRow(Row):
    id = whole()
    qbr_id = whole()
    account_id = whole(source="qbr.account_id")
    title = FreeText()
    ours = serializers.BooleanField()
    task_id = whole(allow_null=True, help_text="The task that it became, where it is ours.")
    contact_id = whole(allow_null=True)
    due_on = serializers.DateField()
    done_on = day_or_null("Of theirs: when it was done. Of ours the task says so.")
    task_done_on = serializers.DateField(source="task.done_on", allow_null=True, help_text="When its task was done.")
    created_on = serializers.DateField()


class QbrActionFilters(Filters):
    qbr = IdFilter(help_text="Id of the QBR.")
    account = IdFilter(field_name="qbr__account", help_text="Id of the account.")

    class Meta:
        model = QbrAction
        fields: ClassVar[list[str]] = []


@extend_schema(tags=["qbrs"])
class QbrActions(WriteViewSet):
    """What was agreed at QBRs."""

    model = QbrAction
    noun = "qbr-action"
    row = QbrActionRow
    detail_row = QbrActionRow
    filters = QbrActionFilters
    orderings = (BY_ID, by_day("due_on"))

    @verb(Nothing)
    def done(self, doing: Doing) -> None:
        """It was done today. Of ours the task is done with it."""
        holding.finish_action(action=doing.row, by=doing.by, on=doing.on)

    @verb(Nothing)
    def reopen(self, doing: Doing) -> None:
        """Take back a "done"."""
        holding.reopen_action(action=doing.row, by=doing.by)


@extend_schema(tags=["qbrs"])
class Qbrs(WriteViewSet):
    """Business reviews with customers. Technicians see none."""

    model = Qbr
    noun = "qbr"
    refusals = (QbrRefused,)
    row = QbrRow
    detail_row = QbrDetailRow
    filters = QbrFilters
    orderings = (BY_ID, by_day("planned_on"))

    def complete(self, rows: Rows, asking: Asking) -> None:
        for row in rows:
            row["state"] = _state(row)

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        asked = QbrAttendee.objects.visible_to(asking.user).filter(qbr=row["id"]).order_by("pk")
        row["attendees"] = list(asked.values("id", "seat", "contact_id", "user_id", "came"))

    @creating(NewQbr)
    def create(self, doing: Doing) -> Qbr:
        """Put one into the plan for a day agreed with a customer who has none ahead."""
        said = doing.said
        account = Account.objects.changeable_by(doing.by).select_related("owner").filter(pk=said["account"].pk).first()
        if account is None:
            raise PermissionDenied(_("account_id: you see this account; only its owner and its team plan its QBRs."))
        return planning.schedule(
            account=account, planned_on=said["planned_on"], owner=said.get("owner"), by=doing.by, on=doing.on
        )

    @changing(QbrChanges)
    def partial_update(self, doing: Doing) -> None:
        """Agree on the day, move it with a reason, say where it is, or who leads it."""
        row, said = doing.row, doing.said
        if said.keys() & {"planned_on", "starts_at", "place"}:
            planning.agree(
                qbr=row,
                planned_on=said.get("planned_on", row.planned_on),
                starts_at=said.get("starts_at", row.starts_at),
                place=said.get("place", row.place),
                reason=said.get("reason", ""),
                by=doing.by,
                on=doing.on,
            )
        if "owner" in said:
            planning.lead(qbr=row, owner=said["owner"], by=doing.by, on=doing.on)

    @verb(WasHeld)
    def held(self, doing: Doing) -> None:
        """It took place: from now on the clock of the summary runs."""
        came: list[QbrAttendee] = doing.said.get("attendee_ids", [])
        held_at: datetime = doing.said["held_at"]
        holding.hold(qbr=doing.row, held_at=held_at, came=came, by=doing.by, at=clock.now(), on=doing.on)

    @verb(CallOff)
    def cancel(self, doing: Doing) -> None:
        """Call it off, with who does so and why."""
        planning.cancel(qbr=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(NextQbr, creates=True)
    def next(self, doing: Doing) -> Qbr:
        """Agree on the next one at the end of this one."""
        planned_on: date = doing.said["planned_on"]
        return holding.set_next(qbr=doing.row, planned_on=planned_on, by=doing.by, on=doing.on)

    @verb(Summary)
    def summary(self, doing: Doing) -> None:
        """Send the summary to people of the customer. It is sent once."""
        said = doing.said
        send_letter(
            qbr=doing.row,
            kind=QbrLetter.Kind.SUMMARY,
            subject=said["subject"],
            body=said["body"],
            to=said["contact_ids"],
            by=doing.by,
            at=clock.now(),
            on=doing.on,
        )

    @verb(NewQbrAction, makes=QbrActions)
    def actions(self, doing: Doing) -> QbrAction:
        """Agree on something that ours or theirs do by a day."""
        return holding.agree_action(qbr=doing.row, by=doing.by, on=doing.on, **doing.said)


def _state(row: dict[str, Any]) -> str:
    if row["cancelled_on"]:
        return "cancelled"
    if row["held_at"]:
        return "held" if row["summary_sent_at"] else "summary"
    return "planned" if row["agreed_on"] else "to_plan"
