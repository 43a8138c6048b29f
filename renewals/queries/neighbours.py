"""What stands beside the contract of a renewal: others of its customer that can be brought together with it."""

from datetime import date
from typing import Any

from core.models import User
from installed_base.models import Term
from renewals.models import Renewal


def beside(row: Renewal, user: User) -> Any:
    """Other open renewals of the same customer that this user may change."""
    rows = Renewal.objects.changeable_by(user).open().filter(account=row.account_id).exclude(pk=row.pk)
    return rows.select_related("term", "term__contract").order_by("decides_on", "pk")


def may_replace(row: Renewal, user: User, on: date) -> Any:
    """Signed terms of the same customer that start after this one did, and belong to another contract."""
    rows = Term.objects.visible_to(user).signed(on).filter(contract__account=row.account_id, terminated_on=None)
    rows = rows.filter(starts_on__gt=row.term.starts_on).exclude(contract=row.term.contract_id)
    return rows.select_related("contract").order_by("starts_on", "pk")
