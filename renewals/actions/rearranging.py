"""The contract under a renewal is changed by hand: it ends on another day, alone or with others, ends early, or goes
into another one (G-03, G-09).

What is written are facts of the contract; the open renewals follow at the next bell, and their timelines say so
(firing.md, When facts or rules change). What cannot be done is refused with a sentence, and nothing is written.
"""

from collections.abc import Iterable
from datetime import date

from django.db.models import F
from django.utils.translation import gettext as _

from core.audit import audited
from core.models import User
from installed_base.actions.joining import co_term, replace_terms
from installed_base.actions.terms import move_term_end, reinstate_term, terminate_term
from renewals.actions.working import WorkRefused, check_version
from renewals.models import Outcome, Renewal


def move_end(
    *, renewal: int, ends_on: date, version: int, by: User, on: date, together: Iterable[int] = ()
) -> list[Renewal]:
    """Let the contract end on another day; those of the renewals `together` end on the same day."""
    with audited(by=by, why="renewals.move_end"):
        rows = _open(renewal, together, version, by)
        terms = [row.term_id for row in rows]
        if len(rows) > 1:
            co_term(terms=terms, ends_on=ends_on, by=by, on=on)
        else:
            move_term_end(terms=terms, ends_on=ends_on, by=by, on=on)
        return _written(rows)


def end_early(
    *, renewal: int, terminated_on: date, reason: str, note: str, version: int, by: User, on: date
) -> list[Renewal]:
    """End the contract before its own end: `terminated_on` is the first day without it."""
    with audited(by=by, why="renewals.end_early"):
        rows = _open(renewal, (), version, by)
        last = rows[0].term.ends_on
        if last is not None and terminated_on > last:
            raise WorkRefused(_("The contract ends by itself before that day: on %(day)s.") % {"day": last.isoformat()})
        terms = [row.term_id for row in rows]
        terminate_term(terms=terms, terminated_on=terminated_on, reason=reason, note=note, by=by, on=on)
        return _written(rows)


def take_end_back(*, renewal: int, by: User, on: date) -> list[Renewal]:
    """The contract runs to its own end after all. Refused where it was not ended early, or another took its place."""
    with audited(by=by, why="renewals.take_end_back"):
        row = _locked([renewal], by)[0]
        if row.term.terminated_on is None or row.outcome not in ("", Outcome.CLOSED):
            raise WorkRefused(_("This contract was not ended early."))
        if row.term.successions.exists():
            raise WorkRefused(_("Another contract took its place."))
        reinstate_term(terms=[row.term_id], by=by, on=on)
        return _written([row])


def replace_contract(
    *, renewal: int, successor: int, note: str, version: int, by: User, on: date, together: Iterable[int] = ()
) -> list[Renewal]:
    """A signed term of another contract takes the place of this one, and of those of the renewals `together`."""
    with audited(by=by, why="renewals.replace_contract"):
        rows = _open(renewal, together, version, by)
        terms = [row.term_id for row in rows]
        replace_terms(terms=terms, successor=successor, note=note, by=by, on=on)
        return _written(rows)


def _open(renewal: int, together: Iterable[int], version: int, by: User) -> list[Renewal]:
    rows = _locked([renewal, *together], by)
    check_version(next(row for row in rows if row.pk == renewal), version)
    if any(row.decided_on for row in rows):
        raise WorkRefused(_("This renewal is decided."))
    return rows


def _locked(ids: Iterable[int], by: User) -> list[Renewal]:
    chosen = sorted(set(ids))
    rows = Renewal.objects.changeable_by(by).filter(pk__in=chosen).select_related("term__contract").order_by("pk")
    found = list(rows.select_for_update(of=("self",)))
    if len(found) != len(chosen):
        raise Renewal.DoesNotExist
    return found


def _written(rows: list[Renewal]) -> list[Renewal]:
    """Whoever edits one of these meanwhile is told."""
    Renewal.objects.filter(pk__in=[row.pk for row in rows]).update(version=F("version") + 1)
    return rows
