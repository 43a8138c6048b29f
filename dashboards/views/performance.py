"""Figures of people and teams side by side, against their targets (RO-02)."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from core import clock, display, opening
from core.asking import PersonRequest
from core.asof import as_of
from core.menus import menu
from core.metrics import Result, Status, TargetPolicy, metric
from core.policies import policy_on
from core.reach import Level, reach_of
from dashboards import wording
from dashboards.performance.people import Looked, Who, looked_at
from dashboards.performance.reading import SELLING, SERVING, Evening, Standing, evening_before, stand
from dashboards.views.stage import tabs


@dataclass(frozen=True)
class Cell:
    """One figure of one owner or team."""

    key: str
    name: str
    value: str
    status: str
    word: str
    target: str
    was: str
    made_of: str
    receipt: str

    @property
    def is_missing(self) -> bool:
        """Without a value `target` says why there is none."""
        return self.value == display.MISSING


@login_required
@require_GET
def performance(request: PersonRequest) -> HttpResponse:
    """As of the evening before, or of any day: what is stored each night of them; today before the first."""
    if reach_of(request.user).level is Level.ASSIGNED:
        raise PermissionDenied
    asked, looked = as_of(request), looked_at(request.user, request.GET.get("team", ""))
    evening = Evening(asked) if request.is_past else evening_before(asked)
    everybody = [who.of for who in (*looked.selling, *looked.serving)]
    keys = (*(SELLING if looked.selling else ()), *(SERVING if looked.serving else ()))
    standing = stand(everybody, keys, on=evening.on, actor=request.user)
    policy: TargetPolicy = policy_on(TargetPolicy, evening.on).values
    context = {
        "on": asked,
        "standfirst": _standfirst(evening, standing.before),
        "today": clock.today(),
        "looked": looked,
        "groups": [
            _group(name, rows, keys, standing, policy)
            for name, rows, keys in (
                (_("Selling"), looked.selling, SELLING),
                (_("Looking after customers"), looked.serving, SERVING),
            )
            if rows
        ],
        "menus": _menus(request, looked),
        "tabs": tabs("performance", {}, request.user),
        "targets_url": reverse("sales:targets") if reach_of(request.user).sees_prices else "",
    }
    return render(request, "dashboards/performance.html", context)


def _standfirst(evening: Evening, before: date) -> str:
    words = {"day": display.day_long(evening.on), "before": display.day_long(before)}
    if evening.none:
        return _(
            "Figures of people and teams are counted each night, and no night was counted yet: look again tomorrow."
        )
    if evening.live:
        return (
            _(
                "As they stand today, counted just now, as nothing is stored of last night; each against its target and"
                " what it was on %(before)s."
            )
            % words
        )
    return _("As they stood on the evening of %(day)s, each against its target and what it was on %(before)s.") % words


def _menus(request: PersonRequest, looked: Looked) -> list[Any]:
    if looked.own or len(looked.teams) < 2:
        return []
    everything = _("all teams") if reach_of(request.user).level is Level.ALL else looked.teams[0].name
    offered = [(team.pk, team.name) for team in looked.teams]
    return [menu(request, "team", _("Team"), offered, everything)]


def _group(
    name: str, rows: list[Who], keys: tuple[str, ...], standing: Standing, policy: TargetPolicy
) -> dict[str, Any]:
    return {
        "name": name,
        "heads": [metric(key).name for key in keys],
        "rows": [{"who": who, "cells": [_cell(who, key, standing, policy) for key in keys]} for who in rows],
    }


def _cell(who: Who, key: str, standing: Standing, policy: TargetPolicy) -> Cell:
    now, then = standing.now(who.of, key), standing.then(who.of, key)
    currency = opening.ours().reporting_currency
    wanted = now.metric if now else metric(key)
    status = wording.status(now, None, policy) if now else Status.NONE
    value = now.value if now else None
    was = then.value if then else None
    return Cell(
        key=key,
        name=str(wanted.name),
        value=wording.said(wanted.unit, value, currency) if value is not None else display.MISSING,
        status=wording.STATUS[status],
        word=_word(now, status, currency),
        target=wording.target_words(wanted, currency) if value is not None else _why_none(now),
        was=_("was %(value)s") % {"value": wording.said(wanted.unit, was, currency)} if was is not None else "",
        made_of=wording.made_of(now, currency),
        receipt=_receipt(key, who, standing.on),
    )


def _word(result: Result | None, status: Status, currency: str) -> str:
    """What a tile says beside its name where no status does."""
    if result is None or result.value is None:
        return _("No data yet")
    return wording.made_of(result, currency) if status is Status.NONE else ""


def _why_none(result: Result | None) -> str:
    return result.reason if result else _("not counted yet")


def _receipt(key: str, who: Who, on: date) -> str:
    query = {who.of.dimension: who.of.member, "as_of": on.isoformat()}
    return f"{reverse('dashboards:receipt', args=[key])}?{urlencode(query)}"
