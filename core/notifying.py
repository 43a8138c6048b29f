"""What people are told in the page: the messages of the outbox that reached their owner, and what was read of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import QuerySet

from core.context import find_url, row_url
from core.models import Notification, Owner, User
from core.outbox import Delivery, line_of
from core.paging import Page, page_of
from core.subjects import Subject, subject, subjects

PAGE = 50
KEPT = timedelta(days=180)
# Where what is about many things is looked at.
PLACES = {"signals.raised": "expansion:signals"}


@dataclass(frozen=True)
class Told:
    """A notification as its reader may see it now: the sentence, and the name and page of what it is about, as long as
    that is in reach. `about` says whether it is about something that has a page at all."""

    pk: int
    about: bool
    words: str
    title: str
    url: str
    told_at: datetime
    read: bool


def tell(delivery: Delivery) -> None:
    """Keep these messages for the person behind "owner:ID", or for the members of the team. Told twice is kept once."""
    people = receivers(delivery.destination)
    rows = [
        Notification(
            user_id=person,
            key=message.dedupe_key,
            kind=message.kind,
            subject_kind=message.subject_kind,
            subject_id=message.subject_id,
            payload=message.payload,
        )
        for person in people
        for message in delivery.messages
    ]
    Notification.objects.bulk_create(rows, ignore_conflicts=True, batch_size=2000)


def receivers(destination: str) -> list[int]:
    """The active users behind "owner:ID"; none for an owner that is not there."""
    owner = Owner.objects.filter(pk=int(destination.partition(":")[2])).first()
    if owner is None:
        return []
    users = User.objects.filter(is_active=True)
    mine = users.filter(pk=owner.user_id) if owner.user_id else users.filter(memberships__team=owner.team_id)
    return sorted(mine.values_list("pk", flat=True))


def page_for(user: User, *, unread: bool = False, cursor: str = "") -> Page:
    """What this person was told, the newest first, as `Told`. One query, and one for each kind of subject in it."""
    rows = Notification.objects.filter(user=user)
    page = page_of(rows.filter(read_at__isnull=True) if unread else rows, ["-pk"], cursor=cursor, size=PAGE)
    return Page(told(page.rows, user), page.newer, page.older)


def told(rows: Iterable[Notification], user: User) -> list[Told]:
    """These notifications in words, in their order; what is out of reach now goes unnamed and has no link."""
    rows = list(rows)
    names = _names(rows, user)
    return [_told(row, names.get((row.subject_kind, row.subject_id), "")) for row in rows]


def _told(row: Notification, title: str) -> Told:
    words, read = line_of(row.kind, row.payload), row.read_at is not None
    if title:
        url = row_url(subject(row.subject_kind).url_name, row.subject_id or 0)
    else:
        url = find_url(PLACES.get(row.kind, ""))
    return Told(row.pk, _has_page(row.subject_kind), words, title, url, row.told_at, read)


def _has_page(kind: str) -> bool:
    return any(found.kind == kind and found.url_name for found in subjects())


def _names(rows: list[Notification], user: User) -> dict[tuple[str, int | None], str]:
    wanted: dict[str, set[int]] = {}
    for row in rows:
        if _has_page(row.subject_kind) and row.subject_id is not None:
            wanted.setdefault(row.subject_kind, set()).add(row.subject_id)
    return {(kind, pk): name for kind, ids in wanted.items() for pk, name in _named(subject(kind), ids, user)}


def _named(of: Subject, ids: set[int], user: User) -> list[tuple[int, str]]:
    """What these are called, with their account where that is another thing. One query."""
    rows = of.visible_to(user).filter(pk__in=ids)
    if "account" not in (field.name for field in of.model_class._meta.get_fields()):
        return [(row.pk, of.title(row)) for row in rows]
    return [(row.pk, f"{row.account}, {of.title(row)}") for row in rows.select_related("account", *of.select_related)]


def mark_read(user: User, *, at: datetime, only: Any = None) -> int:
    """Say that this person has read one of their notifications (`only`, its id), or all; answers how many were new."""
    rows: QuerySet[Notification] = Notification.objects.filter(user=user, read_at__isnull=True)
    return (rows if only is None else rows.filter(pk=only)).update(read_at=at)


def forget_told(*, at: datetime) -> int:
    """What was told half a year ago is no longer kept, read or not; answers how many."""
    return Notification.objects.filter(told_at__lt=at - KEPT).delete()[0]
