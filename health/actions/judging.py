"""Judgements by hand: given with a reason and a last day, taken back."""

from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.models import User
from health.models import Judgement
from installed_base.models import Account

MOST_DAYS = 366


def judge(*, account: Account, value: int, reason: str, counts_until: date, by: User, on: date) -> Judgement:
    """What somebody thinks of a customer, in points of 0 to 100. It takes the place of the one before."""
    if not reason.strip():
        raise ValidationError(_("Say why: a figure without a reason helps nobody."))
    if not 0 <= value <= 100:
        raise ValidationError(_("A judgement lies between 0 and 100."))
    if not on <= counts_until <= on + timedelta(days=MOST_DAYS):
        raise ValidationError(_("It counts from today, for a year at most."))
    with audited(by=by, why="health.judge"):
        row = Judgement.objects.create(
            account=account, value=value, reason=reason.strip(), on=on, counts_until=counts_until, by=by, known_on=on
        )
        touch("judgement", [row.pk], since=on, account_of={row.pk: account.pk})
        return row


def withdraw_judgement(*, judgement: Judgement, by: User, on: date) -> Judgement:
    """Take it back: from that day on the score does without, and an earlier one that still stands counts again."""
    with audited(by=by, why="health.withdraw_judgement"):
        row: Judgement = Judgement.objects.select_for_update().get(pk=judgement.pk)
        if row.withdrawn_on:
            raise ValidationError(_("This judgement was taken back already."))
        row.withdrawn_on, row.withdrawn_by = on, by
        row.save(update_fields=["withdrawn_on", "withdrawn_by"])
        touch("judgement", [row.pk], since=on, account_of={row.pk: row.account_id})
        return row
