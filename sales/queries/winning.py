"""What the form of a won deal begins with, and what winning wrote."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.calendar import add_months
from core.models import User
from installed_base.models import Asset, LedgerEntry, Product, Term
from sales.models import DealKind, Delivery, Opportunity
from sales.rules.winning import WinningPolicy, schedule

CONTRACTS = (DealKind.CONTRACT_UPSELL, DealKind.CROSS_SELL, DealKind.WIN_BACK)
USUAL_MONTHS = 3


def orders_to_confirm(deal: Opportunity, on: date) -> list[dict[str, Any]]:
    """A line for each machine of the deal, and one more; ticked where the kind of deal brings a machine.

    A replacement proposes the successor of the old product, else the same; an upgrade or a contract proposes nothing to
    order but may.
    """
    replacing = deal.kind == DealKind.REPLACEMENT
    lines = deal.lines.select_related("asset__product__successor", "product").order_by("pk")
    alone = len(lines) == 1
    found = []
    for line in lines:
        product, old = _product(line, on), line.asset if replacing else None
        if product is None or (line.asset and not line.product and not replacing):
            continue
        price = line.value_reporting if line.value_reporting is not None or not alone else deal.value_reporting
        found.append(
            {
                "order": True,
                "product": product.pk,
                "price": price,
                "site": line.asset.site_id if line.asset else None,
                "replaces": old.pk if old else None,
                "promised_on": _usual_day(on),
            }
        )
    return [*found, {"order": False}]


def _usual_day(on: date) -> date:
    return add_months(on, USUAL_MONTHS)


def _product(line: Any, on: date) -> Product | None:
    if line.product is not None:
        sold: Product = line.product
        return sold if sold.kind in (Product.Kind.MACHINE, Product.Kind.MODULE) else None
    if line.asset is None or line.asset.product is None:
        return None
    old: Product = line.asset.product
    offered = old.successor if old.successor_from is None or old.successor_from <= on else None
    return offered or old


def won_to_confirm(deal: Opportunity, orders: list[dict[str, Any]], policy: WinningPolicy, on: date) -> dict[str, Any]:
    """Value, day, contract and invoices as they are proposed."""
    contract = deal.kind in CONTRACTS
    ordered = [line for line in orders if line["order"]]
    last = max((line["promised_on"] for line in ordered), default=None)
    values: dict[str, Any] = {
        "value": deal.value_reporting,
        "won_on": on,
        "sign": contract,
        "annual_value": deal.value_reporting if contract else None,
        "starts_on": _next_month(on),
        "months": policy.contract_months,
        "covers": [pk for pk in deal.lines.values_list("asset_id", flat=True) if pk] if contract else [],
    }
    parts = [] if contract and not ordered else schedule(deal.value_reporting, on, last, policy.shares)
    for number, (day, amount) in enumerate(parts, start=1):
        values |= {f"invoice_on_{number}": day, f"invoice_amount_{number}": amount}
    if deal.kind == DealKind.CONTRACT_UPSELL:
        values |= _upsell(deal, values["value"], on)
    return values


def _upsell(deal: Opportunity, added: Decimal | None, on: date) -> dict[str, Any]:
    """The only contract that runs, and its price with what the deal adds."""
    running = list(Term._base_manager.filter(contract__account=deal.account_id, pk__in=_in_force(deal, on))[:2])
    if len(running) != 1:
        return {"annual_value": None}
    before = running[0].annual_value_reporting
    together = before + added if before is not None and added is not None else None
    return {"follows": running[0].pk, "level": running[0].level_id, "annual_value": together}


def _in_force(deal: Opportunity, on: date) -> Any:
    return Term.objects.in_force(on).filter(contract__account=deal.account_id).values("pk")


def _next_month(on: date) -> date:
    return (on.replace(day=1) + timedelta(days=32)).replace(day=1)


def deliveries(deal: Opportunity) -> list[Any]:
    """What winning wrote: machines with their dates, terms with their contract. It follows the deal that is read."""
    rows = Delivery._base_manager.filter(opportunity=deal.pk)
    return list(
        rows.select_related("asset__product", "asset__site", "term__contract", "term__level", "renewed").order_by("pk")
    )


def planned_invoices(deal: Opportunity, key: str, user: User) -> list[LedgerEntry]:
    """The schedule of a deal, in the order of its days."""
    rows = LedgerEntry.objects.visible_to(user).filter(account=deal.account_id, plan_key__startswith=f"{key}/")
    return list(rows.order_by("on", "pk"))


def replaced_by(machines: list[Asset]) -> dict[int, Asset]:
    """For each machine the old one whose place it takes."""
    old = Asset._base_manager.filter(succession__successor__in=[m.pk for m in machines])
    return {row.succession.successor_id: row for row in old.select_related("succession", "product")}
