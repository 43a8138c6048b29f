"""Figures of owners and teams on a day and at the end of the quarter before, as they are stored (RO-02, RO-03).

What is stored each night of owners and teams is read in one query, however many they are. Where a day was not stored
yet it is computed, unless the base is too large for that; who came after a day was stored has no figure of it. Before
the first night, and after one that was missed, today is counted while one waits.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Max

from core.metrics import Result, Slice, compute_cut, metric, stored_of_each
from core.metrics.large import is_large
from core.metrics.targets import aimed_each
from core.models import Snapshot, User

# Three to five figures of each kind of work.
SELLING = ("booking_attainment", "pipeline_coverage", "win_rate", "expansion_attainment", "stalled_deals")
SERVING = (
    "net_revenue_retention",
    "gross_revenue_retention",
    "health_average",
    "renewals_started_on_time",
    "attach_rate",
)
KEYS = (*SELLING, *SERVING)
Place = tuple[Slice, date, str]


@dataclass(frozen=True)
class Standing:
    """Results by slice, day and key."""

    on: date
    before: date
    results: Mapping[Place, Result]

    def now(self, of: Slice, key: str) -> Result | None:
        return self.results.get((of, self.on, key))

    def then(self, of: Slice, key: str) -> Result | None:
        """At the end of the quarter before."""
        return self.results.get((of, self.before, key))


@dataclass(frozen=True)
class Evening:
    """The day whose figures are shown. `live` is today, counted for the asker; `none` says that no night was counted on
    a base that is too large for that."""

    on: date
    live: bool = False
    none: bool = False


def evening_before(today: date) -> Evening:
    """The evening before where it is stored; else today on a base that can be counted at once, and the last evening
    that is stored on a larger one. At most three queries, one where the night was counted."""
    nights = Snapshot.objects.filter(dimension__in=("owner", "team"), metric__in=KEYS, as_of__lt=today, part="")
    before = today - timedelta(days=1)
    if nights.filter(as_of=before).exists():
        return Evening(before)
    if not is_large():
        return Evening(today, live=True)
    last: date | None = nights.aggregate(last=Max("as_of"))["last"]
    return Evening(last or before, none=last is None)


def quarter_before(on: date) -> date:
    """The last day of the quarter before that of a date."""
    return date(on.year, 3 * ((on.month - 1) // 3) + 1, 1) - timedelta(days=1)


def stand(slices: Iterable[Slice], keys: Iterable[str], *, on: date, actor: User) -> Standing:
    """What these owners and teams stand at, as the actor may know it."""
    wanted, chosen = list(dict.fromkeys(keys)), list(dict.fromkeys(slices))
    days = (on, quarter_before(on))
    kept = stored_of_each(wanted, days, chosen, actor=actor)
    found: dict[Place, Result] = {(s, day, key): one.result for s in chosen for (day, key), one in kept[s].items()}
    lacking = [(day, key) for day in days for key in wanted if any((s, day, key) not in found for s in chosen)]
    if lacking:
        counted = _counted(lacking, chosen)
        lacking = [place for place in lacking if place not in counted]
    if lacking and not is_large():
        found = _computed(lacking, chosen, actor) | found
    return Standing(*days, _aimed(found))


def _counted(places: list[tuple[date, str]], slices: list[Slice]) -> set[tuple[date, str]]:
    """The days and keys of which such slices were stored. One query."""
    rows = Snapshot.objects.filter(
        as_of__in={day for day, _key in places},
        metric__in={key for _day, key in places},
        dimension__in={s.dimension for s in slices},
        part="",
    )
    return set(rows.values_list("as_of", "metric").distinct())


def _computed(lacking: list[tuple[date, str]], slices: list[Slice], actor: User) -> dict[Place, Result]:
    """One pass per family and day."""
    found: dict[Place, Result] = {}
    families: dict[tuple[date, str], list[str]] = {}
    for day, key in lacking:
        families.setdefault((day, metric(key).family.key), []).append(key)
    for (day, _family), keys in families.items():
        cut = compute_cut(keys, slices, on=day, actor=actor)
        found |= {(s, day, key): cut[s][key] for s in slices for key in keys}
    return found


def _aimed(found: dict[Place, Result]) -> dict[Place, Result]:
    """Each figure with the target that counts for its owner or team on its day."""
    told: Any = aimed_each({place: {"": result} for place, result in found.items()})
    return {place: mine[""] for place, mine in told.items()}
