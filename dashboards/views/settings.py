"""What a person sets for themselves: language, theme, density."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from core.actions import change_preferences
from core.asking import PersonRequest
from core.returning import back


@login_required
@require_POST
def settings(request: PersonRequest) -> HttpResponse:
    """One or several of `language`, `theme`, `density`; anything else is refused and changes nothing."""
    wanted = {key: request.POST[key] for key in ("language", "theme", "density") if key in request.POST}
    try:
        change_preferences(user=request.user, **wanted)
    except ValueError:
        messages.error(request, _("There is no such setting."))
    return back(request)
