"""Figures of owners and teams on a day and at the end of the quarter before, as they are stored (RO-02, RO-03).

What is stored each night of owners and teams is read in one query, however many they are. Where a day was not stored
yet it is computed, unless the base is too large for that; who came after a day was stored has no figure of it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

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
    """Results by slice, day and key. `counted` says that the figures of people and teams could be told at all."""

    on: date
    before: date
    results: Mapping[Place, Result]

    def now(self, of: Slice, key: str) -> Result | None:
        return self.results.get((of, self.on, key))

    def then(self, of: Slice, key: str) -> Result | None:
        """At the end of the quarter before."""
        return self.results.get((of, self.before, key))


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
