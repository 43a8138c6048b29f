"""The style page: every component and chart with invented numbers, for developers and screenshots. Sandbox only."""

# ruff: noqa: E501 (tables of invented rows read better unbroken)

from __future__ import annotations

from datetime import date, timedelta
from types import SimpleNamespace as Row
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from core.charts import samples
from core.charts.bowtie import draw_bowtie, draw_slice

ON = date(2026, 11, 21)
_ROWS = """
Verpakkingen De Smet|Kortrijk, BE · SC-20418 premium|-21|46500|yellow|66|-8|Negotiating|Call Claes with Mr van Dam on the uplift|3|Sara Claes
Frisse Start Groenten|Bleiswijk, NL · SC-20377 basic|-12|27500|green|81|2|Quote sent|Purchasing promised the signed copy|2|Marloes de Wit
Bergmann Automotive|Stuttgart, DE · SC-20365 full service|27|117600|yellow|77|-5|Negotiating|Board meeting decides on 2 December|11|Jonas Keller
Mleczarnia Podlaska|Białystok, PL · SC-20398 premium|15|71300|yellow|72|-3|Quote sent|Second call with plant manager|-2|Tomasz Nowak
Hoekstra Zuivel|Leeuwarden, NL · SC-20402 premium|9|58200|green|86|4|Verbal yes|Collect signature, book Q1 visits|2|Marloes de Wit
Van Houten Bakkerijen|Veghel, NL · SC-20391 full service|58|214000|red|52|-24|Fix first|Meet Ilse Brouwer, operations director|4|Marloes de Wit
Great Lakes Dairy|Green Bay, US · SC-20384 full service|40|96300|green|84|3|Quote sent|Send revised quote with parts kit|3|Jonas Keller
Chocolaterie Maes|Gent, BE · SC-20411 premium|40|64700|unknown||0|In conversation||5|Service desk
"""


def styleguide(request: HttpRequest) -> HttpResponse:
    """Everything on one page; no data of the organisation is read."""
    form = StyleForm({"reason": "", "note": "They asked twice."})
    form.is_valid()
    context = {
        "on": ON, "today": ON, "groups": _groups(), "form": form, "buckets": _buckets(), "events": _events(),
        "tabs": _tabs(), "options": _options(), "charts": samples.all_charts(),
        "team": Row(name="Service desk"), "choices": [("renewed", "Renewed"), ("changed", "Changed"), ("lost", "Lost")],
        "trail": [("/renewals/", "Renewals"), ("", "T-60"), ("", "SC-20391")],
        "keys": [("j k", "move"), ("d", "done"), ("s", "snooze")],
        "stages": _stages(), "bowtie": draw_bowtie(samples.bowtie()), "empty_bowtie": draw_bowtie(samples.empty_bowtie()), "small_bowtie": draw_bowtie(samples.small_bowtie()),
    }  # fmt: skip
    if "past" in request.GET:
        context |= {"as_of": date(2026, 1, 9), "is_past": True}
    return render(request, "styleguide.html", context)


class StyleForm(forms.Form):
    """Fields of every kind, one of them wrong."""

    reason = forms.ChoiceField(
        choices=[("", "Reason, from the list"), ("price", "Price"), ("stopped", "Machine stopped")]
    )
    note = forms.CharField(widget=forms.Textarea, help_text="What did they say? In their words.")
    due = forms.DateField(required=False, widget=forms.DateInput(attrs={"type": "date"}))
    call = forms.BooleanField(required=False, label="Call them back")


def _groups() -> list[dict[str, Any]]:
    rows = [_row(line.split("|")) for line in _ROWS.strip().splitlines()]
    spans = (
        ("Overdue", "past the end date", rows[:2]),
        ("T-30", "0 to 30 days left", rows[2:5]),
        ("T-60", "31 to 60 days left", rows[5:]),
    )
    return [
        {"name": name, "span": span, "rows": part, "sum": sum(row.value for row in part)} for name, span, part in spans
    ]


def _row(cells: list[str]) -> Row:
    name, facts, days, value, tier, score, change, stage, step, step_in, owner = cells
    trend = [int(score) - int(change) * (11 - month) / 11 + (month * 7 % 3) for month in range(12)] if score else []
    return Row(
        pk=facts[-12:], name=name, facts=facts, days=int(days), ends_on=ON + timedelta(int(days)), value=int(value), tier=tier, score=score,
        change=int(change), trend=trend, stage=stage, step=step, step_on=ON + timedelta(int(step_in)), late=-int(step_in), owner=owner,
    )  # fmt: skip


def _buckets() -> list[dict[str, Any]]:
    return [
        {"name": "Overdue", "span": "past the end date", "value": 74_000, "count": "2 renewals", "parts": {"good": 27_500, "watch": 46_500}, "status": "watch", "note": "€46,500 yellow"},
        {"name": "T-30", "span": "0 to 30 days left", "value": 286_000, "count": "4 renewals", "parts": {"good": 97_100, "watch": 188_900}, "status": "watch", "note": "€188,900 yellow"},
        {"name": "T-60", "span": "31 to 60 days left", "value": 548_000, "count": "6 renewals", "parts": {"good": 178_700, "watch": 106_500, "risk": 262_800}, "status": "risk", "note": "€262,800 red", "current": True},
        {"name": "T-90", "span": "61 to 90 days left", "value": 612_000, "count": "9 renewals", "parts": {"good": 347_700, "watch": 264_300, "unknown": 40_000}, "status": "watch", "note": "€264,300 yellow"},
        {"name": "Decided", "span": "since 1 October", "value": 803_000, "count": "11 renewals", "parts": {"done": 741_000, "lost": 62_000}, "note": "9 renewed €741k · 2 lost €62k"},
    ]  # fmt: skip


def _events() -> list[dict[str, Any]]:
    return [
        {"on": date(2026, 11, 20), "title": "Ticket T-88213 reopened", "words": "LinePack 5, infeed jam. Ruud Bakker visits Tuesday.", "status": "red"},
        {"on": date(2026, 11, 19), "title": "Renewal reached T-60", "words": "Fix first is open; quote v2 is ready, not sent.", "status": ""},
        {"on": date(2026, 9, 18), "title": "Survey: NPS 4", "words": "“Machines are good, getting help takes too long.”", "status": "red"},
        {"on": date(2026, 9, 2), "title": "QBR, third quarter", "words": "Two of four goals have no number yet.", "status": ""},
    ]  # fmt: skip


def _tabs() -> list[dict[str, Any]]:
    names = (("Overview", None), ("Machines", 11), ("Contracts", 4), ("People", 6), ("Tickets", 39), ("Journal", None))
    return [
        {"label": name, "count": count, "url": "#", "current": index == 0} for index, (name, count) in enumerate(names)
    ]


def _options() -> list[dict[str, Any]]:
    return [
        {"label": name, "url": "?", "count": count, "current": not index}
        for index, (name, count) in enumerate((("everyone", 21), ("mine", 8), ("no owner", 1)))
    ]


_HEADS = (
    ("good", "On target", "63%", "Lead quality", "target over 60%, a year ago 58%"),
    ("risk", "Off target", "27%", "Win rate", "target over 30%, a year ago 31%"),
    ("watch", "Just short", "83%", "Onboarding on time", "target over 90%, a year ago 86%"),
    ("good", "On target", "74", "Average health", "target over 70, a year ago 71"),
    ("watch", "Just short", "106.8%", "Net revenue retention", "target over 110%, a year ago 104.1%"),
)


def _stages() -> list[dict[str, Any]]:
    more = [
        {
            "status": "watch",
            "name": "Lead to opportunity",
            "value": "26%",
            "facts": "target rising; was 27%",
            "href": "/receipt/",
        }
    ] * 3
    return [
        {"number": str(index + 1), "name": samples.STAGES[index], "status": status, "word": word, "value": value, "metric": metric,
         "facts": facts, "slice": draw_slice(samples.bowtie(), index), "more": more}
        for index, (status, word, value, metric, facts) in enumerate(_HEADS)
    ]  # fmt: skip
