"""The targets that people said, and figures with the target that counts for them (PL-02, RO-03)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any

from core import policies
from core.metrics.aiming import Said, Scope, Teams, chosen_for
from core.metrics.ask import Filters
from core.metrics.catalogue import Metric, Shape, registered
from core.metrics.status import NO_TARGET, Target
from core.models import FigureTarget, Membership, Owner, Team

if TYPE_CHECKING:
    from core.metrics.compute import Result

_FIELDS = ("metric", "aim", "value", "watch_from", "valid_from", "starts_on", "ends_on")
Found = dict[date, dict[str, "Result"]]


@dataclass(frozen=True)
class Targets:
    """What was said, by metric, and the teams as they stand today."""

    said: Mapping[str, list[Said]] = field(default_factory=dict)
    teams: Teams = field(default_factory=Teams)

    def chosen(self, wanted: Metric, on: date, filters: Filters) -> Said | None:
        """The one that somebody said and that counts; None where the catalogue's does."""
        said = self.said.get(wanted.key)
        if not said:
            return None
        narrowed = {key: value for key, value in filters.chosen().items() if key != "known_at"}
        adds_up = wanted.shape in (Shape.COUNT, Shape.SUM)
        return chosen_for(said, on, narrowed, self.teams, adds_up=adds_up)

    def of(self, wanted: Metric, on: date, filters: Filters) -> Target:
        """The target of a figure on a date: what was said, else that of the catalogue."""
        found = self.chosen(wanted, on, filters)
        return registered(wanted).target if found is None else found.target


def read_targets() -> Targets:
    """All that was said: one query, or none where it is known by the stamp of the policies; and one for the teams where
    a team has a target."""
    said = _said()
    narrowed = any(one.scope.dimension == "team" for mine in said.values() for one in mine)
    return Targets(said, read_teams() if narrowed else Teams())


# What this process read last, under its stamp.
_read: tuple[str, dict[str, list[Said]]] = ("", {})


def _said() -> dict[str, list[Said]]:
    global _read
    stamp = policies.stamp()
    if stamp and _read[0] == stamp:
        return _read[1]
    found: dict[str, list[Said]] = {}
    columns = ("pk", "dimension", "member", *_FIELDS)
    for number, dimension, member, *values in FigureTarget.objects.order_by("pk").values_list(*columns):
        one = Said(scope=Scope(dimension, member), number=number, **dict(zip(_FIELDS, values, strict=True)))
        found.setdefault(one.metric, []).append(one)
    if stamp:
        _read = (stamp, found)
    return found


def read_teams() -> Teams:
    """Who stands in which team, and which team under which. Three queries of few rows."""
    above = dict(Team.objects.values_list("pk", "parent_id"))
    of_user: dict[int, list[int]] = {}
    for user, team in Membership.objects.order_by("pk").values_list("user_id", "team_id"):
        of_user.setdefault(user, []).append(team)
    owners = list(Owner.objects.values_list("pk", "user_id", "team_id"))
    of_owner = {pk: [team] if team else of_user.get(user or 0, []) for pk, user, team in owners}
    return Teams(above, of_owner, frozenset(pk for pk, _user, team in owners if team))


def aimed(found: Found) -> Found:
    """These figures, each with the target that counts for it. At most four queries, usually none."""
    targets = read_targets()
    if not targets.said:
        return found
    return {day: {key: aimed_by(targets, result) for key, result in mine.items()} for day, mine in found.items()}


def aimed_by(targets: Targets, result: "Result") -> "Result":
    """A figure with its target; one that the asker may not know has none."""
    wanted = result.metric
    target = NO_TARGET if result.withheld else targets.of(wanted, result.on, result.filters)
    return result if target == wanted.target else replace(result, metric=replace(wanted, target=target))


def aimed_each(found: Mapping[Any, Mapping[str, "Result"]]) -> dict[Any, dict[str, "Result"]]:
    """The same for figures by anything else than their date."""
    targets = read_targets()
    return {place: {key: aimed_by(targets, one) for key, one in mine.items()} for place, mine in found.items()}


def said_of(keys: Iterable[str]) -> list[FigureTarget]:
    """Everything that was said of these metrics, the latest first."""
    rows = FigureTarget.objects.filter(metric__in=list(keys)).select_related("set_by")
    return list(rows.order_by("-valid_from", "-pk"))
