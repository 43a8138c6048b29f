"""The product's application with a timetable of two ticks a second, for a beat that is watched."""

import os

from bowtie.celery import app

QUEUE = os.environ.get("TICKING_QUEUE", "ticking")
app.conf.beat_schedule = {"tick": {"task": "tests.tick", "schedule": 0.5, "options": {"queue": QUEUE, "expires": 5}}}
