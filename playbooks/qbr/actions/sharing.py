"""Sharing a pack: what was shared stays what it was."""

from datetime import date, datetime
from typing import Any

from core.audit import audited
from core.models import User
from playbooks.models import Qbr, QbrPack
from playbooks.qbr.actions.planning import do_step


def share_pack(*, qbr: Qbr, content: dict[str, Any], language: str, by: User, at: datetime) -> QbrPack:
    """Keep this content as what the customer got. Sharing again keeps another copy beside it."""
    with audited(by=by, why="playbooks.qbr.share_pack"):
        do_step(qbr, "pack", by, at.date())
        return QbrPack.objects.create(
            qbr=qbr,
            first=date.fromisoformat(content["first"]),
            on=date.fromisoformat(content["on"]),
            language=language,
            content=content,
            shared_at=at,
            shared_by=by,
        )
