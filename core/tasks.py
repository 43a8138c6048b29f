"""The relay's bell."""

from celery import shared_task
from django.conf import settings

from core.outbox import relay


@shared_task(name="core.relay")
def ring_relay() -> int:
    """How many messages went out; none while the installation is paused."""
    return 0 if settings.PAUSED else relay()
