from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from core import policies, subjects
from core.subjects import Subject
from renewals.rules import LoadPolicy, MilestonePolicy, QueuePolicy
from renewals.rules.escalation import EscalationPolicy
from renewals.rules.forecast import ForecastPolicy
from renewals.rules.offer import OfferPolicy
from renewals.rules.owners import OwnerPolicy


class RenewalsConfig(AppConfig):
    name = "renewals"

    def ready(self) -> None:
        # Metrics read models, which are not loaded yet when this file is.
        from core import metrics
        from renewals.metrics import METRICS

        metrics.register(*METRICS)
        policies.register(MilestonePolicy)
        policies.register(QueuePolicy)
        policies.register(OfferPolicy)
        policies.register(LoadPolicy)
        policies.register(OwnerPolicy)
        policies.register(EscalationPolicy)
        policies.register(ForecastPolicy)
        subjects.register(
            Subject(
                "renewal",
                "renewals.Renewal",
                _("Renewal"),
                "renewals:renewal",
                title=lambda renewal: str(renewal.term.contract),
                select_related=("account", "term__contract"),
            )
        )
