"""The leak map under the picture: a row per bucket, the largest first, measured apart from potential."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.display import number
from core.metrics import Result, Status, catalogue
from core.models import User
from core.reach import Level, reach_of
from dashboards.leaks import words
from dashboards.leaks.rules import KEYS, LEAKS, Leak, Place, diagnose, totals
from playbooks.actions.reviews import may_review
from playbooks.models import AgreedStep

# The metric by which a place is judged. Those of rooms that are not there yet say nothing.
HEADLINES = {
    Place.LEADS: "lead_quality",
    Place.PIPELINE: "win_rate",
    Place.CONVERSION: "onboarding_on_time",
    Place.RENEWAL: "renewal_rate",
    Place.EXPANSION: "expansion_rate",
}
# The column of the picture in which a place stands.
COLUMNS = {Place.LEADS: 0, Place.PIPELINE: 1, Place.CONVERSION: 2, Place.ADOPTION: 3}


def headlines() -> dict[Place, str]:
    """Those that the catalogue has."""
    known = {metric.key for metric in catalogue()}
    return {place: key for place, key in HEADLINES.items() if key in known}


def asked(actor: Any) -> tuple[str, ...]:
    """What the leak map reads. The headlines of stages are stored of everything alone, so others go without."""
    whole = isinstance(actor, User) and reach_of(actor).level is Level.ALL
    return (*KEYS, *headlines().values()) if whole else KEYS


def letters() -> tuple[str, ...]:
    """The letters of each column of the picture."""
    columns = [COLUMNS.get(leak.place, 4) for leak in LEAKS]
    return tuple(" ".join(k.letter for k, c in zip(LEAKS, columns, strict=True) if c == place) for place in range(5))


def open_steps(actor: Any, keys: Iterable[str], on: date) -> dict[str, list[AgreedStep]]:
    """What was agreed and open on the day, by metric, the soonest first. One query."""
    rows = AgreedStep.objects.visible_to(actor).agreed(on).filter(metric__in=list(keys))
    found: dict[str, list[AgreedStep]] = {}
    for step in rows.select_related("owner").order_by("due_on", "pk"):
        found.setdefault(step.metric, []).append(step)
    return found


@dataclass(frozen=True)
class Line:
    """One leak as the table shows it. `share` is the length of its bar, of the largest one."""

    letter: str
    stage: str
    key: str
    name: str
    value: str
    share: int
    facts: str
    before: str
    finding: str
    problem: str
    question: str
    owner: str
    steps: list[AgreedStep]
    receipt: str
    agree: str


def leak_map(reading: Any, actor: Any, only: Iterable[Place] | None = None) -> dict[str, Any]:
    """Title, totals and both tables, with what was agreed; `only` keeps to the leaks of some places."""
    steps = open_steps(actor, KEYS, reading.on)
    chosen = [leak for leak in LEAKS if only is None or leak.place in only]
    judged = {p: reading.status(key) for p, key in headlines().items() if key in reading.now}
    lost, missed = totals({leak.key: reading.now[leak.key].value for leak in chosen})
    lines = {
        measured: _lines(reading, [leak for leak in chosen if leak.measured is measured], judged, steps)
        for measured in (True, False)
    }
    withheld = any(reading.now[leak.key].withheld for leak in chosen)
    said = ["" if withheld else reading.money(amount) for amount in (lost, missed)]
    return {
        "title": _title(reading, lost),
        "may": may_review(actor),
        "withheld": withheld,
        "groups": [
            {"name": _("Measured: lost in twelve months"), "sum": said[0], "lines": lines[True]},
            {"name": _("Potential: never earned"), "sum": said[1], "lines": lines[False]},
        ],
        "counts": _counts(reading, chosen),
    }


def _lines(
    reading: Any, leaks: list[Leak], judged: Mapping[Place, Status], steps: Mapping[str, list[AgreedStep]]
) -> list[Line]:
    """The largest first; bars are as long as their share of it."""
    amounts = {leak.key: Decimal(reading.now[leak.key].value or 0) for leak in leaks}
    most = max(amounts.values(), default=Decimal(0))
    ordered = sorted(leaks, key=lambda leak: (-amounts[leak.key], leak.letter))
    return [_line(reading, leak, judged, steps, most) for leak in ordered]


def _title(reading: Any, lost: Decimal) -> str:
    if not lost:
        return _("Where it leaks")
    return _("Where it leaks: %(money)s lost in a year") % {"money": reading.money(lost)}


def _counts(reading: Any, chosen: list[Leak]) -> str:
    n = sum(reading.now[leak.key].count for leak in chosen)
    return ngettext("%(n)s record, each in one leak", "%(n)s records, each in one leak", n) % {"n": number(n)}


def _line(
    reading: Any, leak: Leak, judged: Mapping[Place, Status], steps: Mapping[str, list[AgreedStep]], most: Decimal
) -> Line:
    result: Result = reading.now[leak.key]
    found = diagnose(leak.place, judged)
    leaks = bool(result.count)
    return Line(
        letter=leak.letter,
        stage=words.stage_number(leak.place),
        key=leak.key,
        name=str(result.metric.name),
        value=reading.said(leak.key),
        share=round(100 * Decimal(result.value or 0) / most) if most else 0,
        facts=_records(result),
        before=_before(reading, leak.key),
        finding=words.finding(found) if leaks else _("Nothing leaks here"),
        problem=str(words.PROBLEMS[found.problem]) if leaks else "",
        question=str(words.QUESTIONS[leak.place]) if leaks else "",
        owner=str(words.OWNERS[found.problem]) if leaks else "",
        steps=steps.get(leak.key, []),
        receipt=reading.receipt(leak.key),
        agree=reverse("dashboards:step_new", args=[leak.key]),
    )


def _records(result: Result) -> str:
    if result.value is None and not result.unknown:
        return result.reason
    shown = ngettext("%(n)s record", "%(n)s records", result.count) % {"n": number(result.count)}
    if not result.unknown:
        return shown
    unknown = ngettext("%(n)s without an amount", "%(n)s without an amount", result.unknown)
    return f"{shown}, {unknown % {'n': number(result.unknown)}}"


def _before(reading: Any, key: str) -> str:
    before = reading.before(key)
    if before is None or before.value is None:
        return ""
    return _("a year ago %(value)s") % {"value": reading.money(before.value)}
