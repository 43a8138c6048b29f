"""What a rule would say under a policy, before anybody switches it on: who matches now, and what would have fired."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from core.models import Owner, User
from core.reach import Level, reach_of
from expansion.chances import Chance
from expansion.rules.episodes import Episode
from installed_base.models import Account
from playbooks.library import playbook

MOST, CHUNK, SAMPLES = 20_000, 4_000, 8
PAST = (30, 90, 365)


@dataclass
class Load:
    """What one owner would get: signals, and the tasks of their plays if all were accepted, one play per account."""

    owner: str
    signals: int = 0
    accounts: set[int] = field(default_factory=set)
    tasks: int = 0


@dataclass
class Preview:
    """`looked` of `subjects` were looked at, evenly spread; every count is of those looked at, `times` scales it up."""

    subjects: int
    looked: int
    standing: int = 0
    accounts: int = 0
    value: Decimal = Decimal(0)
    fired: dict[int, int] = field(default_factory=lambda: dict.fromkeys(PAST, 0))
    people: list[Load] = field(default_factory=list)
    samples: list[tuple[int, Episode]] = field(default_factory=list)

    @property
    def whole(self) -> bool:
        return self.looked == self.subjects

    def scaled(self, count: int) -> int:
        """A count for all subjects, estimated where only a part was looked at."""
        return count if self.whole or not self.looked else round(count * self.subjects / self.looked)


def preview(chance: Chance, policy: Any, user: User, on: date, most: int = MOST) -> Preview:
    """Ask the rule about its subjects as it stands with `policy`, within what this user sees. Nothing is written.

    Of more than `most` subjects every nth is asked: the answer comes in seconds on any base.
    """
    ids = chance.source.all_ids()
    step = -(-len(ids) // most) if ids else 1
    chosen = ids[::step]
    found = Preview(subjects=len(ids), looked=len(chosen))
    seen = _accounts(user)
    loads: dict[int, Load] = {}
    for facts in _facts(chance, chosen, on):
        if seen is None or facts.account_id in seen:
            _count(found, loads, facts, chance.rule(facts, policy), on)
    _share_out(found, loads, chance, on)
    return found


def _accounts(user: User) -> set[int] | None:
    """The accounts this user sees; None for all."""
    if reach_of(user).level is Level.ALL:
        return None
    return set(Account.objects.visible_to(user).values_list("pk", flat=True))


def _facts(chance: Chance, ids: Sequence[int], on: date) -> Iterator[Any]:
    for start in range(0, len(ids), CHUNK):
        yield from chance.source.facts(ids[start : start + CHUNK], on)


def _count(found: Preview, loads: dict[int, Load], facts: Any, episodes: list[Episode], on: date) -> None:
    for episode in episodes:
        if episode.due_on > on or (episode.over_on is not None and episode.over_on <= facts.known_on):
            continue
        for days in PAST:
            found.fired[days] += episode.due_on > on - timedelta(days=days)
        if episode.stands(on):
            found.standing += 1
            found.value += episode.value or 0
            load = loads.setdefault(facts.owner_id, Load(""))
            load.signals += 1
            load.accounts.add(facts.account_id)
            if len(found.samples) < SAMPLES:
                found.samples.append((facts.account_id, episode))


def _share_out(found: Preview, loads: dict[int, Load], chance: Chance, on: date) -> None:
    steps = len(playbook(chance.playbook, on).steps)
    names = dict(Owner.objects.filter(pk__in=loads).values_list("pk", "name"))
    for owner, load in loads.items():
        load.owner, load.tasks = names.get(owner, ""), len(load.accounts) * steps
    found.people = sorted(loads.values(), key=lambda load: (-load.signals, load.owner))
    found.accounts = sum(len(load.accounts) for load in loads.values())
