"""The list of QBRs."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core import clock
from core.asking import PersonRequest
from core.display import number
from core.menus import menu
from core.reach import Level, reach_of
from dashboards.qbr import reading, words
from dashboards.queries.choices import choices
from health.tabs import customer_tabs
from installed_base.models.accounts import Segment
from playbooks.models import Qbr

CHIPS = ("open", "summary", "to_plan", "planned", "held", "cancelled")


@login_required
@require_safe
def qbrs(request: PersonRequest) -> HttpResponse:
    """What is to plan, what comes, whose summary is due, and what is over."""
    if reach_of(request.user).level is Level.ASSIGNED:
        raise Http404
    on, at = clock.today(), clock.now()
    asked = request.GET.get("state", "")
    state = asked if asked in reading.STATES else "open"
    found = reading.listing(_narrowed(request), state, request.GET.get("cursor", ""))
    for qbr in found.page.rows:
        qbr.status, qbr.word = words.STATUS[qbr.state], words.STATES[qbr.state]
        if qbr.state == "to_plan" and qbr.planned_on > on + reading.AHEAD:
            qbr.status = "unknown"
        qbr.late = qbr.state == "summary" and qbr.summary_due_at < at
        qbr.clock = words.clock_words(qbr, at) if qbr.state == "summary" else ""
        qbr.passed = qbr.state in ("planned", "to_plan") and qbr.planned_on < on
    offered = choices(request.user)
    context = {
        "on": on,
        "tabs": customer_tabs(request.user, "qbrs"),
        "page": found.page,
        "state": state,
        "standfirst": standfirst(found.counts),
        "chips": [(key, _chip(key), found.counts[key], key == state) for key in CHIPS],
        "menus": [
            menu(request, "owner", _("Owner"), offered["owner"], _("everyone")),
            menu(request, "segment", _("Segment"), Segment.choices, _("all")),
        ],
        "filtered": bool(request.GET.get("owner") or request.GET.get("segment") or state != "open"),
    }
    return render(request, "dashboards/qbr_list.html", context)


def _narrowed(request: PersonRequest) -> Any:
    rows = Qbr.objects.visible_to(request.user)
    owner, segment = request.GET.get("owner", ""), request.GET.get("segment", "")
    if owner.isdecimal() and len(owner) < 19:
        rows = rows.filter(owner=int(owner))
    return rows.filter(account__segment=segment) if segment in Segment.values else rows


def _chip(key: str) -> str:
    return _("All open") if key == "open" else str(words.STATES[key]).capitalize()


def standfirst(counts: dict[str, int]) -> str:
    """What has to be done about them."""
    parts = []
    if counts["summary"]:
        words_ = ngettext("%(n)s summary is due", "%(n)s summaries are due", counts["summary"])
        parts.append(words_ % {"n": number(counts["summary"])})
    if counts["to_plan"]:
        words_ = ngettext("%(n)s QBR is to be planned", "%(n)s QBRs are to be planned", counts["to_plan"])
        parts.append(words_ % {"n": number(counts["to_plan"])})
    if counts["planned"]:
        words_ = ngettext("%(n)s is agreed", "%(n)s are agreed", counts["planned"])
        parts.append(words_ % {"n": number(counts["planned"])})
    return f"{', '.join(parts)}." if parts else _("Nothing is to be planned, held or summed up.")
