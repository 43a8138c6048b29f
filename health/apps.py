from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import policies, subjects
from core.subjects import Subject
from health.rules import HealthPolicy, SilencePolicy
from health.rules.adoption import AdoptionPolicy
from health.rules.collapse import CollapsePolicy
from health.rules.rescue import RescuePolicy
from health.rules.segments import OwnershipPolicy, SegmentPolicy
from health.rules.survey import SurveyPolicy


class HealthConfig(AppConfig):
    name = "health"

    def ready(self) -> None:
        # They read models, which are not loaded yet when this file is.
        from core import metrics
        from core.outbox import register_channel
        from health import cadence_metrics, imports, onboarding_metrics, survey_metrics
        from health.metrics import METRICS
        from health.survey_mail import mail_invitation

        imports.register_kinds()
        register_channel("survey", mail_invitation)
        metrics.register(*METRICS, *survey_metrics.METRICS, *cadence_metrics.METRICS, *onboarding_metrics.METRICS)
        subjects.register(
            Subject(
                "answer",
                "health.SurveyAnswer",
                _("Answer"),
                url_name="health:answer",
                title=lambda answer: f"{answer.get_question_display()} {answer.value.normalize():f}",
            )
        )
        policies.register(HealthPolicy)
        policies.register(SilencePolicy)
        policies.register(SurveyPolicy)
        subjects.register(
            Subject("invitation", "health.Invitation", _("Survey"), select_related=("account",)),
        )
        policies.register(RescuePolicy)
        policies.register(CollapsePolicy)
        policies.register(SegmentPolicy)
        policies.register(OwnershipPolicy)
        policies.register(AdoptionPolicy)
        subjects.register(
            Subject(
                "spell",
                "health.Spell",
                _("Health"),
                "health:spell",
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
