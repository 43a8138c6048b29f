"""Drafts of the score card: begun, changed, put aside, published; and going back to an earlier version."""

from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from core import display
from core.actions import publish_policy
from core.audit import audited
from core.models import Policy, User
from core.policies import from_json, policy_on, to_json, versions_of
from core.reach import reach_of
from health.models import Draft
from health.rules.policy import HealthPolicy
from health.words.policy import problem_words
from playbooks.day import last_completed


def begin_draft(*, title: str, by: User, on: date, values: HealthPolicy | None = None) -> Draft:
    """A draft of what counts on that day, or of the values given."""
    version = policy_on(HealthPolicy, on)
    with audited(by=by, why="health.begin_draft"):
        _check_may(by)
        return Draft.objects.create(
            title=title, base=version.number, values=to_json(values or version.values), made_on=on, made_by=by
        )


def change_draft(*, draft: Draft, by: User, values: HealthPolicy | None = None, title: str = "") -> Draft:
    """Other values, another title. Values may be wrong while somebody works on them."""
    with audited(by=by, why="health.change_draft"):
        row = _open(draft, by)
        row.values = row.values if values is None else to_json(values)
        row.title = title or row.title
        row.changed_at = Now()  # type: ignore[assignment]
        row.save(update_fields=["values", "title", "changed_at"])
        row.refresh_from_db()
        return row


def discard_draft(*, draft: Draft, by: User, on: date) -> Draft:
    """Put it aside. It stays readable."""
    with audited(by=by, why="health.discard_draft"):
        row = _open(draft, by)
        row.discarded_on, row.discarded_by = on, by
        row.save(update_fields=["discarded_on", "discarded_by"])
        return row


def publish_draft(*, draft: Draft, valid_from: date, by: User, on: date) -> Policy:
    """Make it the next version of the policy, from a day whose scores are not made yet."""
    with audited(by=by, why="health.publish_draft"):
        row = _open(draft, by)
        published = _publish(policy_in(row), valid_from, by, on)
        row.published_as = published
        row.save(update_fields=["published_as"])
        return published


def roll_back(*, number: int, valid_from: date, by: User, on: date) -> Policy:
    """Publish the values of an earlier version once more, as the next one."""
    version = next((v for v in versions_of(HealthPolicy) if v.number == number), None)
    if version is None:
        raise ValidationError(_("There is no version %(number)s.") % {"number": number})
    with audited(by=by, why="health.roll_back"):
        _check_may(by)
        return _publish(version.values, valid_from, by, on)


def policy_in(draft: Draft) -> HealthPolicy:
    """The policy a draft holds."""
    found: HealthPolicy = from_json(HealthPolicy, draft.values)
    return found


def first_day(on: date) -> date:
    """The first day on which a new version may count: later than the last one's, and not scored yet."""
    done = last_completed()
    last = versions_of(HealthPolicy)[-1].valid_from
    return max(on, last + timedelta(days=1), done + timedelta(days=1) if done else on)


def _publish(values: HealthPolicy, valid_from: date, by: User, on: date) -> Policy:
    if found := values.problems():
        raise ValidationError([problem_words(problem) for problem in found])
    if valid_from < (first := first_day(on)):
        raise ValidationError(_("Choose %(day)s or later: up to then the scores stand.") % {"day": display.day(first)})
    return publish_policy(values=values, valid_from=valid_from, by=by)


def _open(draft: Draft, by: User) -> Draft:
    _check_may(by)
    row: Any = Draft.objects.select_for_update().get(pk=draft.pk)
    if row.published_as_id or row.discarded_on:
        raise ValidationError(_("This draft is closed. Begin another one."))
    found: Draft = row
    return found


def _check_may(by: User) -> None:
    if not reach_of(by).sets_policy:
        raise ValidationError(_("Leads and administrators change the score card."))
