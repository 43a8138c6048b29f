"""Writes of what is spent on marketing and sales, by calendar month (LG-03)."""

from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.display import money
from core.models import Organisation, User
from core.money import in_reporting
from sales.models import LeadSource, Spend
from sales.rules.spend import Cell, Entry, is_fixed, refusal, standing
from sales.words.spend import REFUSALS, said


def enter_spend(*, entries: Sequence[Entry], by: User, on: date) -> int:
    """Write all of these or none; how many were changed. An empty amount takes the entry away: it is unknown again.

    ValidationError names every cell that cannot be, that changed since it was seen, or that holds several entries.
    """
    ours = Organisation.objects.ours().reporting_currency
    with audited(by=by, why="sales.enter_spend"):
        held = _held(entry.cell for entry in entries)
        names = _names(entry.cell for entry in entries)
        wrong = [_refused(entry, held.get(entry.cell, []), ours, on) for entry in entries]
        if any(wrong):
            told = [f"{said(e.cell, names)}: {words}" for e, words in zip(entries, wrong, strict=True) if words]
            raise ValidationError(told)
        ids = [_write(entry, held.get(entry.cell, []), ours, on) for entry in entries]
        if entries:
            touch("spend", ids, since=min(entry.cell.month for entry in entries))
    return len(ids)


def _names(cells: Iterable[Cell]) -> dict[int, str]:
    return dict(
        LeadSource.objects.filter(pk__in={c.source for c in cells if c.source is not None}).values_list("pk", "name")
    )


def _held(cells: Iterable[Cell]) -> dict[Cell, list[Spend]]:
    """What stands in these cells, locked."""
    wanted = set(cells)
    rows = Spend._base_manager.filter(month__in={cell.month for cell in wanted}).select_for_update().order_by("pk")
    found: dict[Cell, list[Spend]] = {}
    for row in rows:
        found.setdefault(Cell(row.month, row.kind, row.lead_source_id), []).append(row)
    return {cell: rows for cell, rows in found.items() if cell in wanted}


def _refused(entry: Entry, rows: list[Spend], currency: str, on: date) -> str:
    stands = standing(rows)
    if words := refusal(entry.amount, entry.cell.month, on):
        return str(REFUSALS[words])
    if is_fixed(rows, currency):
        return _("several entries stand there, or one in another currency. Change those by themselves.")
    if stands != entry.seen:
        amount = _("nothing") if stands is None else money(stands, currency, 2)
        return _("somebody else changed it to %(amount)s meanwhile. Look at it again.") % {"amount": amount}
    return ""


def _write(entry: Entry, rows: list[Spend], currency: str, on: date) -> int:
    row = rows[0] if rows else Spend(month=entry.cell.month, kind=entry.cell.kind, lead_source_id=entry.cell.source)
    if entry.amount is None:
        pk = row.pk
        if rows:
            row.delete()
        return pk or 0
    row.amount = row.amount_reporting = entry.amount
    row.currency = currency
    if not rows:
        row.known_on = on
    row.save()
    return row.pk


def record_spend(
    *, month: date, kind: str, amount: Decimal, by: User, on: date, lead_source: LeadSource | None = None,
    currency: str = "", note: str = "",
) -> Spend:  # fmt: skip
    """Write down one entry, in any currency; ValidationError where it cannot be, or one stands there already."""
    first = month.replace(day=1)
    if words := refusal(amount, first, on):
        raise ValidationError(f"{_place(first, kind, lead_source)}: {REFUSALS[words]}")
    own = currency or Organisation.objects.ours().reporting_currency
    with audited(by=by, why="sales.record_spend"):
        if known := Spend._base_manager.filter(month=first, kind=kind, lead_source=lead_source, external_id="").first():
            raise ValidationError(_("That month has an entry already: change number %(id)s.") % {"id": known.pk})
        row = Spend.objects.create(
            month=first, kind=kind, lead_source=lead_source, amount=amount, currency=own,
            amount_reporting=in_reporting(amount, own, first), note=note.strip(), known_on=on,
        )  # fmt: skip
        touch("spend", [row.pk], since=first)
    return row


def _place(month: date, kind: str, source: LeadSource | None) -> str:
    return said(Cell(month, kind, source.pk if source else None), {source.pk: source.name} if source else {})


def change_spend(*, spend: Spend, by: User, on: date, amount: Decimal | None = None, note: str | None = None) -> Spend:
    """Another amount in the currency of the entry, or another note."""
    if words := refusal(amount, spend.month, on):
        raise ValidationError(f"{_place(spend.month, spend.kind, spend.lead_source)}: {REFUSALS[words]}")
    with audited(by=by, why="sales.change_spend"):
        row: Spend = Spend._base_manager.select_for_update().get(pk=spend.pk)
        if amount is not None:
            row.amount = amount
            row.amount_reporting = in_reporting(amount, row.currency, row.month)
        if note is not None:
            row.note = note.strip()
        row.save()
        touch("spend", [row.pk], since=row.month)
    return row
