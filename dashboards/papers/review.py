"""A review of the bowtie as a paper: figures as they were on the table, leaks, notes, what was agreed."""

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from core import opening
from core.display import day, day_long, day_short
from dashboards.bowtie import review as reading
from dashboards.papers.content import Asked, Block, Cell, Paper, Row
from dashboards.wording import name_of
from playbooks.models import AgreedStep, Review


def review(shown: Review, asked: Asked) -> Paper:
    """With the figures it was closed on, or those of the day while it is open."""
    kept = shown.figures if shown.closed_on else _taken(shown, asked)
    steps = shown.steps.visible_to(asked.actor).select_related("owner").order_by("due_on", "pk")
    return Paper(
        title=f"{shown.get_kind_display()}, {day(shown.on)}",
        lead=_lead(shown),
        on=shown.closed_on or asked.on,
        address=reverse("dashboards:review", args=[shown.pk]),
        narrowed=((_("Team"), shown.team.name),) if shown.team else (),
        blocks=(
            *(_stage(group) for group in reading.groups(shown, kept, asked.actor)),
            *_leaks(reading.leaks(shown, kept, asked.actor)),
            Block(_("Notes"), words=tuple(paragraphs(shown.notes)) or (_("Nothing was noted."),)),
            _agreed(list(steps)),
        ),
    )


def _taken(shown: Review, asked: Asked) -> dict[str, Any]:
    currency = opening.ours().reporting_currency
    return reading.taken(shown, on=asked.on, actor=asked.actor, currency=currency)


def _lead(shown: Review) -> str:
    if shown.closed_on:
        return _("Closed on %(day)s, with the figures of that day.") % {"day": day_long(shown.closed_on)}
    return _("Open: the figures are those of today until it is closed.")


def paragraphs(text: str) -> list[str]:
    """What somebody wrote, line by line."""
    return [line for line in text.splitlines() if line.strip()]


def _stage(group: dict[str, Any]) -> Block:
    page = group["page"]
    return Block(
        f"{page.number} · {page.name}",
        " ".join(group["asks"]),
        heads=(_("Figure"), _("Value"), _("Target"), _("A year before")),
        rows=tuple(_row(row) for row in group["rows"]),
        words=() if group["rows"] else (_("No figure of this stage yet."),),
    )


def _row(row: dict[str, Any]) -> Row:
    return Row((
        Cell(row["name"], tone=row["status"]),
        Cell(row["value"], href=row["receipt"], number=True, strong=True),
        Cell(row["target"]),
        Cell(row["before"] or "–"),
    ))  # fmt: skip


def _leaks(rows: list[dict[str, Any]]) -> list[Block]:
    if not rows:
        return []
    told = tuple(
        Row((
            Cell(row["name"]),
            Cell(row["value"], href=row["receipt"], number=True, strong=True),
            Cell(row["before"] or "–", number=True),
        ))
        for row in rows
    )  # fmt: skip
    return [Block(_("Where it leaks"), heads=(_("Leak"), _("Euros"), _("A year before")), rows=told)]


def _agreed(steps: list[AgreedStep]) -> Block:
    if not steps:
        return Block(_("What was agreed"), words=(_("Nothing was agreed."),))
    rows = tuple(
        Row((
            Cell(step.title, note=name_of(step.metric)),
            Cell(step.owner.name),
            Cell(_("done on %(day)s") % {"day": day_short(step.done_on)} if step.done_on else day(step.due_on)),
        ))
        for step in steps
    )  # fmt: skip
    return Block(_("What was agreed"), heads=(_("What"), _("Who"), _("By when")), rows=rows)
