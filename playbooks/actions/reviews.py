"""What people do in a review: begin it, note, agree on steps, close it with the figures that were on the table."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.audit import audited
from core.models import Owner, Team, User
from core.reach import Level, reach_of
from playbooks.models import AgreedStep, Review


class ReviewRefused(ValueError):
    """What cannot be done with a review; the message says why and what to do."""


def may_review(user: User) -> bool:
    """Who may hold reviews and agree on steps: whoever sees the figures whole, prices too."""
    return reach_of(user).sees_prices


def open_review(*, kind: str, by: User, on: date, team: Team | None = None) -> Review:
    """Begin a review of a day, of everything or of one team. One of a kind and team a day."""
    if not may_review(by):
        raise ReviewRefused(_("A review shows prices and contract values, which your role does not see."))
    if reach_of(by).level is not Level.ALL and team is None:
        raise ReviewRefused(_("Choose a team: a review of everything is for those who see everything."))
    try:
        with transaction.atomic(), audited(by=by, why="playbooks.open_review"):
            return Review.objects.create(kind=kind, on=on, team=team, opened_on=on, opened_by=by)
    except IntegrityError as error:
        raise ReviewRefused(_("This review was begun today already; open it from the list.")) from error


def write_notes(*, review: Review, notes: str, by: User) -> None:
    """What was said. A closed review keeps its notes."""
    _still_open(review)
    with audited(by=by, why="playbooks.write_notes"):
        Review.objects.filter(pk=review.pk, closed_on__isnull=True).update(notes=notes.strip())


def close_review(*, review: Review, figures: Mapping[str, Any], by: User, on: date) -> None:
    """Close it with the figures as they stood: from now on it shows these."""
    _still_open(review)
    with audited(by=by, why="playbooks.close_review"):
        Review.objects.filter(pk=review.pk, closed_on__isnull=True).update(
            figures=dict(figures), closed_on=on, closed_by=by
        )


def _still_open(review: Review) -> None:
    if review.closed_on is not None:
        raise ReviewRefused(_("This review is closed; what was noted stays as it is. Begin a new one."))


def agree_step(
    *,
    metric: str,
    title: str,
    due_on: date,
    by: User,
    on: date,
    owner: Owner | None = None,
    review: Review | None = None,
) -> AgreedStep:
    """Agree on the next step about a metric; without an owner it is the writer's."""
    if not may_review(by):
        raise ReviewRefused(_("Steps are agreed on by those who see the figures whole; ask your team lead."))
    if due_on < on:
        raise ReviewRefused(_("A step lies ahead; choose today or later."))
    if review is not None:
        _still_open(review)
    with audited(by=by, why="playbooks.agree_step"):
        return AgreedStep.objects.create(
            metric=metric,
            title=title.strip(),
            due_on=due_on,
            owner=owner or Owner.objects.of(by),
            review=review,
            created_on=on,
            created_by=by,
        )


def change_step(
    *, step: AgreedStep, by: User, on: date, title: str = "", due_on: date | None = None, owner: Owner | None = None
) -> None:
    """Other words, another day or another owner; what is left out stays. A step that is done stays as it is."""
    if step.done_on is not None:
        raise ReviewRefused(_("This step is done. Reopen it first."))
    if due_on is not None and due_on < on:
        raise ReviewRefused(_("A step lies ahead; choose today or later."))
    values = {"title": title.strip() or step.title, "due_on": due_on or step.due_on, "owner": owner or step.owner}
    with audited(by=by, why="playbooks.change_step"):
        AgreedStep.objects.filter(pk=step.pk).open().update(**values)


def finish_step(*, step: AgreedStep, by: User, on: date) -> None:
    """Done, by this person on this day. Doing it twice leaves the first date standing."""
    with audited(by=by, why="playbooks.finish_step"):
        AgreedStep.objects.filter(pk=step.pk).open().update(done_on=on, done_by=by)


def reopen_step(*, step: AgreedStep, by: User) -> None:
    with audited(by=by, why="playbooks.reopen_step"):
        AgreedStep.objects.filter(pk=step.pk).update(done_on=None, done_by=None)
