"""Rescues of red accounts: read, begun, worked, ended."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import Filters, FlagFilter, IdFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import Amount, FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, Nothing, WriteViewSet, creating, verb
from core.policies import policy_on
from core.problems import Refused
from core.reach import Level, reach_of
from core.scope import System
from health.actions import rescuing as act
from health.forms.rescues import sponsors
from health.models import Cause, Rescue
from health.queries.rescues import facts_of
from health.rules.rescue import RescuePolicy, RescueState, clock_of, lacks, state_of
from installed_base.models import Account
from playbooks.api import Tasks
from playbooks.forms import assignable
from playbooks.library import RESCUE
from playbooks.models import Play, Task

STATES = [(state.value, state.value) for state in RescueState]


class RescueRow(Row):
    derived = ("state", "day", "ends_on", "score_then", "score_now", "missing")
    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    owner_id = whole()
    owner_name = text(source="owner.name")
    began_on = serializers.DateField(source="anchor_on", help_text="The first day of the clock.")
    closed_on = day_or_null()
    state = serializers.ChoiceField(STATES)
    day = whole(help_text="Of the clock; it stops where the rescue ends.")
    ends_on = serializers.DateField(help_text="The last day of the clock.")
    score_then = serializers.DecimalField(5, 2, allow_null=True, help_text="0 to 100, on the first day.")
    score_now = serializers.DecimalField(5, 2, allow_null=True, help_text="0 to 100, today.")
    missing = serializers.ListField(child=serializers.CharField(), help_text="cause, actions, sponsor, decision.")
    value_reporting = Amount(help_text="What was invoiced in a year. Only for callers who see prices.")


class RescueDetailRow(RescueRow):
    cause = serializers.ChoiceField(Cause.choices, source="rescue.cause", allow_null=True, allow_blank=True)
    cause_note = FreeText(source="rescue.cause_note")
    cause_on = serializers.DateField(source="rescue.cause_on", allow_null=True)
    sponsor_id = whole(source="rescue.sponsor_id", allow_null=True, help_text="Id of the user.")
    outcome = serializers.ChoiceField(
        Rescue.Outcome.choices, source="rescue.outcome", allow_null=True, allow_blank=True
    )
    reason = serializers.ChoiceField(Cause.choices, source="rescue.reason", allow_null=True, allow_blank=True)
    note = FreeText(source="rescue.note")
    concluded_on = serializers.DateField(source="rescue.concluded_on", allow_null=True)


class RescueFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    open = FlagFilter(method="still_open", help_text="Not ended.")

    class Meta:
        model = Play
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(closed_on__isnull=value)


class NewRescue(Body):
    account_id = Chosen(Account.objects.changeable_by, source="account", help_text="Id of a red account.")


class CauseSaid(Body):
    cause = serializers.ChoiceField(Cause.choices)
    note = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")


class SponsorNamed(Body):
    sponsor_id = Chosen(lambda user: sponsors(), source="sponsor", help_text="Id of an executive or a team lead.")


class NewAction(Body):
    title = serializers.CharField(max_length=240, help_text="What to do.")
    due_on = serializers.DateField(help_text="Today or later.")
    owner_id = Chosen(
        assignable, source="owner", required=False, help_text="Id of who does it; left out, it is the caller's own."
    )


class Conclusion(Body):
    outcome = serializers.ChoiceField(Rescue.Outcome.choices, help_text="recovered: only of an account not in red.")
    reason = serializers.ChoiceField(Cause.choices, required=False, default="", help_text="Why they leave; for lost.")
    note = serializers.CharField(required=False, allow_blank=True, max_length=4000, default="")


@extend_schema(tags=["rescues"])
class Rescues(WriteViewSet):
    """Rescues of red accounts, with their clock of 90 days. Technicians see none."""

    model = Play
    noun = "rescue"
    row = RescueRow
    detail_row = RescueDetailRow
    filters = RescueFilters
    orderings = (BY_ID, by_day("anchor_on"))

    def base(self, on: date, *, dated: bool) -> QuerySet[Any]:
        return Play.objects.filter(playbook=RESCUE, subject_kind="spell", anchor_on__isnull=False)

    def visible(self, rows: Any, actor: Any) -> Any:
        found = rows.filter(playbook=RESCUE, subject_kind="spell").visible_to(actor)
        hidden = not isinstance(actor, System) and reach_of(actor).level is Level.ASSIGNED
        return found.none() if hidden else found

    def complete(self, rows: Rows, asking: Asking) -> None:
        """Where each stands, in two queries."""
        policy, on = policy_on(RescuePolicy, asking.on).values, asking.on
        facts = facts_of([Play(pk=row["id"]) for row in rows], on)
        for row in rows:
            found = facts[row["id"]]
            clock = clock_of(found, policy, on)
            row["state"], row["day"], row["ends_on"] = state_of(found, policy, on).value, clock.day, clock.ends_on
            row["score_then"], row["score_now"] = found.score_then, found.score_now
            row["missing"] = [lack.value for lack in lacks(found, policy, on)]

    @creating(NewRescue)
    def create(self, doing: Doing) -> Play:
        """Begin a rescue by hand, of an account that was red from the start."""
        done = act.start_rescues(accounts=[doing.said["account"]], by=doing.by, on=doing.on)
        if done.refused:
            raise Refused(done.refused[0])
        return done.plays[0]

    @verb(CauseSaid)
    def cause(self, doing: Doing) -> None:
        """Write down the root cause."""
        act.write_cause(play=_open(doing.row), by=doing.by, on=doing.on, **doing.said)

    @verb(SponsorNamed)
    def sponsor(self, doing: Doing) -> None:
        """Name the executive sponsor."""
        act.name_sponsor(play=_open(doing.row), by=doing.by, on=doing.on, **doing.said)

    @verb(NewAction, makes=Tasks)
    def actions(self, doing: Doing) -> Task:
        """An action of the plan, as a task."""
        return act.add_action(play=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Conclusion)
    def conclude(self, doing: Doing) -> None:
        """Say how it ended."""
        act.conclude(play=doing.row, by=doing.by, on=doing.on, **doing.said)

    @verb(Nothing)
    def take_back(self, doing: Doing) -> None:
        """Take back the end that somebody wrote down."""
        act.take_back(play=doing.row, by=doing.by, on=doing.on)


def _open(play: Play) -> Play:
    if play.closed_on:
        raise Refused(_("This rescue has ended."))
    return play
