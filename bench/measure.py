"""Timing: CPU of this process and of its PostgreSQL backend, and the clock on the wall."""

import gc
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from django.db import connection


@dataclass(frozen=True)
class Cost:
    """Of one call, in milliseconds: CPU of the application, CPU of PostgreSQL, and the wall clock."""

    application: float
    database: float
    wall: float

    @property
    def cpu(self) -> float:
        return self.application + self.database

    @property
    def per_second(self) -> float:
        return 1000 / self.wall


def backend_pid() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


def cpu_of(pid: int) -> int:
    """Nanoseconds of CPU that a process of this machine has used; 0 where that cannot be read."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except OSError:
        return 0


def cost(call: Callable[[], Any], times: int, pid: int) -> Cost:
    """The mean cost of a call, over `times` calls. `pid` is the PostgreSQL backend that serves it."""
    before, cpu, wall = cpu_of(pid), time.process_time_ns(), time.perf_counter_ns()
    for _ in range(times):
        call()
    spent = (time.process_time_ns() - cpu, cpu_of(pid) - before, time.perf_counter_ns() - wall)
    return Cost(*(n / 1e6 / times for n in spent))


def compared(
    calls: dict[str, tuple[Callable[[], Any], int]], *, times: int, rounds: int = 7, warm: int = 5
) -> dict[str, Cost]:
    """The median cost of several calls, taken in turns so that a busy moment of the machine hits all of them.

    Each call comes with the pid of its PostgreSQL backend.
    """
    for call, _pid in calls.values():
        for _ in range(warm):
            call()
    taken: dict[str, list[Cost]] = {name: [] for name in calls}
    gc.collect()
    for _ in range(rounds):
        for name, (call, pid) in calls.items():
            taken[name].append(cost(call, times, pid))
    return {name: _middle(found) for name, found in taken.items()}


def _middle(found: list[Cost]) -> Cost:
    return sorted(found, key=lambda c: c.cpu)[len(found) // 2]


def seconds(call: Callable[[], Any]) -> tuple[float, Any]:
    start = time.perf_counter()
    result = call()
    return time.perf_counter() - start, result


def spread(call: Callable[[], Any], times: int) -> tuple[float, float]:
    """p50 and p95 of one client, in milliseconds."""
    taken = sorted(seconds(call)[0] * 1000 for _ in range(times))
    return median(taken), taken[int(len(taken) * 0.95)]
