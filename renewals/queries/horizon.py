"""Twelve quarters ahead: what comes up for renewal, what of it is expected, what was committed.

Every term in force counts once, in the quarter of its next deciding day: its last day to cancel where it continues by
itself, else its last day. What was renewed already is not up for renewal; a cancelled one is, with no chance. Dates,
values, tiers and owners are those of the day asked for; a termination counts on every day before it.
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateField,
    DecimalField,
    DurationField,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    Subquery,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, TruncQuarter

from core import clock
from core.calendar import add_months
from core.metrics import Ask, Filters
from core.models import User
from core.paging import Page, page_of
from core.reach import reach_of
from health.models import Spell
from health.rules import Tier
from installed_base.metrics.agreements import agreements
from installed_base.models import Account, Level, Term, TermSuccession
from installed_base.models.accounts import segment_name
from renewals.models import ForecastCategory, ForecastDay, Renewal, RenewalForecast
from renewals.queries.overview import ZERO, quarter_start
from renewals.queries.rates import WholeYears, first_day
from renewals.rules.forecast import Table, expected

QUARTERS = 12
PAGE = 50
MONEY = DecimalField(max_digits=16, decimal_places=2)


@dataclass(frozen=True)
class Narrow:
    """What the menus ask of the terms; empty asks nothing."""

    owner: int | None = None
    country: str = ""
    segment: str = ""
    level: int | None = None
    health: str = ""

    @property
    def places(self) -> Filters:
        return Filters(owner=self.owner, country=self.country, segment=self.segment)


@dataclass
class Sums:
    """Of some terms: how many, a year's value of all, the part that is expected, what was committed.

    `unvalued` have no known value and stand in no sum; `cancelled` is the value that is gone already.
    """

    count: int = 0
    value: Decimal = ZERO
    expected: Decimal = ZERO
    committed: Decimal = ZERO
    cancelled: Decimal = ZERO
    unvalued: int = 0

    def add(self, other: "Sums") -> None:
        for name in ("count", "value", "expected", "committed", "cancelled", "unvalued"):
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def lost(self) -> Decimal:
        """What is not expected back."""
        return self.value - self.expected


@dataclass
class Quarter:
    starts_on: date
    sums: Sums = field(default_factory=Sums)

    @property
    def number(self) -> int:
        return (self.starts_on.month + 2) // 3

    @property
    def key(self) -> str:
        """2027-Q1."""
        return f"{self.starts_on.year}-Q{self.number}"


@dataclass
class Horizon:
    """Twelve quarters from that of the day. `endless` contracts have no deciding day to stand on."""

    quarters: list[Quarter]
    endless: Sums
    later: Sums

    @property
    def all(self) -> Sums:
        total = Sums()
        for quarter in self.quarters:
            total.add(quarter.sums)
        return total


def horizon_of(user: User, narrow: Narrow, table: Table, *, on: date) -> Horizon:
    """One query: a row for each quarter, tier, and number of years as a customer."""
    first = quarter_start(on)
    quarters = {add_months(first, 3 * n): Quarter(add_months(first, 3 * n)) for n in range(QUARTERS)}
    found = Horizon(list(quarters.values()), Sums(), Sums())
    rows = up_for_renewal(user, narrow, on=on).annotate(quarter=TruncQuarter("decides_on"))
    sums = {
        "terms": Count("pk"),
        "known": Count("annual"),
        "total": Coalesce(Sum("annual"), ZERO, output_field=MONEY),
        "sure": Coalesce(Sum("committed"), ZERO, output_field=MONEY),
    }
    keys = ("quarter", "tier", "years", "cancelled")
    for row in rows.order_by().values(*keys).annotate(**sums):
        place = quarters.get(row["quarter"])
        sums_of = place.sums if place else found.endless if row["quarter"] is None else found.later
        sums_of.add(_sums(row, table))
    return found


def _sums(row: dict[str, Any], table: Table) -> Sums:
    back = ZERO if row["cancelled"] else expected(row["total"], table.chance(row["tier"], row["years"])) or ZERO
    gone = row["total"] if row["cancelled"] else ZERO
    return Sums(row["terms"], row["total"], back, row["sure"], gone, row["terms"] - row["known"])


def up_for_renewal(user: User, narrow: Narrow, *, on: date) -> Any:
    """Terms in force that nothing renewed yet, with `decides_on`, `tier`, `years`, `cancelled` and `committed`."""
    rows = agreements(Ask(on, user, narrow.places))
    rows = rows if reach_of(user).sees_prices else rows.none()
    rows = rows.filter(~Q(Exists(_renewed(on))), ~Q(Exists(_next_signed(on))), last_of_contract=True)
    if narrow.level:
        rows = rows.filter(held__level_id=narrow.level)
    rows = rows.annotate(cancelled=_cancelled(on), last=_last_to_cancel(), tier=_tier(on), began_on=first_day())
    rows = rows.annotate(decides_on=_decides_on(on), committed=_committed(on)).annotate(years=_years(on))
    return rows.filter(tier=narrow.health) if narrow.health else rows


def _renewed(on: date) -> Any:
    signed = Q(successor__signed_on__lte=on)
    of_record = Q(successor__signed_on__isnull=True, successor__starts_on__lte=on) & ~Q(successor__source="")
    return TermSuccession.objects.filter(signed | of_record, term=OuterRef("pk"))


def _next_signed(on: date) -> Any:
    """The next term of the same contract, signed by the day though it may start after it."""
    return Term._base_manager.filter(contract=OuterRef("contract"), number__gt=OuterRef("number"), signed_on__lte=on)


def _cancelled(on: date) -> Case:
    gone = Q(notice_received_on__lte=on) | Q(terminated_on__isnull=False)
    return Case(When(gone, then=Value(True)), default=Value(False), output_field=BooleanField())


def _last_to_cancel() -> Func:
    """The end minus the notice, as in installed_base.rules.last_day_to_cancel."""
    notice = Func(
        F("held__notice_months"),
        F("held__notice_days"),
        template="make_interval(months => %(expressions)s)",
        arg_joiner=", days => ",
        output_field=DurationField(),
    )
    return Func(F("runs_to"), notice, template="(%(expressions)s)::date", arg_joiner=" - ", output_field=DateField())


def _decides_on(on: date) -> Case:
    """The last day to cancel of a term that goes on by itself, of its next stretch where that of this one passed."""
    whole = Q(cancelled=True) | Q(held__tacit_months__isnull=True) | Q(held__tacit_months=0)
    next_one = Func(
        F("last"),
        F("held__tacit_months"),
        template="(%(expressions)s))::date",
        arg_joiner=" + make_interval(months => ",
        output_field=DateField(),
    )
    return Case(
        When(whole, then=F("runs_to")),
        When(last__lt=on, then=next_one),
        default=F("last"),
        output_field=DateField(),
    )


def _tier(on: date) -> Coalesce:
    spells = Spell._base_manager.filter(
        Q(ended_on__isnull=True) | Q(ended_on__gt=on), account=OuterRef("contract__account_id"), began_on__lte=on
    )
    return Coalesce(Subquery(spells.values("tier")[:1]), Value(Tier.UNKNOWN.value), output_field=CharField())


def _years(on: date) -> Any:
    """Whole years as a customer on the deciding day; on the day itself where there is none."""
    return WholeYears("began_on", Coalesce(F("decides_on"), Value(on), output_field=DateField()))


def _committed(on: date) -> Subquery:
    """What a person committed to: as it stands today, or as it was kept of that day."""
    if on >= clock.today():
        said = RenewalForecast._base_manager.filter(
            category=ForecastCategory.COMMIT, renewal__term=OuterRef("pk"), renewal__decided_on__isnull=True
        )
        return Subquery(said.order_by("pk").values("annual_reporting")[:1])
    renewals = Renewal._base_manager.filter(
        Q(decided_on__isnull=True) | Q(decided_on__gt=on), term=OuterRef("pk"), opened_on__lte=on
    )
    days = ForecastDay._base_manager.filter(renewal=OuterRef("pk"), on__lte=on).order_by("-on")
    kept = renewals.annotate(category=Subquery(days.values("category")[:1])).filter(category=ForecastCategory.COMMIT)
    return Subquery(kept.order_by("pk").annotate(sure=Subquery(days.values("annual_reporting")[:1])).values("sure")[:1])


def offered(user: User) -> dict[str, list[tuple[str, str]]]:
    """What the menus offer: where customers stand, and the levels there are. Two queries."""
    seen = list(
        Account.objects.visible_to(user)
        .order_by()
        .values_list("owner_id", "owner__name", "country", "segment")
        .distinct()
    )
    found = {
        "owner": {(str(row[0]), row[1]) for row in seen if row[0]},
        "country": {(row[2], row[2]) for row in seen if row[2]},
        "segment": {(row[3], segment_name(row[3])) for row in seen if row[3]},
        "level": {(str(pk), name) for pk, name in Level.objects.values_list("pk", "name")},
    }
    return {key: sorted(options, key=lambda o: o[1].lower()) for key, options in found.items()}


@dataclass(frozen=True)
class Row:
    """One term up for renewal; `chance` and `expected` are None where nobody can say."""

    chance: Decimal | None
    term_id: int
    renewal_id: int | None
    account_id: int
    account: str
    number: str
    decides_on: date
    value: Decimal | None
    tier: str
    years: int
    cancelled: bool
    committed: Decimal | None

    @property
    def expected(self) -> Decimal | None:
        return expected(self.value, self.chance)


def quarter_rows(
    user: User, narrow: Narrow, table: Table, span: tuple[date, date], *, on: date, committed: bool = False,
    cursor: str = "", size: int = PAGE,
) -> Page:  # fmt: skip
    """The terms that are decided from the first day of the span to before its last, a page at a time; only committed
    ones where asked. One query."""
    rows = up_for_renewal(user, narrow, on=on).filter(decides_on__gte=span[0], decides_on__lt=span[1])
    rows = rows.filter(committed__isnull=False) if committed else rows
    seen = Renewal.objects.visible_to(user).filter(term=OuterRef("pk"), opened_on__lte=on).order_by("-opened_on", "-pk")
    wanted = rows.annotate(renewal=Subquery(seen.values("pk")[:1])).values(*_FIELDS)
    page = page_of(wanted, ["decides_on", "pk"], cursor=cursor, size=size)
    return Page([_row(values, table) for values in page.rows], page.newer, page.older)


_FIELDS = (
    "pk",
    "renewal",
    "account_id_shown",
    "account_name",
    "number_shown",
    "decides_on",
    "annual",
    "tier",
    "years",
    "cancelled",
    "committed",
)


def _row(values: dict[str, Any], table: Table) -> Row:
    chance = Decimal(0) if values["cancelled"] else table.chance(values["tier"], values["years"])
    return Row(chance, *(values[name] for name in _FIELDS))
