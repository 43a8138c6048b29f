from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "dashboards"

    def ready(self) -> None:
        from core.metrics import kept_for_owners
        from dashboards.queries.today import METRICS

        kept_for_owners(*METRICS)
