"""Tasks that take their time, for a worker that is asked to end."""

import time

import structlog
from django.core.cache import cache

from bowtie.celery import app

log = structlog.get_logger(__name__)


@app.task(name="tests.slow")
def slow(key: str, seconds: float) -> None:
    log.info("slow.begun")
    cache.set(key, "begun", 120)
    time.sleep(seconds)
    cache.set(key, "done", 120)
