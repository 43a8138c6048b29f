"""The list of accounts: a page of them with what they have."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery, Sum, TextField, Value
from django.db.models.functions import Cast, Coalesce, JSONObject, Lower

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
NOTHING = Decimal(0)
NONE = Value(NOTHING)


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


@dataclass(frozen=True)
class Has:
    """What one account has: machines in service, how many of them no contract covers, a year's value, the next day."""

    machines: int = 0
    uncovered: int = 0
    value: Decimal | None = NOTHING
    decides_on: date | None = None


def accounts(user: User) -> QuerySet[Account]:
    """Accounts this user sees; a merged one stands under its survivor."""
    return Account.objects.visible_to(user).filter(merged_into__isnull=True).select_related("owner")


def lines(rows: QuerySet[Account], user: User, on: date, *, sort: str, cursor: str, past: bool = False) -> Page:
    """A page of `Line`s. The page is found first, what its accounts have is read for them alone."""
    page = page_of(_sortable(rows, user, sort, on), ORDERS[sort], cursor=cursor)
    ids = [account.pk for account in page.rows]
    has, standings = has_of(ids, user, on), standing_of(ids, on)
    owners = _owners_then(ids, on) if past else {}
    found = [_line(row, owners.get(row.pk, row.owner), has.get(row.pk, Has()), standings, past) for row in page.rows]
    return Page(found, page.newer, page.older)


def _line(account: Account, owner: Any, has: Has, standings: dict[int, Standing], past: bool) -> Line:
    return Line(
        account=account,
        owner=owner,
        machines=has.machines,
        uncovered=has.uncovered,
        value=has.value,
        standing=standings.get(account.pk),
        decides_on=None if past else has.decides_on,
    )


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


def has_of(ids: list[int], user: User, on: date) -> dict[int, Has]:
    """What the accounts of a page have. One query."""
    rows = Account.objects.visible_to(user).filter(pk__in=ids).order_by()
    asked = rows.annotate(counted=_machines(user, on), worth=worth_of(on), decides_on=_decides(user))
    return {pk: _had(*found) for pk, *found in asked.values_list("pk", "counted", "worth", "decides_on")}


def _had(counted: Any, worth: Any, decides_on: date | None) -> Has:
    machines, uncovered = (counted["n"], counted["without"]) if counted else (0, 0)
    return Has(machines, uncovered, value_in(worth), decides_on)


def value_in(worth: Any) -> Decimal | None:
    """A year's value out of `worth_of`. Terms that run and whose values are all unknown make it unknown; where none
    runs it is nothing."""
    total = worth["total"] if worth else "0"
    return None if total is None else Decimal(total)


def _machines(user: User, on: date) -> Subquery:
    bare = ~Exists(covered_assets(on).filter(asset=OuterRef("pk")))
    rows = Asset.objects.visible_to(user).in_service(on).filter(account=OuterRef("pk")).annotate(bare=bare).order_by()
    counts = JSONObject(n=Count("pk"), without=Count("pk", filter=Q(bare=True)))
    return Subquery(rows.values("account").annotate(found=counts).values("found"))


def worth_of(on: date, account: str = "pk") -> Subquery:
    """What the terms of an account are worth a year, for rows that name it in that column; `value_in` reads it."""
    rows = terms_in_force(on).filter(contract__account=OuterRef(account)).order_by().values("contract__account")
    total = JSONObject(total=Cast(Sum("held__annual_value_reporting"), TextField()))
    return Subquery(rows.annotate(found=total).values("found"))


def _decides(user: User) -> Subquery:
    """The nearest day on which an open renewal decides."""
    rows = Renewal.objects.visible_to(user).open().filter(account=OuterRef("pk")).order_by("decides_on")
    return Subquery(rows.values("decides_on")[:1])


def _owners_then(ids: list[int], on: date) -> dict[int, Any]:
    periods = AccountPeriod.objects.filter(stood(on), account_id__in=ids).select_related("owner")
    return {period.account_id: period.owner for period in periods}
