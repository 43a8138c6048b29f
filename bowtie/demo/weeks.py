"""The last months at Voss Robotics, week by week: the days are run, and people do their work."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from secrets import token_hex
from typing import Any

from django.utils.module_loading import import_string

from bowtie.demo.asked import respond, send_wave
from bowtie.demo.contracts import STORIED
from bowtie.demo.offers import offer
from bowtie.demo.people import Staff
from bowtie.schedule import TRIGGERS
from core.audit import audited
from core.models import User
from core.policies import known_at, remembered
from core.scope import System
from health.actions.scoring import score_accounts
from health.queries.candidates import touched_since
from health.tasks import SCORES
from installed_base.actions.terms import Offer
from installed_base.models.contracts import EndReason
from playbooks import day
from playbooks.models import Note, Task
from playbooks.rules import UNSIGNED
from playbooks.triggers import Moment, Trigger
from renewals.actions.deciding import decide_lost, decide_renewed
from renewals.models import Renewal, Stage

WEEKS = 17
REASONS = (
    (EndReason.PRICE, "A local workshop does it for less; they want to see a year without us."),
    (EndReason.COMPETITOR, "The new line is of another make, and its maker took the old one along."),
    (EndReason.SELF_SERVICE, "Two of their own mechanics were trained; they keep parts with us."),
)
# Days left at most -> stages and what is said next.
TALKS = (
    (14, (Stage.VERBAL_YES, Stage.NEGOTIATING), ("Collect the signature", "Purchasing promised the signed copy")),
    (
        30,
        (Stage.NEGOTIATING, Stage.QUOTE_SENT),
        ("Second call with the plant manager", "Board decides on the three years", "Answer on the premium upgrade"),
    ),
    (
        60,
        (Stage.QUOTE_SENT, Stage.IN_CONVERSATION),
        ("Send the revised quote with a parts kit", "Value talk by video", "Check the retrofit on line 2 with service"),
    ),
    (95, (Stage.IN_CONVERSATION, Stage.TO_START), ("First talk with operations", "Prepare last year's figures", "")),
)
SAID = {
    "Van Houten Bakkerijen": (Stage.IN_CONVERSATION, "Meet Ilse Brouwer, operations director", 3),
    "Verpakkingen De Smet": (Stage.NEGOTIATING, "Call Claes with Mr van Dam on the uplift", 2),
    "Frisse Start Groenten": (Stage.QUOTE_SENT, "Purchasing promised the signed copy", 1),
    "Bergmann Automotive": (Stage.NEGOTIATING, "Board meeting decides on 2 December", 10),
    "Mleczarnia Podlaska": (Stage.QUOTE_SENT, "Second call with plant manager", -3),
    "Chocolaterie Maes": (Stage.TO_START, "", 0),
}


def live(rng: Random, staff: Staff, *, on: date) -> None:
    """Run every day of the last seventeen weeks up to `on`, deciding renewals and doing tasks as they come.

    Nobody publishes a policy in these weeks, so that they are read once.
    """
    with remembered():
        known_at(f"weeks of the demo {token_hex(8)}")
        _live(rng, staff, on)


def _live(rng: Random, staff: Staff, on: date) -> None:
    begun = on - timedelta(weeks=WEEKS)
    for week in range(WEEKS + 1):
        until = begun + timedelta(weeks=week)
        _run(until)
        _decide(rng, staff, until, everything_over=week == 0)
        _do_tasks(rng, until, last=week == WEEKS)
        if week == WEEKS - 2:
            send_wave(staff, until)
        respond(until)
    _run(on)
    offer(Random(2017), staff, _talk(rng, on), on=on)


def _run(until: date) -> None:
    """Every day is run; health is looked at on the last one, and worked out week by week before it."""
    triggers = [import_string(path) for path in TRIGGERS]
    day.run([_weekly(t, until) if t is SCORES else t for t in triggers], on=until)


def _weekly(trigger: Trigger, until: date) -> Trigger:
    def due(policy: Any, after: date | None, on: date) -> Iterable[int]:
        return trigger.due(policy, after, on) if on == until else ()

    def scores(ids: Sequence[int], moment: Moment) -> Counter[str]:
        return score_accounts(ids, on=moment.on, since=touched_since(ids), every=7)

    return replace(trigger, due=due, prepare=scores)


def _decide(rng: Random, staff: Staff, on: date, *, everything_over: bool) -> None:
    """Most renewals are signed some days before T, a few are lost; those with a story stay open."""
    open_ = Renewal.objects.open().exclude(account__name__in=STORIED).select_related("term", "owner__user")
    for renewal in open_.filter(decides_on__lte=on + timedelta(days=12)).order_by("pk"):
        by = renewal.owner.user or staff.users["sanne"]
        lost = everything_over if renewal.decides_on < on - timedelta(days=30) else rng.random() < 0.09
        if lost:
            _lose(rng, renewal, by, on)
        elif rng.random() < 0.8:
            _renew(rng, renewal, by, on)


def _lose(rng: Random, renewal: Renewal, by: User, on: date) -> None:
    reason, note = rng.choice(REASONS)
    decide_lost(renewal=renewal.pk, reason=reason, note=note, version=renewal.version, by=by, on=on)


def _renew(rng: Random, renewal: Renewal, by: User, on: date) -> None:
    annual = (renewal.term.annual_value or Decimal(0)) * rng.randint(1000, 1050) / 1000
    offer = Offer(rng.choice((12, 12, 24, 36)), annual.quantize(Decimal(1)), renewal.term.level_id, planned=True)
    note = rng.choice(("Happy with the response times.", "Asked for quarterly figures.", ""))
    decide_renewed(renewal=renewal.pk, offer=offer, signed_on=on, note=note, version=renewal.version, by=by, on=on)


def _do_tasks(rng: Random, on: date, *, last: bool) -> None:
    """Nearly all work that was due gets done by its owner; in the last week some is still lying there.

    What T-0 asks for, and what is asked when it passed, is done by deciding.
    """
    due = Task.objects.open().filter(due_on__lte=on).exclude(release__milestone__in=("T-0", UNSIGNED))
    share = 0.72 if last else 0.95
    done = [task for task in due.select_related("owner").order_by("pk") if rng.random() < share]
    for task in done:
        task.done_on, task.done_by_id = task.due_on, task.owner.user_id
    with audited(by=System("demo"), why="demo.do_tasks"):
        Task.objects.bulk_update(done, ["done_on", "done_by"])


def _talk(rng: Random, on: date) -> list[Renewal]:
    """Where each conversation stands today, and what was said. Answers the open renewals."""
    related = ("account", "owner__user", "term__level")
    renewals = list(Renewal.objects.open().select_related(*related).order_by("pk"))
    for renewal in renewals:
        stage, step, days = SAID.get(renewal.account.name) or _said(rng, (renewal.decides_on - on).days)
        renewal.stage, renewal.next_step = stage, step
        renewal.next_step_on = on + timedelta(days=days) if step else None
    with audited(by=System("demo"), why="demo.talk"):
        Renewal.objects.bulk_update(renewals, ["stage", "next_step", "next_step_on"])
        Note.objects.bulk_create(_notes(renewals, on))
    return renewals


def _said(rng: Random, days_left: int) -> tuple[Stage, str, int]:
    _, stages, steps = next((t for t in TALKS if days_left <= t[0]), TALKS[-1])
    return rng.choice(stages), rng.choice(steps), rng.randint(-1, 9)


def _notes(renewals: list[Renewal], on: date) -> list[Note]:
    return [
        Note(
            account=renewal.account,
            subject_kind="renewal",
            subject_id=renewal.pk,
            on=on - timedelta(days=9 + renewal.pk % 20),
            by_id=renewal.owner.user_id,
            text="Talked about the past year; they ask what the next one will cost.",
        )
        for renewal in renewals
        if renewal.stage != Stage.TO_START and renewal.owner.user_id
    ]
