"""QBRs on other pages: on that of their account, and on Today."""

from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from core.display import day
from core.models import User
from core.reach import Level, reach_of
from dashboards.qbr import reading, words
from playbooks.models import Qbr

MOST = 6
_DAYS = ("planned_on", "agreed_on", "cancelled_on")
_MOMENTS = ("held_at", "summary_due_at", "summary_sent_at")


def of_today(user: User, on: date, at: datetime, most: int) -> dict[str, Any]:
    """One's own of the coming two weeks, and those whose summary is due. One query."""
    found = reading.coming(user, on, at)
    return {"qbrs": [_dressed(qbr, at) for qbr in found[:most]], "more_qbrs": max(0, len(found) - most)}


def latest() -> ArraySubquery:
    """The latest meetings of an account as a column of it: who sees the account sees them, technicians apart."""
    rows = Qbr._base_manager.filter(account=OuterRef("pk")).order_by("-planned_on", "-pk")
    told = JSONObject(pk="pk", owner_name="owner__name", **{name: name for name in (*_DAYS, *_MOMENTS)})
    return ArraySubquery(rows.values(told=told)[:MOST])


def of_account(account: Any, user: User, at: datetime, past: bool) -> dict[str, Any]:
    """The latest of an account read with `latest` as `qbr_rows`, under a finding; nothing of a past day, or for who
    sees single machines. No query."""
    if past or reach_of(user).level is Level.ASSIGNED:
        return {"qbrs": None}
    found = [_dressed(_read(row), at) for row in account.qbr_rows]
    ahead = next((q for q in reversed(found) if q.state in ("planned", "to_plan")), None)
    last = next((q for q in found if q.held_at), None)
    return {"qbrs": found, "qbr_ahead": ahead, "qbrs_title": _title(ahead, last)}


def _read(row: dict[str, Any]) -> Any:
    days = {name: row[name] and date.fromisoformat(row[name]) for name in _DAYS}
    moments = {name: row[name] and datetime.fromisoformat(row[name]) for name in _MOMENTS}
    qbr: Any = Qbr(pk=row["pk"], **days, **moments)
    qbr.owner_name = row["owner_name"]
    return qbr


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
