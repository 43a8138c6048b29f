"""The first week on an empty product."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from core import clock
from core.asking import PersonRequest
from dashboards.queries import first_week as query


@login_required
@require_GET
def first_week(request: PersonRequest) -> HttpResponse:
    steps = query.steps(clock.today(), request.user)
    context = {"steps": steps, "done": sum(step.done for step in steps), "first": _first(steps)}
    return render(request, "dashboards/first_week.html", context)


def _first(steps: list[query.Step]) -> query.Step | None:
    return next((step for step in steps if not step.done), None)
