"""Judgements by hand of one account."""

from datetime import date

from core.models import User
from health.models import Judgement

SHOWN = 5


def judgements_of(account: int, user: User, on: date) -> list[Judgement]:
    """Those given by that day, the latest first; the first that is not taken back by then is the one that stands."""
    rows = Judgement.objects.visible_to(user).filter(account=account, on__lte=on).select_related("by")
    found = list(rows.order_by("-on", "-pk")[:SHOWN])
    for row in found:
        if row.withdrawn_on and row.withdrawn_on > on:
            row.withdrawn_on = None
    return found


def standing(found: list[Judgement]) -> Judgement | None:
    """The judgement that stands, or stood last: also when its last day has passed."""
    return next((row for row in found if row.withdrawn_on is None), None)
