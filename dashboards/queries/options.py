"""What a machine can be offered: what is fitted and since when, and what it lacks where others have it (IB-04)."""

from datetime import date
from decimal import Decimal
from typing import Any

from core.calendar import BEGINNING
from core.policies import policy_on
from expansion.option_words import share_words
from expansion.queries.options import fleet
from installed_base.models import UpgradeOption
from installed_base.rules.options import (
    Fleet,
    Machine,
    Missing,
    Option,
    OptionsPolicy,
    applicable,
    fitted_names,
    key_of,
    missing,
)


def options(asset: Any, on: date) -> list[dict[str, Any]]:
    """What `offered` says as of a day, in words: what is fitted and since when, what is missing and how many comparable
    machines have it (IB-04). One query where something is missing."""
    rows = {row["id"]: row | {"price": row["price"] and Decimal(row["price"])} for row in asset.offered}
    offered = [_option(row, asset) for row in rows.values()]
    product = asset.product
    machine = Machine(asset.pk, asset.product_id, product and product.family_id, _fitted_names(asset))
    here = applicable(offered, machine, on)
    lacks = any(key_of(option.name) not in machine.fitted for option in here)
    compared = fleet(on, product=asset.product_id, family=machine.family_id) if lacks else Fleet({})
    shares = {option.id: compared.fitted(option) for option in here}
    policy = policy_on(OptionsPolicy, on).values if lacks else OptionsPolicy()
    lacking = missing(machine, offered, shares, policy, on)
    since = _since(asset)
    fitted = [option for option in here if key_of(option.name) in machine.fitted]
    return [rows[m.option.id] | _lacking(m) for m in lacking] + [
        rows[option.id] | {"fitted": True, "since": since.get(key_of(option.name))} | _kind(option) for option in fitted
    ]


def _option(row: dict[str, Any], asset: Any) -> Option:
    """All that are offered here are made for this machine."""
    begins = row["offered_from"] and date.fromisoformat(row["offered_from"])
    return Option(row["id"], row["name"], row["kind"], asset.product_id, None, begins, tuple(row["prevents"]))


def _kind(option: Option) -> dict[str, Any]:
    return {"kind_words": dict(UpgradeOption.Kind.choices).get(option.kind, option.kind)}


def _lacking(one: Missing) -> dict[str, Any]:
    known = {"share": one.share, "of": one.of, "standard": one.standard}
    return {"fitted": False, "peers": share_words(one)} | known | _kind(one.option)


def _fitted_names(asset: Any) -> frozenset[str]:
    return fitted_names(asset.configuration.get("options"))


def _since(asset: Any) -> dict[str, date]:
    """Since when each option has been on the machine without a break."""
    since: dict[str, date] = {}
    for period in asset.stood:
        names = fitted_names(period["options"])
        since = {name: since.get(name, date.fromisoformat(period["on"])) for name in names}
    return {name: day for name, day in since.items() if day != BEGINNING}
