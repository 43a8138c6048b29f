"""The bell is heard: a real worker on the broker of the tests takes a message and does its task."""

import uuid

import pytest
from celery.contrib.testing.worker import start_worker
from django.core.cache import cache

from bowtie.celery import app
from bowtie.schedule import SCHEDULE
from tests.embedded.conftest import eventually


@app.task(name="tests.ring")
def ring(key: str) -> None:
    cache.set(key, "heard", 60)


@pytest.mark.django_db
def test_a_worker_hears_the_bell():
    key = uuid.uuid4().hex
    with start_worker(app, pool="threads", perform_ping_check=False):
        ring.delay(key)
        assert eventually(lambda: cache.get(key) == "heard", 20)


def test_everything_on_the_timetable_is_a_task():
    app.loader.import_default_modules()
    assert [entry["task"] for entry in SCHEDULE.values() if entry["task"] not in app.tasks] == []
