"""QBRs on other pages: on that of their account, and on Today."""

from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from core.display import day
from core.models import User
from core.reach import Level, reach_of
from dashboards.qbr import reading, words
from installed_base.models import Account
from playbooks.models import Qbr


def of_today(user: User, on: date, at: datetime, most: int) -> dict[str, Any]:
    """One's own of the coming two weeks, and those whose summary is due. One query."""
    found = reading.coming(user, on, at)
    return {"qbrs": [_dressed(qbr, at) for qbr in found[:most]], "more_qbrs": max(0, len(found) - most)}


def of_account(account: Account, user: User, at: datetime, past: bool) -> dict[str, Any]:
    """The latest of an account, under a finding. One query; nothing of a past day, or for who sees single machines."""
    if past or reach_of(user).level is Level.ASSIGNED:
        return {"qbrs": None}
    found = [_dressed(qbr, at) for qbr in reading.of_account(account.pk, user)]
    ahead = next((q for q in reversed(found) if q.state in ("planned", "to_plan")), None)
    last = next((q for q in found if q.held_at), None)
    return {"qbrs": found, "qbr_ahead": ahead, "qbrs_title": _title(ahead, last)}


def _title(ahead: Qbr | None, last: Qbr | None) -> str:
    if ahead:
        said = _("Next QBR on %(day)s") if ahead.agreed_on else _("A QBR comes round on %(day)s")
        return said % {"day": day(ahead.planned_on)}
    return _("Last QBR on %(day)s") % {"day": day(last.planned_on)} if last else _("QBRs")


def _dressed(qbr: Any, at: datetime) -> Any:
    qbr.word = words.STATES[qbr.state]
    qbr.clock = words.clock_words(qbr, at) if qbr.state == "summary" else ""
    qbr.late = bool(qbr.clock) and qbr.summary_due_at < at
    return qbr
