from django.apps import AppConfig


class HealthConfig(AppConfig):
    name = "health"

    def ready(self) -> None:
        # It reads models, which are not loaded yet when this file is.
        from health import imports

        imports.register_kinds()
