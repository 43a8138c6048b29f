from django.apps import AppConfig

from core import policies


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        from core.metrics.status import TargetPolicy

        policies.register(TargetPolicy)
        from core import imports

        imports.register_kinds()
