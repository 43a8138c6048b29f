"""Goals 11 and 12: milestones with their plays, tasks and messages against a loop; a normal bell; a second run."""

from collections.abc import Iterator
from datetime import timedelta

from django.db import connection

from bench import base
from bench.floors.loop import Share, fire_one_by_one
from bench.measure import seconds
from bench.report import Goal
from bench.setting import Setting
from core.models import Outbox
from core.scope import System
from installed_base.models import Term
from playbooks import day
from playbooks.queries import working_days
from playbooks.rules import State
from renewals.tasks import MILESTONES

LOOPED = 500


def measure(setting: Setting) -> Iterator[Goal]:
    """The catch-up looks at every term, as after an import; then a day later with a thousandth of them touched."""
    base.use(setting.large)
    _touch_terms(1)
    # A worker that runs the day has the calendars of the world loaded (bowtie.celery).
    working_days(setting.on).on_or_after(setting.on)
    caught_up, report = seconds(lambda: day.run([MILESTONES], on=setting.on))
    fired = sum(report.fired.values())
    if not fired:
        raise RuntimeError("Nothing was due: the base has no renewals, and the figures would say nothing.")
    made = _made(_share(report))
    looped = _loop(setting, report)
    each = caught_up / fired
    note = f"{each * 1e6:,.0f} us a firing ({fired:,} in {caught_up:.1f} s); loop {looped * 1e6:,.0f} us. {made}"
    yield Goal(11, "firing against a get_or_create loop", looped / each, 100, 40, more=True, note=note)
    again = sum(day.run([MILESTONES], on=setting.on).fired.values())
    yield Goal(12, "a second run fires", again, 0, 0, unit="rows")
    _touch_terms(1000)
    bell, report = seconds(lambda: day.run([MILESTONES], on=setting.on + timedelta(days=1)))
    note = f"{bell:.2f} s, {sum(report.fired.values()):,} fired, against {caught_up:.1f} s"
    yield Goal(12, "a normal bell against the catch-up", bell / caught_up, 1 / 20, 1 / 8, note=note)


def _touch_terms(one_in: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO core_touched (kind, subject_id, since, revision) SELECT 'term', id, starts_on, 1"
            " FROM installed_base_term WHERE id %% %s = 0 ON CONFLICT DO NOTHING",
            [one_in],
        )


def _loop(setting: Setting, report: day.Report) -> float:
    """Seconds that one firing takes in the loop."""
    terms = Term.objects.visible_to(System("bench")).select_related("contract__account__owner").order_by("-pk")
    chosen = list(terms[:LOOPED])
    share = _share(report)
    return seconds(lambda: fire_one_by_one(chosen, setting.on, share))[0] / len(chosen)


def _share(report: day.Report) -> Share:
    """What the day wrote for each firing: the loop writes the same."""
    fired = sum(report.fired.values())
    silent = sum(report.states[state] for state in (State.SUPERSEDED, State.WITHDRAWN, State.BASELINE))
    messages = Outbox.objects.exclude(kind="bench").count()
    return Share(silent / fired, report.made["tasks"] / fired, messages / fired)


def _made(share: Share) -> str:
    return f"Each with {share.silent:.1f} silent milestones, {share.tasks:.1f} tasks, {share.messages:.1f} messages"
