"""Alerts: read, put off, closed, made a task of."""

from datetime import date
from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter, WordFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Chosen, Doing, WriteViewSet, verb
from core.problems import Refused
from core.reach import Level, reach_of
from core.scope import System
from health.actions import people as act
from health.models import Alert
from health.models.score import TIERS
from playbooks.api import PutOff, Tasks
from playbooks.forms import assignable
from playbooks.models import Task


class AlertRow(Row):
    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    kind = serializers.ChoiceField(Alert.Kind.choices)
    on = serializers.DateField()
    tier = serializers.ChoiceField(TIERS, allow_blank=True)
    came_from = serializers.ChoiceField(TIERS, allow_blank=True)
    score = serializers.DecimalField(5, 2, allow_null=True, help_text="0 to 100.")
    score_before = serializers.DecimalField(5, 2, allow_null=True)
    snoozed_until = day_or_null()
    closed_on = day_or_null()


class AlertDetailRow(AlertRow):
    facts = serializers.JSONField(help_text="What pulls it down, or since when it is silent, as the rule saw it.")
    snoozed_reason = FreeText()
    closed_by_id = whole(allow_null=True, help_text="Id of the user; null: it closed by itself.")
    closed_reason = FreeText()


class AlertFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    kind = WordFilter(choices=Alert.Kind.choices)
    open = FlagFilter(method="still_open", help_text="Not closed; one that was put off is open.")
    awake = FlagFilter(method="shown", help_text="Open, and not put off beyond today.")
    since = DayFilter(field_name="on", lookup_expr="gte", help_text="On or after this day.")
    until = DayFilter(field_name="on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Alert
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.filter(self._open if value else ~self._open)

    def shown(self, rows: Any, name: str, value: bool) -> Any:
        """On a date that was named, every open one: since when one was put off is not kept."""
        unsnoozed = Q(snoozed_until__isnull=True) | Q(snoozed_until__lte=self.on)
        awake = self._open if self.dated else self._open & unsnoozed
        return rows.filter(awake if value else ~awake)

    @property
    def _open(self) -> Q:
        later = Q(closed_on__gt=self.on) if self.dated else Q()
        return Q(closed_on__isnull=True) | later


class Reason(Body):
    reason = serializers.CharField(max_length=240, help_text="Why it can be closed.")


class AlertTask(Body):
    title = serializers.CharField(required=False, max_length=240, help_text="What to do; left out, what fits the kind.")
    due_on = serializers.DateField(required=False, help_text="Left out, within a week.")
    owner_id = Chosen(
        assignable, source="owner", required=False, help_text="Id of who does it; left out, it is the caller's own."
    )


@extend_schema(tags=["alerts"])
class Alerts(WriteViewSet):
    """Accounts that fell to a lower tier or fell silent. Technicians see none.

    As of a date: those raised by then, open where they were closed later; that one was put off is not kept.
    """

    model = Alert
    noun = "alert"
    row = AlertRow
    detail_row = AlertDetailRow
    filters = AlertFilters
    orderings = (BY_ID, by_day("on"))
    as_of = True

    def base(self, on: date, *, dated: bool) -> QuerySet[Any]:
        rows = Alert.objects.all()
        return rows.filter(on__lte=on) if dated else rows

    def complete(self, rows: Rows, asking: Asking) -> None:
        """What happened to it after the date that was named had not happened."""
        for row in rows if asking.dated else ():
            row["snoozed_until"] = None
            later = row["closed_on"] is not None and row["closed_on"] > asking.on
            told = {"closed_on": None, "closed_by_id": None, "closed_reason": ""} if later else {}
            row.update({name: value for name, value in (told | {"snoozed_reason": ""}).items() if name in row})

    def visible(self, rows: Any, actor: Any) -> Any:
        found = rows.visible_to(actor)
        hidden = not isinstance(actor, System) and reach_of(actor).level is Level.ASSIGNED
        return found.none() if hidden else found

    @verb(PutOff)
    def snooze(self, doing: Doing) -> None:
        """Keep it out of sight until a later day."""
        act.snooze_alert(alert=_still_open(doing.row), by=doing.by, on=doing.on, **doing.said)

    @verb(Reason)
    def close(self, doing: Doing) -> None:
        """Close it, with the reason."""
        act.close_alert(alert=_still_open(doing.row), by=doing.by, on=doing.on, **doing.said)

    @verb(AlertTask, makes=Tasks)
    def task(self, doing: Doing) -> Task:
        """A task about it. The alert stays open."""
        return act.make_task(alert=_still_open(doing.row), by=doing.by, on=doing.on, **doing.said)


def _still_open(alert: Alert) -> Alert:
    if alert.closed_on:
        raise Refused(_("This alert is closed."))
    return alert
