from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "dashboards"

    def ready(self) -> None:
        from core import policies
        from core.metrics import kept_for_owners, kept_for_reaches, register
        from dashboards.bowtie.reading import KEYS, KEYS_OF_TODAY
        from dashboards.leaks.metrics import METRICS as LEAKS
        from dashboards.leaks.rules import KEYS as KEYS_OF_LEAKS
        from dashboards.leaks.rules import LeakPolicy
        from dashboards.queries.today import METRICS

        register(*LEAKS)
        policies.register(LeakPolicy)
        from core.outbox import register_channel
        from dashboards.papers.mailing import mail_page
        from dashboards.papers.pages import register_all

        register_all()
        register_channel("page", mail_page, slow=True)
        kept_for_owners(*METRICS)
        kept_for_reaches(*KEYS, *KEYS_OF_TODAY, *KEYS_OF_LEAKS)
