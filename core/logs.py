"""Logs: one JSON object a line, in UTC.

Fields: at, level, logger, message; where they are known request_id, user_id, task_id, run_id; then what the line itself
tells. Ids and paths, never names, addresses or query strings: a log is kept longer and read by more people than a page.
"""

import re
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import orjson
import structlog

# What PostgreSQL adds to an error repeats values of the row or of the statement.
_VALUES = re.compile(r"^(?:DETAIL|CONTEXT|QUERY|HINT):.*$|^LINE \d+:.*\n\s*\^.*$", re.MULTILINE)
Event = MutableMapping[str, Any]


def without_values(text: str) -> str:
    """An error's text without the lines in which the database repeats values."""
    return re.sub(r"\n{2,}", "\n", _VALUES.sub("", text)).rstrip()


def _with_exception(_logger: Any, _method: str, event: Event) -> Event:
    found = event.pop("exc_info", None)
    error = _error(found)
    if error is not None:
        event["exception"] = without_values("".join(traceback.format_exception(error)))
    return event


def _error(found: Any) -> BaseException | None:
    if isinstance(found, BaseException):
        return found
    return (found if isinstance(found, tuple) else sys.exc_info())[1] if found else None


def _as_json(value: Any, **_options: Any) -> str:
    return orjson.dumps(value, default=str).decode()


_SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
    _with_exception,
]


def formatter() -> structlog.stdlib.ProcessorFormatter:
    """The one formatter: of our lines, and of those of Django, Celery and gunicorn."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED,
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.EventRenamer("message"),
            structlog.processors.JSONRenderer(serializer=_as_json),
        ],
        keep_exc_info=False,
    )


def configuration(level: str = "INFO") -> dict[str, Any]:
    """For `logging.config.dictConfig`: everything to stderr, in one format."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "core.logs.formatter"}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            # Our own line tells every request; of theirs we want the tracebacks.
            "django.request": {"level": "ERROR"},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "gunicorn.error": {"handlers": [], "propagate": True},
            # Django leaves it to the server to drop the body of an answer to HEAD, and gunicorn does.
            "gunicorn.http.wsgi": {"level": "ERROR"},
            # It tells every step of every document.
            "weasyprint.progress": {"level": "WARNING"},
            "gunicorn.access": {"handlers": [], "level": "CRITICAL"},
        },
    }


def configure(level: str = "INFO") -> None:
    """Send what our own code logs the same way as everybody else's."""
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level.lower()),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
