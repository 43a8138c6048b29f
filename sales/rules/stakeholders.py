"""What is missing among the people of a deal. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

DECIDES, PAYS, AGAINST = "decides", "pays", "against"


@dataclass(frozen=True)
class Said:
    """One person: who (an id), in which role, and what they think of it."""

    contact_id: int
    role: str
    stance: str
    note: str = ""


class Gap(Enum):
    NOBODY_DECIDES = "nobody_decides"
    NOBODY_PAYS = "nobody_pays"
    DECIDER_AGAINST = "decider_against"


def gaps(people: Sequence[Said]) -> tuple[Gap, ...]:
    """What a seller should find out or turn round, the weightiest first; all of it where nobody is named."""
    roles = {person.role for person in people}
    found = [
        (DECIDES not in roles, Gap.NOBODY_DECIDES),
        (any(p.role == DECIDES and p.stance == AGAINST for p in people), Gap.DECIDER_AGAINST),
        (PAYS not in roles, Gap.NOBODY_PAYS),
    ]
    return tuple(gap for is_so, gap in found if is_so)


def first_twice(people: Sequence[Said]) -> int | None:
    """The contact that stands there more than once."""
    seen: set[int] = set()
    for person in people:
        if person.contact_id in seen:
            return person.contact_id
        seen.add(person.contact_id)
    return None
