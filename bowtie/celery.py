"""The Celery application: a bell that rings, never a place that decides."""

import os
from typing import Any

from celery import Celery, signals

from bowtie import alive, tracing  # noqa: F401  ids travel with the messages
from bowtie.loading import load_ahead
from bowtie.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bowtie.settings")

app = Celery("bowtie")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()


@signals.worker_init.connect
def check_role(**_: Any) -> None:
    from bowtie.checks import refuse_powerful_role

    refuse_powerful_role()


@signals.heartbeat_sent.connect
def mark_worker(**_: Any) -> None:
    alive.mark("worker")


@signals.beat_init.connect
def mark_beat(**_: Any) -> None:
    """From now on every bell that reached the broker leaves a mark."""
    signals.after_task_publish.connect(lambda **_: alive.mark("beat"), weak=False)


@signals.worker_init.connect
def load_libraries(**_: Any) -> None:
    """Once, before the worker forks."""
    load_ahead()
