"""Every room's pages under one roof."""

from django.urls import URLPattern, URLResolver, include, path

from bowtie import endpoints

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("core.urls")),
    path("livez", endpoints.livez, name="livez"),
    path("readyz", endpoints.readyz, name="readyz"),
    path("readyz/jobs", endpoints.jobs, name="readyz-jobs"),
    path("", include("dashboards.urls")),
    path("", include("expansion.urls")),
    path("", include("playbooks.urls")),
    path("", include("sales.urls")),
    path("", include("allauth.urls")),
    path("api/v1/", include("bowtie.api")),
]
