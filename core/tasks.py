"""The relay's bell."""

from celery import shared_task

from core.outbox import relay


@shared_task(name="core.relay")
def ring_relay() -> int:
    return relay()
