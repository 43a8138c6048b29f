"""A small town of addresses for pages that other rooms own."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path
from django.urls.resolvers import URLPattern

from core import views


def page(request: HttpRequest, **names: str) -> HttpResponse:
    return HttpResponse("page")


def pages(*names: str) -> list[URLPattern]:
    return [path(f"{name}/", page, name=name) for name in names]


dashboards = [*pages("today", "accounts", "machines", "bowtie", "search"), path("receipt/<key>/", page, name="receipt")]
urlpatterns = [
    path("", include(([path("styleguide/", views.styleguide, name="styleguide")], "core"))),
    path("d/", include((dashboards, "dashboards"))),
    path("renewals/", include((pages("queue"), "renewals"))),
    path("accounts/", include("allauth.urls")),
]
