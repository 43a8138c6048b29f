"""QBRs read in sets: the list with its counts, those of an account, those of Today."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from core.models import User
from core.paging import Page, page_of
from core.reach import Level, reach_of
from playbooks.models import Qbr, QbrAttendee, Seat

SIZE = 50
AHEAD = timedelta(days=14)
_OPEN = Q(held_at__isnull=True, cancelled_on__isnull=True)
_SUMMARY = Q(held_at__isnull=False, summary_sent_at__isnull=True)
STATES = {
    "open": _OPEN | _SUMMARY,
    "summary": _SUMMARY,
    "to_plan": _OPEN & Q(agreed_on__isnull=True),
    "planned": _OPEN & Q(agreed_on__isnull=False),
    "held": Q(held_at__isnull=False, summary_sent_at__isnull=False),
    "cancelled": Q(cancelled_on__isnull=False),
}


@dataclass(frozen=True)
class Listing:
    """One page of meetings of a state, and how many there are of each."""

    page: Page
    counts: dict[str, int]


def listing(rows: Any, state: str, cursor: str) -> Listing:
    """Two queries. What lies ahead comes soonest first, what is over latest first."""
    counts = rows.aggregate(**{key: Count("pk", filter=of) for key, of in STATES.items()})
    order = ["-planned_on", "-pk"] if state in ("held", "cancelled") else ["planned_on", "pk"]
    executive = QbrAttendee._base_manager.filter(qbr=OuterRef("pk"), seat=Seat.EXECUTIVE).exclude(came=False)
    shown = rows.filter(STATES[state]).select_related("account", "owner").annotate(executive=Exists(executive))
    return Listing(page_of(shown, order, cursor=cursor, size=SIZE), counts)


def coming(user: User, on: date, at: datetime) -> list[Qbr]:
    """One's own meetings of the coming two weeks, and those whose summary is due. One query."""
    reach = reach_of(user)
    if reach.level is Level.ASSIGNED:
        return []
    near = _OPEN & Q(planned_on__lte=on + AHEAD)
    rows = Qbr.objects.visible_to(user).filter(near | _SUMMARY)
    if reach.level is not Level.ALL or reach.works:
        rows = rows.filter(owner_id__in=reach.own)
    found = list(rows.select_related("account", "owner").order_by("planned_on", "pk")[:50])
    return sorted(found, key=lambda q: (q.state != "summary", q.planned_on, q.pk))
