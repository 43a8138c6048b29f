"""What every page of somebody signed in begins with, in one query: their session, who they are and how far they see,
the organisation, how many notifications wait, and a stamp that says whether a policy was published since this process
last read them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse

from core import policies
from core.models import Organisation, Session, User
from core.reach import OWNERS, reach_with

MOST_UNREAD = 100
# By what the policies and the targets are known: another text once one was published.
STAMP = (
    "(SELECT concat_ws(' ', current_database(), count(*), max(id), max(recorded_at)) FROM core_policy)"
    " || (SELECT concat_ws(' ', '', count(*), max(id), max(recorded_at)) FROM core_figuretarget)"
)


@dataclass
class Opening:
    """What one request has read. Empty until its session is."""

    filled: bool = False
    person: User | None = None
    organisation: Organisation | None = None
    unread: int = 0


_opening: ContextVar[Opening | None] = ContextVar("opening", default=None)


@contextmanager
def opened() -> Iterator[None]:
    """Within, a session brings along what else the page begins with."""
    token = _opening.set(Opening())
    try:
        with policies.remembered():
            yield
    finally:
        _opening.reset(token)


class OpeningMiddleware:
    """Stands before the session: what is read with it is known for this one request."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with opened():
            return self.get_response(request)


def person(pk: Any) -> User | None:
    """The user who was read with the session, handed out once."""
    opening = _opening.get()
    if opening is None or opening.person is None or opening.person.pk != pk:
        return None
    found, opening.person = opening.person, None
    return found


def organisation() -> Organisation | None:
    """The organisation as it stood when the page began; None until it is named."""
    opening = _opening.get()
    return opening.organisation if opening is not None and opening.filled else Organisation.objects.first()


def ours() -> Organisation:
    """The same, with unsaved defaults before it was named."""
    return organisation() or Organisation(pk=1)


def session(key: str) -> Session | None:
    """A session that has not run out, and within `opened` the rest of the opening."""
    with connection.cursor() as cursor:
        cursor.execute(_statement(), [key])
        row = cursor.fetchone()
    if row is None:
        return None
    parts = iter(row)
    found, user, ours = (_instance(model, parts) for model in (Session, User, Organisation))
    owners, stamp, unread = parts
    if user is not None:
        reach_with(user, owners)
    opening = _opening.get()
    if opening is not None:
        opening.filled, opening.person, opening.organisation = True, user, ours
        opening.unread = unread
        policies.known_at(stamp)
    return found


def by_token(stamp: str) -> None:
    """Within `opened`, what a token brings along: how the policies stand. Nothing outside it."""
    if _opening.get() is not None:
        policies.known_at(stamp)


def unread() -> int:
    """How many notifications the reader of this page has not read; counted up to MOST_UNREAD."""
    opening = _opening.get()
    return opening.unread if opening is not None else 0


def _instance(model: Any, values: Iterator[Any]) -> Any:
    fields = [field.attname for field in model._meta.concrete_fields]
    row = [next(values) for _field in fields]
    return None if row[0] is None else model.from_db("default", fields, row)


@cache
def _statement() -> str:
    columns = [
        f'{table}."{field.column}"'
        for table, model in (("s", Session), ("u", User), ("o", Organisation))
        for field in model._meta.concrete_fields
    ]
    return (
        f"SELECT {', '.join(columns)}, {OWNERS.format(user='u.id')}, {STAMP},"
        f" (SELECT count(*) FROM (SELECT FROM core_notification n WHERE n.user_id = u.id AND n.read_at IS NULL"
        f" LIMIT {MOST_UNREAD}) unread)"
        " FROM core_session s LEFT JOIN core_user u ON u.id = s.user_id LEFT JOIN core_organisation o ON o.id = 1"
        " WHERE s.session_key = %s AND s.expire_date > now()"
    )
