"""The secret address of a person's calendar: made, shown once, replaced, revoked. Only its digest is kept."""

import hashlib
import secrets
from datetime import datetime

from core.audit import audited
from core.models import CalendarFeed, User

# 32 bytes of chance in letters that an address can hold.
BYTES = 32
LENGTH = 43


def make_feed(*, user: User, at: datetime) -> str:
    """A new token for this person; the one before no longer counts. It cannot be read again later."""
    token = secrets.token_urlsafe(BYTES)
    with audited(by=user, why="core.make_feed"):
        CalendarFeed.objects.update_or_create(user=user, defaults={"digest": digest_of(token), "made_at": at})
    return token


def revoke_feed(*, user: User) -> bool:
    """Whether there was one."""
    with audited(by=user, why="core.revoke_feed"):
        return bool(CalendarFeed.objects.filter(user=user).delete()[0])


def reader_of(token: str) -> User | None:
    """Whose calendar this is; None for a token that is wrong or revoked, and for a person who is no longer active."""
    if len(token) != LENGTH or not token.isascii():
        return None
    found = CalendarFeed.objects.select_related("user").filter(digest=digest_of(token), user__is_active=True).first()
    return found.user if found else None


def digest_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
