"""Cells of the whitespace matrix: why a customer does not buy, and the deal that tries it (WS-03)."""

from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import Owner, User
from expansion.models import CellAnswer, CellDeal
from installed_base.models import Account, Product
from sales.actions import Line, create_opportunity
from sales.models import Opportunity

SUBJECT = "cell_answer"
State = CellAnswer.State


def say_of_cell(
    *,
    account: Account,
    column: str,
    state: str,
    by: User,
    on: date,
    competitor: str = "",
    note: str = "",
    again_on: date | None = None,
) -> CellAnswer:
    """Write down why a customer does not buy a column; what was said before ends. `again_on` belongs to a refusal.

    Raises ValidationError for a state that is none, and a refusal without a later day on which to ask again.
    """
    if state not in State.values:
        raise ValidationError(_("Choose what the customer does instead."))
    declined = state == State.DECLINED
    if declined and (again_on is None or again_on <= on):
        raise ValidationError(_("Say from which later day it may be asked again."))
    with audited(by=by, why="expansion.say_of_cell"):
        Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
        _end(account, column, by, on)
        row = CellAnswer.objects.create(
            account=account,
            column=column,
            state=state,
            competitor=competitor.strip() if state == State.COMPETITOR else "",
            note=note.strip(),
            known_on=on,
            said_by=by,
            again_on=again_on if declined else None,
        )
        touch(SUBJECT, [row.pk], since=on, account_of={row.pk: account.pk})
    return row


def take_back_answer(*, answer: CellAnswer, by: User, on: date) -> None:
    """It no longer holds: the cell is unknown again. Raises ValidationError for one that ended already."""
    with audited(by=by, why="expansion.take_back_answer"):
        row = CellAnswer.objects.select_for_update().get(pk=answer.pk)
        if row.ended_on is not None:
            raise ValidationError(_("This was taken back, or said anew, already."))
        _end(row.account, row.column, by, on)
        touch(SUBJECT, [row.pk], since=on, account_of={row.pk: row.account_id})


def _end(account: Account, column: str, by: User, on: date) -> None:
    CellAnswer.objects.filter(account=account, column=column, ended_on__isnull=True).update(ended_on=on, ended_by=by)


def open_from_cell(
    *,
    account: Account,
    column: str,
    kind: str,
    name: str,
    owner: Owner,
    by: User,
    on: date,
    value: Decimal | None = None,
    expected_close_on: date | None = None,
    product: Product | None = None,
) -> Opportunity:
    """Open an opportunity about a cell. The deal keeps its column, and its line the product where one is named.

    Raises ValidationError where one about this cell is open already.
    """
    with audited(by=by, why="expansion.open_from_cell"):
        Account.objects.select_for_update(of=("self",)).get(pk=account.pk)
        if CellDeal.objects.filter(
            column=column, opportunity__account=account, opportunity__closed_on__isnull=True
        ).exists():
            raise ValidationError(_("A deal about this is open already; go on with that one."))
        deal = create_opportunity(
            account=account,
            kind=kind,
            name=name,
            owner=owner,
            by=by,
            on=on,
            value=value,
            expected_close_on=expected_close_on,
            lines=[Line(product_id=product.pk, value=value)] if product else (),
        )
        CellDeal.objects.create(opportunity=deal, column=column)
    return deal
