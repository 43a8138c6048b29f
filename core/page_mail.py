"""Pages by mail: which there are, and the mails that the beat makes of them.

A mail is a message of the outbox with the key (subscription, due day), made in the statement that marks it: there is no
second one for a day, whoever rings how often. After days without a beat one mail is made, that of the latest due day.
A relay that dies between sending and marking sends again under the same Message-ID.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.signing import BadSignature, Signer
from django.db import connection
from django.utils.translation import gettext as _

from core.holidays import our_holidays
from core.models import PageSubscription, User
from core.rhythm import dues

_SIGNER = Signer(salt="core.page_mail.unsubscribe")


class PageRefused(ValueError):
    """Why a page cannot come by mail, as a sentence for the person who asked."""


@dataclass(frozen=True)
class MailedPage:
    """A kind of page that can come by mail.

    `name(subject)` is its title and `url(subject, query)` its local address, both of them raising LookupError for a
    subject that is not there; `may(user, subject)` says whether this person may open it; `check(user, query)` raises
    PageRefused with a sentence for filters that cannot be understood; `kept(query)` are the filters that it reads.
    """

    key: str
    name: Callable[[str], str]
    url: Callable[[str, Mapping[str, str]], str]
    may: Callable[[User, str], bool]
    check: Callable[[User, Mapping[str, str]], None]
    kept: Callable[[Mapping[str, str]], dict[str, str]]


_pages: dict[str, MailedPage] = {}


def register_page(page: MailedPage) -> None:
    """Called from a room's apps.py."""
    _pages[page.key] = page


def page_of(key: str, subject: str) -> MailedPage:
    """The page and whether there is such a one. Raises PageRefused with a sentence."""
    found = _pages.get(key)
    try:
        if found is None or not found.name(subject):
            raise LookupError
    except LookupError:
        words = {"page": f"{key} {subject}".strip()[:60], "known": ", ".join(sorted(_pages))}
        raise PageRefused(_("“%(page)s” is no page that comes by mail. There are: %(known)s.") % words) from None
    return found


def known_pages() -> tuple[str, ...]:
    return tuple(sorted(_pages))


_POST = """
WITH latest (rhythm, weekday, due_on) AS (VALUES {rows}),
due AS (
    SELECT s.id, l.due_on FROM core_pagesubscription s
    JOIN core_user u ON u.id = s.user_id
    JOIN latest l ON l.rhythm = s.rhythm AND l.weekday IS NOT DISTINCT FROM s.weekday
    WHERE u.is_active AND u.email <> '' AND s.paused_on IS NULL AND l.due_on > s.since_on
      AND (s.posted_for IS NULL OR s.posted_for < l.due_on)
), made AS (
    INSERT INTO core_outbox (dedupe_key, kind, subject_kind, subject_id, destination, payload, error)
    SELECT 'page:' || id || ':' || due_on, 'page.mail', 'page_subscription', id, 'page:' || id,
           jsonb_build_object('due_on', due_on::text, 'on', %s::text), ''
    FROM due ORDER BY id
    ON CONFLICT (dedupe_key) DO NOTHING
    RETURNING subject_id
), marked AS (
    UPDATE core_pagesubscription s SET posted_for = due.due_on FROM due WHERE s.id = due.id RETURNING 1
)
SELECT count(*) FROM made
"""


def post_pages(*, on: date) -> int:
    """Make the mails that are due by that day; answers how many. One statement."""
    latest = dues(on, our_holidays())
    rows = ", ".join(["(%s, %s::int, %s::date)"] * len(latest))
    values: list[Any] = [part for rhythm, weekday, due_on in latest for part in (rhythm.value, weekday, due_on)]
    with connection.cursor() as cursor:
        cursor.execute(_POST.format(rows=rows), [*values, on.isoformat()])
        return int(cursor.fetchone()[0])


def token_of(subscription: PageSubscription) -> str:
    """What the address of unsubscribing holds: it stops this one mail and opens nothing else."""
    return _SIGNER.sign(str(subscription.pk))


def subscription_behind(token: str) -> PageSubscription | None:
    try:
        rows = PageSubscription._base_manager.select_related("user")
        return rows.filter(pk=int(_SIGNER.unsign(token))).first()
    except (BadSignature, ValueError):
        return None
