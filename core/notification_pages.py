"""The notifications of the reader: the list, read and unread, and the daily mail on or off."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from core import opening
from core.asking import PersonRequest
from core.clock import now
from core.digest import choose_mail, user_behind, wants_mail
from core.limits import within_limit
from core.notifying import mark_read, page_for
from core.returning import back


@login_required
@require_safe
def notifications(request: PersonRequest) -> HttpResponse:
    """What the reader was told, the newest first; `?show=unread` for what they have not read."""
    unread = request.GET.get("show") == "unread"
    context = {
        "page": page_for(request.user, unread=unread, cursor=request.GET.get("cursor", "")[:200]),
        "waiting": opening.unread(),
        "unread": unread,
        "everything": not unread,
        "daily": wants_mail(request.user),
    }
    return render(request, "notifications.html", context)


@login_required
@require_POST
def read(request: PersonRequest) -> HttpResponse:
    """Mark one (`id`) or all as read. Somebody else's id marks nothing."""
    asked = request.POST.get("id", "")
    if asked and not (asked.isdecimal() and len(asked) < 19):
        raise Http404
    count = mark_read(request.user, at=now(), only=int(asked) if asked else None)
    if not asked:
        said = ngettext("%(n)d notification marked as read.", "%(n)d notifications marked as read.", count)
        messages.success(request, said % {"n": count})
    return back(request, "core:notifications")


@login_required
@require_POST
def daily(request: PersonRequest) -> HttpResponse:
    """The daily mail on or off."""
    choose_mail(request.user, daily=request.POST.get("daily") == "1")
    messages.success(request, _("Saved."))
    return back(request, "core:notifications")


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop the daily mail of whoever the signed address belongs to. Looking changes nothing: mail programs look first;
    one click is a POST (RFC 8058), without session or token of a form."""
    user = user_behind(token)
    if user is None:
        if within_limit("unsubscribe-wrong", request.META.get("REMOTE_ADDR", ""), most=60, seconds=3600):
            raise Http404
        said = _("This address was asked too often. Try again in an hour.")
        return HttpResponse(said, status=429, content_type="text/plain; charset=utf-8")
    if request.method == "POST":
        choose_mail(user, daily=False)
    return render(request, "unsubscribe.html", {"done": request.method == "POST"})
