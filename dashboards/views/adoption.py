"""The adoption board: where every machine that just started stands, and why."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock
from core.asking import PersonRequest
from core.asof import as_of
from core.menus import Menu, menu
from core.reach import Level, reach_of
from dashboards.queries import starts as query
from dashboards.starts import cards
from dashboards.words import receipt_of
from health.rules.red_flags import Course
from health.tabs import customer_tabs
from health.words.adoption import COURSES, STATUS
from installed_base.models import ProductFamily
from installed_base.models.accounts import Segment

FILTERS = ("q", "owner", "segment", "family", "course", "phase")


@login_required
@require_GET
def adoption(request: PersonRequest) -> HttpResponse:
    """Columns by phase; as a list with `view=list`. Of a past day it is read only."""
    if reach_of(request.user).level is Level.ASSIGNED:
        raise Http404
    on, user = as_of(request), request.user
    found, more = query.board(user, on, _asked(request))
    dressed = cards.cards(found, user, on)
    course, phase = request.GET.get("course", ""), request.GET.get("phase", "")
    shown = [card for card in dressed if not course or card.started.standing.course == course]
    columns = cards.columns(shown)
    listed = [card for card in shown if not phase or card.started.standing.phase == phase]
    context: dict[str, Any] = {
        "on": on,
        "today": clock.today(),
        "tabs": customer_tabs(user, "adoption"),
        "menus": _menus(request),
        "heads": cards.columns(dressed),
        "columns": [column for column in columns if not phase or column.key == phase],
        "lines": listed,
        "phase": phase,
        "as_list": request.GET.get("view") == "list",
        "as_board": request.GET.get("view") != "list",
        "standfirst": cards.standfirst(dressed, more=more),
        "filtered": any(request.GET.get(key) for key in FILTERS),
        "receipts": _receipts(request, on),
    }
    return render(request, "dashboards/adoption_board.html", context)


def _asked(request: PersonRequest) -> query.Asked:
    given = request.GET
    return query.Asked(
        owner=_number(given.get("owner", "")),
        segment=given.get("segment", ""),
        family=_number(given.get("family", "")),
        q=given.get("q", "").strip()[:100],
    )


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _menus(request: PersonRequest) -> list[Menu]:
    families = [(str(pk), name) for pk, name in ProductFamily.objects.order_by("name").values_list("pk", "name")]
    return [
        menu(request, "course", _("Course"), [(course.value, COURSES[course]) for course in _worst_first()], _("all")),
        menu(request, "owner", _("Owner"), query.owner_choices(request.user), _("everyone")),
        menu(request, "segment", _("Segment"), Segment.choices, _("all")),
        menu(request, "family", _("Product"), families, _("all")),
    ]


def _worst_first() -> list[Course]:
    return sorted(Course, key=lambda course: ("risk", "watch", "good").index(STATUS[course]))


def _receipts(request: PersonRequest, on: Any) -> list[dict[str, str]]:
    """The figures of this stage, as receipts."""
    asked = {"as_of": on.isoformat()} if request.is_past else {}
    keys = (
        ("time_to_first_value", _("Time to first value")),
        ("time_to_value", _("Time to value")),
        ("training_completion", _("Training")),
        ("onboarding_on_time", _("Onboarding success")),
        ("onboarding_stuck", _("Behind or stuck")),
    )
    return [{"name": name, "url": receipt_of(key, **asked)} for key, name in keys]
