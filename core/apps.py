from django.apps import AppConfig

from core import policies


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core.metrics.status import TargetPolicy

        policies.register(TargetPolicy)
        from core import imports

        imports.register_kinds()
        from core.digest import mail_digest
        from core.notifying import tell
        from core.outbox import register_channel

        register_channel("owner", tell)
        register_channel("user", mail_digest)
