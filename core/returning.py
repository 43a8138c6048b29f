"""Where a person goes after an action: back to the page they came from, never to another host."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import resolve_url
from django.utils.http import url_has_allowed_host_and_scheme


def place_of(request: HttpRequest, default: str = "/") -> str:
    """The local address in `next`; else `default`, an address or a URL name."""
    asked = request.POST.get("next") or request.GET.get("next") or ""
    safe = url_has_allowed_host_and_scheme(asked, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return asked if safe and asked.startswith("/") else resolve_url(default)


def back(request: HttpRequest, default: str = "/") -> HttpResponse:
    """Redirect to that place, after a POST."""
    return HttpResponseRedirect(place_of(request, default))
