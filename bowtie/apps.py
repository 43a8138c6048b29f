from django.apps import AppConfig

import bowtie.celery  # noqa: F401  shared tasks need the application before the first of them is sent


class BowtieConfig(AppConfig):
    name = "bowtie"

    def ready(self) -> None:
        from bowtie import checks  # noqa: F401  registers them
