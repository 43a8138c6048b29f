"""What people do with alerts: put them off, close them, make a task of them."""

from collections.abc import Sequence
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.audit import audited
from core.models import Owner, User
from core.policies import policy_on
from health.models import Alert
from health.models.score import AlertQuerySet
from health.rules import SilencePolicy
from playbooks.actions.tasks import add_task
from playbooks.models import Task

TITLES = {
    Alert.Kind.TIER: gettext_noop("Find out why the account fell to a lower tier"),
    Alert.Kind.SILENCE: gettext_noop("Call: nobody has spoken with them for a long time"),
    Alert.Kind.EXPIRED: gettext_noop("Judge anew how they stand"),
    Alert.Kind.COLLAPSE: gettext_noop("Find out why one side of their health collapsed"),
}


def snooze_alert(*, alert: Alert, until: date, reason: str, by: User, on: date) -> None:
    """Put an open alert off until a later day; ValidationError without a reason or a later day."""
    snooze_alerts(alerts=[alert], until=until, reason=reason, by=by, on=on)


def close_alert(*, alert: Alert, reason: str, by: User, on: date) -> None:
    """Close an open alert; ValidationError without a reason. One that is closed keeps its reason."""
    close_alerts(alerts=[alert], reason=reason, by=by, on=on)


def snooze_alerts(*, alerts: Sequence[Alert], until: date, reason: str, by: User, on: date) -> int:
    """Put open alerts off until a later day; how many. ValidationError without a reason or a later day."""
    if not reason.strip():
        raise ValidationError(_("Say why it can wait."))
    if until <= on:
        raise ValidationError(_("Choose a day after today."))
    with audited(by=by, why="health.snooze_alerts"):
        return _all_open(alerts).update(snoozed_until=until, snoozed_reason=reason.strip())


def close_alerts(*, alerts: Sequence[Alert], reason: str, by: User, on: date) -> int:
    """Close open alerts with one reason; how many. Those that are closed keep theirs."""
    if not reason.strip():
        raise ValidationError(_("Say why it is closed."))
    with audited(by=by, why="health.close_alerts"):
        return _all_open(alerts).update(closed_on=on, closed_by=by, closed_reason=reason.strip())


def make_task(
    *, alert: Alert, by: User, on: date, owner: Owner | None = None, title: str = "", due_on: date | None = None
) -> Task:
    """A task about an alert, for somebody or for oneself, by `call_by` if no day is named. The alert stays open."""
    with audited(by=by, why="health.make_task"):
        return add_task(
            account=alert.account,
            title=title or TITLES[Alert.Kind(alert.kind)],
            due_on=due_on or call_by(on),
            by=by,
            on=on,
            owner=owner,
            subject=("alert", alert.pk),
        )


def call_by(on: date) -> date:
    """The day by which somebody should have called, under the policy of that day (HS-12)."""
    return on + timedelta(days=policy_on(SilencePolicy, on).values.call_within_days)


def _all_open(alerts: Sequence[Alert]) -> AlertQuerySet:
    return Alert.objects.filter(pk__in=[alert.pk for alert in alerts]).open()
