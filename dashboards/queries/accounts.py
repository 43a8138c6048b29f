"""The list of accounts: a page of them with what they have."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce, Lower

from core.models import User
from core.paging import Page, page_of
from health.models import Score
from health.queries import Standing, standing_of
from health.rules import Tier
from installed_base.metrics.asof import covered_assets, stood, terms_in_force
from installed_base.models import Account, AccountPeriod, Asset
from renewals.models import Renewal

ORDERS = {
    "name": ("shown_name", "pk"),
    "-name": ("-shown_name", "-pk"),
    "machines": ("machines", "pk"),
    "-machines": ("-machines", "-pk"),
    "value": ("contracted", "pk"),
    "-value": ("-contracted", "-pk"),
    "score": ("shown_score", "pk"),
    "-score": ("-shown_score", "-pk"),
}
# A customer without a score stands behind the healthiest.
NO_SCORE = Decimal(101)
NONE = Value(Decimal(0))


@dataclass
class Line:
    """One account of the list. `value` is a year's contracted value in the reporting currency; None if unknown."""

    account: Account
    owner: Any
    machines: int
    uncovered: int
    value: Decimal | None
    standing: Standing | None
    decides_on: date | None
    place: str = ""

    @property
    def tier(self) -> Tier:
        return self.standing.tier if self.standing else Tier.UNKNOWN

    @property
    def score(self) -> Decimal | None:
        return self.standing.score if self.standing else None


def accounts(user: User) -> QuerySet[Account]:
    """Accounts this user sees; a merged one stands under its survivor."""
    return Account.objects.visible_to(user).filter(merged_into__isnull=True).select_related("owner")


def lines(rows: QuerySet[Account], user: User, on: date, *, sort: str, cursor: str, past: bool = False) -> Page:
    """A page of `Line`s. The page is found first, what its accounts have is read for them alone."""
    page = page_of(_sortable(rows, user, sort, on), ORDERS[sort], cursor=cursor)
    ids = [account.pk for account in page.rows]
    machines, values, standings = _machines(ids, user, on), values_of(ids, on), standing_of(ids, on)
    decided = {} if past else decisions(ids, user)
    owners = _owners_then(ids, on) if past else {}
    found = [
        Line(
            account=account,
            owner=owners.get(account.pk, account.owner),
            machines=machines.get(account.pk, (0, 0))[0],
            uncovered=machines.get(account.pk, (0, 0))[1],
            value=values.get(account.pk, Decimal(0)),
            standing=standings.get(account.pk),
            decides_on=decided.get(account.pk),
        )
        for account in page.rows
    ]
    return Page(found, page.newer, page.older)


def _sortable(rows: QuerySet[Account], user: User, sort: str, on: date) -> QuerySet[Account]:
    """Only the key that is sorted by is computed for every account."""
    if sort.endswith("name"):
        return rows.annotate(shown_name=Lower("name"))
    if sort.endswith("machines"):
        here = Asset.objects.visible_to(user).in_service(on).filter(account=OuterRef("pk")).order_by().values("account")
        return rows.annotate(machines=Coalesce(Subquery(here.annotate(n=Count("pk")).values("n")), 0))
    if sort.endswith("score"):
        scores = Score._base_manager.filter(account=OuterRef("pk"), on__lte=on).order_by("-on").values("score")[:1]
        return rows.annotate(shown_score=Coalesce(Subquery(scores), Value(NO_SCORE)))
    terms = terms_in_force(on).filter(contract__account=OuterRef("pk")).order_by().values("contract__account")
    total = terms.annotate(total=Sum("held__annual_value_reporting")).values("total")
    return rows.annotate(contracted=Coalesce(Subquery(total), NONE))


def _machines(ids: list[int], user: User, on: date) -> dict[int, tuple[int, int]]:
    """Machines in service per account, and how many of them no contract covers."""
    bare = ~Exists(covered_assets(on).filter(asset=OuterRef("pk")))
    rows = Asset.objects.visible_to(user).in_service(on).filter(account_id__in=ids).annotate(bare=bare).order_by()
    counted = rows.values("account_id").annotate(n=Count("pk"), without=Count("pk", filter=Q(bare=True)))
    return {row["account_id"]: (row["n"], row["without"]) for row in counted}


def values_of(ids: list[int], on: date) -> dict[int, Decimal | None]:
    """A year's value per account; None where terms run whose values are all unknown."""
    rows = terms_in_force(on).filter(contract__account_id__in=ids).order_by().values("contract__account_id")
    totals = rows.annotate(total=Sum("held__annual_value_reporting"))
    return dict(totals.values_list("contract__account_id", "total"))


def decisions(ids: list[int], user: User) -> dict[int, date]:
    """The nearest day on which an open renewal decides."""
    rows = Renewal.objects.visible_to(user).filter(account_id__in=ids).open().order_by("account_id", "decides_on")
    return dict(rows.distinct("account_id").values_list("account_id", "decides_on"))


def _owners_then(ids: list[int], on: date) -> dict[int, Any]:
    periods = AccountPeriod.objects.filter(stood(on), account_id__in=ids).select_related("owner")
    return {period.account_id: period.owner for period in periods}


def countries(user: User) -> list[str]:
    """Countries in which this user sees accounts."""
    rows = Account.objects.visible_to(user).exclude(country="").order_by("country")
    return list(rows.values_list("country", flat=True).distinct()[:80])
