"""Moments that explain the line of a score: who left, what broke."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast, TruncDate
from django.utils.translation import gettext as _

from core.calendar import add_months
from core.models import User
from installed_base.models import Contact, Ticket
from installed_base.models.accounts import ContactRole
from installed_base.models.service import Severity

MOST = 2


@dataclass(frozen=True)
class Moment:
    """Something on a day that explains the line of a score, without a name."""

    on: date
    words: str


def moments_of(account: int, user: User, on: date) -> list[Moment]:
    """Those who left and critical tickets of the last year, two of each, the latest first. One query."""
    found = _left(account, user, on).union(_critical(account, user, on), all=True).order_by("-day", "what")
    return [
        Moment(day, _left_words(title, role) if what == "left" else _("critical ticket"))
        for day, what, title, role in found
    ]


def _left_words(title: str, role: str) -> str:
    known = "" if role == ContactRole.OTHER else dict(ContactRole.choices).get(role, "")
    return _("%(who)s left") % {"who": title or known or _("a contact")}


def _left(account: int, user: User, on: date) -> QuerySet[Any, Any]:
    rows = Contact.objects.visible_to(user).filter(account=account, left_on__gt=add_months(on, -12), left_on__lte=on)
    return _columns(rows.order_by("-left_on", "pk"), F("left_on"), "left", F("job_title"), F("role"))


def _critical(account: int, user: User, on: date) -> QuerySet[Any, Any]:
    day = TruncDate("opened_at", tzinfo=ZoneInfo(settings.ORGANISATION_TIME_ZONE))
    rows = Ticket.objects.visible_to(user).filter(account=account, severity=Severity.CRITICAL).alias(opened_on=day)
    year = rows.filter(opened_on__gt=add_months(on, -12), opened_on__lte=on)
    return _columns(year.order_by("-opened_at", "pk"), day, "ticket", Value(""), Value(""))


def _columns(rows: Any, day: Any, what: str, title: Any, role: Any) -> QuerySet[Any, Any]:
    text = {"title_": Cast(title, CharField()), "role_": Cast(role, CharField())}
    marked = rows.annotate(day=day, what=Value(what, output_field=CharField()), **text)
    return marked.values_list("day", "what", "title_", "role_")[:MOST]  # type: ignore[no-any-return]
