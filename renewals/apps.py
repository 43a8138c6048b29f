from django.apps import AppConfig


class RenewalsConfig(AppConfig):
    name = "renewals"

    def ready(self) -> None:
        # Metrics read models, which are not loaded yet when this file is.
        from core import metrics
        from renewals.metrics import METRICS

        metrics.register(*METRICS)
