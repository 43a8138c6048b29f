"""Readings of the newer machines, week by week, that end on the day itself."""

from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from bowtie.demo.moods import Mood
from core.bulk import copy_rows
from installed_base.models import Asset, UsageReading

# The share of machines that tell what they do, the newest ones first; and the weeks they told so.
SHARE, WEEKS = 0.4, 118
_COLUMNS = (
    "asset_id", "on", "days", "run_hours", "available_hours", "output", "good_output", "meter_hours", "epoch", "source",
    "external_id", "known_on",
)  # fmt: skip


def read(machines: list[Asset], moods: dict[int, Mood], on: date) -> None:
    """Write one reading a week for each machine that is connected."""
    rng = Random(43)
    running = [m for m in machines if m.installed_on and not m.taken_out_on]
    newest = sorted(running, key=lambda m: (m.installed_on or on, m.external_id), reverse=True)
    connected = newest[: int(len(machines) * SHARE)]
    rows = (row for m in connected for row in _weeks(rng, m, moods[m.account_id], on))
    copy_rows(UsageReading._meta.db_table, _COLUMNS, rows)


def _weeks(rng: Random, machine: Asset, mood: Mood, on: date) -> Iterator[tuple[Any, ...]]:
    """Shifts of 80 to 120 hours a week; where it goes badly a machine stands still more, for weeks on end at times."""
    assert machine.installed_on is not None
    available, speed = rng.choice((80, 104, 120)), rng.randint(180, 520)
    stands_from = rng.uniform(0, 0.45)
    meter = float(rng.randint(200, 4000))
    for week in range(WEEKS, -1, -1):
        day = on - timedelta(weeks=week)
        if day - timedelta(days=6) < machine.installed_on:
            continue
        good = mood.at(day)
        load = 0.0 if good < stands_from * 0.6 and good < 0.3 else 0.5 + 0.32 * good + rng.uniform(-0.04, 0.04)
        run = round(available * min(load, 0.97), 1)
        output = int(run * speed * (0.84 + 0.16 * good))
        meter += run
        yield (
            *(machine.pk, day, 7, run, available, output, round(output * (0.93 + 0.058 * good))),
            *(f"{meter:.1f}", 1, "telemetry", f"{machine.external_id}/{day.isoformat()}", day),
        )
