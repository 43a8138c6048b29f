"""The rows of the matrix: accounts of a reader, in an order that a page can continue."""

from datetime import date
from typing import Any

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower

from expansion.queries.whitespace.bought import bought
from expansion.rules.whitespace import WhitespacePolicy
from installed_base.models import Account, Asset

ORDERS = {
    "machines": ("-park", "pk"),
    "name": ("shown_name", "pk"),
}


def accounts(user: Any) -> QuerySet[Account]:
    """Accounts this user sees; a merged one stands under its survivor."""
    return Account.objects.visible_to(user).filter(merged_into__isnull=True).select_related("owner")


def named(rows: QuerySet[Account]) -> QuerySet[Account]:
    """With no more than the matrix itself shows and compares by."""
    return rows.select_related(None).only("name", "city", "country", "segment", "industry")


def sortable(rows: QuerySet[Account], user: Any, sort: str, on: date) -> Any:
    """With the key that is sorted by."""
    if sort == "name":
        return rows.annotate(shown_name=Lower("name"))
    here = Asset.objects.visible_to(user).in_service(on).filter(account=OuterRef("pk")).order_by().values("account")
    return rows.annotate(park=Coalesce(Subquery(here.annotate(n=Count("pk")).values("n")), 0))


def without(rows: QuerySet[Account], column: str, on: date, policy: WhitespacePolicy) -> QuerySet[Account]:
    """Accounts that have not bought a column."""
    taken = {holder for holder, key, _n, _amount in bought(on, policy) if key == column}
    return rows.exclude(pk__in=taken)


def largest(rows: QuerySet[Any], user: Any, on: date, most: int) -> list[Any]:
    """The accounts with most machines, for what is ranked over all of them."""
    return list(sortable(rows, user, "machines", on).order_by("-park", "pk")[:most])
