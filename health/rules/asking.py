"""Who is asked after which occasion, and who is left in peace (AD-15). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import NamedTuple

from health.rules.survey import SurveyKind, SurveyPolicy
from playbooks.rules import Occurrence, Recorded, Rung, State, climb

ASK = "survey.ask"


class Reason(StrEnum):
    """Why somebody is not asked."""

    LEFT = "left"
    NO_ADDRESS = "no_address"
    STOPPED = "stopped"
    RECENT = "recent"


class Occasion(NamedTuple):
    """What somebody may be asked about: a machine that went live, a ticket that was solved."""

    kind: str
    on: date
    asset_id: int | None = None
    ticket_id: int | None = None

    @property
    def key(self) -> str:
        """What makes it this occasion and no other."""
        about = f"A{self.asset_id}" if self.asset_id else f"T{self.ticket_id}"
        return f"{self.kind.upper()}.{about}@{self.on.isoformat()}"


@dataclass(slots=True)
class Person:
    """A contact as somebody to be asked. `asked` holds the last day of each kind, by address; `twin` says that another
    contact with the same address is asked in their place."""

    id: int
    account_id: int
    known_on: date
    role: str
    language: str
    address_digest: str
    left_on: date | None = None
    stopped: bool = False
    twin: bool = False
    asked: Mapping[str, date] = field(default_factory=dict)
    occasions: Sequence[Occasion] = ()


class WhyNot(NamedTuple):
    """Why somebody is left in peace, and from which day on no more; no day where it does not pass by itself."""

    reason: Reason
    until: date | None = None


def why_not(person: Person, kind: SurveyKind, policy: SurveyPolicy, on: date) -> WhyNot | None:
    """Why this person is not asked this on that day; None where nothing speaks against it."""
    if person.left_on and person.left_on <= on:
        return WhyNot(Reason.LEFT)
    if not person.address_digest:
        return WhyNot(Reason.NO_ADDRESS)
    if person.stopped:
        return WhyNot(Reason.STOPPED)
    if person.twin:
        return WhyNot(Reason.RECENT, on + timedelta(days=policy.quiet_days))
    until = quiet_until(person.asked, kind, policy)
    return WhyNot(Reason.RECENT, until) if until and until > on else None


def quiet_until(asked: Mapping[str, date], kind: SurveyKind, policy: SurveyPolicy) -> date | None:
    """The first day on which this may be asked again; None for somebody who was never asked anything."""
    if not asked:
        return None
    after_any = max(asked.values()) + timedelta(days=policy.quiet_days)
    same = asked.get(kind.key)
    return max(after_any, same + timedelta(days=kind.again_days)) if same else after_any


def occurrences(
    person: Person, recorded: Recorded, policy: SurveyPolicy, counts_from: date, on: date
) -> list[Occurrence]:
    """What a person is asked now: of several occasions the newest alone; one that falls into their peace is passed over
    for good. Who has no address, has left or wants no surveys is not on the ladder at all."""
    rungs = sorted(_rungs(person, policy, on), key=lambda rung: (rung.due_on, rung.key))
    found = climb(rungs, recorded, on, counts_from=counts_from)
    return [kept for o in found if (kept := _in_peace(o, person, policy, on)) is not None]


def _rungs(person: Person, policy: SurveyPolicy, on: date) -> Iterable[Rung]:
    oldest = on - timedelta(days=policy.ask_within_days)
    for occasion in person.occasions:
        kind = policy.kind(occasion.kind)
        due_on = occasion.on + timedelta(days=kind.after_days)
        if due_on >= oldest and (not kind.roles or person.role in kind.roles):
            yield Rung(f"{ASK}.{kind.key}", occasion.key, due_on, occasion.on, "open", occasion)


def _in_peace(found: Occurrence, person: Person, policy: SurveyPolicy, on: date) -> Occurrence | None:
    why = why_not(person, policy.kind(found.rung.about.kind), policy, on)
    if why is None:
        return found
    if why.reason is not Reason.RECENT:
        return None
    return found._replace(state=State.SUPERSEDED) if found.state is State.FIRED else found
