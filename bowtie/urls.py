"""Every room's pages under one roof."""

from django.urls import URLPattern, URLResolver, include, path

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("allauth.urls")),
    path("api/v1/", include("bowtie.api")),
]
