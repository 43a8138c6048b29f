"""A clock that stands still, or beside the real one, for a while."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

import time_machine
from django.test import override_settings

from core import clock


@contextmanager
def standing(at: date | datetime) -> Iterator[None]:
    """The clock stands at that moment, whatever hour the run was moved to."""
    with override_settings(CLOCK_OFFSET_MINUTES=0), time_machine.travel(at, tick=False):
        yield


@contextmanager
def beside(seconds: float) -> Iterator[None]:
    """The clock runs that many seconds beside the real one."""
    with (
        override_settings(CLOCK_OFFSET_MINUTES=0),
        time_machine.travel(clock.now() + timedelta(seconds=seconds), tick=True),
    ):
        yield
