"""Opening renewals when a milestone fires: one renewal and one play per term and review, tasks per milestone."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db import connection

from core.bulk import copy_rows, new_ids
from health.rules import Gate, gate
from playbooks.actions.releasing import Due, Message, announce, release
from playbooks.library import RENEWAL, playbook
from playbooks.triggers import Fired, Moment
from renewals.models import Stage
from renewals.rules import Cycle, MilestonePolicy, TermFacts

KIND = "renewal"


class Work(NamedTuple):
    """A renewal as far as releasing needs it; `old` where it was there before this firing."""

    renewal_id: int
    play_id: int
    owner_id: int
    old: bool


def open_renewals(fired: Sequence[Fired], moment: Moment) -> Counter[str]:
    """Open what is not open yet, release the milestone's steps as tasks, and tell the owners. In one transaction."""
    present = _present([row.facts.id for row in fired])
    fresh = [row for row in fired if _cycle_key(row) not in present]
    present |= _open(fresh, moment)
    due = [_due(row, present[_cycle_key(row)]) for row in fired]
    tasks = release(due, playbook(RENEWAL, moment.on), moment.on)
    opened = {_cycle_key(row) for row in fresh}
    announce([m for row in fired for m in _messages(row, present[_cycle_key(row)], _cycle_key(row) in opened, moment)])
    return Counter(plays=len(fresh), tasks=tasks)


def _cycle_key(row: Fired) -> tuple[int, int]:
    return row.facts.id, row.occurrence.rung.about.review


def _present(term_ids: Sequence[int]) -> dict[tuple[int, int], Work]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.* FROM unnest(%s::bigint[]) AS wanted(id) CROSS JOIN LATERAL"
            " (SELECT term_id, review, id, play_id, owner_id FROM renewals_renewal WHERE term_id = wanted.id OFFSET 0)"
            " r",
            [list(term_ids)],
        )
        return {(term, review): Work(pk, play, owner, True) for term, review, pk, play, owner in cursor.fetchall()}


def _open(fresh: Sequence[Fired], moment: Moment) -> dict[tuple[int, int], Work]:
    plays, renewals = new_ids("playbooks_play", len(fresh)), new_ids("renewals_renewal", len(fresh))
    rows = list(zip(fresh, plays, renewals, strict=True))
    copy_rows("playbooks_play", _PLAY, (_play(*row) for row in rows), same=_PLAY_OPENS | {"opened_on": moment.on})
    renewed = (_renewal(*row, moment) for row in rows)
    copy_rows("renewals_renewal", _RENEWAL, renewed, same=_RENEWAL_OPENS | {"opened_on": moment.on})
    return {_cycle_key(row): Work(renewal, play, row.facts.owner_id, False) for row, play, renewal in rows}


_PLAY = (
    "id",
    "account_id",
    "subject_id",
    "owner_id",
    "anchor_on",
    "value_reporting",
)
_PLAY_OPENS = {"playbook": RENEWAL, "subject_kind": KIND, "closed_reason": ""}


def _play(row: Fired, play: int, renewal: int) -> tuple[Any, ...]:
    term, cycle = _matter(row)
    return (play, term.account_id, renewal, term.owner_id, cycle.decides_on, term.value)


_RENEWAL = (
    "id",
    "term_id",
    "review",
    "account_id",
    "play_id",
    "owner_id",
    "decides_on",
    "ends_on",
    "annual_value_reporting",
    "late_days",
    "stage",
)
_UNSAID = ("next_step", "snoozed_reason", "outcome", "reason", "outcome_note")
_RENEWAL_OPENS = dict.fromkeys(_UNSAID, "") | {"version": 1}


def _renewal(row: Fired, play: int, renewal: int, moment: Moment) -> tuple[Any, ...]:
    term, cycle = _matter(row)
    policy: MilestonePolicy = moment.policy.of(term.kind, term.segment)
    late = max((moment.on - cycle.decides_on).days + policy.longest, 0)
    stage = Stage.FIX_FIRST if gate(term.tier) is Gate.OPENS else Stage.TO_START
    return (
        renewal,
        term.id,
        cycle.review,
        term.account_id,
        play,
        term.owner_id,
        cycle.decides_on,
        shown_end(term, cycle),
        term.value,
        late,
        stage.value,
    )


def _matter(row: Fired) -> tuple[TermFacts, Cycle]:
    return row.facts, row.occurrence.rung.about


def shown_end(term: TermFacts, cycle: Cycle) -> Any:
    """The end a renewal shows: an open-ended term has none."""
    return cycle.ends_on if term.ends_on is not None else None


def _due(row: Fired, work: Work) -> Due:
    term: TermFacts = row.facts
    return Due(
        row.firing_id,
        row.occurrence.rung,
        work.play_id,
        term.account_id,
        work.owner_id,
        KIND,
        work.renewal_id,
        term.value,
        work.old,
        term.country,
    )


def _messages(row: Fired, work: Work, opened: bool, moment: Moment) -> list[Message]:
    """One message per fired milestone, and one more for the first. Keys repeat the firing's own key."""
    rung = row.occurrence.rung
    payload = {
        "firing": row.firing_id,
        "renewal": work.renewal_id,
        "term": row.facts.id,
        "account": row.facts.account_id,
        "milestone": rung.milestone,
        "decides_on": rung.anchor_on.isoformat(),
        "on": moment.on.isoformat(),
    }
    subject = (work.owner_id, KIND, work.renewal_id)
    key = f"term:{row.facts.id}:{rung.key}"
    found = [Message(f"milestone.fired:{key}", "milestone.fired", *subject, payload)]
    if opened:
        found.insert(0, Message(f"renewal.opened:{key}", "renewal.opened", *subject, payload))
    if moment.audit:
        found.append(Message(f"milestone.missed:{key}", "milestone.missed", *subject, payload))
    return found
