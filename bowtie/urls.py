"""Every room's pages under one roof."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    # First: a program asks often, and each address before it costs a look.
    path("api/v1/", include("bowtie.api")),
    path("", include("core.urls")),
    path("", include("dashboards.urls")),
    path("", include("expansion.urls")),
    path("", include("health.urls")),
    path("", include("playbooks.urls")),
    path("", include("renewals.urls")),
    path("", include("sales.urls")),
    path("", include("allauth.urls")),
]
