"""The worker as in production: ids that came with a message, and what happens to a task when the worker must end."""

import uuid

import pytest
import structlog
from django.core.cache import cache

from bowtie import alive
from bowtie.celery import app
from tests.bowtie import processes
from tests.embedded.conftest import eventually

WORKER = ("celery", "-A", "tests.bowtie.slow", "worker", "-P", "prefork", "-c", "1", "--without-mingle", "-Q")


@pytest.fixture
def queue():
    """A queue that nobody else of this run listens to."""
    name = f"slow-{uuid.uuid4().hex[:8]}"
    yield name
    with app.connection_for_write() as broker:
        broker.default_channel.queue_purge(name)


@pytest.fixture
def worker(queue, tmp_path):
    def start(grace: str):
        env = processes.environment(
            DJANGO_SETTINGS_MODULE="tests.settings",
            BOWTIE_PAUSED="1",
            BOWTIE_MARKS=str(tmp_path),
            BOWTIE_WORKER_GRACE_SECONDS=grace,
            REMAP_SIGTERM="SIGQUIT",
        )
        return processes.program(*WORKER, queue, env=env, log=tmp_path / "worker.log")

    return start


def send(queue: str, seconds: float) -> str:
    key = uuid.uuid4().hex
    with structlog.contextvars.bound_contextvars(request_id="edge-0004", user_id=7, secret="not carried"):
        app.send_task("tests.slow", [key, seconds], queue=queue)
    return key


def test_the_id_of_the_request_stands_in_the_lines_of_the_worker(worker, queue, tmp_path, monkeypatch):
    monkeypatch.setenv("BOWTIE_MARKS", str(tmp_path))
    assert alive.trouble("worker") == "The worker has not reached the broker yet."
    with worker("4") as started:
        key = send(queue, 1.5)
        assert eventually(lambda: cache.get(key) == "begun", 60), started.log.read_text()
        assert eventually(lambda: alive.trouble("worker") == "", 20)
        code, seconds = started.end()
    assert (code, cache.get(key)) == (0, "done")
    assert seconds < 15
    (line,) = (line for line in started.lines() if line["message"] == "slow.begun")
    assert (line["request_id"], line["user_id"], line["task"]) == ("edge-0004", 7, "tests.slow")
    assert uuid.UUID(line["task_id"])
    assert not [line for line in started.lines() if "secret" in line]


def test_a_task_that_takes_longer_than_the_grace_goes_back(worker, queue):
    with worker("2") as started:
        key = send(queue, 120)
        assert eventually(lambda: cache.get(key) == "begun", 60), started.log.read_text()
        _code, seconds = started.end()
    assert seconds < 20
    assert cache.get(key) == "begun"
    with app.connection_for_write() as broker:
        assert eventually(lambda: broker.default_channel._size(queue) == 1, 10)


def test_a_mark_grows_old(tmp_path, monkeypatch):
    monkeypatch.setenv("BOWTIE_MARKS", str(tmp_path))
    alive.mark("beat")
    assert alive.trouble("beat") == ""
    monkeypatch.setattr(alive, "OLDEST", {"beat": -1.0})
    assert alive.trouble("beat").startswith("The beat reached the broker 0 s ago")
    assert alive.main(["beat"]) == 1


def test_beat_leaves_a_mark_once_its_bell_has_reached_the_broker_and_ends_when_asked(queue, tmp_path, monkeypatch):
    monkeypatch.setenv("BOWTIE_MARKS", str(tmp_path))
    env = processes.environment(
        DJANGO_SETTINGS_MODULE="tests.settings", BOWTIE_MARKS=str(tmp_path), TICKING_QUEUE=queue
    )
    words = ["celery", "-q", "--app=tests.bowtie.ticking", "beat", f"--schedule={tmp_path / 'schedule'}", "--pidfile="]
    with processes.program(*words, env=env, log=tmp_path / "beat.log") as started:
        assert eventually(lambda: alive.trouble("beat") == "", 60), started.log.read_text()
        code, seconds = started.end()
    assert code == 0
    assert seconds < 10
    assert [line["logger"] for line in started.lines() if "tick" in line["message"]][:1] == ["celery.beat"]
    with app.connection_for_write() as broker:
        assert broker.default_channel._size(queue) >= 1
