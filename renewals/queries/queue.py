"""The renewal queue: its overview and one page of its list, as of today or as it stood on a past day."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import groupby, islice
from typing import Any

from django.db.models import DateField, Exists, F, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, Lower

from core.models import User
from core.paging import page_of
from core.policies import policy_on
from core.reach import reach_of
from health.models import Score
from health.queries import standing_of, tiers_of
from health.rules import Tier
from installed_base.models.accounts import segment_name
from renewals.models import Renewal
from renewals.queries.overview import (
    Overview,
    Start,
    Sums,
    behind_chip,
    fold,
    in_bucket,
    overview_of,
    rank_of_bucket,
    shown_by_chip,
)
from renewals.queries.past import past_rows
from renewals.queries.rows import FIELDS, Row, for_reader, keys_of_buckets, row_of, rows_of, with_health
from renewals.rules import QueuePolicy

PAGE = 50
AT_ONCE = 1000
FAR = date(9999, 12, 31)
# An account without a score stands behind the healthiest, for it is not known to be ill.
NO_SCORE = Decimal(101)
SORTS: Mapping[str, Any] = {
    "account": Lower("account__name"),
    "ends": Coalesce("ends_on", Value(FAR), output_field=DateField()),
    "days": F("decides_on"),
    "value": Coalesce("annual_value_reporting", Value(Decimal(-1))),
    "health": None,  # of the day: see _key
    "stage": F("stage"),
    "step": Coalesce("next_step_on", Value(FAR), output_field=DateField()),
    "owner": Lower("owner__name"),
}
SORTS_OF_ROWS: Mapping[str, Any] = {
    "account": lambda r: r.account.lower(),
    "ends": lambda r: r.ends_on or FAR,
    "days": lambda r: r.decides_on,
    "value": lambda r: Decimal(-1) if r.value is None else r.value,
    "health": lambda r: NO_SCORE if r.score is None else r.score,
    "stage": lambda r: r.stage,
    "step": lambda r: r.next_step_on or FAR,
    "owner": lambda r: r.owner_name.lower(),
}
DEFAULT_SORT = "-value"


@dataclass(frozen=True)
class Criteria:
    """What the address of the queue asks for, beyond the menus that narrow the rows themselves.

    `owner`, `level` and `month` are asked of past rows only; today's are narrowed in SQL.
    """

    chip: str = "all"
    bucket: str = ""
    health: str = ""
    owner: str = ""
    level: str = ""
    month: str = ""
    sort: str = DEFAULT_SORT
    cursor: str = ""


@dataclass(frozen=True)
class Group:
    """The rows of one bucket on this page, under the sums of the whole bucket."""

    sums: Sums
    rows: list[Row]
    continued: bool


@dataclass(frozen=True)
class Queue:
    overview: Overview
    groups: list[Group]
    criteria: Criteria
    newer: str = ""
    older: str = ""

    @property
    def rows(self) -> list[Row]:
        return [row for group in self.groups for row in group.rows]


def queue_rows(user: User) -> QuerySet[Renewal]:
    """Open and decided renewals that this user may see; none for who sees no prices."""
    rows = Renewal.objects.visible_to(user)
    return rows if reach_of(user).sees_prices else rows.none()


def queue_page(renewals: QuerySet[Renewal], criteria: Criteria, *, user: User, on: date, size: int = PAGE) -> Queue:
    """The queue of today out of these renewals: one aggregate, the scores, one page of rows."""
    own = reach_of(user).own
    base = _with_health(_living(renewals, on), criteria.health, on)
    large = _large(on)
    overview, tiers = overview_of(base, on=on, chip=criteria.chip, own=own, large=large)
    wanted = _chosen(base, criteria, on, own, large, _red(tiers))
    rows, newer, older = _page(_may_change(wanted, user), criteria, on, size)
    shown = for_reader(with_health(rows, on, trends=True), user)
    overview.start = _told(overview.start, shown, on)
    return Queue(overview, _grouped(shown, overview, criteria), criteria, newer, older)


def every_row(renewals: QuerySet[Renewal], criteria: Criteria, *, user: User, on: date) -> Iterator[Row]:
    """All rows of the filtered list in its order, for exports: read in parts, so that memory does not grow with it.

    What the user may see is asked at once; the rows are read when they are wanted. One query for each thousand, for
    their health, beside the one of the rows.
    """
    wanted = wanted_rows(renewals, criteria, user=user, on=on)
    return _in_parts(_sorted(wanted, criteria, on), user, on)


def wanted_rows(renewals: QuerySet[Renewal], criteria: Criteria, *, user: User, on: date) -> QuerySet[Renewal]:
    """The renewals of today that the criteria leave, in no order; tiers are asked for where they decide."""
    base = _with_health(_living(renewals, on), criteria.health, on)
    tiers = tiers_of(set(base.values_list("account_id", flat=True)), on) if criteria.chip == "red_large" else {}
    return _chosen(base, criteria, on, reach_of(user).own, _large(on), _red(tiers))


def _in_parts(wanted: QuerySet[Renewal], user: User, on: date) -> Iterator[Row]:
    values = wanted.values(*FIELDS.values()).iterator(chunk_size=AT_ONCE)
    while part := list(islice(values, AT_ONCE)):
        yield from for_reader(with_health([row_of(found, on=on) for found in part], on), user)


def past_queue(renewals: QuerySet[Renewal], criteria: Criteria, *, user: User, on: date, size: int = PAGE) -> Queue:
    """The queue as it stood on a past day, read-only: its deciding days come from the terms of that day."""
    own = reach_of(user).own
    everything, large = _past(renewals, criteria, on), _large(on)
    overview = fold(everything, chip=criteria.chip, own=own, large=large)
    rows = _in_order(everything, criteria, own, large)
    start = _offset(criteria.cursor)
    newer = str(max(start - size, 0)) if start else ""
    older = str(start + size) if len(rows) > start + size else ""
    shown = for_reader(with_health(rows[start : start + size], on, trends=True), user)
    overview.start = _told(overview.start, rows, on)
    return Queue(overview, _grouped(shown, overview, criteria), criteria, newer, older)


def every_past_row(renewals: QuerySet[Renewal], criteria: Criteria, *, user: User, on: date) -> list[Row]:
    """All rows of the filtered list of a past day in its order, for exports."""
    found = _in_order(_past(renewals, criteria, on), criteria, reach_of(user).own, _large(on))
    return for_reader(found, user)


def _told(start: Start | None, rows: Iterable[Row], on: date) -> Start | None:
    """Where to start, with its score: of a row that is shown, else asked for."""
    if start is None or start.tier is Tier.UNKNOWN:
        return start
    row = next((r for r in rows if r.account_id == start.account_id), None)
    if row is not None:
        return replace(start, score=row.score, change=row.change)
    found = standing_of([start.account_id], on).get(start.account_id)
    return replace(start, score=found.score, change=found.change_year) if found else start


def _past(renewals: QuerySet[Renewal], criteria: Criteria, on: date) -> list[Row]:
    rows = past_rows(renewals, on=on) + rows_of(renewals.filter(in_bucket("decided", on)), on=on)
    return [r for r in with_health(rows, on) if _belongs(r, criteria)]


def _belongs(row: Row, criteria: Criteria) -> bool:
    """What the menus ask of a past row: its owner, level and deciding day are those of the day."""
    asked = (
        (criteria.health, row.tier.value),
        (criteria.owner, row.owner_id),
        (criteria.level, row.level_id),
        (criteria.month, f"{row.decides_on:%Y-%m}"),
    )
    return all(wanted in ("", str(had)) for wanted, had in asked)


def _in_order(rows: list[Row], criteria: Criteria, own: Collection[int], large: Decimal) -> list[Row]:
    """What the bucket and the chip leave, sorted as the live list sorts it."""
    decided = criteria.bucket == "decided"
    wanted = [r for r in rows if _shown(r, criteria, own, large) and bool(r.decided_on) == decided]
    places = {key: place for place, key in enumerate([*keys_of_buckets(), "decided"])}
    name = criteria.sort.lstrip("-")
    by_sort = sorted(sorted(wanted, key=lambda r: r.pk), key=SORTS_OF_ROWS[name], reverse=criteria.sort[0] == "-")
    return sorted(by_sort, key=lambda r: places[r.bucket])


def _shown(row: Row, criteria: Criteria, own: Collection[int], large: Decimal) -> bool:
    if row.decided_on:
        return criteria.chip != "mine" or row.owner_id in own
    return shown_by_chip(row, criteria.chip, own, large) and criteria.bucket in ("", row.bucket)


def _may_change(renewals: QuerySet[Renewal], user: User) -> Any:
    """The renewals, each saying in `mine` whether this user may change it."""
    mine = Renewal.objects.changeable_by(user) if reach_of(user).works else Renewal.objects.none()
    return renewals.annotate(mine=Exists(mine.filter(pk=OuterRef("pk"), decided_on__isnull=True)))


def _row(values: dict[str, Any], on: date) -> Row:
    return replace(row_of(values, on=on), changeable=values["mine"])


def one_row(renewal: int, *, user: User, on: date) -> Row | None:
    """One row of the queue, as after an edit in place."""
    found = _may_change(queue_rows(user).filter(pk=renewal), user)
    rows = [_row(values, on) for values in found.values("mine", *FIELDS.values())]
    return with_health(rows, on)[0] if rows else None


def facets(renewals: QuerySet[Renewal]) -> dict[str, list[tuple[str, str]]]:
    """What the menus offer: owners, countries, levels and segments that occur. One query."""
    combinations = renewals.order_by().values_list(
        "owner_id", "owner__name", "account__country", "term__level_id", "term__level__name", "account__segment"
    )
    seen = list(combinations.distinct())
    return {
        "owner": _options((str(c[0]), c[1]) for c in seen),
        "country": _options((c[2], c[2]) for c in seen),
        "level": _options((str(c[3] or ""), c[4] or "") for c in seen),
        "segment": _options((c[5], segment_name(c[5])) for c in seen),
    }


def _options(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted({p for p in pairs if p[0]}, key=lambda p: p[1].lower())


def _living(renewals: QuerySet[Renewal], on: date) -> QuerySet[Renewal]:
    """To be worked on, or decided since the start of the quarter."""
    return renewals.filter(Q(pk__in=renewals.to_work(on).values("pk")) | in_bucket("decided", on))  # type: ignore[attr-defined]


def _with_health(renewals: QuerySet[Renewal], tier: str, on: date) -> QuerySet[Renewal]:
    if not tier:
        return renewals
    accounts = tiers_of(set(renewals.values_list("account_id", flat=True)), on)
    return renewals.filter(account_id__in=[pk for pk, found in accounts.items() if found.value == tier])


def _chosen(
    renewals: QuerySet[Renewal], criteria: Criteria, on: date, own: Collection[int], large: Decimal, red: Iterable[int]
) -> QuerySet[Renewal]:
    if criteria.bucket == "decided":
        whose = Q(owner_id__in=own) if criteria.chip == "mine" else Q()
        return renewals.filter(in_bucket("decided", on) & whose)
    bucket = in_bucket(criteria.bucket, on) if criteria.bucket else Q()
    if criteria.chip == "red_large":
        bucket &= Q(account_id__in=list(red))
    return renewals.filter(Q(decided_on__isnull=True) & behind_chip(criteria.chip, on, own, large) & bucket)


def _red(tiers: Mapping[int, Tier]) -> list[int]:
    return [pk for pk, tier in tiers.items() if tier is Tier.RED]


def _large(on: date) -> Decimal:
    """From which annual value a renewal is large, by the policy of that day."""
    return policy_on(QueuePolicy, on).values.large_value


def _keys(criteria: Criteria) -> list[str]:
    return ["rank", "-key" if criteria.sort.startswith("-") else "key", "pk"]


def _key(criteria: Criteria, on: date) -> Any:
    name = criteria.sort.lstrip("-")
    if name != "health":
        return SORTS[name]
    scores = Score._base_manager.filter(account=OuterRef("account_id"), on__lte=on).order_by("-on").values("score")[:1]
    return Coalesce(Subquery(scores), Value(NO_SCORE))


def _sorted(renewals: QuerySet[Renewal], criteria: Criteria, on: date) -> QuerySet[Renewal]:
    keyed = renewals.annotate(rank=rank_of_bucket(on), key=_key(criteria, on))
    return keyed.order_by(*_keys(criteria))


def _page(renewals: QuerySet[Renewal], criteria: Criteria, on: date, size: int) -> tuple[list[Row], str, str]:
    """One page by keyset, and the cursors of its neighbours."""
    wanted = _sorted(renewals, criteria, on).values("rank", "key", "mine", *FIELDS.values())
    page = page_of(wanted, _keys(criteria), cursor=criteria.cursor, size=size)
    return [_row(values, on) for values in page.rows], page.newer, page.older


def _offset(cursor: str) -> int:
    return int(cursor) if cursor.isdecimal() and len(cursor) < 8 else 0


def _grouped(rows: list[Row], overview: Overview, criteria: Criteria) -> list[Group]:
    groups = [(key, list(members)) for key, members in groupby(rows, key=lambda r: r.bucket)]
    continued = bool(criteria.cursor)
    return [Group(overview.buckets[key], members, continued and i == 0) for i, (key, members) in enumerate(groups)]
