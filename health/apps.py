from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import subjects
from core.subjects import Subject


class HealthConfig(AppConfig):
    name = "health"

    def ready(self) -> None:
        # They read models, which are not loaded yet when this file is.
        from core import metrics
        from health import imports, survey_metrics

        imports.register_kinds()
        metrics.register(*survey_metrics.METRICS)
        subjects.register(
            Subject(
                "answer",
                "health.SurveyAnswer",
                _("Answer"),
                title=lambda answer: f"{answer.get_question_display()} {answer.value.normalize():f}",
            )
        )
