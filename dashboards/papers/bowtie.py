"""The bowtie, a stage and the cohorts as papers."""

from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from core import opening
from core.calendar import add_months
from core.charts.bowtie import draw_bowtie
from core.charts.printed import printed
from core.display import day_long, number
from core.metrics import Unit
from core.reach import sees_prices
from dashboards import wording
from dashboards.bowtie import sections
from dashboards.bowtie.cohort_page import lines
from dashboards.bowtie.frames import cohorts as cohorts_of
from dashboards.bowtie.picture import picture
from dashboards.bowtie.places import BY_SLUG, metrics_of
from dashboards.bowtie.reading import Reading, read
from dashboards.bowtie.stage_page import breakdown, questions, read_stage, retention_sentence, standfirst
from dashboards.bowtie.stages import HEADLINE, HEADS, MORE, NAMES
from dashboards.papers import told
from dashboards.papers.content import Asked, Block, Cell, Paper, Row
from dashboards.queries.cohorts import revenue_by_window, windows

AGAINST = "against"


def address(name: str, asked: Asked, *args: Any) -> str:
    """The page as of the day, narrowed the same way."""
    return f"{reverse(name, args=args)}?{urlencode(asked.permanent)}"


def bowtie(asked: Asked) -> Paper:
    """The whole page: heads, picture, leaks, the bridge, contracts and the base. Raises WrongFilter."""
    compared = None if asked.query.get(AGAINST) == "nothing" else add_months(asked.on, -12)
    filters = told.narrowing(asked.query, asked.actor)
    reading = read(
        on=asked.on,
        compared_on=compared,
        actor=asked.actor,
        filters=filters,
        currency=opening.ours().reporting_currency,
        query={"as_of": asked.on.isoformat()} | told.of_filters(asked.query),
    )
    empty = reading.is_empty or reading.is_waiting
    return Paper(
        title=_("The bowtie"),
        lead=_nothing(reading) if empty else sections.standfirst(reading),
        on=asked.on,
        address=address("dashboards:bowtie", asked),
        narrowed=told.narrowed(asked.query, asked.actor),
        compared_on=compared,
        figures=() if empty else told.figures(reading, (*(key for key, _more in HEADS), HEADLINE, *MORE)),
        blocks=() if empty else tuple(_of_bowtie(reading, asked.actor)),
        wide=True,
    )


def _nothing(reading: Reading) -> str:
    return reading.why_waiting if reading.is_waiting else _("There is nothing to draw on this day with these filters.")


def _of_bowtie(reading: Reading, actor: Any) -> list[Block]:
    drawn = picture(reading, tuple(str(name) for name in NAMES))
    said = _("Twelve months to %(on)s.") % {"on": day_long(reading.on)}
    if reading.compared_on:
        outline = _("The dashed outline is the same picture on %(then)s.") % {"then": day_long(reading.compared_on)}
        said = f"{said} {outline}"
    others = ("installed_base_nrr", "churned_customers", "revenue_per_customer", "quiet_customers")
    base = ("assets_in_service", "assets_end_of_life", "attach_rate", "assets_uncovered")
    return [
        Block(_("Five stages"), said, drawing=printed(draw_bowtie(drawn))),
        told.leaks(reading, actor),
        *told.bridge(reading),
        _metrics(reading, _("Do customers stay and keep buying?"), others),
        told.contracts(reading),
        *told.ages(reading),
        _metrics(reading, _("What stands in the field"), base),
    ]


def _metrics(reading: Reading, title: str, keys: tuple[str, ...]) -> Block:
    rows = tuple(told.metric_row(reading, key) for key in keys if key in reading.now)
    return Block(title, heads=told.metric_heads(), rows=rows)


def stage(asked: Asked) -> Paper:
    """One of the five stage pages. Raises WrongFilter, and KeyError for a stage that is not there."""
    page = BY_SLUG[asked.subject]
    compared = add_months(asked.on, -12)
    reading = read_stage(
        page,
        on=asked.on,
        compared_on=compared,
        actor=asked.actor,
        filters=told.narrowing(asked.query, asked.actor),
        currency=opening.ours().reporting_currency,
        query={"as_of": asked.on.isoformat()} | told.of_filters(asked.query),
    )
    keys = tuple(m.key for m in metrics_of(page))
    said = retention_sentence(reading) if page.slug == "expansion" else ""
    return Paper(
        title=_("Stage %(number)s: %(name)s") % {"number": page.number, "name": page.name},
        lead=f"{page.question} {said or standfirst(page, reading)}",
        on=asked.on,
        address=address("dashboards:stage", asked, page.slug),
        narrowed=told.narrowed(asked.query, asked.actor),
        compared_on=compared,
        figures=told.figures(reading, keys[:8]),
        blocks=() if reading.is_waiting else tuple(_of_stage(page, reading, keys, asked)),
        notice=reading.why_waiting if reading.is_waiting else "",
    )


def _of_stage(page: Any, reading: Reading, keys: tuple[str, ...], asked: Asked) -> list[Block]:
    blocks = []
    if page.places:
        blocks.append(told.leaks(reading, asked.actor, page.places))
    if page.slug == "expansion":
        blocks += [*told.bridge(reading), told.contracts(reading), *told.ages(reading)]
    if keys[8:]:
        blocks.append(_metrics(reading, _("All figures of this stage"), keys[8:]))
    if not told.of_filters(asked.query):
        blocks += [_cuts(page, reading, group) for group in breakdown(page, reading, asked.actor)]
    for group in questions(page, reading):
        blocks.append(Block(group["name"], words=tuple(group["asks"]), numbered=True))
    return blocks


def _cuts(page: Any, reading: Reading, group: dict[str, Any]) -> Block:
    rows = tuple(
        Row((
            Cell(cut.name, tone=cut.status),
            Cell(cut.value, href=cut.receipt, number=True, strong=True),
            Cell(cut.counts),
        ))
        for cut in group["rows"]
    )  # fmt: skip
    name = reading.now[page.headline].metric.name
    return Block(f"{name} · {group['name']}", heads=(group["name"], _("Value"), _("Rows")), rows=rows)


def cohorts(asked: Asked) -> Paper:
    """Revenue by the year customers began in; a sentence for who sees no prices. Raises WrongFilter."""
    filters = told.narrowing(asked.query, asked.actor)
    shown, currency = sees_prices(asked.actor), opening.ours().reporting_currency
    rows = revenue_by_window(on=asked.on, actor=asked.actor, filters=filters) if shown else []
    spans = windows(asked.on)
    found = lines(cohorts_of(rows), spans, lambda amount: wording.said(Unit.MONEY, amount, currency))
    heads = (
        _("Began in"),
        _("Customers"),
        _("first year"),
        *(_("year %(n)s") % {"n": n + 1} for n in range(1, len(spans))),
    )
    table = Block(
        _("Revenue by cohort"),
        _("Each window is twelve months to the day that is shown; rows with a period count by days, as in the NRR."),
        heads=heads,
        rows=tuple(_cohort(line) for line in found),
    )
    lead = _(
        "Customers by the twelve months in which their first revenue fell, and what they bring since, as a share of "
        "those first twelve months."
    )
    return Paper(
        title=_("Revenue by cohort"),
        lead=lead if shown else _("Your role does not see prices and contract values."),
        on=asked.on,
        address=address("dashboards:cohorts", asked),
        narrowed=told.narrowed(asked.query, asked.actor),
        blocks=(table,) if found else (),
        notice="" if found or not shown else _("No revenue yet"),
        wide=True,
    )


def _cohort(line: Any) -> Row:
    cells = [Cell(cell.kept, note=cell.money, number=True, tone=f"cohort-{cell.tone}") for cell in line.cells]
    empty = [Cell("") for _year in range(line.empty)]
    return Row((Cell(line.name, strong=True), Cell(number(line.customers), number=True), *cells, *empty))
