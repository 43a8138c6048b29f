"""QBRs for tests: a customer with a machine and people, and a meeting of it."""

from datetime import date, datetime, timedelta
from typing import Any

from core.scope import System
from playbooks import day
from playbooks.models import Qbr, QbrAttendee, Seat
from playbooks.qbr.rules import QbrPolicy, summary_due
from playbooks.qbr.tasks import MEETINGS, PLAN
from tests import cast

ON = date(2026, 11, 23)


def customer(name: str = "Van Houten", owner: Any = None, **values: Any) -> Any:
    """An enterprise account whose machine came on 10 March 2025: its rhythm is the tenth of each third month."""
    at = cast.account(name, owner, **({"segment": "enterprise", "country": "NL"} | values))
    cast.asset(at, date(2025, 3, 10))
    return at


def meeting(at: Any, planned_on: date = ON, **values: Any) -> Qbr:
    """A meeting that stands in the plan; `held_at` says that it was held."""
    held_at: datetime | None = values.get("held_at")
    if held_at:
        values.setdefault("summary_due_at", summary_due(held_at, QbrPolicy()))
        values.setdefault("agreed_on", planned_on - timedelta(days=14))
    facts = {
        "owner": at.owner,
        "anchor_on": planned_on - timedelta(days=365),
        "slot_on": planned_on,
        "first_planned_on": planned_on,
        "planned_on": planned_on,
        "known_on": planned_on - timedelta(days=28),
    }
    return Qbr.objects.create(account=at, **(facts | values))


def comes(of: Qbr, who: Any, seat: str = Seat.MAIN) -> QbrAttendee:
    key = "user" if hasattr(who, "username") else "contact"
    return QbrAttendee.objects.create(qbr=of, seat=seat, **{key: who})


def run_day(on: date, audit: bool = False) -> day.Report:
    report = day.run((PLAN, MEETINGS), on=on, audit=audit)
    assert report.poison == []
    return report


def again(of: Qbr) -> Qbr:
    """The meeting as it stands in the table now."""
    return Qbr.objects.visible_to(System("tests")).select_related("account", "owner").get(pk=of.pk)
