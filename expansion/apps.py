from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import subjects
from core.subjects import Subject


class ExpansionConfig(AppConfig):
    name = "expansion"

    def ready(self) -> None:
        subjects.register(
            Subject(
                "signal",
                "expansion.Signal",
                _("Signal"),
                title=lambda signal: f"{signal.get_kind_display()} · {signal.asset or signal.account}",
                select_related=("account", "asset"),
            )
        )
