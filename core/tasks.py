"""The bells of the relay and of forgetting."""

from celery import shared_task
from django.conf import settings

from core import clock
from core.api.once import forget_keys
from core.digest import hour_has_come, post_digests
from core.notifying import forget_told
from core.outbox import relay
from core.page_mail import post_pages


@shared_task(name="core.relay")
def ring_relay() -> int:
    """How many messages went out; none while the installation is paused."""
    return 0 if settings.PAUSED else relay()


@shared_task(name="core.digests")
def ring_digests() -> int:
    """How many daily mails were made; they go out with the relay."""
    return 0 if settings.PAUSED or not hour_has_come(clock.now()) else post_digests(on=clock.today())


@shared_task(name="core.page_mails")
def ring_pages() -> int:
    """How many pages are on their way by mail; they go out with the relay. None while the installation is paused."""
    return 0 if settings.PAUSED or not hour_has_come(clock.now()) else post_pages(on=clock.today())


@shared_task(name="core.forget_keys")
def ring_forgetting() -> int:
    """Requests that were answered days ago are no longer kept for those who repeat them, nor what was told long ago."""
    return forget_keys(at=clock.now()) + forget_told(at=clock.now())
