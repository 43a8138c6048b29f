"""What speaks for an offer at some accounts: their machines against comparable ones. A fixed number of queries."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Avg, F, Max, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce

from core.policies import policy_on
from expansion.queries.kept import kept
from expansion.queries.options import catalogue, fleet, in_service
from expansion.rules.upsell import Upsell, UpsellMachine, UpsellPolicy, upsell
from health.queries import standing_of
from installed_base.metrics.asof import covered_assets
from installed_base.models import AssetEvent, UsageReading
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

# Hours of so many days say how much a machine is used.
USAGE_DAYS = 90
_MADE_NEW = (AssetEvent.Kind.UPGRADED, AssetEvent.Kind.RETROFITTED)


@dataclass(frozen=True)
class Seen:
    """A machine of an account with what was read of it, and what it lacks."""

    asset_id: int
    serial: str
    product: str
    facts: UpsellMachine
    lacks: list[Missing]


@dataclass(frozen=True)
class Standing:
    """An account with its score and the machines behind it."""

    upsell: Upsell
    machines: list[Seen]


def standings(accounts: Sequence[int], on: date) -> dict[int, Standing]:
    """Where each account stands; whoever asks has seen the accounts."""
    policy, comparing = policy_on(UpsellPolicy, on).values, policy_on(OptionsPolicy, on).values
    rows = list(_machines(accounts, on))
    ids = [row["asset_id"] for row in rows]
    used, rungs, usual = _usage(ids, on), _rungs(ids, on), kept("rungs", on, "", lambda: _usual_rungs(on))
    options = catalogue(on)
    shares = _shares(options, fleet(on))
    health = standing_of(accounts, on)
    found: dict[int, list[Seen]] = {account: [] for account in accounts}
    for row in rows:
        found[row["holder"]].append(_seen(row, used, rungs, usual, options, shares, comparing, on))
    return {
        account: Standing(upsell([m.facts for m in machines], _score(health.get(account)), policy, on), machines)
        for account, machines in found.items()
    }


def _score(standing: Any) -> Decimal | None:
    return standing.score if standing is not None else None


def _machines(accounts: Sequence[int], on: date) -> Any:
    made_new = AssetEvent.objects.filter(asset=OuterRef("asset"), kind__in=_MADE_NEW, on__lte=on).order_by("-on")
    rows = in_service(on).filter(Q(account__in=list(accounts)) | Q(account__merged_into__in=list(accounts)))
    return rows.order_by("asset_id").values(
        "asset_id",
        holder=Coalesce("account__merged_into_id", "account_id"),
        serial=F("asset__serial"),
        product_id=F("asset__product_id"),
        product=F("asset__product__name"),
        family_id=F("asset__product__family_id"),
        options=F("configuration__options"),
        installed_on=F("asset__installed_on"),
        upgraded_on=Subquery(made_new.values("on")[:1]),
    )


def _usage(ids: Sequence[int], on: date) -> dict[int, Decimal]:
    """Percent of the hours that a machine could run, of the days that tell both."""
    read = UsageReading._base_manager.filter(
        asset__in=ids,
        on__lte=on,
        on__gt=on - timedelta(days=USAGE_DAYS),
        run_hours__isnull=False,
        available_hours__gt=0,
    )
    rows = read.values("asset_id").annotate(ran=Sum("run_hours"), could=Sum("available_hours"))
    return {row["asset_id"]: row["ran"] * 100 / row["could"] for row in rows}


def _rungs(ids: Sequence[int], on: date) -> dict[int, int | None]:
    """The highest level at which each covered machine is; None where its contract names none."""
    rows = covered_assets(on).filter(asset__in=ids).annotate(rung=Max("term__level__rung"))
    return {row["asset_id"]: row["rung"] for row in rows}


def _usual_rungs(on: date) -> dict[int | None, Decimal]:
    """The mean level of all machines of a family; one without contract counts as 0."""
    covered = covered_assets(on).filter(asset=OuterRef("asset")).annotate(rung=Max("term__level__rung"))
    rows = in_service(on).annotate(rung=Coalesce(Subquery(covered.values("rung")[:1]), 0))
    counted = rows.order_by().values(family=F("asset__product__family_id")).annotate(mean=Avg("rung"))
    return {row["family"]: Decimal(str(row["mean"])) for row in counted}


def _shares(options: Sequence[Option], whole: Fleet) -> dict[int, tuple[int, int]]:
    return {option.id: whole.fitted(option) for option in options}


def _seen(
    row: Mapping[str, Any], used: Any, rungs: Any, usual: Any, options: Any, shares: Any, comparing: OptionsPolicy,
    on: date,
) -> Seen:  # fmt: skip
    machine = Machine(row["asset_id"], row["product_id"], row["family_id"], fitted_names(row["options"]))
    lacks = missing(machine, options, shares, comparing, on)
    lacked, standard = _against_peers(machine, lacks, options, shares, on)
    pk = machine.id
    facts = UpsellMachine(
        installed_on=row["installed_on"],
        upgraded_on=row["upgraded_on"],
        lacked=lacked,
        usual=standard,
        rung=rungs.get(pk, 0),
        peers_rung=usual.get(row["family_id"]),
        usage=used.get(pk),
    )
    return Seen(pk, row["serial"], row["product"] or "", facts, lacks)


def _against_peers(
    machine: Machine, lacks: Sequence[Missing], options: Any, shares: Any, on: date
) -> tuple[Decimal | None, Decimal | None]:
    """The shares of the options that it lacks, and of all that apply; None where others say nothing."""
    lacked = [one.share for one in lacks if one.share is not None]
    has = [
        Decimal(have) / could
        for option in applicable(options, machine, on)
        if key_of(option.name) in machine.fitted
        for have, could in (shares[option.id],)
        if could
    ]
    if not lacked and not has:
        return None, None
    return sum(lacked, Decimal(0)), sum(lacked, Decimal(0)) + sum(has, Decimal(0))
