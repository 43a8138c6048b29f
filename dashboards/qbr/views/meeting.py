"""One meeting: before, during and after it, on one page."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from core import clock
from core.asking import PersonRequest
from core.context import find_url
from core.reach import reach_of
from dashboards import words as desk_words
from dashboards.qbr import gather, words
from dashboards.qbr.content import who
from dashboards.qbr.views.door import may_change, visible
from health.queries import standing_of
from playbooks.models import Qbr, QbrAttendee, QbrLetter, QbrMove, QbrPack, Seat, Task
from playbooks.models.qbr import OURS
from playbooks.qbr.agenda import agenda_of, is_unusual, minutes_of


@login_required
@require_safe
def qbr(request: PersonRequest, pk: int) -> HttpResponse:
    """The meeting with its agenda, people, actions, letters and packs."""
    row, user, on, at = visible(request, pk), request.user, clock.today(), clock.now()
    names = reach_of(user).sees_names
    parts = agenda_of(row, on)
    following = Qbr.objects.visible_to(user).filter(after=row).order_by("planned_on").first()
    steps = list(Task.objects.visible_to(user).filter(play__playbook="qbr", subject_kind="qbr", subject_id=pk)
                 .select_related("owner", "play").order_by("due_on", "pk"))  # fmt: skip
    desk_words.dress(steps, on, {})
    context = {
        "qbr": row,
        "on": on,
        "trail": [
            (reverse("dashboards:qbrs"), _("QBRs")),
            (find_url("dashboards:account", row.account_id), row.account.name),
        ],
        "headline": words.headline(row, at, on),
        "status": words.STATUS[row.state],
        "state_word": words.STATES[row.state],
        "may": may_change(request, row),
        "names": names,
        "parts": parts,
        "total": minutes_of(parts),
        "unusual": is_unusual(parts, on),
        "clock": words.clock_words(row, at) if row.state == "summary" else "",
        "late": bool(row.state == "summary" and row.summary_due_at and row.summary_due_at < at),
        "in_time": words.in_time(row),
        "actions": _actions(row, user, on),
        "steps": steps,
        "people": _people(row, user),
        "standing": standing_of({row.account_id}, on).get(row.account_id),
        "moves": list(QbrMove.objects.visible_to(user).filter(qbr=row).select_related("by").order_by("pk")),
        "letters": list(QbrLetter.objects.visible_to(user).filter(qbr=row, sent_at__isnull=False).order_by("pk")),
        "packs": list(QbrPack.objects.visible_to(user).filter(qbr=row).defer("content").order_by("-pk")),
        "before": gather.last_held(row, user),
        "following": following,
    }
    return render(request, "dashboards/qbr_detail.html", context)


def _people(row: Qbr, user: Any) -> dict[str, Any]:
    """Ours and theirs, and whether an executive of theirs comes."""
    rows: list[Any] = list(
        QbrAttendee.objects.visible_to(user).filter(qbr=row).select_related("contact", "user").order_by("pk")
    )
    names = reach_of(user).sees_names
    for attendee in rows:
        contact = attendee.contact
        attendee.shown = (
            str(attendee.user) if contact is None else str(contact if names else contact.get_role_display())
        )
        attendee.about = "" if contact is None else contact.job_title or contact.get_role_display()
    executive = next((a for a in rows if a.seat == Seat.EXECUTIVE and a.came is not False), None)
    return {
        "ours": [a for a in rows if a.seat in OURS],
        "theirs": [a for a in rows if a.seat not in OURS],
        "executive": executive,
    }


def _actions(row: Qbr, user: Any, on: date) -> list[Any]:
    names = reach_of(user).sees_names
    found: list[Any] = gather.actions_of(row, user)
    for action in found:
        action.who = who(action) if names or action.ours else _("The customer")
        action.finished = action.finished_on is not None and action.finished_on <= on
        action.late = not action.finished and action.due_on < on
    return found
