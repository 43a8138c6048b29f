"""The invoice schedule of what was sold once: planned rows of the ledger, which never count as revenue."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import Organisation
from installed_base.models import Account, Asset, LedgerEntry


class PlanRefused(ValueError):
    """Why it cannot be planned, as a sentence for the person who asked."""


@dataclass(frozen=True)
class Instalment:
    """One invoice to come, in the reporting currency."""

    on: date
    amount: Decimal


def plan_instalments(
    *, account: Account, key: str, stream: str, instalments: Sequence[Instalment], by: Any, on: date,
    asset: Asset | None = None,
) -> None:  # fmt: skip
    """Write these invoices as planned rows, their keys counting on from `key`: a posted row of a key replaces it."""
    currency = Organisation.objects.ours().reporting_currency
    with audited(by=by, why="installed_base.plan_instalments"):
        rows = LedgerEntry.objects.bulk_create(
            LedgerEntry(
                account=account,
                state=LedgerEntry.State.PLANNED,
                stream=stream,
                on=part.on,
                amount=part.amount,
                currency=currency,
                amount_reporting=part.amount,
                asset=asset,
                product=asset.product if asset else None,
                plan_key=f"{key}/{number}",
                known_on=on,
            )
            for number, part in enumerate(instalments, start=1)
        )
        _touch(rows, account)


def withdraw_plan(*, account: Account, key: str, by: Any, on: date) -> int:
    """Take the schedule of this key back; how many rows. Refused once one of them was invoiced."""
    with audited(by=by, why="installed_base.withdraw_plan"):
        mine = LedgerEntry.objects.filter(account=account, plan_key__startswith=f"{key}/")
        if mine.filter(state=LedgerEntry.State.POSTED).exists():
            raise PlanRefused(_("A part of it was invoiced already."))
        rows = list(mine)
        _touch(rows, account)
        mine.delete()
        return len(rows)


def _touch(rows: Sequence[LedgerEntry], account: Account) -> None:
    if rows:
        touch(
            "ledger", [r.pk for r in rows], since=min(r.on for r in rows), account_of={r.pk: account.pk for r in rows}
        )
