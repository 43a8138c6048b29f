"""The chances of the whole base against one plain SQL statement each; a normal bell; a second run; their list.

speed.md has no goal for them. The aims are those of the catalogue of triggers: within twice the reference, a bell in a
twentieth of the first run.
"""

from collections.abc import Iterator
from datetime import timedelta
from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext

from bench import base
from bench.floors import chances as floor
from bench.measure import seconds
from bench.report import Goal
from bench.setting import Setting, page
from core.models import Job, Touched
from core.scope import System
from expansion import tasks
from expansion.chances import RULES
from expansion.models import Signal
from expansion.rules import AGE, KINDS
from playbooks import day
from playbooks.queries import working_days
from playbooks.triggers import Trigger

TRIGGERS = [found for found in vars(tasks).values() if isinstance(found, Trigger) and found is not tasks.TIPS]
# What a normal day touches of each kind: one subject in a thousand.
FEW = 1000
TOUCHED = {
    "asset": "installed_base_asset",
    "term": "installed_base_term",
    "ticket": "installed_base_ticket",
    "order": "installed_base_partsorder",
    "reading": "installed_base_usagereading",
}


def measure(setting: Setting) -> Iterator[Goal]:
    """The first run looks at everything, as after an import: no date was completed before, nothing is touched."""
    base.use(setting.large)
    _forget()
    working_days(setting.on).on_or_after(setting.on)
    plain, found = seconds(lambda: dict(floor.look(setting.on)))
    first, report = seconds(lambda: day.run(TRIGGERS, on=setting.on))
    fired, stated = sum(report.fired.values()), sum(found.values())
    if report.poison or not fired:
        raise RuntimeError(f"The day did not do its work: {report.poison[:3]}")
    note = f"{first:.0f} s, {report.examined:,} looked at, {fired:,} signals; SQL {plain:.0f} s, {stated:,} rows"
    yield Goal(15, "all chances against plain SQL", first / plain, 2, 4, note=note)
    again = sum(day.run(TRIGGERS, on=setting.on).fired.values())
    yield Goal(16, "a second run of the chances fires", again, 0, 0, unit="rows")
    _touch()
    bell, report = seconds(lambda: day.run(TRIGGERS, on=setting.on + timedelta(days=1)))
    note = f"{bell:.1f} s, {report.examined:,} looked at, {sum(report.fired.values()):,} signals"
    yield Goal(16, "a normal bell of the chances against the first", bell / first, 1 / 20, 1 / 8, note=note)
    yield from _signals(setting)


def _forget() -> None:
    """As after an import: nothing is touched, no date was completed, and what an earlier measurement raised is gone."""
    Touched.objects.all().delete()
    Job.objects.filter(kind=day.KIND).update(completed_on=None)
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE expansion_signal, expansion_look CASCADE")
        cursor.execute("DELETE FROM playbooks_firing WHERE rule = ANY(%s)", [[*RULES, *(AGE + kind for kind in KINDS)]])


def _touch() -> None:
    with connection.cursor() as cursor:
        for kind, table in TOUCHED.items():
            cursor.execute(
                "INSERT INTO core_touched (kind, subject_id, since, revision)"
                f" SELECT %s, id, known_on, 1 FROM {table} WHERE id %% %s = 0 ON CONFLICT DO NOTHING",
                [kind, FEW],
            )


def _signals(setting: Setting) -> Iterator[Goal]:
    """The list of signals with all of them raised: as many queries for a page of customers as for one customer."""
    address = page("expansion:signals")
    if not address:
        return
    person = setting.person(setting.large)
    one = Signal.objects.visible_to(System("bench")).open().filter(account__owner__team__name="Team 0").first()
    few = f"{address}?account={one.account_id}" if one else f"{address}?q=Customer"
    person.get(address)
    counted = {}
    for called in (address, few):
        with CaptureQueriesContext(connection) as asked:
            taken, _body = seconds(partial(person.get, called))
        counted[called] = len(asked), taken
    (many, slow), (single, _quick) = counted[address], counted[few]
    note = f"{many} queries, {slow * 1000:.0f} ms for a page of customers"
    yield Goal(5, "queries: signals, more than for one customer", max(0, many - single), 0, 2, unit="", note=note)
