"""Today: what needs me this week. The role decides what home is."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock, opening
from core.asking import PersonRequest
from core.context import find_url
from core.models import Role
from core.reach import Level, reach_of
from core.subjects import subject
from dashboards import dressing, words
from dashboards.folding import folded
from dashboards.qbr import panels
from dashboards.queries import first_week, machines, work
from dashboards.queries import today as query
from dashboards.views.search import looked_up
from health.queries import standing_of
from sales.queries.dealer import Owed

LISTED_ASIDE = 6
# Who may bring in the base: they keep the list of first steps in sight until it is done.
SETS_UP = {Role.ADMINISTRATOR, Role.OPERATIONS, Role.TEAM_LEAD}


@login_required
@require_GET
def today(request: PersonRequest) -> HttpResponse:
    """Home. Executives begin at the bowtie (their tasks stand under `?view=tasks`), technicians at a serial number."""
    bowtie = find_url("dashboards:bowtie")
    if bowtie and request.user.role == Role.EXECUTIVE and request.GET.get("view") != "tasks":
        return redirect("dashboards:first_week" if first_week.is_empty() else bowtie)
    if reach_of(request.user).level is Level.ASSIGNED:
        return redirect("dashboards:first_week") if first_week.is_empty() else _technician(request)
    return _desk(request)


def _desk(request: PersonRequest) -> HttpResponse:
    user, on = request.user, clock.today()
    figures = query.figures(user, on)
    if not figures.customers and first_week.is_empty():
        return redirect("dashboards:first_week")
    found = work.work_of(user, on)
    for group in found.groups:
        group.rows = folded(group.tasks, request.GET.get("open", ""))
    tasks = [task for group in found.groups for task in group.rows]
    coming = query.milestones(user, on)
    signals = query.new_signals(user, on)
    put_off, done = work.settled(user, on)
    reach = reach_of(user)
    words.dress([*tasks, *put_off, *done], on, standing_of({task.account_id for task in tasks}, on))
    alerts = dressing.alerts(query.alerts(user, on))
    for stone in coming:
        stone.url = subject("renewal").url(stone.renewal.pk)
    context = {
        "on": on,
        "greeting": greeting(clock.now()),
        "work": found,
        "standfirst": words.standfirst(found, reach.sees_prices),
        "work_title": _work_title(found, reach.sees_prices),
        "keys": [("j k", _("move")), ("d", _("done")), ("s", _("snooze"))],
        "put_off": put_off,
        "done": done,
        "milestones": coming[:LISTED_ASIDE],
        "more_milestones": max(0, len(coming) - LISTED_ASIDE),
        "alerts": alerts[:LISTED_ASIDE],
        "more_alerts": max(0, len(alerts) - LISTED_ASIDE),
        "new_alerts": sum(1 for alert in alerts if alert.on > on - query.WEEK),
        **panels.of_today(user, on, clock.now(), LISTED_ASIDE),
        "signals": signals.rows[:LISTED_ASIDE],
        "more_signals": len(signals.rows) > LISTED_ASIDE,
        "figures": figures,
        **_owed(figures.owed),
        "reach": reach,
        **words.figure_notes(figures, opening.ours().reporting_currency),
        "steps": _steps_left(user, on),
        "agreed": query.agreed(user, LISTED_ASIDE),
        "today": on,
    }
    return render(request, "dashboards/today_desk.html", context)


def _owed(found: list[Owed]) -> dict[str, Any]:
    """Dealers who are to report on what is one's own: the first of them, and how many more."""
    return {"owed": found[:LISTED_ASIDE], "more_owed": max(0, len(found) - LISTED_ASIDE)}


def _work_title(found: work.Work, sees_prices: bool) -> str:
    if not found.count:
        return _("To do")
    return _("To do, by euros at stake within each day") if sees_prices else _("To do, day by day")


def _steps_left(user: Any, on: Any) -> list[first_week.Step]:
    """The first-week list for those who set the product up, as long as something on it is left."""
    if user.role not in SETS_UP:
        return []
    return [step for step in first_week.steps(on, user) if not step.done]


def _technician(request: PersonRequest) -> HttpResponse:
    user, on = request.user, clock.today()
    text = request.GET.get("q", "").strip()[:200]
    context = {
        "on": on,
        "text": text,
        "looked_up": looked_up(request, text),
        "machines": dressing.machines(machines.dressed(machines.my_machines(user)[:50], on)),
        "work": work.work_of(user, on),
    }
    return render(request, "dashboards/today_technician.html", context)


def greeting(moment: datetime) -> str:
    """By the hour in the organisation's time zone."""
    hour = moment.astimezone(ZoneInfo(settings.ORGANISATION_TIME_ZONE)).hour
    if 5 <= hour < 12:
        return _("Good morning")
    return _("Good afternoon") if 12 <= hour < 18 else _("Good evening")
