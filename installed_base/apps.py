from django.apps import AppConfig


class InstalledBaseConfig(AppConfig):
    name = "installed_base"
