"""Moments that explain the line of a score: who left, what broke."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from core.calendar import add_months
from core.models import User
from installed_base.models import Contact, Ticket
from installed_base.models.service import Severity


@dataclass(frozen=True)
class Moment:
    """Something on a day that explains the line of a score, without a name."""

    on: date
    words: str


def moments_of(account: int, user: User, on: date) -> list[Moment]:
    """Those who left and critical tickets of the last year, the latest first. Two queries."""
    return sorted([*_left(account, user, on), *_critical(account, user, on)], key=lambda m: m.on, reverse=True)


def _left(account: int, user: User, on: date) -> Iterable[Moment]:
    rows = Contact.objects.visible_to(user).filter(account=account, left_on__gt=add_months(on, -12), left_on__lte=on)
    for contact in rows.order_by("-left_on", "pk")[:2]:
        who = contact.job_title or contact.get_role_display() or _("a contact")
        yield Moment(contact.left_on, _("%(who)s left") % {"who": who})


def _critical(account: int, user: User, on: date) -> Iterable[Moment]:
    rows = Ticket.objects.visible_to(user).filter(
        account=account, severity=Severity.CRITICAL, opened_at__date__gt=add_months(on, -12)
    )
    for ticket in rows.filter(opened_at__date__lte=on).order_by("-opened_at", "pk")[:2]:
        yield Moment(ticket.opened_at.date(), _("critical ticket"))
