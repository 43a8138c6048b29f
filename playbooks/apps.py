from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import policies, subjects
from core.subjects import Subject
from playbooks.library import LibraryPolicy
from playbooks.rules import DayPolicy


class PlaybooksConfig(AppConfig):
    name = "playbooks"

    def ready(self) -> None:
        policies.register(DayPolicy)
        policies.register(LibraryPolicy)
        subjects.register(
            Subject("play", "playbooks.Play", _("Play"), title=_playbook_name, select_related=("account",))
        )
        subjects.register(Subject("task", "playbooks.Task", _("Task"), select_related=("account",)))


def _playbook_name(play: object) -> str:
    return f"{play.playbook} · {play.account}"  # type: ignore[attr-defined]
