from django.apps import AppConfig


class ExpansionConfig(AppConfig):
    name = "expansion"
