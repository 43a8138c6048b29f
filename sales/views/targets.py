"""What is to be booked: a team by quarter, one owner's quarters, and a target that two share (PL-02, EX-29)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.formats import localize_input
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods

from core import clock, display, opening
from core.asking import PersonRequest
from core.asof import as_of
from core.calendar import add_months
from core.context import find_url
from core.menus import menu
from core.models import Owner, Team
from core.reach import Level, reach_of
from core.returning import place_of
from sales import queries
from sales.actions.targets import Wish, may_target, set_target, set_targets
from sales.forms.targets import Grid, TargetForm
from sales.models import BookingTarget, Opportunity
from sales.models.target import SETTERS
from sales.queries import targets as reading
from sales.rules import NEW_BUSINESS, OPEN_STAGES, PIPELINES, kinds_of
from sales.rules.targets import quarter_end, quarter_name, quarter_of, read_quarter
from sales.words import PIPELINES as NAMES

# Quarters that the page of an owner shows: so many before the present one, and after it.
BEFORE, AFTER = 4, 4


@login_required
@require_http_methods(["GET", "POST"])
def targets(request: PersonRequest) -> HttpResponse:
    """The sheet of a team; whoever may say what is to be booked types into it."""
    _refuse_the_blind(request)
    on, pipeline, team = as_of(request), _pipeline(request), _team(request)
    first = read_quarter(request.GET.get("from", "")) or quarter_of(on)
    quarters = reading.quarters_from(first)
    grid = Grid(request.POST) if request.method == "POST" and not request.is_past else None
    if grid is not None and (answer := _save(request, grid, team, pipeline, quarters, on)):
        return answer
    sheet = reading.sheet(request.user, on=on, team=team, pipeline=pipeline, quarters=quarters)
    context = {
        "sheet": sheet,
        "team": team,
        "on": on,
        "today": clock.today(),
        "quarters": [_head(q, on) for q in quarters],
        "rows": _rows(request, sheet, grid, pipeline, team, on),
        "counts": [sheet.counts[q] for q in quarters],
        "of_people": [sheet.of_people[q] for q in quarters],
        "currency": opening.ours().reporting_currency,
        "tabs": _tabs(request, pipeline),
        "menus": _menus(request, team),
        "present": quarter_name(quarter_of(on)),
        "earlier": _from(request, add_months(first, -12)),
        "later": _from(request, add_months(first, 12)),
        "may_set": any(row["may"] for row in _flat(request, sheet, on)) and not request.is_past,
        "refused": grid is not None and bool(grid.errors),
        "pipeline": pipeline,
        "receipts": _receipts(pipeline, {"team": team.pk} if team else {}, request),
    }
    return render(request, "sales/targets.html", context, status=200 if grid is None else 422)


def _refuse_the_blind(request: PersonRequest) -> None:
    if not reach_of(request.user).sees_prices:
        raise PermissionDenied


def _pipeline(request: PersonRequest) -> str:
    asked = request.GET.get("pipeline", "")
    return asked if asked in PIPELINES else NEW_BUSINESS


def _team(request: PersonRequest) -> Team | None:
    """The team that was asked for; else one's own, or all of them for who sees everything."""
    seen = reading.teams_seen(request.user)
    asked = request.GET.get("team", "")
    found = next((team for team in seen if str(team.pk) == asked), None)
    if found or reach_of(request.user).level is Level.ALL:
        return found
    mine = set(request.user.memberships.values_list("team_id", flat=True))
    own = [team for team in seen if team.pk in mine] or seen
    if not own:
        raise PermissionDenied(_("You are in no team. Ask an administrator to put you into one."))
    return own[0]


def _save(
    request: PersonRequest, grid: Grid, team: Team | None, pipeline: str, quarters: list[date], on: date
) -> HttpResponse | None:
    """Write what was typed, all of it or nothing; None where something is wrong."""
    sheet = reading.sheet(request.user, on=on, team=team, pipeline=pipeline, quarters=quarters)
    owners = [line.owner for line in (*sheet.teams, *sheet.people) if may_target(request.user, line.owner)]
    if not owners:
        raise PermissionDenied
    kept = _kept(request, owners, pipeline, quarters)
    wishes = []
    for owner in owners:
        for quarter in quarters:
            if grid.typed(owner.pk, quarter) is not None and quarter_end(quarter) >= on:
                amount = grid.amount(owner.pk, quarter)
                wishes.append(Wish(owner, pipeline, quarter, amount, kept.get((owner.pk, quarter)) if amount else None))
    if grid.errors:
        return None
    try:
        changed = set_targets(wishes=wishes, by=request.user, on=on)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return None
    words = ngettext("%(n)s target was changed.", "%(n)s targets were changed.", len(changed))
    messages.success(request, words % {"n": display.number(len(changed))})
    return redirect(request.get_full_path())


def _kept(
    request: PersonRequest, owners: list[Owner], pipeline: str, quarters: list[date]
) -> dict[tuple[int, date], Owner]:
    """Who shares the targets that stand."""
    rows = BookingTarget.objects.changeable_by(request.user).filter(
        owner__in=owners, pipeline=pipeline, starts_on__in=quarters, shared_with__isnull=False
    )
    return {(row.owner_id, row.starts_on): row.shared_with for row in rows.select_related("shared_with")}


def _head(quarter: date, on: date) -> dict[str, Any]:
    return {"first": quarter, "name": quarter_name(quarter), "present": quarter == quarter_of(on)}


def _flat(request: PersonRequest, sheet: reading.Sheet, on: date) -> list[dict[str, Any]]:
    return [{"line": line, "may": may_target(request.user, line.owner)} for line in (*sheet.teams, *sheet.people)]


def _rows(
    request: PersonRequest, sheet: reading.Sheet, grid: Grid | None, pipeline: str, team: Team | None, on: date
) -> list[dict[str, Any]]:
    """Each line with its cells as they are shown or typed, and the addresses of its numbers."""
    found = []
    for one in _flat(request, sheet, on):
        line, may = one["line"], one["may"] and not request.is_past
        narrowed = {"team": line.owner.team_id} if line.owner.team_id else {"owner": line.owner.pk}
        cells = [_cell(line, cell, grid, may and quarter_end(cell.quarter) >= on) for cell in line.cells]
        found.append(
            {
                "line": line,
                "is_team": bool(line.owner.team_id),
                "cells": cells,
                "url": reverse("sales:targets_of", args=[line.owner.pk]) + f"?pipeline={pipeline}",
                **_receipts(pipeline, narrowed, request),
            }
        )
    return found


def _cell(line: reading.Line, cell: reading.Cell, grid: Grid | None, may: bool) -> dict[str, Any]:
    typed = grid.typed(line.owner.pk, cell.quarter) if grid else None
    text = typed if typed is not None else "" if cell.amount is None else str(localize_input(_plain(cell.amount)))
    return {
        "cell": cell,
        "name": f"t_{line.owner.pk}_{quarter_name(cell.quarter)}",
        "quarter": quarter_name(cell.quarter),
        "typed": text,
        "may": may,
        "error": grid.errors.get((line.owner.pk, cell.quarter), "") if grid else "",
    }


def _plain(amount: Decimal) -> Decimal | int:
    """Whole euros without decimals."""
    return int(amount) if amount == int(amount) else amount


def _receipts(pipeline: str, narrowed: dict[str, Any], request: PersonRequest) -> dict[str, str]:
    """The addresses of the receipts of coverage and of what was won; nothing where there is no such page."""
    asked = {"as_of": request.GET["as_of"]} if request.GET.get("as_of") else {}
    query = "&".join(f"{key}={value}" for key, value in (asked | narrowed).items())
    found = {
        "coverage_url": find_url("dashboards:receipt", reading.COVERAGE[pipeline]),
        "won_url": find_url("dashboards:receipt", reading.ATTAINMENT[pipeline]),
    }
    return {name: f"{url}?{query}" if url and query else url for name, url in found.items()}


def _from(request: PersonRequest, first: date) -> str:
    query = request.GET.copy()
    query["from"] = quarter_name(first)
    return f"?{query.urlencode()}"


def _tabs(request: PersonRequest, which: str) -> list[dict[str, Any]]:
    found = []
    for name in PIPELINES:
        query = request.GET.copy()
        query["pipeline"] = name
        found.append({"url": f"?{query.urlencode()}", "label": NAMES[name], "count": "", "current": name == which})
    return found


def _menus(request: PersonRequest, team: Team | None) -> list[Any]:
    offered = [(one.pk, one.name) for one in reading.teams_seen(request.user)]
    if reach_of(request.user).level is Level.ALL:
        return [menu(request, "team", _("Team"), offered, _("all teams"))]
    first = team.name if team else ""
    return [menu(request, "team", _("Team"), offered, first)] if len(offered) > 1 else []


@login_required
@require_http_methods(["GET", "POST"])
def target_set(request: PersonRequest) -> HttpResponse:
    """One target, with who shares it."""
    if request.user.role not in SETTERS:
        raise PermissionDenied
    reach = reach_of(request.user)
    owners = Owner.objects.order_by("name", "pk")
    if reach.level is not Level.ALL:
        owners = owners.filter(pk__in=reach.owners)
    form = TargetForm(request.POST or None, user=request.user, owners=owners, initial=_initial(request))
    if form.is_valid():
        said = form.cleaned_data
        wish = Wish(said["owner"], said["pipeline"], said["quarter"], said["amount"], said["shared_with"], said["note"])
        try:
            set_target(wish=wish, by=request.user, on=clock.today())
        except ValidationError as refused:
            form.add_error(None, " ".join(refused.messages))
        else:
            messages.success(request, _("The target of %(name)s is written down.") % {"name": wish.owner.name})
            return redirect(place_of(request, reverse("sales:targets")))
    context = {
        "form": form,
        "title": _("A booking target"),
        "verb": _("Save"),
        "about": _("It counts from today; a quarter that is over keeps the target it had."),
        "next": place_of(request, reverse("sales:targets")),
    }
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


def _initial(request: PersonRequest) -> dict[str, Any]:
    """What the address says, and the target that stands there."""
    asked = request.GET
    first = read_quarter(asked.get("quarter", "")) or quarter_of(clock.today())
    pipeline = _pipeline(request)
    owner = asked.get("owner", "")
    found = {"quarter": quarter_name(first), "pipeline": pipeline, "owner": owner}
    rows = BookingTarget.objects.changeable_by(request.user).filter(pipeline=pipeline, starts_on=first)
    row = rows.filter(owner=int(owner)).first() if owner.isdecimal() else None
    if row is None:
        return found
    return found | {"amount": row.amount, "shared_with": row.shared_with_id, "note": row.note}


@login_required
@require_GET
def targets_of(request: PersonRequest, pk: int) -> HttpResponse:
    """The quarters of a person or a pool: target, won, and the deals that are open."""
    _refuse_the_blind(request)
    on, pipeline = as_of(request), _pipeline(request)
    owner = get_object_or_404(Owner.objects.visible_to(request.user).select_related("user", "team"), pk=pk)
    reach = reach_of(request.user)
    if reach.level is not Level.ALL and owner.pk not in reach.owners:
        raise Http404
    first = add_months(quarter_of(on), -3 * BEFORE)
    quarters = reading.quarters_from(first, BEFORE + 1 + AFTER)
    open_deals = Opportunity.objects.visible_to(request.user).filter(
        owner=owner, stage__in=OPEN_STAGES, kind__in=kinds_of(pipeline)
    )
    said = reading.changes_of(owner, request.user, on=on, pipeline=pipeline)
    context = {
        "owner": owner,
        "on": on,
        "today": clock.today(),
        "present": quarter_of(on),
        "quarters": [
            {"row": row, "name": quarter_name(row.first), "over": quarter_end(row.first) < on}
            for row in reading.quarters_of(owner, request.user, on=on, pipeline=pipeline, quarters=quarters)
        ],
        "deals": queries.ranked(open_deals.select_related("account")).order_by(*queries.RANK)[:50],
        "changes": [{"row": row, "quarter": quarter_name(row.target.starts_on)} for row in said],
        "may_set": may_target(request.user, owner) and not request.is_past,
        "pipeline": pipeline,
        "tabs": _tabs(request, pipeline),
        "currency": opening.ours().reporting_currency,
        "trail": [(reverse("sales:pipeline"), _("Pipeline")), (reverse("sales:targets"), _("Targets"))],
        **_receipts(pipeline, {"owner": owner.pk}, request),
    }
    return render(request, "sales/targets_of.html", context)
