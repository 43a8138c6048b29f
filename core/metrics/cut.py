"""Metrics of one family cut by members of dimensions, live, for whoever asks."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from core.metrics.ask import EVERYTHING
from core.metrics.catalogue import metric
from core.metrics.compute import Result, asks_on, result_from
from core.metrics.grouped import sums_by_slice
from core.metrics.slices import Slice, owners_of_teams
from core.metrics.targets import aimed_each


def compute_cut(
    keys: Iterable[str], members: Iterable[Slice], *, on: date, actor: Any
) -> dict[Slice, dict[str, Result]]:
    """Each metric of everything (WHOLE) and of each of these members, of what the actor may see.

    Each is what `compute` answers with the filters of its slice; the metrics belong to one family.
    """
    wanted = [metric(key) for key in keys]
    ask = asks_on(wanted, [on], actor, EVERYTHING)[0]
    known = list(members)
    teams = owners_of_teams() if any(s.dimension == "team" for s in known) else {}
    found = sums_by_slice(wanted, ask, known, teams)
    results = {
        s: {m.key: result_from(m, replace(ask, filters=s.filters), sums) for m in wanted} for s, sums in found.items()
    }
    return aimed_each(results)
