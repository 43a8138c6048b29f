"""Tasks that are one piece of work: the steps of a play that are due together, or one playbook at one customer."""

from collections.abc import Iterable
from typing import Any

# Each renewal is a conversation of its own, also where one customer has several.
ALONE = ("renewal",)


def folded(tasks: Iterable[Any], opened: str = "") -> list[Any]:
    """The first task of each piece of work, in their order, and every task of the piece that is `opened`.

    The first carries `fold`, the name of its piece, and `more`: how many tasks stand folded behind it.
    """
    first: dict[str, Any] = {}
    shown = []
    for task in tasks:
        task.fold, task.more = piece_of(task), 0
        leader = first.setdefault(task.fold, task)
        if leader is task or task.fold == opened:
            shown.append(task)
        else:
            leader.more += 1
    return shown


def piece_of(task: Any) -> str:
    """What a person does in one go; a task that belongs to no play stands alone."""
    if not task.play_id:
        return f"task-{task.pk}"
    play = task.play
    return f"play-{play.pk}" if play.subject_kind in ALONE else f"{task.account_id}-{play.playbook}"
