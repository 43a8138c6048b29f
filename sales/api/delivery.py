"""Deliveries through the API: machines on order with their steps; a step done, moved, skipped, taken back."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import Filters, FlagFilter, IdFilter, TextFilter
from core.api.paging import BY_ID
from core.api.reading import Asking
from core.api.rows import Amount, FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, verb
from core.models import Owner, User
from installed_base.actions import delivering, delivery_plans
from installed_base.actions.matching import match_machine
from installed_base.models import Asset, DeliveryStepKind, MachineOrder
from installed_base.rules.delivery import leg_late, settled
from sales.queries import delivery as query


class DeliveryStepRow(Row):
    step = serializers.ChoiceField(DeliveryStepKind.choices)
    planned_on = day_or_null()
    done_on = day_or_null()
    skipped_on = day_or_null()
    expected_on = day_or_null("For an open step: when the plan allows it at the earliest.")
    late_days = whole(allow_null=True, help_text="After the planned day; below 0 before it. Null: nothing to compare.")
    owner_id = whole(help_text="Id of the owner who sees to it.")
    note = FreeText()


class ReplanningRow(Row):
    step = serializers.ChoiceField(DeliveryStepKind.choices)
    was = serializers.DateField()
    now = serializers.DateField()
    on = serializers.DateField()
    by_id = whole(allow_null=True, help_text="Id of our user; null from an import.")
    reason = FreeText()


class DeliveryRow(Row):
    id = whole()
    number = text(help_text="Of the order.")
    asset_id = whole()
    serial = text(source="asset.serial")
    product_name = text(source="asset.product.name", allow_null=True)
    account_id = whole(source="asset.account_id")
    account_name = text(source="asset.account.name")
    opportunity_id = whole(source="asset.delivery.opportunity_id", allow_null=True)
    owner_id = whole(help_text="Id of the owner who sees to the order.")
    ordered_on = serializers.DateField(source="asset.ordered_on", allow_null=True)
    promised_on = serializers.DateField(source="asset.promised_on", allow_null=True)
    value = Amount(source="asset.price_reporting")
    step = serializers.ChoiceField(
        DeliveryStepKind.choices, allow_null=True, help_text="The step that is next; null once all are done."
    )
    planned_on = day_or_null("Of the step that is next.")
    late_days = whole(help_text="Of the step that is next; 0 in time.")
    next_owner_id = whole(help_text="Id of the owner who owes the next step.")
    stands_on = day_or_null("Installed on, or expected to be.")
    over_days = whole(allow_null=True, help_text="From the promised day to `stands_on`; above 0 the promise is broken.")
    steps = DeliveryStepRow(many=True)
    derived = ("step", "planned_on", "late_days", "next_owner_id", "stands_on", "over_days", "steps")


class DeliveryDetailRow(DeliveryRow):
    replannings = ReplanningRow(many=True)
    derived = (*DeliveryRow.derived, "replannings")


class DeliveryFilters(Filters):
    account = IdFilter(field_name="asset__account", help_text="Id of the account.")
    asset = IdFilter(help_text="Id of the machine.")
    opportunity = IdFilter(field_name="asset__delivery__opportunity", help_text="Id of the deal that brought it.")
    product_line = IdFilter(field_name="asset__product__line", help_text="Id of the product line.")
    owner = IdFilter(help_text="Id of the owner who sees to the order.")
    number = TextFilter()
    open = FlagFilter(method="still_open", help_text="Not commissioned.")

    class Meta:
        model = MachineOrder
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(asset__went_live_on__isnull=value)


class StepBody(Body):
    step = serializers.ChoiceField(DeliveryStepKind.choices)


class StepDone(StepBody):
    done_on = serializers.DateField(required=False, help_text="Left out: today.")
    serial = serializers.CharField(max_length=120, required=False, allow_blank=True)


class StepMoved(StepBody):
    planned_on = serializers.DateField()
    reason = serializers.CharField(max_length=400)
    along = serializers.BooleanField(
        required=False, help_text="Whether the later steps move by as many days. Left out: yes."
    )


class StepSkipped(StepBody):
    reason = serializers.CharField(max_length=400)


def _owners(_user: User) -> Any:
    return Owner.objects.all()


class OrderSaid(Body):
    number = serializers.CharField(max_length=120, required=False, allow_blank=True)
    owner_id = Chosen(_owners, source="owner", required=False, help_text="Id of the owner who sees to it.")


def _machines(user: User) -> Any:
    return Asset.objects.visible_to(user)


class Matched(Body):
    asset_id = Chosen(_machines, source="asset", help_text="Id of the machine that it is: same account and product.")


@extend_schema(tags=["deliveries"])
class Deliveries(WriteViewSet):
    """Machines on order: their steps from production to commissioning, planned and real, as of a date."""

    model = MachineOrder
    noun = "delivery"
    row = DeliveryRow
    detail_row = DeliveryDetailRow
    filters = DeliveryFilters
    orderings = (BY_ID,)
    as_of = True
    refusals = delivering.REFUSALS

    def complete(self, rows: Rows, asking: Asking) -> None:
        """The steps as they stood on the date, and what follows from them. A fixed number of queries."""
        found = query.with_steps([row["id"] for row in rows], asking.on)
        for row in rows:
            row.update(_told(found[row["id"]], asking))

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        """How the plan was moved."""
        one = query.with_steps([row["id"]], asking.on)[row["id"]]
        named = asking.reach.sees_names
        row["replannings"] = [
            {
                "step": move.step.step,
                "was": move.was,
                "now": move.now,
                "on": move.on,
                "by_id": move.by_id,
                "reason": move.reason if named else None,
            }
            for move in query.moves_of(one, asking.on)
        ]

    @verb(StepDone)
    def done(self, doing: Doing) -> None:
        """The step that was next is done; an installation puts the machine in service."""
        said = doing.said
        delivering.finish_step(
            order=doing.row,
            step=said["step"],
            done_on=said.get("done_on", doing.on),
            serial=said.get("serial", ""),
            by=doing.by,
            on=doing.on,
        )

    @verb(StepMoved)
    def replan(self, doing: Doing) -> None:
        """Plan a step for another day; what was promised stays."""
        delivery_plans.move_step(order=doing.row, by=doing.by, on=doing.on, **({"along": True} | doing.said))

    @verb(StepSkipped)
    def skip(self, doing: Doing) -> None:
        """This machine does without the step that was next."""
        delivering.skip_step(order=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(StepBody)
    def take_back(self, doing: Doing) -> None:
        """The step that was done last was not."""
        delivering.take_back_step(order=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(OrderSaid)
    def describe(self, doing: Doing) -> None:
        """The number of the order, and who sees to it."""
        said = doing.said
        delivery_plans.describe_order(
            order=doing.row,
            number=said.get("number", doing.row.number),
            owner=said.get("owner") or doing.row.owner,
            by=doing.by,
            on=doing.on,
        )

    @verb(Matched)
    def match(self, doing: Doing) -> None:
        """Its machine is one that is known already: the row made with the order goes, what stood on it stays."""
        match_machine(order=doing.row, machine=doing.said["asset"], by=doing.by, on=doing.on)


def _told(one: query.Coming, asking: Asking) -> dict[str, Any]:
    stands, behind = one.stands, settled(one.legs)
    return {
        "step": stands.step or None,
        "planned_on": stands.planned_on,
        "late_days": stands.late_days,
        "next_owner_id": one.owes.pk,
        "stands_on": stands.stands_on,
        "over_days": stands.over_days,
        "steps": [
            {
                "step": leg.step,
                "planned_on": leg.planned_on,
                "done_on": leg.done_on,
                "skipped_on": leg.skipped_on,
                "expected_on": stands.expected.get(leg.step),
                "late_days": leg_late(leg, asking.on, passed=place < behind),
                "owner_id": row.owner_id or one.order.owner_id,
                "note": row.note if asking.reach.sees_names or not row.note else None,
            }
            for place, (row, leg) in enumerate(zip(one.steps, one.legs, strict=True))
        ],
    }
