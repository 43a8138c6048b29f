"""The pack: its page, the rows behind each figure, as PDF, and the copies that were shared (QB-04)."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.text import slugify
from django.utils.translation import get_language, gettext_lazy, override
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from core import clock, opening
from core.asking import PersonRequest
from core.context import find_url
from core.display import day, day_long, moment
from core.free_text import NOTED
from core.paper import as_pdf
from core.reach import reach_of
from dashboards.qbr import words
from dashboards.qbr.content import PARTS, build
from dashboards.qbr.drafts import language_of
from dashboards.qbr.figures import How, Key, PackFigure, from_json
from dashboards.qbr.gather import span_of
from dashboards.qbr.views.door import changeable, may_change, visible
from playbooks.models import Qbr, QbrPack
from playbooks.qbr.actions.sharing import share_pack
from playbooks.qbr.agenda import agenda_of

# What we ask in the third part.
QUESTIONS = (
    gettext_lazy("What went well for you, and what did not?"),
    gettext_lazy("What would have to change for you to recommend us without hesitation?"),
    gettext_lazy("What stands in your way that we do not see?"),
)
# Rows of a figure that a printed pack lists; the rest is counted.
PRINTED = 60


@dataclass(frozen=True)
class Held:
    """A pack and where it comes from: `kept` is the copy that was shared, None for the draft."""

    qbr: Qbr
    content: dict[str, Any]
    kept: QbrPack | None
    language: str


def _language(request: PersonRequest) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else get_language() or settings.LANGUAGE_CODE


def _held(request: PersonRequest, pk: int) -> Held:
    """The shared copy that was asked for (`?shared=ID`), else the draft of today in the language of the reader."""
    row, asked = visible(request, pk), request.GET.get("shared", "")
    if asked:
        if not asked.isdecimal() or len(asked) > 18:
            raise Http404
        kept = get_object_or_404(QbrPack.objects.visible_to(request.user).filter(qbr=row), pk=int(asked))
        return Held(row, kept.content, kept, kept.language)
    language = _language(request)
    with override(language):
        return Held(row, draft_of(row, request.user), None, language)


def draft_of(row: Qbr, user: Any) -> dict[str, Any]:
    """The pack by the facts of today."""
    held_on = row.held_at.astimezone(ZoneInfo(settings.ORGANISATION_TIME_ZONE)).date() if row.held_at else None
    return build(row, user, span_of(row, row.account, clock.today(), held_on))


def _told(held: Held, request: PersonRequest) -> dict[str, Any]:
    """The pack as pages and paper show it, part by part, in its language."""
    names, content, on = reach_of(request.user).sees_names, held.content, clock.today()
    parts = []
    for part in agenda_of(held.qbr, on):
        said = content["words"].get(part.key, "")
        tables = [_readable(table, names) for table in content["tables"].get(part.key, [])]
        parts.append(
            {
                "key": part.key,
                "name": part.name,
                "minutes": part.minutes,
                "words": said if names else NOTED if said else "",
                "figures": words.figures_of(content, part.key),
                "tables": tables,
                "questions": QUESTIONS if part.key == "feedback" else (),
            }
        )
    return {
        "qbr": held.qbr,
        "account": held.qbr.account,
        "first": date.fromisoformat(content["first"]),
        "until": date.fromisoformat(content["on"]),
        "sentence": words.sentence(content["figures"]),
        "parts": parts,
        "language": held.language,
        "organisation": opening.ours().name,
        "kept": held.kept,
    }


def _readable(table: dict[str, Any], names: bool) -> dict[str, Any]:
    """Without what people wrote, for readers to whom people have no name."""
    if names or not table["free"]:
        return table
    rows = [[str(NOTED) if i in table["free"] and c else c for i, c in enumerate(row)] for row in table["rows"]]
    return table | {"rows": rows}


def _carried(held: Held) -> str:
    kept = {"shared": held.kept.pk} if held.kept else {"lang": held.language}
    return f"?{urlencode(kept)}"


@login_required
@require_safe
def pack(request: PersonRequest, pk: int) -> HttpResponse:
    """The pack as a page that prints."""
    held = _held(request, pk)
    row = held.qbr
    with override(held.language):
        told = _told(held, request)
        told["title"] = _("%(name)s, business review") % {"name": row.account}
        told["lead"] = _lead(held)
    papers = [(name, f"{reverse('dashboards:qbr_pdf', args=[pk])}?lang={code}") for code, name in settings.LANGUAGES]
    if held.kept:
        papers = [(dict(settings.LANGUAGES)[held.language], reverse("dashboards:qbr_pdf", args=[pk]) + _carried(held))]
    context = told | {
        "trail": [
            (reverse("dashboards:qbrs"), _("QBRs")),
            (find_url("dashboards:account", row.account_id), row.account.name),
            (reverse("dashboards:qbr", args=[pk]), str(_("QBR of %(day)s") % {"day": day(row.planned_on)})),
        ],
        "papers": papers,
        "languages": [(code, name, code == held.language) for code, name in settings.LANGUAGES],
        "query": _carried(held),
        "may": may_change(request, row) and not row.cancelled_on,
        "first_language": language_of(row.account),
    }
    return render(request, "dashboards/qbr_pack.html", context)


def _lead(held: Held) -> str:
    first, until = (day_long(date.fromisoformat(held.content[side])) for side in ("first", "on"))
    return _("From %(first)s to %(until)s.") % {"first": first, "until": until}


@login_required
@require_safe
def pack_rows(request: PersonRequest, pk: int, key: str) -> HttpResponse:
    """The rows behind one figure: a page of its own, or what the side sheet shows."""
    if key not in Key.__members__.values():
        raise Http404
    held = _held(request, pk)
    with override(held.language):
        found = from_json(held.content["figures"][key])
        context = {
            "qbr": held.qbr,
            "figure": words.shown(found),
            "rows": _lines(found, reach_of(request.user).sees_names),
            "share": found.how is How.SHARE,
            "heads": heads(found.key),
            "how": words.HOW[found.how],
            "sums": words.sums(found),
            "lead": _lead(held),
            "kept": held.kept,
            "back": reverse("dashboards:qbr_pack", args=[pk]) + _carried(held),
        }
        page = "dashboards/qbr_rows.html"
        return render(request, f"{page}#receipt" if request.htmx else page, context)


def _lines(found: PackFigure, names: bool) -> list[dict[str, Any]]:
    return [
        {
            "name": row.name,
            "about": row.about or (row.said if names else str(NOTED) if row.said else ""),
            "on": date.fromisoformat(row.on) if row.on else None,
            "amount": amount,
            "of": of,
        }
        for row, amount, of in words.rows_of(found)
    ]


def heads(key: Key) -> tuple[str, str]:
    """What the two amounts of a share are."""
    named = {
        Key.UPTIME: (_("Hours less stops"), _("Hours there")),
        Key.QUALITY: (_("Good"), _("Made")),
        Key.GOALS: (_("Met"), _("Agreed")),
        Key.ACTIONS: (_("Done"), _("Agreed")),
    }
    return named.get(key, (_("Amount"), ""))


@login_required
@require_safe
def pack_pdf(request: PersonRequest, pk: int) -> HttpResponse:
    """The pack on paper, with the rows behind its figures at the end."""
    held = _held(request, pk)
    names = reach_of(request.user).sees_names
    with override(held.language):
        context = _told(held, request) | {
            "lead": _lead(held),
            "printed": held.kept.shared_at if held.kept else clock.today(),
            "annexes": _annexes(held, names),
        }
        paper = as_pdf(render_to_string("dashboards/qbr_paper.html", context), sheet="css/paper.css")
        name = slugify(f"{_('QBR')} {held.qbr.account} {held.content['on']}")
    answer = HttpResponse(paper, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return answer


def _annexes(held: Held, names: bool) -> list[dict[str, Any]]:
    """All figures with their rows, which a customer can check."""
    found = []
    for keys in PARTS.values():
        for key in keys:
            figure = from_json(held.content["figures"][key.value])
            if figure.rows:
                lines = _lines(figure, names)
                found.append(
                    {
                        "shown": words.shown(figure),
                        "share": figure.how is How.SHARE,
                        "how": words.HOW[figure.how],
                        "heads": heads(key),
                        "about": any(line["about"] for line in lines),
                        "day": _("From") if key is Key.UPTIME else _("On") if any(line["on"] for line in lines) else "",
                        "sums": words.sums(figure),
                        "rows": lines[:PRINTED],
                        "more": max(0, len(lines) - PRINTED),
                    }
                )
    return found


@login_required
@require_POST
def pack_share(request: PersonRequest, pk: int) -> HttpResponse:
    """Keep the pack as it stands now, in the language chosen: that is what was shared."""
    row, asked = changeable(request, pk), request.POST.get("lang", "")
    language = asked if asked in dict(settings.LANGUAGES) else language_of(row.account)
    with override(language):
        content = draft_of(row, request.user)
    kept = share_pack(qbr=row, content=content, language=language, by=request.user, at=clock.now())
    messages.success(
        request, _("The pack is kept as it was shared on %(moment)s.") % {"moment": moment(kept.shared_at)}
    )
    return redirect(f"{reverse('dashboards:qbr_pack', args=[pk])}?shared={kept.pk}")
