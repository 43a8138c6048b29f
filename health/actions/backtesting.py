"""Backtests as jobs: asked for, worked out step by step with progress, kept with their result."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import date, timedelta
from typing import Any

from django.core.exceptions import ValidationError
from django.db import DatabaseError
from django.db.models.functions import Now

from core.audit import audited
from core.models import Job, User
from core.policies import Version, from_json, policy_on
from health.actions.drafting import policy_in
from health.actions.replaying import replay
from health.actions.scoring import Cards
from health.models import Draft
from health.queries.losses import facts_known_from, losses
from health.queries.moves import steps_of
from health.rules.backtest import Verdict, Warning, verdict
from health.rules.policy import HealthPolicy
from health.words.policy import problem_words
from installed_base.models import Account

KIND = "health.backtest"
# Two years of weeks, each looked at once.
BACK, STEP = timedelta(weeks=104), timedelta(weeks=1)
LIVE, DRAFT = "live", "draft"


def ask_for_backtest(*, draft: Draft, as_known: bool, by: User, on: date) -> Job:
    """Note that somebody wants to know; the worker takes it from there, and takes it up again if it was lost."""
    if found := policy_in(draft).problems():
        raise ValidationError([problem_words(problem) for problem in found])
    with audited(by=by, why="health.ask_for_backtest"):
        asked = {"draft": draft.pk, "as_known": as_known, "values": draft.values, "done": 0, "of": 2 * len(days_to(on))}
        return Job.objects.create(kind=KIND, on=on, owner=by, progress=asked)


def waiting() -> list[int]:
    """Backtests that nobody has begun."""
    return list(Job.objects.filter(kind=KIND, state=Job.State.QUEUED).order_by("pk").values_list("pk", flat=True))


def run_backtest(job: int) -> bool:
    """Work one out; False where somebody else has it. A fault is kept with it."""
    mine = Job.objects.filter(pk=job, kind=KIND, state=Job.State.QUEUED)
    if not mine.update(state=Job.State.RUNNING, started_at=Now()):
        return False
    row = Job.objects.select_related("owner").get(pk=job)
    try:
        result = _worked_out(row)
    except Exception as error:
        with suppress(DatabaseError):
            Job.objects.filter(pk=job).update(state=Job.State.FAILED, error=str(error)[:2000], finished_at=Now())
        raise
    Job.objects.filter(pk=job).update(state=Job.State.DONE, result=result, finished_at=Now())
    return True


def days_to(on: date) -> list[date]:
    """The days that are looked at, the last one last."""
    count = BACK // STEP
    return [on - STEP * n for n in range(count, -1, -1)]


def _worked_out(job: Job) -> dict[str, Any]:
    """Both versions over the accounts its owner sees, held against what was lost."""
    on, asked = job.on or date.max, job.progress
    rows = Account.objects.visible_to(job.owner).filter(merged_into__isnull=True)
    ids = sorted(rows.values_list("pk", flat=True))
    days = days_to(on)
    lost = losses(ids, days[0], on)
    found = {}
    for number, (name, policy) in enumerate(_versions(asked, on)):
        cards = Cards([Version(policy, 1, date.min)])
        seen = replay(ids, cards, days, as_known=asked["as_known"], told=_Progress(job, number * len(days)))
        found[name] = verdict(seen, lost, on, steps_of(on))
    known_from = facts_known_from(ids)
    return {
        "from": days[0].isoformat(),
        "until": on.isoformat(),
        "accounts": len(ids),
        "known_from": known_from and known_from.isoformat(),
        "versions": {name: _figures(v) for name, v in found.items()},
        "losses": list(_lines(found[LIVE].warnings, found[DRAFT].warnings)),
    }


def _versions(asked: dict[str, Any], on: date) -> list[tuple[str, HealthPolicy]]:
    """What counts today and what is tried, each as if it had always counted."""
    return [(LIVE, policy_on(HealthPolicy, on).values), (DRAFT, from_json(HealthPolicy, asked["values"]))]


class _Progress:
    """Tells the job how far it is, now and then."""

    def __init__(self, job: Job, before: int) -> None:
        self.job, self.before = job, before

    def __call__(self, done: int) -> None:
        if done % 4 == 0:
            progress = self.job.progress | {"done": self.before + done}
            Job.objects.filter(pk=self.job.pk).update(progress=progress)


def _figures(found: Verdict) -> dict[str, Any]:
    names = ("right", "wrong", "open", "plays", "tasks", "judged", "warned", "days")
    return {name: getattr(found, name) for name in names}


def _lines(live: Sequence[Warning], draft: Sequence[Warning]) -> Iterator[dict[str, Any]]:
    for one, other in zip(live, draft, strict=True):
        loss = one.loss
        yield {
            "account": loss.account,
            "kind": loss.kind,
            "on": loss.on.isoformat(),
            "value": None if loss.value is None else str(loss.value),
            LIVE: _said(one),
            DRAFT: _said(other),
        }


def _said(found: Warning) -> dict[str, Any]:
    first_on = found.first_on and found.first_on.isoformat()
    return {"first_on": first_on, "days": found.days, "tier": found.tier.value, "enough": found.enough}
