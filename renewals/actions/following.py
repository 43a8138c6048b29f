"""Bringing open renewals in line with their terms: ended, gone on, reinstated, moved, given to another owner."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils.translation import gettext_noop as _

from playbooks.library import RENEWAL, playbook
from playbooks.queries import working_days
from playbooks.rules import task_due_on
from playbooks.triggers import Moment
from renewals.actions.opening import shown_end
from renewals.actions.telling import tell_outcomes
from renewals.models import Outcome
from renewals.rules import Cycle, Standing, TermFacts, cycles, standing

# Why a renewal closed by itself. English; translated when shown.
REASONS = {
    Standing.TERMINATED: (Outcome.CLOSED, _("The contract was terminated")),
    Standing.SUCCEEDED: (Outcome.RENEWED, _("A new term was signed")),
    Standing.WENT_ON: (Outcome.RENEWED, _("The contract went on: nobody cancelled in time")),
    None: (Outcome.CLOSED, _("The contract no longer comes up for renewal")),
}
BACK = _("The contract comes up for renewal again: the work is open again")
MOVED = _("The last day to decide moved from {old} to {new}.")


class Kept(NamedTuple):
    """A renewal as it stands in its row. `by_itself` where the day closed it and no person did; `free` where no person
    chose its owner."""

    id: int
    play_id: int
    term_id: int
    review: int
    owner_id: int
    decides_on: date
    ends_on: date | None
    value: Any
    open: bool
    by_itself: bool
    free: bool


class Followed(NamedTuple):
    """A renewal beside the present facts of its term."""

    row: Kept
    term: TermFacts
    cycle: Cycle | None
    standing: Standing | None


def follow_terms(terms: Sequence[TermFacts], moment: Moment) -> Counter[str]:
    """Close, reopen, move and hand over what is open on these terms. Set-based; nothing is announced."""
    facts = {term.id: term for term in terms}
    pairs = [_beside(row, facts[row.term_id], moment) for row in _kept(list(facts))]
    ended = [p for p in pairs if p.row.open and p.standing not in (Standing.OPEN, Standing.DECIDED)]
    alive = [p for p in pairs if p.standing is Standing.OPEN and (p.row.open or p.row.by_itself)]
    _close(ended, moment.on)
    _reopen([p for p in alive if not p.row.open], moment.on)
    _move([p for p in alive if _moved(p)], moment)
    _hand_over([p for p in alive if p.row.free and p.row.owner_id != p.term.owner_id], moment)
    return Counter(closed=len(ended))


def _kept(term_ids: Sequence[int]) -> list[Kept]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT r.* FROM unnest(%s::bigint[]) AS wanted(id) CROSS JOIN LATERAL"
            " (SELECT id, play_id, term_id, review, owner_id, decides_on, ends_on, annual_value_reporting,"
            " decided_on IS NULL, decided_by_id IS NULL, NOT owner_chosen"
            " FROM renewals_renewal WHERE term_id = wanted.id OFFSET 0) r ORDER BY r.id",
            [list(term_ids)],
        )
        return [Kept(*row) for row in cursor.fetchall()]


def _beside(row: Kept, term: TermFacts, moment: Moment) -> Followed:
    until = max(row.decides_on, moment.on) + timedelta(days=400)
    cycle = next((c for c in cycles(term, moment.policy, until) if c.review == row.review), None)
    return Followed(row, term, cycle, cycle and standing(term, cycle, moment.policy, moment.on))


def _close(ended: Sequence[Followed], on: date) -> None:
    for reason, group in _grouped(ended, lambda p: p.standing).items():
        outcome, sentence = REASONS[reason]
        ids = [p.row.id for p in group]
        plays = [p.row.play_id for p in group]
        _run(
            "UPDATE renewals_renewal SET decided_on = %s, outcome = %s, outcome_note = %s WHERE id = ANY(%s)",
            [on, outcome.value, sentence, ids],
        )
        _run(
            "UPDATE playbooks_play SET closed_on = %s, closed_reason = %s WHERE id = ANY(%s) AND closed_on IS NULL",
            [on, sentence, plays],
        )
        _run(
            "UPDATE playbooks_task SET closed_on = %s, closed_reason = %s"
            " WHERE play_id = ANY(%s) AND done_on IS NULL AND closed_on IS NULL",
            [on, sentence, plays],
        )
        _tell_journal(dict.fromkeys(ids, sentence), on)
        tell_outcomes(ids, on=on, by=None)


def _reopen(back: Sequence[Followed], on: date) -> None:
    """The term lives again: its work does too. The journal says so, and nobody is written to."""
    if not back:
        return
    plays = [p.row.play_id for p in back]
    sentences = [sentence for _outcome, sentence in REASONS.values()]
    _run(
        "UPDATE renewals_renewal SET decided_on = NULL, outcome = '', outcome_note = '' WHERE id = ANY(%s)",
        [[p.row.id for p in back]],
    )
    _run(
        "UPDATE playbooks_play SET closed_on = NULL, closed_by_id = NULL, closed_reason = '' WHERE id = ANY(%s)",
        [plays],
    )
    _run(
        "UPDATE playbooks_task SET closed_on = NULL, closed_reason = '' WHERE play_id = ANY(%s)"
        " AND closed_reason = ANY(%s)",
        [plays, sentences],
    )
    _tell_journal({p.row.id: BACK for p in back}, on)


def _moved(p: Followed) -> bool:
    if p.cycle is None:
        return False
    row = p.row
    present = (p.cycle.decides_on, shown_end(p.term, p.cycle), p.term.value)
    return (row.decides_on, row.ends_on, row.value) != present


def _move(moved: Sequence[Followed], moment: Moment) -> None:
    """Open work follows the new date, with a line in the journal."""
    for p in moved:
        assert p.cycle is not None
        new = (p.cycle.decides_on, shown_end(p.term, p.cycle), p.term.value, p.row.id)
        _run(
            "UPDATE renewals_renewal SET decides_on = %s, ends_on = %s, annual_value_reporting = %s WHERE id = %s", new
        )
        _run(
            "UPDATE playbooks_play SET anchor_on = %s, value_reporting = %s WHERE id = %s",
            [p.cycle.decides_on, p.term.value, p.row.play_id],
        )
    shifted = [p for p in moved if p.cycle and p.cycle.decides_on != p.row.decides_on]
    _shift_tasks(shifted, moment)
    moves = {p.row.id: MOVED.format(old=p.row.decides_on, new=p.cycle.decides_on) for p in shifted if p.cycle}
    _tell_journal(moves, moment.on)


def _shift_tasks(shifted: Sequence[Followed], moment: Moment) -> None:
    if not shifted:
        return
    days = {p.row.play_id: p.cycle.decides_on - p.row.decides_on for p in shifted if p.cycle}
    country = {p.row.play_id: p.term.country for p in shifted}
    offsets = {step.key: step.due_days for step in playbook(RENEWAL, moment.on).steps}
    working = working_days(moment.on)
    for pk, play, step, milestone_on in _open_tasks(list(days)):
        new = milestone_on + days[play]
        after = offsets.get(step.partition("@")[0], 0)
        due_on = working.on_or_after(task_due_on(new, after, moment.on), country[play])
        _run("UPDATE playbooks_task SET milestone_on = %s, due_on = %s WHERE id = %s", [new, due_on, pk])


def _open_tasks(plays: Sequence[int]) -> list[tuple[int, int, str, date]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, play_id, step, milestone_on FROM playbooks_task WHERE play_id = ANY(%s) AND step <> ''"
            " AND milestone_on IS NOT NULL AND done_on IS NULL AND closed_on IS NULL ORDER BY id",
            [list(plays)],
        )
        return cursor.fetchall()


def _tell_journal(lines: Mapping[int, str], on: date) -> None:
    """A line of the product's own for each of these renewals, on their timeline."""
    if not lines:
        return
    _run(
        'INSERT INTO playbooks_note (account_id, subject_kind, subject_id, "on", text)'
        " SELECT r.account_id, 'renewal', r.id, %s, t.text FROM unnest(%s::bigint[], %s::text[]) AS t(id, text)"
        " JOIN renewals_renewal r ON r.id = t.id",
        [on, list(lines), list(lines.values())],
    )


def _hand_over(changed: Sequence[Followed], moment: Moment) -> None:
    """Open work of former owners of account or contract, or of a pool, goes to the new owner; what a person gave away
    stays."""
    if not changed or not moment.policy.work_follows_owner:
        return
    former = _former_owners([p.term.id for p in changed])
    for p in changed:
        if (p.term.id, p.row.owner_id) not in former:
            continue
        new = [p.term.owner_id, p.row.play_id, p.row.owner_id]
        _run("UPDATE renewals_renewal SET owner_id = %s WHERE play_id = %s AND owner_id = %s", new)
        _run("UPDATE playbooks_play SET owner_id = %s WHERE id = %s AND owner_id = %s", new)
        _run(
            "UPDATE playbooks_task SET owner_id = %s WHERE play_id = %s AND owner_id = %s"
            " AND done_on IS NULL AND closed_on IS NULL",
            new,
        )


def _former_owners(term_ids: Sequence[int]) -> set[tuple[int, int]]:
    """(term, owner) for all who ever owned its account or its contract, and for the pools that work it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.id, p.owner_id FROM installed_base_term t JOIN installed_base_contract c ON c.id = t.contract_id"
            " JOIN installed_base_accountperiod p ON p.account_id = c.account_id WHERE t.id = ANY(%(ids)s)"
            " UNION SELECT t.id, e.owner_id FROM installed_base_term t"
            " JOIN installed_base_contractaudit e ON e.pgh_obj_id = t.contract_id WHERE t.id = ANY(%(ids)s)"
            " AND e.owner_id IS NOT NULL"
            " UNION SELECT t.id, a.owner_id FROM installed_base_term t"
            " JOIN installed_base_contract c ON c.id = t.contract_id"
            " JOIN installed_base_account a ON a.id = c.account_id WHERE t.id = ANY(%(ids)s)"
            " UNION SELECT r.term_id, r.owner_id FROM renewals_renewal r JOIN core_owner o ON o.id = r.owner_id"
            " WHERE r.term_id = ANY(%(ids)s) AND o.team_id IS NOT NULL",
            {"ids": list(term_ids)},
        )
        return set(cursor.fetchall())


def _grouped(items: Sequence[Followed], key: Callable[[Followed], Any]) -> dict[Any, list[Followed]]:
    found: dict[Any, list[Followed]] = {}
    for item in items:
        found.setdefault(key(item), []).append(item)
    return found


def _run(sql: str, params: Sequence[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, list(params))
