"""Who gets in: out of reach is as if it were not there."""

from typing import Any

from django.shortcuts import get_object_or_404

from core.asking import PersonRequest
from playbooks.models import Qbr


def visible(request: PersonRequest, pk: int) -> Qbr:
    """The meeting, as far as this user may see it."""
    rows: Any = Qbr.objects.visible_to(request.user).select_related("account", "owner", "after")
    found: Qbr = get_object_or_404(rows.prefetch_related("parts"), pk=pk)
    return found


def changeable(request: PersonRequest, pk: int) -> Qbr:
    """The meeting, if this user may change it."""
    rows: Any = Qbr.objects.changeable_by(request.user).select_related("account", "owner")
    found: Qbr = get_object_or_404(rows.prefetch_related("parts"), pk=pk)
    return found


def may_change(request: PersonRequest, qbr: Qbr) -> bool:
    return Qbr.objects.changeable_by(request.user).filter(pk=qbr.pk).exists()
