"""What stands above the list: the buckets with their sums, the chips with their counts, where to start."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Case, Count, Exists, Min, OuterRef, Q, QuerySet, Sum, Value, When
from django.db.models.functions import Coalesce

from core.calendar import add_months
from health.queries import tier_on
from health.rules import Tier
from playbooks.models import Release, Task
from renewals.models import Outcome, Renewal
from renewals.queries.rows import SPANS, Row, keys_of_buckets
from renewals.rules import QueuePolicy

ZERO = Decimal(0)
LARGE = QueuePolicy().large_value
# What narrows the queue to renewals where a step is, or began, late.
ONLY = ("step_late", "started_late")
CHIPS = ("all", "mine", "red_large", "no_step", "cancel", "snoozed")
WORST_FIRST = (Tier.RED, Tier.YELLOW, Tier.GREEN, Tier.UNKNOWN)

# What a person decides, and the queue shows of this quarter.
DECIDED = (Outcome.RENEWED, Outcome.LOST, Outcome.LET_GO)


@dataclass
class Sums:
    """Renewals in one bucket: how many, a year's euros, the euros by tier of health or by outcome."""

    key: str
    count: int = 0
    value: Decimal = ZERO
    parts: dict[str, Decimal] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, part: str, count: int, value: Decimal) -> None:
        self.count += count
        self.value += value
        self.parts[part] = self.parts.get(part, ZERO) + value
        self.counts[part] = self.counts.get(part, 0) + count

    @property
    def worst(self) -> str:
        """The worst tier with money or renewals in it; empty where there is none."""
        return next((tier.value for tier in WORST_FIRST if self.counts.get(tier.value)), "")


@dataclass(frozen=True)
class Start:
    """The account with which to start: its open euros a year, and the days left to its nearest deciding day."""

    account: str
    account_id: int
    value: Decimal
    decides_on: date
    tier: Tier
    score: Decimal | None = None
    change: Decimal | None = None


@dataclass
class Overview:
    """Sums by bucket (what the chosen chip shows), counts by chip, and where to start."""

    buckets: dict[str, Sums]
    chips: dict[str, int]
    start: Start | None = None

    @property
    def open_count(self) -> int:
        return sum(self.buckets[key].count for key in keys_of_buckets())

    @property
    def open_value(self) -> Decimal:
        return sum((self.buckets[key].value for key in keys_of_buckets()), ZERO)


def blank() -> Overview:
    return Overview({key: Sums(key) for key in [*keys_of_buckets(), "decided"]}, dict.fromkeys(CHIPS, 0))


def quarter_start(on: date) -> date:
    return date(on.year, on.month - (on.month - 1) % 3, 1)


def last_of_month(on: date) -> date:
    return add_months(on.replace(day=1), 1) - timedelta(days=1)


def in_bucket(key: str, on: date) -> Q:
    """Renewals whose deciding day lies in that bucket; "decided": by a person since the start of the quarter."""
    if key == "decided":
        return Q(decided_on__gte=quarter_start(on), decided_on__lte=on, outcome__in=DECIDED)
    first, last = next(span for b, span in SPANS.items() if b.name.lower() == key)
    low = Q() if first is None else Q(decides_on__gte=on + timedelta(days=first))
    return low & (Q() if last is None else Q(decides_on__lte=on + timedelta(days=last)))


def in_month(month: str) -> Q:
    """Renewals to be decided in a month, written 2027-03."""
    first = date.fromisoformat(f"{month}-01")
    return Q(decides_on__gte=first, decides_on__lte=last_of_month(first))


def only_those(key: str, on: date) -> Q:
    """Renewals with a step that is overdue on that day, or with one that started after its milestone."""
    if key == "step_late":
        late = Task.objects.open().filter(play=OuterRef("play"), due_on__lt=on)
        return Q(next_step_on__lt=on) | Q(Exists(late))
    return Q(late_days__gt=0) | Q(Exists(Release.objects.filter(play=OuterRef("play"), late_days__gt=0)))


def asleep(on: date) -> Q:
    return Q(snoozed_until__isnull=False, snoozed_until__gt=on)


def lets_in(chip: str, tier: Tier) -> bool:
    """Whether a chip shows renewals of accounts in that tier."""
    return chip != "red_large" or tier is Tier.RED


def behind_chip(chip: str, on: date, own: Collection[int], large: Decimal = LARGE) -> Q:
    """Open renewals that a chip shows, but for the tier of health, which stands in no column of theirs.

    Those put aside stand behind their own chip only.
    """
    if chip == "snoozed":
        return asleep(on)
    narrow = {
        "mine": Q(owner_id__in=list(own)),
        "red_large": Q(annual_value_reporting__gte=large),
        "no_step": Q(next_step="") | Q(next_step_on__isnull=True),
        "cancel": Q(term__notice_received_on__isnull=True, decides_on__gte=on, decides_on__lte=last_of_month(on))
        & Q(term__terminated_on__isnull=True)
        & (Q(term__tacit_months__gt=0) | Q(ends_on__isnull=True)),
    }.get(chip, Q())
    return ~asleep(on) & narrow


def shown_by_chip(row: Row, chip: str, own: Collection[int], large: Decimal = LARGE) -> bool:
    """The same question asked of a row."""
    if chip == "snoozed":
        return row.snoozed
    shown = {
        "mine": row.owner_id in own,
        "red_large": row.tier is Tier.RED and row.value is not None and row.value >= large,
        "no_step": not row.next_step or row.next_step_on is None,
        "cancel": row.continues and row.on <= row.decides_on <= last_of_month(row.on),
    }.get(chip, True)
    return shown and not row.snoozed


def overview_of(
    renewals: QuerySet[Renewal],
    *,
    on: date,
    chip: str,
    own: Collection[int],
    large: Decimal = LARGE,
) -> tuple[Overview, Mapping[int, Tier]]:
    """One aggregate query over open and lately decided renewals, a row for each account, folded by tier of health.

    The tiers of those accounts come with it.
    """
    rows: Any = renewals.annotate(tier=tier_on(on, "account_id")).values("account_id", "account__name", "tier")
    groups: list[dict[str, Any]] = list(rows.annotate(**_aggregates(on, chip, own, large)).order_by())
    tier_of = {group["account_id"]: Tier(group["tier"]) for group in groups}
    seen = blank()
    for group in groups:
        tier = tier_of[group["account_id"]]
        for chip_key in CHIPS:
            seen.chips[chip_key] += group[f"chip_{chip_key}"] if lets_in(chip_key, tier) else 0
        for key in keys_of_buckets() if lets_in(chip, tier) else ():
            if group[f"{key}_count"]:
                seen.buckets[key].add(tier.value, group[f"{key}_count"], group[f"{key}_value"])
        for outcome in DECIDED:
            if group[f"{outcome}_count"]:
                seen.buckets["decided"].add(outcome, group[f"{outcome}_count"], group[f"{outcome}_value"])
        if lets_in(chip, tier):
            _begin_with(seen, group, tier)
    return seen, tier_of


def _aggregates(on: date, chip: str, own: Collection[int], large: Decimal) -> dict[str, Count | Sum | Min | Coalesce]:
    opened = Q(decided_on__isnull=True)
    shown = opened & behind_chip(chip, on, own, large)
    found: dict[str, Count | Sum | Min | Coalesce] = {
        f"chip_{key}": Count("pk", filter=opened & behind_chip(key, on, own, large)) for key in CHIPS
    }
    chosen = {key: shown & in_bucket(key, on) for key in keys_of_buckets()}
    whose = Q(owner_id__in=list(own)) if chip == "mine" else Q()
    chosen |= {o.value: in_bucket("decided", on) & Q(outcome=o) & whose for o in DECIDED}
    for key, rows in chosen.items():
        found[f"{key}_count"] = Count("pk", filter=rows)
        found[f"{key}_value"] = Coalesce(Sum("annual_value_reporting", filter=rows), ZERO)
    found["open_value"] = Coalesce(Sum("annual_value_reporting", filter=shown), ZERO)
    found["open_first"] = Min("decides_on", filter=shown)
    return found


def _begin_with(seen: Overview, group: Mapping[str, Any], tier: Tier) -> None:
    if group["open_first"] is None:
        return
    found = Start(group["account__name"], group["account_id"], group["open_value"], group["open_first"], tier)
    if seen.start is None or _urgency(found) > _urgency(seen.start):
        seen.start = found


def _urgency(start: Start) -> tuple[bool, Decimal, int]:
    """Red accounts first, then the most money, then the one that decides first."""
    return (start.tier is Tier.RED, start.value, -start.decides_on.toordinal())


def fold(rows: Iterable[Row], *, chip: str, own: Collection[int], large: Decimal = LARGE) -> Overview:
    """The same overview out of rows already read: of a past day, whose deciding days stand in no column."""
    seen = blank()
    by_account: dict[int, dict[str, Any]] = {}
    tiers = {}
    for row in rows:
        if row.decided_on:
            if chip != "mine" or row.owner_id in own:
                seen.buckets["decided"].add(row.outcome, 1, row.value or ZERO)
            continue
        for key in CHIPS:
            seen.chips[key] += shown_by_chip(row, key, own, large)
        if shown_by_chip(row, chip, own, large):
            seen.buckets[row.bucket].add(row.tier.value, 1, row.value or ZERO)
            tiers[row.account_id] = row.tier
            _gather(by_account, row)
    for account_id, group in by_account.items():
        _begin_with(seen, group, tiers[account_id])
    return seen


def _gather(groups: dict[int, dict[str, Any]], row: Row) -> None:
    group = groups.setdefault(
        row.account_id,
        {"account__name": row.account, "account_id": row.account_id, "open_value": ZERO, "open_first": row.decides_on},
    )
    group["open_value"] += row.value or ZERO
    group["open_first"] = min(group["open_first"], row.decides_on)


def rank_of_bucket(on: date) -> Case:
    """The place of a renewal's bucket in the list, for sorting in SQL."""
    whens = [When(in_bucket(key, on), then=Value(place)) for place, key in enumerate(keys_of_buckets())]
    return Case(*whens, default=Value(len(whens)))
