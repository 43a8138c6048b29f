"""The Celery application: a bell that rings, never a place that decides."""

import os
from importlib import import_module
from typing import Any

from celery import Celery
from celery.signals import worker_init

from bowtie import tracing  # noqa: F401  ids travel with the messages
from bowtie.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bowtie.settings")

app = Celery("bowtie")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()


@worker_init.connect
def load_calendars(**_: Any) -> None:
    """Once, before the worker forks: the calendars of all countries take a second that no day should wait for."""
    import_module("holidays.countries")
