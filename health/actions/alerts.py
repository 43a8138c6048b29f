"""What people do with an alert: put it off, close it, make a task of it. None of these is a fact a rule stands on."""

from datetime import date

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.audit import audited
from core.models import Owner, User
from health.models import Alert
from playbooks.actions.tasks import add_task
from playbooks.models import Task


def snooze_alert(*, alert: Alert, until: date, reason: str, by: User, on: date) -> None:
    """Keep an open alert out of sight until a later day. ValidationError without a reason or a later day."""
    if until <= on:
        raise ValidationError(_("Choose a day after today."))
    with audited(by=by, why="health.snooze_alert"):
        Alert.objects.filter(pk=alert.pk).open().update(snoozed_until=until, snoozed_reason=_said(reason))


def close_alert(*, alert: Alert, reason: str, by: User, on: date) -> None:
    """Close an open alert; the reason is kept. ValidationError without one."""
    with audited(by=by, why="health.close_alert"):
        Alert.objects.filter(pk=alert.pk).open().update(closed_on=on, closed_by=by, closed_reason=_said(reason))


def make_task(*, alert: Alert, title: str, due_on: date, by: User, on: date, owner: Owner | None = None) -> Task:
    """A task about the account of the alert; the alert stays open until its cause is gone or somebody closes it."""
    return add_task(account=alert.account, title=title, due_on=due_on, by=by, on=on, owner=owner)


def _said(reason: str) -> str:
    if not reason.strip():
        raise ValidationError(_("Give a reason."))
    return reason.strip()
