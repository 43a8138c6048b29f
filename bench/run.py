"""One run: the bases, the measurements in an order in which none disturbs the next, the table."""

import logging
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import perf_counter

from django.core.wsgi import get_wsgi_application
from django.db import connection

from bench import base
from bench.goals import chances, day, health, importing, memory, pages, rest, whitespace
from bench.report import Goal, table, write
from bench.setting import Setting
from core import clock

Part = Callable[[Setting], Iterator[Goal]]
# Reading first, then what writes.
PARTS: dict[str, Part] = {
    "rest": rest.measure,
    "health": health.measure,
    "day": day.measure,
    "pages": pages.measure,
    "whitespace": whitespace.measure,
    "importing": importing.measure,
    "chances": chances.measure,
    "memory": memory.measure,
}
SMALL = 1000


def run(accounts: int, *, only: set[str], keep: bool, reuse: bool, path: Path) -> list[Goal]:
    """Build the bases, measure, print, write. The databases of the run are its own and are dropped after it.

    With `reuse` those that an earlier run kept are measured as they are: for the inner loop, not for the record.
    """
    home = connection.settings_dict["NAME"]
    setting = Setting(clock.today(), accounts, base.DATABASE, base.SMALL, get_wsgi_application(), _say)
    # The application sets logging up once more when it is made.
    log_to_nobody()
    if not (reuse and base.there(base.DATABASE) and base.there(base.SMALL)):
        _say(f"Building {accounts:,} accounts with {accounts * base.ASSETS:,} machines")
        base.build({base.DATABASE: accounts, base.SMALL: min(SMALL, accounts)}, setting.on)
        _say("Built")
    goals: list[Goal] = []
    try:
        for name, measure in PARTS.items():
            if not only or name in only:
                goals += _measured(name, measure, setting)
    finally:
        if not keep:
            base.drop((base.DATABASE, base.SMALL, base.EMPTY), home)
    print(table(goals))
    write(goals, path)
    return goals


def _measured(name: str, measure: Part, setting: Setting) -> list[Goal]:
    start = perf_counter()
    found = list(measure(setting))
    _say(f"{name}: {perf_counter() - start:.0f} s")
    return found


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def log_to_nobody() -> None:
    """Lines are made and written as always, to the null device."""
    nobody = Path(os.devnull).open("w")  # noqa: SIM115
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(nobody)
