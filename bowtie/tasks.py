"""What the bell rings: the same functions as the commands. A message carries no facts, so losing it costs nothing."""

import structlog
from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings

from bowtie.day import Refused, run_day
from core import clock
from core.metrics import take_snapshots

log = structlog.get_logger(__name__)


@shared_task(name="bowtie.run_day")
def ring_day() -> None:
    _run(audit=False)


@shared_task(name="bowtie.audit_day")
def audit_day() -> None:
    _run(audit=True)


@shared_task(name="bowtie.take_snapshots")
def ring_snapshots() -> None:
    """After the audit of the day, so that what it found is in the figures."""
    taken = take_snapshots(on=clock.today())
    log.info("snapshots.taken", **taken.as_json())


def _run(*, audit: bool) -> None:
    if settings.PAUSED:
        log.warning("day.paused")
        return
    try:
        report = run_day(audit=audit)
    except Refused as refusal:
        log.error("day.refused", reason=str(refusal))
        return
    log.info("day.done", **report.as_json())


@worker_ready.connect
def ring_at_start(**_: object) -> None:
    """A worker that starts has missed something, perhaps."""
    ring_day.apply_async(expires=14 * 60)
