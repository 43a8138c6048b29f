"""The id of a request goes along with the messages it sends, and stands in every line that the worker logs for them."""

import time
from typing import Any

import structlog
from celery import Task, signals
from django.conf import settings
from django.utils.log import configure_logging

# What travels in the headers of a message: ids alone.
CARRIED = ("request_id", "user_id")
_began: dict[str, float] = {}
log = structlog.get_logger(__name__)


@signals.setup_logging.connect
def log_like_everybody(**_: Any) -> None:
    """Celery would make a format of its own."""
    configure_logging(settings.LOGGING_CONFIG, settings.LOGGING)


@signals.before_task_publish.connect
def give_along(headers: dict[str, Any] | None = None, **_: Any) -> None:
    known = structlog.contextvars.get_contextvars()
    if headers is not None:
        headers |= {name: known[name] for name in CARRIED if name in known}


@signals.task_prerun.connect
def take_up(task_id: str, task: Task, **_: Any) -> None:
    structlog.contextvars.clear_contextvars()
    carried = {name: getattr(task.request, name, None) for name in CARRIED}
    known = {name: value for name, value in carried.items() if value is not None}
    structlog.contextvars.bind_contextvars(task_id=task_id, task=task.name, **known)
    _began[task_id] = time.monotonic()


@signals.task_postrun.connect
def put_down(task_id: str, state: str | None = None, **_: Any) -> None:
    now = time.monotonic()
    log.info("task", state=state, ms=round((now - _began.pop(task_id, now)) * 1000))
    structlog.contextvars.clear_contextvars()
