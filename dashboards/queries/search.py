"""One box over everything that has a name: the registry of subjects says what can be found and by whom."""

from dataclasses import dataclass
from typing import Any

from core.models import User
from core.reach import reach_of
from core.subjects import Subject, subjects

SUGGESTED = 5
LISTED = 25
SHORTEST = 2


@dataclass(frozen=True)
class Hit:
    """Something found: its name, where its page is (empty where it has none), and the account it belongs to."""

    title: str
    url: str
    account: Any = None


@dataclass(frozen=True)
class Found:
    """The hits of one kind; `more` says that there are others."""

    kind: str
    label: Any
    hits: list[Hit]
    more: bool


def search(user: User, text: str, *, limit: int = LISTED) -> list[Found]:
    """What begins with the text, kind by kind, as far as the user sees. A query per kind; none for one letter."""
    text = text.strip()
    if len(text) < SHORTEST or "\x00" in text:
        return []
    named = reach_of(user).sees_names
    found = [_found(s, user, text, limit) for s in subjects() if s.search and (named or not s.names_people)]
    return [kind for kind in found if kind.hits]


def _found(subject: Subject, user: User, text: str, limit: int) -> Found:
    assert subject.search is not None
    rows = list(subject.visible_to(user).filter(subject.search(text)).order_by("pk")[: limit + 1])
    return Found(subject.kind, subject.label, [_hit(subject, row) for row in rows[:limit]], len(rows) > limit)


def _hit(subject: Subject, row: Any) -> Hit:
    account = getattr(row, "account", None)
    url = subject.url(row.pk)
    if not url and account is not None:
        url = _account_url(account.pk)
    return Hit(subject.title(row), url, account)


def _account_url(pk: int) -> str:
    return next((subject.url(pk) for subject in subjects() if subject.kind == "account"), "")
