"""Drafts of the score card: begun, changed, looked at, published, put aside."""

from dataclasses import fields
from decimal import DecimalException
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from core import clock
from core.api.filters import Filters, FlagFilter
from core.api.paging import BY_ID
from core.api.reading import ApiView, Asking, number, parameters
from core.api.rows import Amount, FreeText, Row, day_or_null, text, whole
from core.api.schema import or_problem
from core.api.writing import Body, Changes, Doing, WriteViewSet, changing, creating, verb
from core.policies import from_json
from core.problems import Refused
from core.reach import reach_of
from health.actions import drafting as act
from health.models import Draft
from health.models.score import TIERS
from health.queries.moves import Move, moves
from health.rules.policy import HealthPolicy
from health.words import problem_words


class ProblemRow(Row):
    place = text(help_text='Where it is: "weights", "measures.survey.curve", "green".')
    code = text()
    detail = text(help_text="What is wrong there, and what would be right.")


class DraftRow(Row):
    id = whole()
    title = FreeText()
    base = whole(help_text="Number of the version it began as.")
    made_on = serializers.DateField()
    made_by_id = whole()
    changed_at = serializers.DateTimeField()
    published_version = whole(source="published_as.version", allow_null=True, help_text="null: not published.")
    discarded_on = day_or_null()


class DraftDetailRow(DraftRow):
    derived = ("problems",)
    values = serializers.JSONField(help_text="Dimensions, measures, cuts and cards; decimals as text.")
    problems = ProblemRow(many=True, required=False, help_text="What keeps it from being published.")


class DraftFilters(Filters):
    open = FlagFilter(method="still_open", help_text="Neither published nor put aside.")

    class Meta:
        model = Draft
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.open() if value else rows.exclude(pk__in=rows.open().values("pk"))


class Values(serializers.JSONField):
    """The values of a policy. What is left out is as the product comes; what is unknown is refused."""

    def to_internal_value(self, data: Any) -> Any:
        said = super().to_internal_value(data)
        if not isinstance(said, dict):
            raise ValidationError(_("Send an object with the fields of the policy."))
        known = [f.name for f in fields(HealthPolicy)]
        if unknown := [name for name in said if name not in known]:
            words = _("There is no field %(name)s. Those are: %(known)s.")
            raise ValidationError(words % {"name": str(unknown[0])[:80], "known": ", ".join(known)})
        try:
            return from_json(HealthPolicy, said)
        except (TypeError, ValueError, KeyError, AttributeError, DecimalException) as error:
            raise ValidationError(_("These are no values of a policy; compare with those you read.")) from error


class NewDraft(Body):
    title = serializers.CharField(max_length=120, help_text="What is tried.")
    values = Values(required=False, help_text="Left out, those of the version that counts today.")


class DraftChanges(Changes):
    title = serializers.CharField(required=False, max_length=120)
    values = Values(required=False, help_text="All of them. They may be wrong until the draft is published.")


class From(Body):
    valid_from = serializers.DateField(help_text="The first day on which it counts: not scored yet, after the last.")


@extend_schema(tags=["score-drafts"])
class ScoreDrafts(WriteViewSet):
    """Drafts of the score card. Team leads and administrators write them; technicians see none."""

    model = Draft
    noun = "score-draft"
    row = DraftRow
    detail_row = DraftDetailRow
    filters = DraftFilters
    orderings = (BY_ID,)

    def enrich(self, row: dict[str, Any], asking: Asking) -> None:
        policy: HealthPolicy = from_json(HealthPolicy, row["values"])
        row["problems"] = [{"place": p.place, "code": p.code, "detail": problem_words(p)} for p in policy.problems()]

    @creating(NewDraft)
    def create(self, doing: Doing) -> Draft:
        """Begin a draft."""
        if not reach_of(doing.by).sets_policy:
            raise PermissionDenied(_("Leads and administrators change the score card."))
        return act.begin_draft(by=doing.by, on=doing.on, **doing.said)

    @changing(DraftChanges)
    def partial_update(self, doing: Doing) -> None:
        """Another title, other values."""
        act.change_draft(draft=doing.row, by=doing.by, **doing.said)

    @verb(From)
    def publish(self, doing: Doing) -> None:
        """Make it the next version. A draft that contradicts itself is refused, each place in a sentence."""
        act.publish_draft(draft=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb()
    def discard(self, doing: Doing) -> None:
        """Put it aside; it stays readable."""
        act.discard_draft(draft=doing.row, by=doing.by, on=doing.on)


class MoveRow(Row):
    account_id = whole()
    account_name = text()
    annual_value = Amount()
    score_before = serializers.DecimalField(5, 2, allow_null=True)
    score = serializers.DecimalField(5, 2, allow_null=True)
    tier_before = serializers.ChoiceField(TIERS)
    tier = serializers.ChoiceField(TIERS, help_text="The tier it would settle in.")
    tier_first_day = serializers.ChoiceField(TIERS, help_text="A better tier counts only after some days.")


class WorkRow(Row):
    owner = text()
    plays = whole()
    tasks = whole()


class PreviewRow(Row):
    on = serializers.DateField(help_text="The day on which both were worked out.")
    looked_at = whole(help_text="How many accounts: those within reach.")
    moves = MoveRow(many=True, help_text="Those that would settle in another tier; those that fall first.")
    work = WorkRow(many=True, help_text="Plays and tasks that the new tiers begin, by owner.")


@extend_schema(tags=["score-drafts"])
class DraftPreview(ApiView, APIView):
    """Who would change tier if the draft counted from today, of the accounts within reach. Nothing is written."""

    http_method_names = ["get", "head"]

    @extend_schema(responses=or_problem(PreviewRow, "400", "401", "403", "404", "409"))
    def get(self, request: Request, id: int) -> Response:  # its name in the address
        parameters(request, ())
        user: Any = request.user
        row = Draft.objects.visible_to(user).filter(pk=number(str(id))).first()
        if row is None:
            raise NotFound
        policy = act.policy_in(row)
        if found := policy.problems():
            raise Refused(" ".join(problem_words(problem) for problem in found))
        on = clock.today()
        told = moves(policy, user, on)
        prices = reach_of(user).sees_prices
        work = [{"owner": name, "plays": plays, "tasks": tasks} for name, plays, tasks in told.tasks]
        rows = [_move(move, prices) for move in told.rows]
        return Response({"on": on, "looked_at": told.looked_at, "moves": rows, "work": work})


def _move(move: Move, prices: bool) -> dict[str, Any]:
    said = {
        "account_id": move.account.pk,
        "account_name": move.account.name,
        "score_before": move.old.score,
        "score": move.new.score,
        "tier_before": move.old.settles.value,
        "tier": move.new.settles.value,
        "tier_first_day": move.new.tier.value,
    }
    return said | ({"annual_value": move.value} if prices else {})
