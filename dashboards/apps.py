from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "dashboards"

    def ready(self) -> None:
        from core.metrics import kept_for_owners, kept_for_reaches
        from dashboards.bowtie.reading import KEYS, KEYS_OF_TODAY
        from dashboards.queries.today import METRICS

        kept_for_owners(*METRICS)
        kept_for_reaches(*KEYS, *KEYS_OF_TODAY)
