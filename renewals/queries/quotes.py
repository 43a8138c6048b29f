"""What quotes are made from and shown with: the machines that go on, what they cost us, the versions so far."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Count, Sum

from core.calendar import add_months
from core.models import User
from installed_base.models import LedgerEntry, PartsOrderLine
from renewals.models import Quote, QuoteLine, QuoteState, Renewal
from renewals.rules.offer import Margin, margin


@dataclass(frozen=True)
class Costs:
    """A year's recorded cost, in the reporting currency: by machine, and of the contract as a whole. Unknown is absent
    or None, never zero."""

    by_asset: dict[int, Decimal]
    shared: Decimal | None


def costs_of(contract: int, on: date) -> Costs:
    """What was recorded in the year up to `on` against the terms of a contract: parts delivered under it, and ledger
    rows with a cost. A machine with a delivered part whose cost nobody wrote down is unknown (G-08)."""
    year = (add_months(on, -12), on)
    parts = PartsOrderLine.objects.filter(
        order__included_in__contract=contract, order__ordered_on__gt=year[0], order__ordered_on__lte=year[1]
    )
    told = parts.order_by().values("asset").annotate(rows=Count("pk"), known=Count("cost_reporting"))
    found: dict[int | None, Decimal] = {}
    unknown = set()
    for row in told.annotate(cost=Sum("cost_reporting")):
        found[row["asset"]] = row["cost"] or Decimal(0)
        if row["known"] < row["rows"]:
            unknown.add(row["asset"])
    posted = LedgerEntry.objects.filter(
        term__contract=contract, state=LedgerEntry.State.POSTED, on__gt=year[0], on__lte=year[1]
    ).exclude(cost_reporting=None)
    for asset, cost in posted.order_by().values_list("asset").annotate(cost=Sum("cost_reporting")):
        found[asset] = found.get(asset, Decimal(0)) + cost
    known = {asset: cost for asset, cost in found.items() if asset not in unknown}
    return Costs({asset: cost for asset, cost in known.items() if asset is not None}, known.get(None))


def standing_quote(renewal: Renewal) -> Quote | None:
    """The version that stands, with its level; none where nothing was offered yet."""
    found: Quote | None = renewal.quotes.exclude(state=QuoteState.REPLACED).select_related("level").first()
    return found


def accepted_quote(renewal: Renewal) -> Quote | None:
    """The version that the customer accepted, as long as no other replaced it."""
    found: Quote | None = renewal.quotes.filter(state=QuoteState.ACCEPTED).select_related("level").first()
    return found


def versions_of(renewal: Renewal, user: User) -> list[Quote]:
    """All versions, latest first."""
    rows = Quote.objects.visible_to(user).filter(renewal=renewal)
    return list(rows.select_related("level", "made_by").order_by("-version"))


def visible_quotes(user: User) -> Any:
    """Quotes with what a page of one needs."""
    related = ("renewal__account", "renewal__term__contract", "renewal__term__level", "level", "made_by")
    return Quote.objects.visible_to(user).select_related(*related)


def lines_of_quote(quote: Quote) -> list[QuoteLine]:
    """The machines of a quote, kept ones first, in the order of the contract."""
    rows = list(quote.lines.select_related("asset__product", "asset__site").order_by("coverage_id"))
    return sorted(rows, key=lambda line: line.drop_reason != "")


def margin_of(quote: Quote, lines: Iterable[QuoteLine]) -> Margin | None:
    """What is left of the new price after last year's recorded cost, where that is known."""
    pairs = [(line.new_annual_reporting, line.cost_reporting) for line in lines if not line.drop_reason]
    return margin(quote.new_annual_reporting, pairs, quote.shared_cost_reporting)


__all__ = [
    "Costs",
    "accepted_quote",
    "costs_of",
    "lines_of_quote",
    "margin_of",
    "standing_quote",
    "versions_of",
    "visible_quotes",
]
