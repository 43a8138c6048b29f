"""What accounts are worth in a year, and whose they are: for lists of the lab and for groups."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.db.models import Sum

from installed_base.metrics.asof import terms_in_force


def contracted(ids: Iterable[int], on: date) -> dict[int, Decimal]:
    """The annual value of the contracts in force, by account, in the reporting currency. One query."""
    rows = terms_in_force(on).filter(contract__account__in=list(ids)).order_by().values("contract__account")
    found = rows.annotate(total=Sum("held__annual_value_reporting")).values_list("contract__account", "total")
    return {pk: total for pk, total in found if total is not None}
