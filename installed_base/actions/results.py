"""Results that were promised and what came of them: before and after, in the customer's own figures (AD-14)."""

from datetime import date
from decimal import Decimal

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from installed_base.models import Account, Asset, RoiRecord
from installed_base.rules.returns import Inputs, to_json, worth_of, wrong_in


class ResultRefused(ValueError):
    """Why it cannot be written down, as a sentence for the person who asked."""


def agree_result(
    *,
    account: Account,
    goal: str,
    agreed_on: date,
    by: User,
    on: date,
    asset: Asset | None = None,
    unit: str = "",
    before: Decimal | None = None,
    promised: Decimal | None = None,
    inputs: Inputs | None = None,
    note: str = "",
) -> RoiRecord:
    """Agree on a result with the customer; with `inputs` of the calculator, its worth a year is kept with it."""
    if agreed_on > on:
        raise ResultRefused(_("That day has not come yet; choose today or earlier."))
    if asset is not None and asset.account_id != account.pk:
        raise ResultRefused(_("This machine does not stand at this account."))
    asked = inputs or Inputs()
    _check(asked)
    with audited(by=by, why="installed_base.agree_result"):
        row = RoiRecord.objects.create(
            account=account,
            asset=asset,
            goal=goal.strip(),
            unit=unit.strip(),
            before=before,
            promised=promised,
            agreed_on=agreed_on,
            inputs=to_json(asked) if inputs else {},
            worth_reporting=worth_of(asked).total,
            note=note.strip(),
            known_on=on,
        )
        _touch(row, agreed_on)
    return row


def realise_result(
    *, result: int, realised: Decimal | None, realised_on: date | None, by: User, on: date, inputs: Inputs | None = None
) -> RoiRecord:
    """Customer and we agree that it came about on that day; None takes it back. `inputs` are the figures of now."""
    with audited(by=by, why="installed_base.realise_result"):
        row: RoiRecord = RoiRecord.objects.changeable_by(by).select_for_update(of=("self",)).get(pk=result)
        if realised_on is not None and realised_on > on:
            raise ResultRefused(_("That day has not come yet; choose today or earlier."))
        if realised_on is not None and realised_on < row.agreed_on:
            raise ResultRefused(_("That lies before the goal was agreed."))
        since = min(d for d in (row.realised_on, realised_on, on) if d)
        row.realised, row.realised_on = realised, realised_on
        row.realised_by = by if realised_on else None
        fields = ["realised", "realised_on", "realised_by"]
        if inputs is not None:
            _check(inputs)
            row.inputs, row.worth_reporting = to_json(inputs), worth_of(inputs).total
            fields += ["inputs", "worth_reporting"]
        row.save(update_fields=fields)
        _touch(row, since)
    return row


def _check(asked: Inputs) -> None:
    if wrong_in(asked):
        raise ResultRefused(
            _("Of these figures one cannot be: none lies below zero, and scrap is at most 100 percent.")
        )


def _touch(row: RoiRecord, since: date) -> None:
    touch("roi", [row.pk], since=since, account_of={row.pk: row.account_id})
