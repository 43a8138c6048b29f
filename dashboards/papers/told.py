"""Figures and leaks in the words of a paper."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.charts.printed import printed
from core.display import day_short, money_short, signed
from core.metrics import Filters, Metric, Result, Status, Unit, choices, dimensions, filters_from
from dashboards import wording
from dashboards.bowtie import sections
from dashboards.bowtie.reading import Reading
from dashboards.leaks.section import leak_map
from dashboards.papers.content import Block, Cell, KeyFigure, Row


def narrowing(query: Mapping[str, str], actor: Any) -> Filters:
    """The filters of a page. Raises WrongFilter with a sentence for one that is no longer there."""
    return filters_from(of_filters(query), actor)


def of_filters(query: Mapping[str, str]) -> dict[str, str]:
    """What of a query narrows figures."""
    known = {d.key for d in dimensions()}
    return {key: text for key, text in query.items() if key in known and text}


def narrowed(query: Mapping[str, str], actor: Any) -> tuple[tuple[str, str], ...]:
    """The filters in words: the name of each and what was chosen. One query, none where nothing is narrowed."""
    asked = of_filters(query)
    if not asked:
        return ()
    offered = choices(actor)
    names = {d.key: {c.value: c.label for c in offered[d.key]} for d in dimensions()}
    labels = {d.key: str(d.label) for d in dimensions()}
    return tuple((labels[key], names[key].get(text, text)) for key, text in asked.items())


def figures(reading: Reading, keys: Iterable[str]) -> tuple[KeyFigure, ...]:
    """Those that were read, in this order."""
    return tuple(_figure(reading, key) for key in keys if key in reading.now)


def _figure(reading: Reading, key: str) -> KeyFigure:
    result, status = reading.now[key], reading.status(key)
    return KeyFigure(
        name=str(result.metric.name),
        value=reading.said(key),
        status=wording.STATUS[status],
        word="" if status is Status.NONE else wording.status_word(status),
        target=wording.target_words(result.metric, reading.currency) if result.value is not None else result.reason,
        change=change(result.metric, result, reading.before(key), reading.currency),
        href=reading.receipt(key),
    )


def change(wanted: Metric, now: Result, before: Result | None, currency: str) -> str:
    """How a figure moved in a year: points of a share, else by how much; empty where one of both is not known."""
    if before is None or before.value is None or now.value is None:
        return ""
    by, was = Decimal(now.value) - Decimal(before.value), wording.said(wanted.unit, before.value, currency)
    return _("%(by)s against %(was)s a year before") % {"by": _moved(wanted.unit, by, currency), "was": was}


def _moved(unit: Unit, by: Decimal, currency: str) -> str:
    if unit is Unit.RATIO:
        return _("%(points)s points") % {"points": signed(by * 100, 1)}
    if unit is Unit.MONEY:
        sign = "+" if by > 0 else "−" if by < 0 else "±"
        return f"{sign}{money_short(abs(by), currency)}"
    return signed(by, 0 if unit in (Unit.COUNT, Unit.DAYS) else 1)


def metric_row(reading: Reading, key: str) -> Row:
    """One figure as a row: its name, value, status, target, and how it changed."""
    found = _figure(reading, key)
    return Row((
        Cell(found.name),
        Cell(found.value, href=found.href, number=True, strong=True),
        Cell(found.word, tone=found.status if found.word else ""),
        Cell(found.target),
        Cell(found.change),
    ))  # fmt: skip


def metric_heads() -> tuple[str, ...]:
    return (_("Figure"), _("Value"), _("Status"), _("Target"), _("Change"))


def leaks(reading: Reading, actor: Any, only: Iterable[Any] | None = None) -> Block:
    """The leak map as a table; what was lost and what was never earned are two sums."""
    found = leak_map(reading, actor, only)
    rows: list[Row] = []
    for group in found["groups"]:
        if group["lines"]:
            rows.append(
                Row((Cell(group["name"], strong=True), Cell(group["sum"], number=True, strong=True)), is_head=True)
            )
            rows += [_leak(line) for line in group["lines"]]
    question = _("Each record stands in one leak alone, the first that takes it. The two sums are not added.")
    if found["withheld"]:
        question = _("Your role does not see prices and contract values.")
    heads = (_("Leak"), _("Euros"), _("Diagnosis"), _("Owner"), _("Agreed next"))
    return Block(title=found["title"], question=question, heads=heads, rows=tuple(rows), apart=True)


def _leak(line: Any) -> Row:
    steps = "; ".join(
        _("%(what)s (%(who)s, by %(day)s)")
        % {"what": step.title, "who": step.owner.name, "day": day_short(step.due_on)}
        for step in line.steps
    )
    return Row((
        Cell(f"{line.letter}  {line.name}", note=line.facts),
        Cell(line.value, note=line.before, href=line.receipt, number=True, strong=True),
        Cell(line.finding, note=f"{line.problem}." if line.problem else ""),
        Cell(line.owner),
        Cell(steps or "–"),
    ))  # fmt: skip


def bridge(reading: Reading) -> list[Block]:
    """What became of the revenue of the same customers; nothing where there is none or it is not shown."""
    found = sections.bridge(reading)
    if not found:
        return []
    question = _("What became of the revenue of the same customers, twelve months against the twelve before?")
    return [Block(found["title"], f"{question} {found['cut']}".strip(), drawing=printed(found["chart"]))]


def contracts(reading: Reading) -> Block:
    rows = tuple(
        Row((Cell(f.name), Cell(f.value, href=f.href, number=True, strong=True), Cell(f.note)))
        for f in sections.contract_figures(reading)
    )
    question = _("Service contracts in force, what a year of them is worth, and what ends next.")
    return Block(
        sections.contracts_title(reading), question, heads=(_("Figure"), _("Value"), _("Beside it")), rows=rows
    )


def ages(reading: Reading) -> list[Block]:
    if not reading.now["assets_in_service"].count:
        return []
    question = _("Machines in service by full years since their installation.")
    return [Block(sections.base_title(reading), question, drawing=printed(sections.ages(reading)))]
