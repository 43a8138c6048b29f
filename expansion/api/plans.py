"""Account plans and their actions: read, begun, written, acted on."""

from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import FreeText, Row, day_or_null, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, Nothing, WriteViewSet, changing, creating, verb
from expansion.actions import planning
from expansion.models import AccountPlan, PlanAction, PlanPerson, PlanPoint, PointKind
from installed_base.models import Account
from playbooks.forms import assignable


class PlanActionRow(Row):
    id = whole()
    plan_id = whole()
    account_id = whole(source="plan.account_id")
    task_id = whole(help_text="The task that it is.")
    title = FreeText(source="task.title")
    owner_id = whole(source="task.owner_id", help_text="Who does it.")
    due_on = serializers.DateField(source="task.due_on", help_text="Its day says in which quarter it stands.")
    done_on = serializers.DateField(source="task.done_on", allow_null=True)
    review_id = whole(allow_null=True, help_text="The internal review in which it was agreed.")
    created_on = serializers.DateField()


class PlanActionFilters(Filters):
    plan = IdFilter(help_text="Id of the plan.")
    account = IdFilter(field_name="plan__account", help_text="Id of the account.")
    open = FlagFilter(method="still_open", help_text="Still to be done.")

    class Meta:
        model = PlanAction
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        left = {"task__done_on__isnull": True, "task__closed_on__isnull": True}
        return rows.filter(**left) if value else rows.exclude(**left)


class PlanActionChanges(Changes):
    due_on = serializers.DateField(required=False, help_text="Today or later.")
    owner_id = Chosen(assignable, source="owner", required=False, help_text="Id of who does it from now on.")


@extend_schema(tags=["account-plans"])
class PlanActions(WriteViewSet):
    """What was agreed for account plans."""

    model = PlanAction
    noun = "plan-action"
    row = PlanActionRow
    detail_row = PlanActionRow
    filters = PlanActionFilters
    orderings = (BY_ID, by_day("created_on"))

    @changing(PlanActionChanges)
    def partial_update(self, doing: Doing) -> None:
        """Give it another day or another owner while it is open."""
        task, said = doing.row.task, doing.said
        planning.change_action(
            action=doing.row, due_on=said.get("due_on", task.due_on), owner=said.get("owner", task.owner), by=doing.by,
            on=doing.on,
        )  # fmt: skip

    @verb(Nothing)
    def done(self, doing: Doing) -> None:
        """It was done today, and its task with it."""
        planning.finish_action(action=doing.row, by=doing.by, on=doing.on)

    @verb(Nothing)
    def reopen(self, doing: Doing) -> None:
        """Take back a "done"."""
        planning.reopen_action(action=doing.row, by=doing.by)


class AccountPlanRow(Row):
    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    year = whole()
    owner_id = whole(help_text="Who leads it.")
    owner_name = text(source="owner.name")
    decision_on = day_or_null("The day on which the customer decides.")
    opened_on = serializers.DateField()


class PointRow(serializers.Serializer[Any]):
    """An opportunity or a risk that stands in the plan."""

    id = whole()
    side = serializers.ChoiceField(PlanPoint.Side.choices)
    kind = serializers.ChoiceField(PointKind.choices)
    text = serializers.CharField(allow_null=True, help_text="Null for callers who see no names.")
    noted_on = serializers.DateField()
    ended_on = serializers.DateField(allow_null=True)
    outcome = serializers.ChoiceField(PlanPoint.Outcome.choices, allow_blank=True, help_text="Empty while it is open.")


class PersonRow(serializers.Serializer[Any]):
    """Somebody's part in the decision."""

    contact_id = whole()
    part = serializers.ChoiceField(PlanPerson.Part.choices)


class AccountPlanDetailRow(AccountPlanRow):
    derived = ("points", "people")

    aim = FreeText()
    situation = FreeText(help_text="What the figures do not say.")
    decision = FreeText(help_text="How the customer decides.")
    points = PointRow(many=True)
    people = PersonRow(many=True)


class AccountPlanFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    year = IdFilter(help_text="The year it is for.")
    decides_before = DayFilter(field_name="decision_on", lookup_expr="lte", help_text="Decided on or before this day.")

    class Meta:
        model = AccountPlan
        fields: ClassVar[list[str]] = []


class NewAccountPlan(Body):
    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the account.")
    year = serializers.IntegerField(min_value=2000, max_value=2100, help_text="This year, the last or the next.")
    owner_id = Chosen(
        assignable, source="owner", required=False, help_text="Id of who leads it; left out, the owner of the account."
    )


class AccountPlanChanges(Changes):
    aim = serializers.CharField(required=False, allow_blank=True, max_length=8000)
    situation = serializers.CharField(required=False, allow_blank=True, max_length=8000)
    decision = serializers.CharField(required=False, allow_blank=True, max_length=8000)
    decision_on = serializers.DateField(required=False, allow_null=True)
    owner_id = Chosen(assignable, source="owner", required=False, help_text="Id of who leads it from now on.")


class NewPlanAction(Body):
    title = serializers.CharField(max_length=240)
    due_on = serializers.DateField(help_text="Today or later.")
    owner_id = Chosen(assignable, source="owner", help_text="Id of who does it; it becomes a task of theirs.")


class NewPoint(Body):
    side = serializers.ChoiceField(PlanPoint.Side.choices)
    kind = serializers.ChoiceField(PointKind.choices)
    text = serializers.CharField(max_length=400)


class PointEnd(Body):
    point_id = serializers.IntegerField(min_value=1, help_text="Id of the point, one of this plan.")
    outcome = serializers.ChoiceField(PlanPoint.Outcome.choices)


@extend_schema(tags=["account-plans"])
class AccountPlans(WriteViewSet):
    """One plan per account and year. Technicians see none."""

    model = AccountPlan
    noun = "account-plan"
    row = AccountPlanRow
    detail_row = AccountPlanDetailRow
    filters = AccountPlanFilters
    orderings = (BY_ID, by_day("opened_on"))

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        points = PlanPoint._base_manager.filter(plan=row["id"]).order_by("pk")
        names = ("id", "side", "kind", "text", "noted_on", "ended_on", "outcome")
        row["points"] = list(points.values(*names))
        if not asking.reach.sees_names:
            for point in row["points"]:
                point["text"] = None
        people = PlanPerson._base_manager.filter(plan=row["id"], out_on__isnull=True).order_by("pk")
        row["people"] = list(people.values("contact_id", "part"))

    @creating(NewAccountPlan)
    def create(self, doing: Doing) -> AccountPlan:
        """Begin the plan of an account for a year."""
        said = doing.said
        account = Account.objects.changeable_by(doing.by).select_related("owner").filter(pk=said["account"].pk).first()
        if account is None:
            raise PermissionDenied(_("account_id: you see this account; only its owner and its team plan it."))
        return planning.open_plan(account=account, year=said["year"], owner=said.get("owner"), by=doing.by, on=doing.on)

    @changing(AccountPlanChanges)
    def partial_update(self, doing: Doing) -> None:
        """Write a section, or hand the plan on."""
        planning.write_plan(plan=doing.row, by=doing.by, **doing.said)

    @verb(NewPlanAction, makes=PlanActions)
    def actions(self, doing: Doing) -> PlanAction:
        """Agree on something that one of ours does by a day."""
        return planning.agree_action(plan=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(NewPoint)
    def points(self, doing: Doing) -> None:
        """Put an opportunity or a risk into the plan."""
        planning.add_point(plan=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(PointEnd)
    def end_point(self, doing: Doing) -> None:
        """Say what became of an opportunity or a risk."""
        point = PlanPoint._base_manager.get(plan=doing.row, pk=doing.said["point_id"])
        planning.end_point(point=point, outcome=doing.said["outcome"], by=doing.by, on=doing.on)
