"""Goals 8, 9 and 10: a full health pass against plain SQL, a hundredth of the accounts, and the memory it takes."""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from django.db import connection, transaction

from bench import base
from bench.floors import health as floor
from bench.measure import seconds
from bench.report import Goal
from bench.setting import Setting
from core.actions import touch
from health.actions.scoring import Cards, score_accounts
from health.queries.candidates import all_accounts, touched_accounts, touched_since
from health.tasks import SCORES


def measure(setting: Setting) -> Iterator[Goal]:
    """The pass of a day on which everything is new, as after an import; then a day later, with a hundredth touched."""
    base.use(setting.large)
    floor.prepare()
    _forget()
    everyone = all_accounts()
    began = _forget_the_most()
    taken, _ = seconds(lambda: _score(everyone, setting.on, {}))
    grown = _memory("VmHWM") - began
    plain, scored = seconds(lambda: floor.score_everyone(setting.on))
    if scored != len(everyone) or _otherwise():
        raise RuntimeError("The two passes do not give the same scores, and the figures would say nothing.")
    each = taken / len(everyone) * 1e6
    note = f"{taken:.1f} s for {len(everyone):,} accounts, {each:.0f} us each; plain SQL {plain:.1f} s"
    yield Goal(8, "full health pass with history against plain SQL", taken / plain, 1.5, 2, note=note)
    yield _dirty(everyone, setting.on, taken)
    yield Goal(10, "memory the pass adds to its process", grown, 120, 200, unit="MB")


def _dirty(everyone: Sequence[int], on: date, full: float) -> Goal:
    some = everyone[::100]
    touch("account", some, since=on, account_of={pk: pk for pk in some})

    def bell() -> int:
        ids = sorted(touched_accounts({"account": some}))
        _score(ids, on, touched_since(ids))
        return len(ids)

    taken, count = seconds(bell)
    note = f"{taken:.2f} s for {count:,} accounts against {full:.1f} s"
    return Goal(9, "health pass with 1 % dirty accounts against the full pass", taken / full, 1 / 35, 1 / 15, note=note)


def _score(ids: Sequence[int], on: date, since: dict[int, date]) -> None:
    """In the chunks of the day, a transaction each."""
    cards = Cards()
    for start in range(0, len(ids), SCORES.chunk):
        with transaction.atomic():
            score_accounts(ids[start : start + SCORES.chunk], on=on, since=since, cards=cards)


def _otherwise() -> int:
    """How many accounts the two passes score differently."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM health_score s FULL JOIN {floor.TABLE} b USING (account_id)"
            " WHERE (s.score, s.low, s.high, s.coverage, s.tier) IS DISTINCT FROM"
            " (b.score, b.low, b.high, b.coverage, b.tier)"
        )
        return int(cursor.fetchone()[0])


def _forget() -> None:
    """Begin without scores, also on a base that is measured again."""
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE health_score, health_spell, health_scoredue, {floor.TABLE}")


def _forget_the_most() -> float:
    """From here on the most memory is counted anew; what the process holds now, in megabytes."""
    Path("/proc/self/clear_refs").write_text("5")
    return _memory("VmRSS")


def _memory(line: str) -> float:
    """A line of this process's status, in megabytes."""
    found = re.search(rf"^{line}:\s+(\d+) kB$", Path("/proc/self/status").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0
