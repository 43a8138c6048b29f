"""The Celery application: a bell that rings, never a place that decides."""

import os

from celery import Celery

from bowtie import tracing  # noqa: F401  ids travel with the messages
from bowtie.schedule import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "bowtie.settings")

app = Celery("bowtie")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()
