from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import policies, subjects
from core.display import day
from core.subjects import Subject
from playbooks.library import LibraryPolicy
from playbooks.qbr.rules import QbrPolicy
from playbooks.rules import DayPolicy


class PlaybooksConfig(AppConfig):
    name = "playbooks"

    def ready(self) -> None:
        # They read models, which are not loaded yet when this file is.
        from core import metrics, outbox
        from playbooks.qbr.letters import mail_letter
        from playbooks.qbr.metrics import METRICS as QBR_METRICS

        metrics.register(*QBR_METRICS)
        outbox.register_channel("letter", mail_letter)
        policies.register(DayPolicy)
        policies.register(QbrPolicy)
        policies.register(LibraryPolicy)
        subjects.register(
            Subject("play", "playbooks.Play", _("Play"), title=_playbook_name, select_related=("account",))
        )
        subjects.register(
            Subject(
                "qbr",
                "playbooks.Qbr",
                _("QBR"),
                "dashboards:qbr",
                title=lambda qbr: _("QBR of %(day)s") % {"day": day(qbr.planned_on)},
                select_related=("account",),
            )
        )
        subjects.register(Subject("task", "playbooks.Task", _("Task"), select_related=("account",)))


def _playbook_name(play: object) -> str:
    return f"{play.playbook} · {play.account}"  # type: ignore[attr-defined]
