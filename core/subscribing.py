"""Ordering a page by mail, changing, pausing, going on and stopping it. Each refusal is a sentence (`PageRefused`)."""

from collections.abc import Iterable, Mapping
from datetime import date
from urllib.parse import parse_qsl, urlencode

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.audit import audited
from core.models import PageSubscription, Role, User
from core.page_mail import MailedPage, PageRefused, page_of
from core.scope import System

# Pages that one person receives.
MOST = 50
LONGEST_QUERY = 1000
_SENDS = {Role.TEAM_LEAD, Role.EXECUTIVE, Role.ADMINISTRATOR}


def may_send(user: User) -> bool:
    """Whether this person may have pages sent to others: leads, executives and administrators."""
    return Role(user.role) in _SENDS


def subscribe(
    *,
    page: str,
    subject: str = "",
    query: str = "",
    rhythm: str,
    weekday: int | None = None,
    receivers: Iterable[User],
    by: User,
    on: date,
) -> list[PageSubscription]:
    """Order a page for these people; the first mail comes on the first due day after `on`. All of them or none."""
    found, people = page_of(page, subject), list(receivers)
    kept = found.kept(dict(parse_qsl(query)))
    if not people:
        raise PageRefused(_("Say who is to receive it."))
    for person in people:
        _check(found, person, subject, kept, by)
    values = {"page": page, "subject": subject, "query": _written(kept), **_when(rhythm, weekday)}
    with audited(by=by, why="core.subscribe"):
        return [_made(person, values, by, on) for person in people]


def _written(kept: Mapping[str, str]) -> str:
    text = urlencode(sorted(kept.items()))
    if len(text) > LONGEST_QUERY:
        raise PageRefused(_("These filters are too long to keep."))
    return text


def _check(found: MailedPage, person: User, subject: str, kept: Mapping[str, str], by: User) -> None:
    """Whether this page may go to this person, and says something there."""
    name = person.shown_name
    if person != by and not may_send(by):
        raise PageRefused(
            _("Only leads, executives and administrators have a page sent to others; order it for yourself.")
        )
    if not person.is_active:
        raise PageRefused(_("%(name)s does not sign in here any more. Choose somebody else.") % {"name": name})
    if not person.email:
        raise PageRefused(_("%(name)s has no e-mail address on record. An administrator adds it.") % {"name": name})
    if not found.may(person, subject):
        words = {"name": name, "page": found.name(subject)}
        raise PageRefused(_("%(name)s may not open “%(page)s”, so it cannot be sent there.") % words)
    try:
        found.check(person, kept)
    except PageRefused as refused:
        if person == by:
            raise
        raise PageRefused(
            _("%(name)s cannot see it narrowed like this: %(why)s") % {"name": name, "why": refused}
        ) from None


def _when(rhythm: str, weekday: int | None) -> dict[str, object]:
    if rhythm not in PageSubscription.Rhythm.values:
        raise PageRefused(
            _("“%(rhythm)s” is no rhythm. Choose one of: %(known)s.")
            % {"rhythm": str(rhythm)[:20], "known": ", ".join(PageSubscription.Rhythm.values)}
        )
    if rhythm != PageSubscription.Rhythm.WEEKLY:
        return {"rhythm": rhythm, "weekday": None}
    if weekday not in PageSubscription.Weekday.values:
        raise PageRefused(_("Choose the day of the week on which it comes."))
    return {"rhythm": rhythm, "weekday": weekday}


def _made(person: User, values: Mapping[str, object], by: User, on: date) -> PageSubscription:
    if PageSubscription.objects.filter(user=person).count() >= MOST:
        raise PageRefused(
            _("%(name)s receives %(count)s pages already. Stop one first.") % {"name": person.shown_name, "count": MOST}
        )
    try:
        with transaction.atomic():
            return PageSubscription.objects.create(user=person, made_by=by, made_on=on, since_on=on, **values)
    except IntegrityError:
        raise PageRefused(
            _("%(name)s receives this page already. Change it on the list of pages by mail.")
            % {"name": person.shown_name}
        ) from None


def change_subscription(
    *, subscription: PageSubscription, rhythm: str, weekday: int | None, by: User, on: date
) -> None:
    """Another rhythm, from the next due day after `on`."""
    when = _when(rhythm, weekday)
    with audited(by=by, why="core.change_subscription"):
        PageSubscription.objects.filter(pk=subscription.pk).update(since_on=on, **when)


def pause_subscription(*, subscription: PageSubscription, by: User | System, on: date, problem: str = "") -> None:
    """No more mails until somebody goes on with it. Pausing twice leaves the first day standing."""
    with audited(by=by, why="core.pause_subscription"):
        PageSubscription.objects.filter(pk=subscription.pk, paused_on__isnull=True).update(
            paused_on=on, paused_by=by if isinstance(by, User) else None, problem=problem[:400]
        )


def resume_subscription(*, subscription: PageSubscription, by: User, on: date) -> None:
    """From the next due day on; what fell into the pause is not sent. Only who stopped their mail takes it up again."""
    row = subscription
    _not_against_their_will(row, by)
    page = page_of(row.page, row.subject)
    kept = dict(parse_qsl(row.query))
    _check(page, row.user, row.subject, kept, by if row.made_by_id == by.pk else row.user)
    with audited(by=by, why="core.resume_subscription"):
        PageSubscription.objects.filter(pk=row.pk).update(paused_on=None, paused_by=None, problem="", since_on=on)


def delete_subscription(*, subscription: PageSubscription, by: User) -> None:
    _not_against_their_will(subscription, by)
    with audited(by=by, why="core.delete_subscription"):
        PageSubscription.objects.filter(pk=subscription.pk).delete()


def _not_against_their_will(row: PageSubscription, by: User) -> None:
    """Who stopped a mail to themselves is not subscribed again by whoever ordered it."""
    if row.paused_on and row.paused_by_id == row.user_id and by.pk != row.user_id:
        raise PageRefused(_("%(name)s stopped this mail; only they take it up again.") % {"name": row.user.shown_name})
