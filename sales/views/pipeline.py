"""The pipeline: deals on a board by stage, or in a list. New business and expansion stand apart (EX-20, PL-01)."""

from datetime import date
from typing import Any

from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET

from core import clock, display
from core.asking import PersonRequest
from core.context import find_url
from core.menus import Menu, menu
from core.paging import page_of
from core.policies import policy_on
from core.reach import reach_of
from playbooks.forms import assignable
from sales import queries
from sales.filters import AGES, HELD, OpportunityFilter
from sales.models import DealKind, Opportunity, Stage
from sales.rules import OPEN_STAGES, PIPELINES, PipelinePolicy, kinds_of, pipeline_of, stages_in
from sales.tabs import leads_tab
from sales.views.coverage import against_target
from sales.watching import clocked
from sales.words import PIPELINES as NAMES
from sales.words import stage_name

SHOWN = {"open": OPEN_STAGES, "won": (Stage.WON,), "lost": (Stage.LOST,)}
FILTERS = ("kind", "owner", "account", "dealer", "held", "closed", "age", "q")


@login_required
@require_GET
def pipeline(request: PersonRequest) -> HttpResponse:
    """Open deals by stage on a board; of a stage, or won and lost ones, in a list, the largest first."""
    on = clock.today()
    policy = policy_on(PipelinePolicy, on).values
    rows = OpportunityFilter(request.GET, queryset=queries.deals(request.user, on), request=request).qs
    counts = queries.by_pipeline(rows)
    which = _pipeline(request, counts)
    rows = rows.filter(kind__in=kinds_of(which))
    shown = request.GET.get("show", "open")
    shown = shown if shown in SHOWN or shown in OPEN_STAGES else "open"
    on_board = shown == "open" and request.GET.get("view") != "list"
    sums, sees_prices = queries.stage_sums(rows, policy, which), reach_of(request.user).sees_prices
    stages = [(key, stage_name(key, which)) for key in stages_in(which)]
    context = {
        **(_board(request, rows, which, policy, on, sums) if on_board else _list(request, rows, shown, policy, on)),
        "on_board": on_board,
        "tabs": [*leads_tab(request.user), *_tabs(request, which, counts)],
        "which": which,
        "standfirst": _standfirst(sums, sees_prices),
        "tiles": _tiles(request, sums, shown, policy, which, sees_prices),
        "is_list": shown == "open" and not on_board,
        "is_open": shown == "open",
        "is_won": shown == "won",
        "is_lost": shown == "lost",
        "is_stage": shown in OPEN_STAGES,
        "on": on,
        "menus": _menus(request, which),
        "stages": stages,
        "may_open": reach_of(request.user).works,
        "signals_url": find_url("expansion:signals"),
        "against": against_target(request, which, on),
        "sees_prices": sees_prices,
        "filtered": any(request.GET.get(key) for key in FILTERS),
    }
    return render(request, "sales/opportunities_pipeline.html", context)


def _pipeline(request: PersonRequest, counts: dict[str, queries.PipelineCount]) -> str:
    """The one that was asked for; else that of the kind; else the first in which a deal is open, or ever was."""
    if (asked := request.GET.get("pipeline", "")) in PIPELINES:
        return asked
    if (kind := request.GET.get("kind", "")) in DealKind.values:
        return pipeline_of(kind)
    full = [name for name in PIPELINES if counts[name].open] or [name for name in PIPELINES if counts[name].every]
    return next(iter(full), PIPELINES[0])


def _tabs(request: PersonRequest, which: str, counts: dict[str, queries.PipelineCount]) -> list[dict[str, Any]]:
    found = []
    for name in PIPELINES:
        query = request.GET.copy()
        for gone in ("cursor", "kind", "show"):
            query.pop(gone, None)
        query["pipeline"] = name
        url = f"?{query.urlencode()}"
        found.append(
            {"url": url, "label": NAMES[name], "count": display.number(counts[name].open), "current": name == which}
        )
    return found


def _board(
    request: PersonRequest,
    rows: QuerySet[Any],
    which: str,
    policy: PipelinePolicy,
    on: date,
    sums: list[queries.StageSum],
) -> dict[str, Any]:
    found = queries.cards(rows, which)
    columns, every = [], list[Any]()
    for stage in sums:
        held = [_dressed(row, policy, on) for row in clocked(found[stage.stage], on)]
        columns.append({"sum": stage, "cards": held, "more": stage.count - len(held), "url": _of_stage(request, stage)})
        every += held
    return {"columns": columns, "changeable": _changeable(request, every), "any": any(s.count for s in sums)}


def _of_stage(request: PersonRequest, stage: queries.StageSum) -> str:
    query = request.GET.copy()
    query.pop("cursor", None)
    query["show"] = stage.stage
    return f"?{query.urlencode()}"


def _list(request: PersonRequest, rows: QuerySet[Any], shown: str, policy: PipelinePolicy, on: date) -> dict[str, Any]:
    listed = rows.filter(stage__in=SHOWN.get(shown, (shown,)))
    page = page_of(queries.ranked(listed), queries.RANK, cursor=request.GET.get("cursor", ""))
    groups: list[dict[str, Any]] = []
    for row in clocked(page.rows, on):
        if not groups or groups[-1]["stage"] != row.stage:
            groups.append({"stage": row.stage, "label": row.get_stage_display(), "rows": []})
        groups[-1]["rows"].append(_dressed(row, policy, on))
    return {"page": page, "groups": groups, "changeable": _changeable(request, page.rows)}


def _dressed(row: Any, policy: PipelinePolicy, on: date) -> Any:
    """A deal with its days in the stage, and whether it stands still longer than the stage allows."""
    row.stage_days = queries.days_in_stage(row, on)
    row.still_days = queries.days_still(row, on)
    row.is_stale = policy.is_stale(row.stage, row.still_days, pipeline_of(row.kind))
    return row


def _standfirst(sums: list[queries.StageSum], sees_prices: bool) -> SafeString:
    """How much is open, and what it weighs."""
    count = sum(stage.count for stage in sums)
    if not count:
        return format_html("{}", _("No deal is open."))
    if not sees_prices:
        words = ngettext("{count} open deal.", "{count} open deals.", count)
        return format_html(words, count=display.number(count))
    words = ngettext(
        "{count} open deal worth {value}; weighted with the chance of its stage {weighted}.",
        "{count} open deals worth {value}; weighted with the chance of their stage {weighted}.",
        count,
    )
    value = display.money(sum(stage.value for stage in sums))
    weighted = display.money(sum(stage.weighted for stage in sums))
    return format_html(words, count=display.number(count), value=format_html("<b>{}</b>", value), weighted=weighted)


def _tiles(
    request: PersonRequest,
    sums: list[queries.StageSum],
    shown: str,
    policy: PipelinePolicy,
    which: str,
    sees_prices: bool,
) -> list[dict[str, Any]]:
    """The strip of open stages; each is the filter to itself."""
    tiles = []
    for stage in sums:
        query = request.GET.copy()
        query.pop("cursor", None)
        query["show"] = "open" if shown == stage.stage else stage.stage
        deals = ngettext("%(count)s deal", "%(count)s deals", stage.count) % {"count": display.number(stage.count)}
        tiles.append(
            {
                "label": stage.label,
                "span": display.percent(policy.probability(stage.stage, which), 0),
                "value": display.money_short(stage.value) if sees_prices else display.number(stage.count),
                "count": deals if sees_prices else "",
                "note": _("%(count)s of unknown value") % {"count": stage.unknown} if stage.unknown else "",
                "url": f"?{query.urlencode()}",
                "current": shown == stage.stage,
                "parts": {"done": stage.count, "lost": sum(other.count for other in sums) - stage.count},
            }
        )
    return tiles


def _menus(request: PersonRequest, which: str) -> list[Menu]:
    owners = [(owner.pk, owner.name) for owner in assignable(request.user)]
    kinds = [(kind, DealKind(kind).label) for kind in kinds_of(which)]
    return [
        menu(request, "kind", _("Kind"), kinds, _("all")),
        menu(request, "owner", _("Owner"), owners, _("everyone")),
        menu(request, "held", _("Dealer"), HELD, _("all")),
        menu(request, "age", _("Age"), AGES, _("any")),
    ]


def _changeable(request: PersonRequest, rows: list[Any]) -> set[int]:
    ids = [row.pk for row in rows]
    return set(Opportunity.objects.changeable_by(request.user).filter(pk__in=ids).values_list("pk", flat=True))
