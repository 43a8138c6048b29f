"""The daily mail: once a day, and only when there is something that was not read in the page.

It is a message of the outbox with the key (user, local date), made in the statement that marks what it holds: there is
no second one for a day, whoever rings how often. A relay that dies between sending and marking sends again under the
same Message-ID.
"""

from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.signing import BadSignature, Signer
from django.db import connection
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core import opening
from core.models import Notification, NotificationChoice, User
from core.notifying import Told, told
from core.outbox import Delivery

# From this hour of the organisation's day.
HOUR = 6
MOST_LINES = 50
_SIGNER = Signer(salt="core.digest.unsubscribe")

_POST = """
WITH due AS (
    SELECT DISTINCT n.user_id FROM core_notification n JOIN core_user u ON u.id = n.user_id
    WHERE n.read_at IS NULL AND n.digest_on IS NULL AND u.is_active AND u.email <> ''
      AND NOT EXISTS (SELECT 1 FROM core_notificationchoice c WHERE c.user_id = u.id AND NOT c.daily)
), made AS (
    INSERT INTO core_outbox (dedupe_key, kind, subject_kind, subject_id, destination, payload, error)
    SELECT 'digest:' || user_id || ':' || %(on)s, 'digest.daily', 'user', user_id, 'user:' || user_id,
           jsonb_build_object('on', %(on)s::text), ''
    FROM due ORDER BY user_id
    ON CONFLICT (dedupe_key) DO NOTHING
    RETURNING subject_id
), marked AS (
    UPDATE core_notification SET digest_on = %(on)s::date
    WHERE user_id IN (SELECT subject_id FROM made) AND read_at IS NULL AND digest_on IS NULL
    RETURNING 1
)
SELECT count(*) FROM made
"""


def hour_has_come(at: datetime) -> bool:
    return at.astimezone(ZoneInfo(settings.ORGANISATION_TIME_ZONE)).hour >= HOUR


def post_digests(*, on: date) -> int:
    """Make the mail of that day for everybody who has something to read; answers how many. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_POST, {"on": on.isoformat()})
        return int(cursor.fetchone()[0])


def mail_digest(delivery: Delivery) -> None:
    """Send what waits for one person, as far as it is unread and in reach now; nothing where nothing is left."""
    user = User.objects.filter(pk=int(delivery.destination.partition(":")[2]), is_active=True).first()
    if user is None or not user.email or not wants_mail(user):
        return
    days = [message.payload["on"] for message in delivery.messages]
    rows = Notification.objects.filter(user=user, digest_on__in=days, read_at__isnull=True).order_by("-pk")
    with translation.override(user.language or opening.ours().language):
        lines = [line for line in told(rows, user) if line.title or not line.about]
        if lines:
            _mail(user, lines, key=delivery.messages[-1].dedupe_key).send()


def _mail(user: User, lines: list[Told], *, key: str) -> EmailMessage:
    count = len(lines)
    subject = ngettext("%(n)d new thing to do in Bowtie", "%(n)d new things to do in Bowtie", count) % {"n": count}
    away = settings.BOWTIE_URL + reverse("core:unsubscribe", args=[token_of(user)])
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"
    headers = {
        "Message-ID": f"<{key.replace(':', '.')}@{domain}>",
        "List-Unsubscribe": f"<{away}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(subject, _body(lines, away), to=[user.email], headers=headers)


def _body(lines: list[Told], away: str) -> str:
    said = [_line(line) for line in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        said.append(_("And %(n)d more.") % {"n": len(lines) - MOST_LINES})
    said.append(_("All of it: %(url)s") % {"url": settings.BOWTIE_URL + reverse("core:notifications")})
    said.append(_("No more of these mails: %(url)s") % {"url": away})
    return "\n\n".join(said) + "\n"


def _line(line: Told) -> str:
    named = f"{line.title}: {line.words}" if line.title else line.words
    return f"{named}\n{settings.BOWTIE_URL}{line.url}" if line.url else named


def wants_mail(user: User) -> bool:
    return not NotificationChoice.objects.filter(user=user, daily=False).exists()


def choose_mail(user: User, *, daily: bool) -> None:
    """Whether the daily mail comes."""
    NotificationChoice.objects.update_or_create(user=user, defaults={"daily": daily})


def token_of(user: User) -> str:
    """What the address of unsubscribing holds: it stops the mail of this user and opens nothing else."""
    return _SIGNER.sign(str(user.pk))


def user_behind(token: str) -> User | None:
    try:
        return User.objects.filter(pk=int(_SIGNER.unsign(token))).first()
    except (BadSignature, ValueError):
        return None
