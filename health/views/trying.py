"""A draft on one account, side by side with what counts; and over the past two years, against what was lost."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from core import clock
from core.asking import PersonRequest
from core.models import Job
from core.policies import policy_on
from core.reach import reach_of
from health import words
from health.actions.backtesting import KIND, ask_for_backtest
from health.actions.drafting import policy_in
from health.models import Draft
from health.queries.readings import Known, readings_of
from health.rules.policy import HealthPolicy
from health.rules.scoring import Health, MeasureScore, score
from health.tasks import hint_backtests
from health.views.draft import draft_of
from health.views.lab import check_setter, trail
from health.words.backtest import backtest_view
from installed_base.models import Account


@login_required
@require_GET
def draft_account(request: PersonRequest, pk: int) -> HttpResponse:
    """One account under both: which measures bring more, which less, and where it ends."""
    row, on = draft_of(request, pk), clock.today()
    policy, live = policy_in(row), policy_on(HealthPolicy, on).values
    account = _account(request)
    problems = policy.problems()
    context: dict[str, Any] = {
        "draft": row,
        "trail": trail(row, request.user),
        "account": account,
        "problems": [words.problem_words(problem) for problem in problems],
        "query": request.GET.get("q", ""),
    }
    if account and not problems:
        old, new = (_told(account.pk, one, on) for one in (live, policy))
        context |= {"old": _head(old), "new": _head(new), "parts": _parts(old, new)}
    return render(request, "health/draft_account.html", context)


def _account(request: PersonRequest) -> Account | None:
    """The account that was named by id, or the first whose name holds what was typed."""
    rows = Account.objects.visible_to(request.user).filter(merged_into__isnull=True).order_by("name", "pk")
    asked, typed = request.GET.get("account", ""), request.GET.get("q", "").strip().replace("\x00", "")
    if asked.isdecimal() and len(asked) < 19:
        return rows.filter(pk=int(asked)).first()
    return rows.filter(name__icontains=typed).first() if typed else None


def _told(account: int, policy: HealthPolicy, on: Any) -> Health:
    known = readings_of([account], policy, on).get(account, Known())
    return score(known.readings, policy, on)


def _head(health: Health) -> dict[str, Any]:
    return {
        "tier": health.tier.value,
        "score": words.points(health.score),
        "range": words.range_words(health.coverage, health.low, health.high),
        "card": words.card_name(health.card),
    }


def _parts(old: Health, new: Health) -> list[dict[str, Any]]:
    """Dimension by dimension, both sides beside each other; one that counts on one side alone is there too."""
    was, becomes = ({d.key: d for d in health.dimensions} for health in (old, new))
    found = []
    for key in dict.fromkeys((*was, *becomes)):
        sides = (was.get(key), becomes.get(key))
        measures = [{m.key: m for m in side.measures} if side else {} for side in sides]
        found.append(
            {
                "name": words.dimension_name(key),
                "sides": [
                    {"weight": side.weight if side else None, "score": words.points(side.score) if side else ""}
                    for side in sides
                ],
                "lines": [
                    _line(one, *(found_in.get(one) for found_in in measures))
                    for one in dict.fromkeys((*measures[0], *measures[1]))
                ],
            }
        )
    return found


def _line(key: str, old: MeasureScore | None, new: MeasureScore | None) -> dict[str, Any]:
    value = (new or old).value  # type: ignore[union-attr]
    points = [one.points if one else None for one in (old, new)]
    return {
        "name": words.wording(key).name,
        "value": words.value_words(key, value),
        "points": [words.points(one) for one in points],
        "moved": "better" if (points[1] or 0) > (points[0] or 0) else "worse" if points[0] != points[1] else "",
    }


@login_required
@require_http_methods(["GET", "POST"])
def draft_backtest(request: PersonRequest, pk: int) -> HttpResponse:
    """How well both would have warned. It takes a while on a large base: it can be left and come back to."""
    row, on = draft_of(request, pk), clock.today()
    refused = ""
    if request.method == "POST":
        check_setter(request)
        try:
            ask_for_backtest(draft=row, as_known=request.POST.get("facts") != "all", by=request.user, on=on)
        except ValidationError as error:
            refused = " ".join(error.messages)
        else:
            hint_backtests()
            return redirect("health:draft_backtest", row.pk)
    job = _latest(row, request)
    context = {
        "draft": row,
        "trail": trail(row, request.user),
        "may_set": reach_of(request.user).sets_policy,
        "refused": refused,
        "job": job,
        "found": backtest_view(job, row, request.user) if job else None,
        "here": reverse("health:draft_backtest", args=[row.pk]),
        "facts": [("then", _("as they were known then")), ("all", _("as we know them today"))],
        "chosen": "all" if job and not job.progress.get("as_known") else "then",
    }
    return render(request, "health/draft_backtest.html", context, status=422 if refused else 200)


def _latest(row: Draft, request: PersonRequest) -> Job | None:
    """The last one this person asked for: it holds their accounts."""
    return Job.objects.filter(kind=KIND, owner=request.user, progress__draft=row.pk).order_by("-pk").first()
