"""Reviews of the bowtie and what was agreed about its figures: read, begun, noted, closed, done."""

from datetime import date
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from core import opening
from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, TextFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import Row, day_or_null, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, Nothing, WriteViewSet, changing, creating, verb
from core.metrics import UnknownMetric, metric
from core.models import Team, User
from core.reach import Level, reach_of
from dashboards.bowtie import review as reading
from playbooks.actions import reviews as act
from playbooks.forms import assignable
from playbooks.models import AgreedStep, Review


class ReviewRow(Row):
    id = whole()
    kind = serializers.ChoiceField(Review.Kind.choices)
    on = serializers.DateField(help_text="The day it was begun for.")
    team_id = whole(allow_null=True, help_text="Of which team; null: of everything.")
    opened_by_id = whole(allow_null=True, help_text="Id of our user.")
    closed_on = day_or_null("Null while it is open.")
    closed_by_id = whole(allow_null=True)


class ReviewFigure(serializers.Serializer[Any]):
    """A figure as it was on the table."""

    key = serializers.CharField(help_text="The metric.")
    value = serializers.CharField(allow_null=True, help_text="Null where it is not known, or not shown to the caller.")
    before = serializers.CharField(allow_null=True, help_text="A year before.")
    count = serializers.IntegerField(help_text="Rows that counted.")
    status = serializers.CharField(help_text="good, watch, risk or unknown, against the target.")


class ReviewDetailRow(ReviewRow):
    derived = ("figures",)

    notes = text(help_text="What was said.")
    figures = ReviewFigure(many=True, help_text="Those it was closed with; while it is open, those of today.")


class ReviewFilters(Filters):
    kind = WordFilter(choices=Review.Kind.choices)
    team = IdFilter(help_text="Id of the team.")
    open = FlagFilter(method="still_open", help_text="Not closed yet.")
    since = DayFilter(field_name="on", lookup_expr="gte", help_text="On or after this day.")

    class Meta:
        model = Review
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(closed_on__isnull=value)


def _teams(user: User) -> Any:
    reach = reach_of(user)
    return Team.objects.all() if reach.level is Level.ALL else Team.objects.filter(owner__in=reach.owners)


class NewReview(Body):
    kind = serializers.ChoiceField(Review.Kind.choices)
    team_id = Chosen(
        _teams, source="team", required=False, help_text="Id of the team; of everything only for who sees everything."
    )


class ReviewChanges(Changes):
    notes = serializers.CharField(required=False, allow_blank=True, max_length=20000)


@extend_schema(tags=["reviews"])
class Reviews(WriteViewSet):
    """Weekly, monthly and quarterly reviews of the figures. A closed one keeps the figures that were on the table."""

    model = Review
    noun = "review"
    row = ReviewRow
    detail_row = ReviewDetailRow
    filters = ReviewFilters
    orderings = (BY_ID, by_day("on"))
    refusals = (act.ReviewRefused,)

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        shown: Review = Review._base_manager.select_related("team").get(pk=row["id"])
        kept = shown.figures if shown.closed_on else _taken(shown, asking.on, asking.user)
        row["figures"] = reading.told(kept, asking.user)

    @creating(NewReview)
    def create(self, doing: Doing) -> Review:
        """Begin one of today, of everything or of a team."""
        return act.open_review(by=doing.by, on=doing.on, **doing.said)

    @changing(ReviewChanges)
    def partial_update(self, doing: Doing) -> None:
        """Write its notes while it is open."""
        _may(doing.by)
        act.write_notes(review=doing.row, notes=doing.said["notes"], by=doing.by)

    @verb(Nothing)
    def close(self, doing: Doing) -> None:
        """Close it with the figures of this moment: from now on it shows these."""
        _may(doing.by)
        figures = _taken(doing.row, doing.on, doing.by)
        act.close_review(review=doing.row, figures=figures, by=doing.by, on=doing.on)


def _taken(shown: Review, on: date, actor: User) -> dict[str, Any]:
    return reading.taken(shown, on=on, actor=actor, currency=opening.ours().reporting_currency)


def _may(user: User) -> None:
    if not act.may_review(user):
        raise PermissionDenied


class AgreedStepRow(Row):
    id = whole()
    metric = text(help_text="Key of the figure it is about.")
    review_id = whole(allow_null=True, help_text="The review in which it was agreed.")
    title = text(help_text="What was agreed.")
    owner_id = whole(help_text="Who does it.")
    owner_name = text(source="owner.name")
    due_on = serializers.DateField()
    created_on = serializers.DateField()
    created_by_id = whole(allow_null=True)
    done_on = day_or_null()
    done_by_id = whole(allow_null=True)


class AgreedStepFilters(Filters):
    metric = TextFilter(help_text="Key of the figure.")
    review = IdFilter(help_text="Id of the review.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    open = FlagFilter(method="still_open", help_text="Still to be done.")
    due_before = DayFilter(field_name="due_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = AgreedStep
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(done_on__isnull=value)


def _reviews(user: User) -> Any:
    return Review.objects.visible_to(user)


class NewAgreedStep(Body):
    metric = serializers.CharField(max_length=60, help_text="Key of the figure it is about.")
    title = serializers.CharField(max_length=240)
    due_on = serializers.DateField(help_text="Today or later.")
    owner_id = Chosen(assignable, source="owner", required=False, help_text="Who does it; left out, the caller.")
    review_id = Chosen(_reviews, source="review", required=False, help_text="The open review in which it is agreed.")

    def validate_metric(self, key: str) -> str:
        try:
            return metric(key).key
        except UnknownMetric as unknown:
            raise ValidationError(str(unknown)) from unknown


class AgreedStepChanges(Changes):
    title = serializers.CharField(required=False, max_length=240)
    due_on = serializers.DateField(required=False, help_text="Today or later.")
    owner_id = Chosen(assignable, source="owner", required=False)


@extend_schema(tags=["agreed-steps"])
class AgreedSteps(WriteViewSet):
    """What was agreed about a figure: one next step, who and by when."""

    model = AgreedStep
    noun = "agreed-step"
    row = AgreedStepRow
    detail_row = AgreedStepRow
    filters = AgreedStepFilters
    orderings = (BY_ID, by_day("due_on"))
    refusals = (act.ReviewRefused,)

    @creating(NewAgreedStep)
    def create(self, doing: Doing) -> AgreedStep:
        """Agree on a step, in a review or from the leak map."""
        return act.agree_step(by=doing.by, on=doing.on, **doing.said)

    @changing(AgreedStepChanges)
    def partial_update(self, doing: Doing) -> None:
        """Other words, another day or owner while it is open."""
        act.change_step(step=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Nothing)
    def done(self, doing: Doing) -> None:
        """It was done today."""
        act.finish_step(step=doing.row, by=doing.by, on=doing.on)

    @verb(Nothing)
    def reopen(self, doing: Doing) -> None:
        """Take back a "done"."""
        act.reopen_step(step=doing.row, by=doing.by)
