"""The quarterly internal review of account plans: read, gone through account by account, closed."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import FreeText, Row, day_or_null, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, Nothing, WriteViewSet, changing, creating, verb
from core.models import User
from dashboards.plans.situation import in_review, kept, since_of_item
from expansion.actions import reviewing
from expansion.models import PlanReview, ReviewItem, ReviewPerson
from playbooks.forms import assignable


class PlanReviewRow(Row):
    id = whole()
    owner_id = whole(help_text="Whose accounts: a team's or a person's.")
    owner_name = text(source="owner.name")
    quarter_on = serializers.DateField(help_text="The first day of its quarter.")
    held_on = serializers.DateField()
    opened_on = serializers.DateField()
    closed_on = day_or_null("Null while it goes on.")


class PlanReviewPerson(serializers.Serializer[Any]):
    """Somebody at the table, and for which side."""

    user_id = whole()
    side = serializers.ChoiceField(ReviewPerson.Side.choices)


class PlanReviewDetailRow(PlanReviewRow):
    derived = ("people", "left")

    people = PlanReviewPerson(many=True)
    left = whole(help_text="Accounts that are still to be gone through.")


class PlanReviewFilters(Filters):
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    open = FlagFilter(method="still_open", help_text="Not closed yet.")
    held_since = DayFilter(field_name="held_on", lookup_expr="gte", help_text="Held on or after this day.")

    class Meta:
        model = PlanReview
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(closed_on__isnull=value)


class NewPlanReview(Body):
    owner_id = Chosen(assignable, source="owner", help_text="Id of the team or person whose accounts it is about.")
    held_on = serializers.DateField(help_text="Its day says of which quarter it is.")


def _people(_user: User) -> Any:
    return User.objects.filter(is_active=True)


class Attending(Body):
    user_ids = serializers.ListField(
        child=Chosen(_people), allow_empty=True, help_text="Who is there; it replaces the list."
    )


@extend_schema(tags=["plan-reviews"])
class PlanReviews(WriteViewSet):
    """Once a quarter sales and service go through the planned accounts; none leaves without a next step."""

    model = PlanReview
    noun = "plan-review"
    row = PlanReviewRow
    detail_row = PlanReviewDetailRow
    filters = PlanReviewFilters
    orderings = (BY_ID, by_day("held_on"))

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        there = ReviewPerson._base_manager.filter(review=row["id"]).order_by("pk")
        row["people"] = list(there.values("user_id", "side"))
        row["left"] = ReviewItem._base_manager.filter(review=row["id"], closed_on__isnull=True).count()

    @creating(NewPlanReview)
    def create(self, doing: Doing) -> PlanReview:
        """Begin the review of a quarter for the accounts of a team or a person that have a plan."""
        return reviewing.open_review(by=doing.by, on=doing.on, **doing.said)

    @verb(Attending)
    def people(self, doing: Doing) -> None:
        """Who sits at the table: sales and service both."""
        reviewing.attend(review=doing.row, people=doing.said["user_ids"], by=doing.by)

    @verb(Nothing)
    def close(self, doing: Doing) -> None:
        """End it, once every account has its next step."""
        reviewing.close_review(review=doing.row, by=doing.by, on=doing.on)


class PlanReviewAccountRow(Row):
    id = whole()
    review_id = whole()
    plan_id = whole()
    account_id = whole(source="plan.account_id")
    position = whole(help_text="When its turn is.")
    status = serializers.ChoiceField(ReviewItem.Status.choices, allow_blank=True, help_text="Empty until it is said.")
    next_step_id = whole(allow_null=True, help_text="The plan action with which it left.")
    closed_on = day_or_null("Null while it is still to be gone through.")


class PlanReviewAccountDetailRow(PlanReviewAccountRow):
    note = FreeText()
    opportunities = FreeText()
    risks = FreeText()


class PlanReviewAccountFilters(Filters):
    review = IdFilter(help_text="Id of the review.")
    plan = IdFilter(help_text="Id of the plan.")
    account = IdFilter(field_name="plan__account", help_text="Id of the account.")
    status = WordFilter(choices=ReviewItem.Status.choices)
    open = FlagFilter(method="still_open", help_text="Still to be gone through.")

    class Meta:
        model = ReviewItem
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(closed_on__isnull=value)


def _words() -> serializers.CharField:
    return serializers.CharField(required=False, allow_blank=True, max_length=8000)


class PlanReviewAccountChanges(Changes):
    status = serializers.ChoiceField(ReviewItem.Status.choices, required=False)
    note = _words()
    opportunities = _words()
    risks = _words()


@extend_schema(tags=["plan-reviews"])
class PlanReviewAccounts(WriteViewSet):
    """The accounts of these reviews: what was said of each, and whether it left with a next step."""

    model = ReviewItem
    noun = "plan-review-account"
    row = PlanReviewAccountRow
    detail_row = PlanReviewAccountDetailRow
    filters = PlanReviewAccountFilters
    orderings = (BY_ID,)

    @changing(PlanReviewAccountChanges)
    def partial_update(self, doing: Doing) -> None:
        """How it stands and what was said, while it is open."""
        now = {name: getattr(doing.row, name) for name in ("status", "note", "opportunities", "risks")}
        reviewing.note_item(item=doing.row, by=doing.by, **(now | doing.said))

    @verb(Nothing)
    def close(self, doing: Doing) -> None:
        """Close it with the next step of its plan; what stands on the screen is kept."""
        item = doing.row
        seen = kept(in_review(item.plan, doing.by, since_of_item(item), doing.on))
        reviewing.close_item(item=item, seen=seen, by=doing.by, on=doing.on)

    @verb(Nothing)
    def reopen(self, doing: Doing) -> None:
        """Take it up again while the review goes on."""
        reviewing.reopen_item(item=doing.row, by=doing.by)
