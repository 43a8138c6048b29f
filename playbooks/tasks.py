"""Ringing the bell from the edge."""

import structlog
from celery import current_app
from django.db import transaction
from kombu.exceptions import OperationalError

log = structlog.get_logger(__name__)


def ring() -> None:
    """After this transaction, ask the worker to look at what was touched. Without a broker the next bell does it."""
    transaction.on_commit(_send)


def _send() -> None:
    try:
        current_app.send_task("bowtie.run_day", expires=14 * 60, retry=False)
    except OperationalError as error:
        log.warning("bell.not_heard", error=str(error))
