"""Saved views of the queue: keep the filters in the address under a name, rename, share, delete."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core.asking import PersonRequest
from core.clock import today
from core.models import SavedView
from core.saved_views import ViewRefused, change_view, delete_view, save_view, teams_to_share_with
from renewals.filters import QueueFilter
from renewals.forms import ViewForm
from renewals.models import Renewal
from renewals.views import words
from renewals.views.door import reader_of_prices
from renewals.views.narrowing import PAGE

FORM = "renewals/renewal_view.html"


@require_http_methods(["GET", "HEAD", "POST"])
@reader_of_prices
def new_view(request: PersonRequest) -> HttpResponse:
    """Keep the filters of this address under a name."""
    query = _understood(request.GET)
    form = ViewForm(request.POST or None, teams=teams_to_share_with(request.user))
    if form.is_valid():
        try:
            view = save_view(user=request.user, page=PAGE, query=query, **form.said)
        except ViewRefused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("The view “%(name)s” is kept.") % {"name": view.name})
            return _to(query)
    return _page(request, form, _("Save this view"), query)


@require_http_methods(["GET", "HEAD", "POST"])
@reader_of_prices
def one_view(request: PersonRequest, pk: int) -> HttpResponse:
    """Rename one's own view, or say who else opens it."""
    view = _own(request, pk)
    form = ViewForm(
        request.POST or None,
        teams=teams_to_share_with(request.user),
        initial={"name": view.name, "team": view.team_id or ""},
    )
    if form.is_valid():
        try:
            change_view(view=view, user=request.user, **form.said)
        except ViewRefused as refused:
            form.add_error("name", str(refused))
        else:
            messages.success(request, _("The view is now called “%(name)s”.") % {"name": view.name})
            return _to(view.query)
    return _page(request, form, _("Rename the view"), view.query, view)


@require_POST
@reader_of_prices
def drop_view(request: PersonRequest, pk: int) -> HttpResponse:
    """Delete one's own view. The renewals in it stay as they are."""
    view = _own(request, pk)
    delete_view(view=view, user=request.user)
    messages.success(request, _("The view “%(name)s” is deleted.") % {"name": view.name})
    return _to("")


def _own(request: PersonRequest, pk: int) -> SavedView:
    view = SavedView.objects.filter(owner=request.user, page=PAGE, pk=pk).first()
    if view is None:
        raise Http404
    return view


def _understood(asked: QueryDict) -> str:
    return QueueFilter(asked, queryset=Renewal.objects.none(), on=today()).query


def _to(query: str) -> HttpResponse:
    return HttpResponseRedirect(reverse("renewals:queue") + (f"?{query}" if query else ""))


def _page(
    request: PersonRequest, form: ViewForm, title: str, query: str, view: SavedView | None = None
) -> HttpResponse:
    context: dict[str, Any] = {"form": form, "title": title, "view": view, "trail": words.trail(("", title))}
    context["back_to"] = reverse("renewals:queue") + (f"?{query}" if query else "")
    return render(request, FORM, context, status=422 if form.errors else 200)
