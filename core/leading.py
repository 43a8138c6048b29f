"""Who leads whom, and who steps in for an owner. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Lines:
    """Who leads whom: the teams of each owner (a pool's own), the team above each, and the leads and pool of each."""

    teams_of: Mapping[int, Sequence[int]]
    above: Mapping[int, int | None]
    leads: Mapping[int, Sequence[int]]
    pools: Mapping[int, int]


def lead_of(owner: int, lines: Lines) -> int:
    """Who steps in for an owner: a lead of their team, or of the nearest team above it; else their pool; else they
    themselves."""
    teams = list(lines.teams_of.get(owner, ()))
    for team in teams:
        lead = _nearest(owner, team, lines)
        if lead is not None:
            return lead
    return next((lines.pools[team] for team in teams if team in lines.pools), owner)


def _nearest(owner: int, team: int | None, lines: Lines) -> int | None:
    seen: set[int] = set()
    while team is not None and team not in seen:
        seen.add(team)
        lead = next((found for found in lines.leads.get(team, ()) if found != owner), None)
        if lead is not None:
            return lead
        team = lines.above.get(team)
    return None
