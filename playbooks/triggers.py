"""What a trigger is. A new one: a rule, a candidate query, an effect, a playbook, a line in bowtie/schedule.py."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Protocol

from playbooks.rules import Occurrence, Recorded


class Facts(Protocol):
    """What every rule's facts carry: the subject's id, its account, and the day on which we learned of it."""

    id: int
    account_id: int
    known_on: date


class Fired(NamedTuple):
    """One occurrence that this run was the first to write down, with the facts it saw."""

    firing_id: int
    occurrence: Occurrence
    facts: Any


@dataclass(frozen=True)
class Moment:
    """Where the day stands: the business date, the policy that counts on it, the run, and whether it is the audit."""

    on: date
    policy: Any
    version: int
    counts_from: date
    job_id: int
    audit: bool = False


CHUNK = 4000


def nothing(*_: Any) -> Counter[str]:
    return Counter()


def none_listed(*_: Any) -> dict[str, int]:
    return {}


@dataclass(frozen=True)
class Trigger:
    """A rule with everything the day needs to run it. All callables are set-based, except the pure `occurrences`.

    `due` finds subjects of which something falls due in (after, until], by index, or ever until then without `after`;
    `touched` those behind touched rows; `everything` all of them. `follow` brings open work in line with the facts;
    `effect` makes what a firing is for, only for rows inserted in the same transaction; both answer with counts.
    `seen` is what of the facts is kept with the firing. `listed` counts what cannot be evaluated. `prepare` brings what
    the facts are read from up to date, first in the same transaction; what it counts as "rewritten" the audit should
    not have found. `chunk` is how many subjects stand or fall together: so many that reading them is worth a look
    through whole tables, so few that they fit in memory. `rules` are the names its firings carry, so that nothing else
    on record of its subjects is read; none says that they may be any.
    """

    name: str
    kind: str
    policy: type
    due: Callable[[Any, date | None, date], Iterable[int]]
    touched: Callable[[Mapping[str, Sequence[int]]], Iterable[int]]
    everything: Callable[[], Iterable[int]]
    facts: Callable[[Sequence[int], date], list[Any]]
    occurrences: Callable[[Any, Recorded, Any, date, date], list[Occurrence]]
    effect: Callable[[Sequence[Fired], Moment], Counter[str]]
    follow: Callable[[Sequence[Any], Moment], Counter[str]] = nothing
    seen: Callable[[Any], dict[str, Any]] = field(default=lambda facts: {})
    listed: Callable[[Any, date], dict[str, int]] = none_listed
    prepare: Callable[[Sequence[int], Moment], Counter[str]] = nothing
    chunk: int = CHUNK
    rules: Sequence[str] = ()
