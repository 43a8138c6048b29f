"""Tasks and notes: read, written, done, put off, handed on."""

from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied, ValidationError

from core.api.filters import DayFilter, Filters, FlagFilter, IdFilter
from core.api.paging import BY_ID, by_day
from core.api.reading import Asking
from core.api.rows import Amount, FreeText, Row, Rows, day_or_null, text, whole
from core.api.writing import Body, Changes, Chosen, Doing, Nothing, WriteViewSet, changing, creating, verb
from core.models import Owner
from core.problems import Refused
from installed_base.models import Account
from playbooks.actions import tasks as act
from playbooks.forms import assignable
from playbooks.models import Note, Task
from playbooks.queries import writable_accounts


class TaskRow(Row):
    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    play_id = whole(allow_null=True, help_text="The play whose step it is; null for a task that somebody wrote.")
    subject_kind = text(help_text="What it is about: account, renewal, opportunity.")
    subject_id = whole()
    title = text(
        allow_null=True, help_text="Null for callers who see no names, of tasks that somebody wrote for others."
    )
    owner_id = whole()
    owner_name = text(source="owner.name")
    due_on = serializers.DateField()
    snoozed_until = day_or_null()
    done_on = day_or_null()
    closed_on = day_or_null("The day on which it fell away by itself.")
    value_reporting = Amount(help_text="What is at stake, in the reporting currency. Only for callers who see prices.")


class TaskDetailRow(TaskRow):
    note = FreeText()
    step = text()
    milestone_on = day_or_null("The day that set it off.")
    snoozed_reason = FreeText()
    closed_reason = text()
    created_on = serializers.DateField()
    created_by_id = whole(allow_null=True)
    done_by_id = whole(allow_null=True)


class TaskFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    owner = IdFilter(help_text="Id of the owner (a person or a team).")
    open = FlagFilter(method="still_open", help_text="Neither done nor fallen away.")
    due_after = DayFilter(field_name="due_on", lookup_expr="gte", help_text="On or after this day.")
    due_before = DayFilter(field_name="due_on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Task
        fields: ClassVar[list[str]] = []

    def still_open(self, rows: Any, name: str, value: bool) -> Any:
        return rows.open() if value else rows.exclude(done_on__isnull=True, closed_on__isnull=True)


class NewTask(Body):
    account_id = Chosen(Account.objects.visible_to, source="account", help_text="Id of the account it is about.")
    title = serializers.CharField(max_length=240, help_text="What to do.")
    due_on = serializers.DateField()
    owner_id = Chosen(
        assignable, source="owner", required=False, help_text="Id of who does it; left out, it is the caller's own."
    )
    note = serializers.CharField(required=False, allow_blank=True, max_length=8000)


class TaskChanges(Changes):
    owner_id = Chosen(
        assignable, source="owner", required=False, help_text="Id of the person or team who takes it over."
    )


class PutOff(Body):
    """Until when, and why."""

    until = serializers.DateField(help_text="A day after today.")
    reason = serializers.CharField(max_length=240, help_text="Why it can wait.")

    def validate_until(self, until: date) -> date:
        if until <= self.context["on"]:
            raise ValidationError(_("Choose a day after today."))
        return until


@extend_schema(tags=["tasks"])
class Tasks(WriteViewSet):
    """Tasks of the accounts the caller sees, and the caller's own."""

    model = Task
    noun = "task"
    row = TaskRow
    detail_row = TaskDetailRow
    filters = TaskFilters
    orderings = (BY_ID, by_day("due_on"))

    def visible(self, rows: Any, actor: Any) -> Any:
        return rows.within_reach(actor)

    def complete(self, rows: Rows, asking: Asking) -> None:
        """A title that somebody wrote may name people; that of a play does not, and one's own task is one's own."""
        for row in rows if not asking.reach.sees_names else ():
            if row["play_id"] is None and row["owner_id"] not in asking.reach.own:
                row["title"] = None

    @creating(NewTask)
    def create(self, doing: Doing) -> Task:
        """Write a task. Whoever sees the account may; giving it to others follows their reach."""
        return act.add_task(by=doing.by, on=doing.on, **doing.said)

    @changing(TaskChanges)
    def partial_update(self, doing: Doing) -> None:
        """Hand an open task to a person or a team."""
        act.reassign_tasks(tasks=[_still_open(doing.row)], to=doing.said["owner"], by=doing.by)

    @verb(Nothing)
    def done(self, doing: Doing) -> None:
        """Done today, by the caller. Doing it twice leaves the first date standing."""
        if doing.row.closed_on:
            _still_open(doing.row)
        act.complete_task(task=doing.row, by=doing.by, on=doing.on)

    @verb(Nothing)
    def reopen(self, doing: Doing) -> None:
        """Take back a "done"."""
        if doing.row.closed_on:
            _still_open(doing.row)
        act.reopen_task(task=doing.row, by=doing.by)

    @verb(PutOff)
    def snooze(self, doing: Doing) -> None:
        """Keep it out of sight until a later day."""
        act.snooze_tasks(tasks=[_still_open(doing.row)], by=doing.by, on=doing.on, **doing.said)

    @verb(Nothing)
    def wake(self, doing: Doing) -> None:
        """Bring it back at once."""
        act.wake_task(task=_still_open(doing.row), by=doing.by)

    @verb(Nothing)
    def take(self, doing: Doing) -> None:
        """From a pool to oneself."""
        act.reassign_tasks(tasks=[_still_open(doing.row)], to=Owner.objects.of(doing.by), by=doing.by)


def _still_open(task: Task) -> Task:
    if task.closed_on:
        raise Refused(_("This task fell away by itself: %(reason)s.") % {"reason": _(task.closed_reason)})
    if task.done_on:
        raise Refused(_("This task is done. Reopen it first."))
    return task


class NoteRow(Row):
    id = whole()
    account_id = whole()
    account_name = text(source="account.name")
    subject_kind = text(help_text="What of the account it is about; empty: the account itself.")
    subject_id = whole(allow_null=True)
    on = serializers.DateField()
    by_id = whole(allow_null=True, help_text="Id of the user who wrote it; null: the product itself.")
    text = FreeText()
    recorded_at = serializers.DateTimeField()


class NoteFilters(Filters):
    account = IdFilter(help_text="Id of the account.")
    after = DayFilter(field_name="on", lookup_expr="gte", help_text="On or after this day.")
    before = DayFilter(field_name="on", lookup_expr="lte", help_text="On or before this day.")

    class Meta:
        model = Note
        fields: ClassVar[list[str]] = []


class NewNote(Body):
    account_id = Chosen(
        Account.objects.visible_to, source="account", help_text="Id of the account in whose journal it goes."
    )
    text = serializers.CharField(max_length=8000, help_text="What was said or seen.")
    on = serializers.DateField(required=False, help_text="The day it happened; left out, today.")

    def validate_on(self, on: date) -> date:
        if on > self.context["on"]:
            raise ValidationError(_("The journal holds what happened; choose today or earlier."))
        return on


@extend_schema(tags=["notes"])
class Notes(WriteViewSet):
    """The journals of the accounts. A note is written once and stays as it is."""

    model = Note
    noun = "note"
    row = NoteRow
    detail_row = NoteRow
    filters = NoteFilters
    orderings = (BY_ID, by_day("on"))

    @creating(NewNote)
    def create(self, doing: Doing) -> Note:
        """Write a line in the journal of an account that is one's own; technicians: where they work on machines."""
        said = doing.said
        account = writable_accounts(doing.by).filter(pk=said["account"].pk).first()
        if account is None:
            raise PermissionDenied(
                _("account_id: you see this account; only its owner and its team write its journal.")
            )
        return act.add_note(account=account, text=said["text"], on=said.get("on", doing.on), by=doing.by)
