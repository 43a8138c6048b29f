"""Search everything with one box; suggestions while typing."""

from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_GET

from core import clock
from core.asking import PersonRequest
from core.models import Role
from dashboards import dressing
from dashboards.queries import machines
from dashboards.queries import search as query
from installed_base.models import Account

NAMES_SHOWN = 12


@login_required
@require_GET
def search(request: PersonRequest) -> HttpResponse:
    """The full page. A single exact hit of its kind is not jumped to: the reader decides."""
    text = request.GET.get("q", "").strip()[:200]
    found = query.search(request.user, text)
    context = {"text": text, "found": found, "looked_up": looked_up(request, text), "today": clock.today()}
    return render(request, "dashboards/search_page.html", context)


def looked_up(request: PersonRequest, text: str) -> list[object]:
    """For technicians: identity, place, age and coverage dates of the machine with exactly this serial, anybody's."""
    if request.user.role != Role.TECHNICIAN or not text:
        return []
    return dressing.machines(machines.dressed(machines.of_serial(text), clock.today()))


@login_required
@require_GET
def suggestions(request: PersonRequest) -> HttpResponse:
    """A short list under the box; asked for as a page it is the full search."""
    text = request.GET.get("q", "").strip()[:200]
    if not request.htmx:
        return redirect(f"/search/?{request.GET.urlencode()}")
    context = {"text": text, "found": query.search(request.user, text, limit=query.SUGGESTED)}
    return render(request, "dashboards/search_suggestions.html", context)


@login_required
@require_GET
def account_names(request: PersonRequest) -> HttpResponse:
    """Options for a field in which an account is typed by name."""
    text = request.GET.get("account", "").strip()[:200]
    rows = Account.objects.visible_to(request.user).filter(merged_into__isnull=True)
    names = rows.filter(name__icontains=text).order_by("name").values_list("name", flat=True)[:NAMES_SHOWN]
    return render(request, "dashboards/account_names.html", {"names": names if len(text) > 1 else []})
