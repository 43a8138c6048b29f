"""An account plan as a paper: aim, situation, opportunities, risks, decision, actions by quarter."""

from datetime import date
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from core.display import day, day_long, day_short, money, number, percent
from core.free_text import free_text
from core.reach import reach_of
from dashboards.papers.content import Asked, Block, Cell, Paper, Row
from dashboards.papers.review import paragraphs
from dashboards.plans.content import points, quarters, standfirst, suggested
from dashboards.plans.situation import situation
from expansion.models import AccountPlan


def plan(row: AccountPlan, asked: Asked) -> Paper:
    """As the page shows it to this reader, without what is only for changing it."""
    now, written = situation(row, asked.actor, asked.on), points(row, asked.actor)
    hinted, by_quarter = suggested(row, asked.actor, asked.on), quarters(row, asked.actor, asked.on)
    aim = _free(row.aim, asked) or (_("Not written yet: what should be true of this customer at the end of the year?"),)
    return Paper(
        title=_("%(name)s, plan %(year)s") % {"name": row.account, "year": row.year},
        lead=standfirst(by_quarter, asked.actor, asked.on),
        on=asked.on,
        address=reverse("dashboards:plan", args=[row.pk]),
        blocks=(
            Block(_("Aim"), words=aim),
            *_situation(row, now, asked),
            _points(_("Opportunities"), written["opportunity"], hinted["opportunity"], asked),
            _points(_("Risks"), written["risk"], hinted["risk"], asked),
            _decision(row, now, asked),
            _actions(by_quarter, asked),
        ),
    )


def _free(text: str, asked: Asked) -> tuple[str, ...]:
    return tuple(paragraphs(str(free_text(text, asked.actor))))


def _situation(row: AccountPlan, now: dict[str, Any], asked: Asked) -> list[Block]:
    prices = reach_of(asked.actor).sees_prices
    machines = now["machines"]
    lines = [
        _facts(
            _("Machines"), number(machines["total"]), _("%(n)s under contract") % {"n": number(machines["covered"])}
        ),
        _facts(_("Up to 5 years"), number(machines["young"])),
        _facts(_("5 to 10 years"), number(machines["middle"])),
        _facts(_("10 years or more"), number(machines["old"])),
        _facts(_("Health"), number(now["score"]), ""),
        _facts(_("Last talk about growth"), day(now["talked_on"]) if now["talked_on"] else _("never")),
    ]
    if prices:
        change = percent(now["change"]) if now["change"] else ""
        lines.append(_facts(_("Revenue of 12 months"), money(now["last_value"]), change))
    found = [Block(_("Current situation"), words=_free(row.situation, asked), heads=("", "", ""), rows=tuple(lines))]
    if now["contracts"]:
        heads = (_("Contract"), _("Ends on"), *((_("A year"),) if prices else ()))
        found.append(Block(_("Contracts"), heads=heads, rows=tuple(_contract(c, prices) for c in now["contracts"])))
    if now["people"]:
        rows = tuple(_person(p, reach_of(asked.actor).sees_names) for p in now["people"])
        found.append(Block(_("People"), heads=(_("Who"), _("Role"), _("Last talk")), rows=rows))
    return found


def _facts(name: str, value: str, beside: str = "") -> Row:
    return Row((Cell(name), Cell(value, number=True, strong=True), Cell(beside)))


def _contract(row: dict[str, Any], prices: bool) -> Row:
    machines = ngettext("%(n)s machine", "%(n)s machines", row["machines"]) % {"n": number(row["machines"])}
    note = ", ".join(part for part in (row["level"], machines) if part)
    worth = (Cell(money(row["year_value"]), number=True),) if prices else ()
    return Row(
        (Cell(row["number"], note=note), Cell(day(row["ends_on"]) if row["ends_on"] else _("open-ended")), *worth)
    )


def _person(row: dict[str, Any], names: bool) -> Row:
    who = row["name"] if names else row["title"] or row["role"]
    part = ", ".join(part for part in (row["role"], row["part"]) if part)
    return Row((Cell(who), Cell(part), Cell(day(row["spoken_on"]) if row["spoken_on"] else _("never"))))


def _points(title: str, written: list[Any], hinted: list[Any], asked: Asked) -> Block:
    rows = [
        Row((
            Cell(free_text(p.text, asked.actor)),
            Cell(_ended(p.get_outcome_display(), p.ended_on) if p.ended_on else p.get_kind_display()),
        ))
        for p in written
    ]  # fmt: skip
    rows += [Row((Cell(h["text"]), Cell(_("from the data")))) for h in hinted]
    if not rows:
        return Block(title, words=(_("Nothing is written down, and the data suggest nothing."),))
    return Block(title, heads=(_("What"), _("How it stands")), rows=tuple(rows))


def _ended(outcome: Any, on: date) -> str:
    return f"{outcome}, {day(on)}"


def _decision(row: AccountPlan, now: dict[str, Any], asked: Asked) -> Block:
    names = reach_of(asked.actor).sees_names
    said = [day_long(row.decision_on)] if row.decision_on else []
    said += _free(row.decision, asked)
    said += [f"{p['name'] if names else p['title'] or p['role']}: {p['part']}" for p in now["people"] if p["part"]]
    return Block(
        _("Decision"),
        _("When it is decided, how, and by whom"),
        words=tuple(said) or (_("Not known yet: which budget, which meeting, and who can say no?"),),
    )


def _actions(by_quarter: list[dict[str, Any]], asked: Asked) -> Block:
    rows: list[Row] = []
    for quarter in by_quarter:
        rows.append(Row((Cell(quarter["name"], strong=True),), is_head=True))
        rows += [_action(action, asked) for action in quarter["actions"]]
        if not quarter["actions"]:
            rows.append(Row((Cell(_("nothing agreed")), Cell(""), Cell(""))))
    return Block(_("Actions by quarter"), heads=(_("What"), _("Who"), _("By when")), rows=tuple(rows))


def _action(action: Any, asked: Asked) -> Row:
    task = action.task
    when = _("done %(day)s") % {"day": day_short(task.done_on)} if task.done_on else day_short(task.due_on)
    return Row((Cell(free_text(task.title, asked.actor)), Cell(task.owner.name), Cell(when)))
