from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import policies, subjects
from core.subjects import Subject
from health.rules import HealthPolicy, SilencePolicy
from health.rules.adoption import AdoptionPolicy


class HealthConfig(AppConfig):
    name = "health"

    def ready(self) -> None:
        # They read models, which are not loaded yet when this file is.
        from core import metrics
        from health import imports, onboarding_metrics, survey_metrics
        from health.metrics import METRICS

        imports.register_kinds()
        metrics.register(*METRICS, *survey_metrics.METRICS, *onboarding_metrics.METRICS)
        subjects.register(
            Subject(
                "answer",
                "health.SurveyAnswer",
                _("Answer"),
                title=lambda answer: f"{answer.get_question_display()} {answer.value.normalize():f}",
            )
        )
        policies.register(HealthPolicy)
        policies.register(SilencePolicy)
        policies.register(AdoptionPolicy)
        subjects.register(
            Subject(
                "spell",
                "health.Spell",
                _("Health"),
                title=lambda spell: f"{spell.account} · {spell.get_tier_display()}",
                select_related=("account",),
            )
        )
        subjects.register(
            Subject(
                "alert",
                "health.Alert",
                _("Alert"),
                title=lambda alert: f"{alert.account} · {alert.get_kind_display()}",
                select_related=("account",),
            )
        )
