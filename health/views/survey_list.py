"""What was asked, and what came back: answers with their verbatims, and the invitations behind them."""

from datetime import date
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from core import display
from core.asking import PersonRequest
from core.clock import today
from core.context import find_url
from core.menus import menu
from core.paging import page_of
from core.policies import policy_on
from core.reach import reach_of
from health.queries import surveys
from health.rules.survey import Band, Stand, SurveyPolicy, band_of, stand_of
from health.survey_filter import PERIODS, SurveyFilter
from health.views.survey_door import reader_of_answers
from health.words import surveys as words


@require_safe
@reader_of_answers
def answers(request: PersonRequest) -> HttpResponse:
    """The answers, the latest first, under the response of each survey."""
    on = today()
    policy = policy_on(SurveyPolicy, on).values
    asked = SurveyFilter(request.GET, policy=policy, on=on)
    rows = asked.answers(surveys.answer_rows(request.user))
    page = page_of(rows, ["-answered_on", "-pk"], cursor=request.GET.get("cursor", "")[:200])
    _dress(page.rows, request, policy)
    context = _frame(request, asked, on, "answers") | {
        "page": page,
        "bands": [_band(request, asked, band) for band in Band],
        "every_band": not asked.said("band"),
    }
    return render(request, "health/survey_answers.html", context)


@require_safe
@reader_of_answers
def sent(request: PersonRequest) -> HttpResponse:
    """The invitations, the latest first: open, answered, expired."""
    on = today()
    policy = policy_on(SurveyPolicy, on).values
    asked = SurveyFilter(request.GET, policy=policy, on=on)
    rows = asked.listed(surveys.sent_rows(request.user))
    page = page_of(rows, ["-sent_on", "-pk"], cursor=request.GET.get("cursor", "")[:200])
    names = reach_of(request.user).sees_names
    for row in page.rows:
        stand = stand_of(row.answered_on is not None, row.valid_until, on)
        row.stand, row.stand_word = stand, words.STANDS[stand]
        row.kind_name = words.kind_of(row.kind, policy)
        row.who = _who(row.contact, names)
        row.score = words.score(row.answer.value, row.answer.scale_to) if row.answer else ""
        row.about = words.about(row)
    stands = [
        {"value": stand.value, "label": words.STANDS[stand], "current": asked.said("stand") == stand} for stand in Stand
    ]
    context = _frame(request, asked, on, "sent") | {
        "page": page,
        "stands": stands,
        "every_stand": not asked.said("stand"),
    }
    return render(request, "health/survey_sent.html", context)


def _dress(rows: list[Any], request: PersonRequest, policy: SurveyPolicy) -> None:
    """What the list says of each answer: in three queries, however many there are."""
    ids = [row.pk for row in rows]
    followed, called = surveys.followed_up(ids), surveys.being_called(ids)
    names = reach_of(request.user).sees_names
    for row in rows:
        band = band_of(row.value, row.scale_to, policy)
        row.band, row.status = band, words.STATUS_OF_BAND[band]
        row.score = words.score(row.value, row.scale_to)
        row.kind_name = words.occasion_name(row.occasion)
        row.who = _who(row.contact, names)
        row.followed_on, row.tasks = followed.get(row.pk), called.get(row.pk, 0)


def _who(contact: Any, names: bool) -> str:
    """The person, or their role for those to whom people have no name."""
    if contact is None:
        return ""
    return str(contact.name) if names else str(contact.get_role_display())


def _band(request: PersonRequest, asked: SurveyFilter, band: Band) -> dict[str, Any]:
    return {"value": band.value, "label": words.BANDS[band], "current": asked.said("band") == band}


def _frame(request: PersonRequest, asked: SurveyFilter, on: date, here: str) -> dict[str, Any]:
    """What both pages begin with."""
    found = surveys.responses(asked.invitations(surveys.sent_rows(request.user)), on)
    kinds = [(kind.key, words.kind_name(kind)) for kind in asked.policy.kinds]
    query = request.GET.copy()
    for gone in ("cursor", "band", "stand"):
        query.pop(gone, None)
    kept = f"?{query.urlencode()}" if query else ""
    return {
        "standfirst": _standfirst(found),
        "tiles": [_tile(request, key, name, found.get(key), asked) for key, name in kinds],
        "tabs": [
            {
                "label": _("Answers"),
                "url": reverse("health:surveys") + kept,
                "current": here == "answers",
                "count": None,
            },
            {
                "label": _("Sent"),
                "url": reverse("health:surveys_sent") + kept,
                "current": here == "sent",
                "count": None,
            },
        ],
        "menus": [
            menu(request, "kind", _("Survey"), kinds, _("all")),
            menu(request, "period", _("Period"), [p for p in PERIODS if p[0] != "365"], _("12 months")),
        ],
        "filtered": asked.narrows,
        "may_send": surveys.sends(request.user),
        "trail": [(find_url("dashboards:accounts"), _("Accounts")), ("", _("Surveys"))],
        "on": on,
    }


def _standfirst(found: dict[str, surveys.Response]) -> str:
    sent = sum(response.sent for response in found.values())
    if not sent:
        return _("Nobody was asked in this period.")
    answered = sum(response.answered for response in found.values())
    waiting = sum(response.open for response in found.values())
    said = ngettext("%(answered)s of %(n)s answered", "%(answered)s of %(n)s answered", sent)
    words_of = said % {"answered": display.number(answered), "n": display.number(sent)}
    if not waiting:
        return words_of + "."
    return _("%(answered)s; %(open)s may still do so.") % {"answered": words_of, "open": display.number(waiting)}


def _tile(
    request: PersonRequest, key: str, name: str, found: surveys.Response | None, asked: SurveyFilter
) -> dict[str, Any]:
    """One survey of the strip; it is the filter to itself."""
    current = asked.said("kind") == key
    query = request.GET.copy()
    for gone in ("cursor", "kind"):
        query.pop(gone, None)
    if not current:
        query["kind"] = key
    tile = {"name": name, "url": f"?{query.urlencode()}", "current": current}
    if found is None:
        return tile | {"value": display.MISSING, "count": _("nobody asked"), "note": "", "parts": {}}
    counted = _("%(answered)s of %(sent)s answered") % {
        "answered": display.number(found.answered),
        "sent": display.number(found.sent),
    }
    note = ngettext("%(n)s still open", "%(n)s still open", found.open) % {"n": display.number(found.open)}
    return tile | {
        "value": display.percent(found.rate, 0),
        "count": counted,
        "note": note if found.open else "",
        "parts": {"done": found.answered, "unknown": found.open, "lost": found.expired},
    }
