"""Signals that wait for a decision. 70,000 of them are a few thousand accounts, a line each, with machines behind."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, F, Min, Q, QuerySet, Sum, Value, When, Window
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Coalesce, RowNumber

from core.models import User
from core.paging import Page, page_of
from expansion.chances import FAMILY_OF
from expansion.models import Signal, SignalKind
from expansion.words import COUNTED
from installed_base.models import Account

ORDERS = {
    "value": ("-value", "-signals", "account_id"),
    "signals": ("-signals", "account_id"),
    "oldest": ("oldest", "account_id"),
}
K = SignalKind
# The most urgent first: it names the deal that is proposed.
LADDER = (
    K.COMPETITOR,
    K.END_OF_LIFE,
    K.REPLACEMENT,
    K.CAPACITY,
    K.SUCCESSOR,
    K.UPGRADE,
    K.PREMIUM,
    K.WIN_BACK,
    K.UNCOVERED,
    K.WARRANTY,
    K.RECURRING,
    K.BREAKDOWN,
    K.ACCOUNT_EVENT,
    K.PARTS_DUE,
    K.PARTS_SILENCE,
    K.PARTS_DROP,
    K.ORDER_RHYTHM,
    K.UPSELL_TALK,
)


@dataclass(frozen=True)
class Totals:
    """All waiting signals of a view: how many, at how many accounts, by kind, and what they may be worth together.

    Several signals about one machine count once, at the highest of their values; so do several of one family about an
    account as a whole. `unknown` counts signals without a value.
    """

    signals: int
    accounts: int
    value: Decimal
    unknown: int
    kinds: dict[str, int]


@dataclass
class Line:
    """The waiting signals of one account. `place` and `url` are set by the page that shows it."""

    account: Account
    signals: int
    kinds: dict[str, int]
    oldest: date
    value: Decimal
    unknown: int
    machines: int = 0
    leading: tuple[str, str] = ("", "")
    place: str = ""
    url: str = ""

    @property
    def in_words(self) -> str:
        """ "7 at the end of life, 5 replacement talks, 4 upgrades"."""
        return kinds_in_words(self.kinds)


def kinds_in_words(kinds: Mapping[str, int]) -> str:
    """How many signals of which kind, most urgent first."""
    return ", ".join(COUNTED[kind] % kinds[kind.value] for kind in LADDER if kinds.get(kind.value))


def waiting_signals(user: User, on: date, *, past: bool = False) -> QuerySet[Signal]:
    """Signals without a decision on that day, as far as this user sees.

    Of a past day also those that were decided since; how they were snoozed then is not kept.
    """
    rows = Signal.objects.visible_to(user).filter(raised_on__lte=on)
    if not past:
        return rows.waiting(on)
    return rows.filter(
        Q(decided_on__isnull=True) | Q(decided_on__gt=on), Q(closed_on__isnull=True) | Q(closed_on__gt=on)
    )


def _counts() -> dict[str, Any]:
    return {kind.value: Count("pk", filter=Q(kind=kind)) for kind in LADDER}


def _counted_once(rows: QuerySet[Signal]) -> Q:
    """Of each machine, and of each family about the account as a whole, the signal that is worth most."""
    family = Case(
        *(When(asset__isnull=True, kind=kind, then=Value(family.value)) for kind, family in FAMILY_OF.items()),
        default=Value(""),
    )
    place = Window(
        RowNumber(),
        partition_by=[F("account_id"), F("asset_id"), family],
        order_by=[F("value_reporting").desc(nulls_last=True), F("pk")],
    )
    return Q(pk__in=rows.order_by().annotate(place=place).filter(place=1).values("pk"))


def totals(rows: QuerySet[Signal]) -> Totals:
    """One aggregate over the view."""
    row = rows.order_by().aggregate(
        signals=Count("pk"),
        accounts=Count("account_id", distinct=True),
        value=Sum("value_reporting", filter=_counted_once(rows)),
        known=Count("value_reporting"),
        **_counts(),
    )
    kinds = {kind.value: row[kind.value] for kind in LADDER}
    return Totals(row["signals"], row["accounts"], row["value"] or Decimal(0), row["signals"] - row["known"], kinds)


def lines_by_account(rows: QuerySet[Signal], user: User, *, sort: str = "value", cursor: str = "") -> Page:
    """A page of `Line`s, grouped in SQL. Two queries."""
    grouped = (
        rows.order_by()
        .values("account_id")
        .annotate(
            signals=Count("pk"),
            oldest=Min("due_on"),
            value=Coalesce(Sum("value_reporting", filter=_counted_once(rows)), Value(Decimal(0))),
            known=Count("value_reporting"),
            machines=Count("asset_id", distinct=True),
            event=Min(KeyTextTransform("event", "seen")),
            **_counts(),
        )
    )
    page = page_of(grouped, ORDERS.get(sort, ORDERS["value"]), cursor=cursor)
    ids = [row["account_id"] for row in page.rows]
    accounts = Account.objects.visible_to(user).select_related("owner").in_bulk(ids)
    return Page([_line(row, accounts[row["account_id"]]) for row in page.rows], page.newer, page.older)


def _line(row: dict[str, Any], account: Account) -> Line:
    kinds = {kind.value: row[kind.value] for kind in LADDER}
    unknown = row["signals"] - row["known"]
    first = leading((kind, row["event"] or "") for kind, n in kinds.items() if n)
    return Line(account, row["signals"], kinds, row["oldest"], row["value"], unknown, row["machines"], first)


def with_machines(rows: QuerySet[Signal]) -> QuerySet[Signal]:
    """Signals with their machine and its place, the oldest first."""
    return rows.select_related("asset__product__family", "asset__site", "account__owner").order_by("due_on", "pk")


def leading(found: Iterable[tuple[str, str]]) -> tuple[str, str]:
    """Of signals as (kind, event at the customer) the one that a selection is about: the most urgent."""
    return min(found, key=lambda said: (LADDER.index(SignalKind(said[0])), said[1]))


def snoozed_signals(user: User, on: date) -> QuerySet[Signal]:
    """Signals that were put off and are still out of sight."""
    return Signal.objects.visible_to(user).open().filter(snoozed_until__gt=on)
