from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import policies, subjects
from core.subjects import Subject


class ExpansionConfig(AppConfig):
    name = "expansion"

    def ready(self) -> None:
        # The table of triggers reads models, which are not loaded yet when this file is.
        from expansion.chances import CHANCES

        for chance in CHANCES:
            policies.register(chance.policy)
        subjects.register(
            Subject(
                "signal",
                "expansion.Signal",
                _("Signal"),
                title=lambda signal: f"{signal.get_kind_display()} · {signal.asset or signal.account}",
                select_related=("account", "asset"),
            )
        )
