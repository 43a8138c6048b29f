"""Opening a playbook by hand, because a person decided so; no firing stands behind it."""

from datetime import date, timedelta
from decimal import Decimal

from core.audit import audited
from core.models import Owner, User
from installed_base.models import Account
from playbooks.models import Play, Task

FIRST_STEP = "first_call"
FIRST_STEP_TITLE = "Call the customer and qualify: real, when, which budget?"
FIRST_STEP_DAYS = 7


def open_play(
    *,
    playbook: str,
    account: Account,
    subject: tuple[str, int],
    owner: Owner,
    by: User,
    on: date,
    anchor_on: date | None = None,
    value: Decimal | None = None,
) -> Play:
    """Open one play about a subject with its first task, due in a week. A play that is there already is returned."""
    kind, pk = subject
    with audited(by=by, why="playbooks.open_play"):
        play, created = Play.objects.get_or_create(
            playbook=playbook,
            subject_kind=kind,
            subject_id=pk,
            defaults={
                "account": account, "owner": owner, "opened_on": on, "anchor_on": anchor_on, "value_reporting": value
            },
        )  # fmt: skip
        if created:
            Task.objects.create(
                account=account,
                play=play,
                step=FIRST_STEP,
                subject_kind=kind,
                subject_id=pk,
                title=FIRST_STEP_TITLE,
                owner=owner,
                value_reporting=value,
                due_on=on + timedelta(days=FIRST_STEP_DAYS),
                created_on=on,
                created_by=by,
            )
        return play
