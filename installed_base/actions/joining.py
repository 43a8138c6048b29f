"""Terms that come together: they end on one day, or one new contract takes their place (G-03).

Each verb goes through those of installed_base.actions.terms: locked, kept, touched, refused with a sentence.
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from installed_base.actions.terms import TermRefused, move_term_end, terminate_term
from installed_base.models import Term, TermSuccession
from installed_base.models.contracts import EndReason


def co_term(*, terms: Iterable[int], ends_on: date, by: Any, on: date) -> None:
    """Let these terms end on one and the same day, so that they are renewed together."""
    chosen = sorted(set(terms))
    with audited(by=by, why="installed_base.co_term"):
        rows = _known(chosen)
        _refuse_if(len(rows) < 2, _("Choose two or more terms that are to end together."))
        _refuse_if(len({r.contract.account_id for r in rows}) > 1, _("These terms belong to different accounts."))
        for row in rows:
            _refuse_over(row)
        move_term_end(terms=chosen, ends_on=ends_on, by=by, on=on)


def replace_terms(*, terms: Iterable[int], successor: int, note: str, by: Any, on: date) -> None:
    """One signed term takes the place of these: each says so, and ends on the day it starts where it would still run.

    Each is renewed once, however early, and however many go into one.
    """
    chosen = sorted(set(terms) - {successor})
    with audited(by=by, why="installed_base.replace_terms"):
        new = _known([successor])[0]
        rows = _known(chosen)
        _refuse_if(not rows, _("Choose the terms that are replaced."))
        _refuse_if(new.signed_on is None and new.source == "", _("%(term)s is not signed.") % {"term": new})
        for row in rows:
            _refuse_foreign(row, new)
            _refuse_over(row)
        running = [r.pk for r in rows if r.ends_on is None or r.ends_on >= new.starts_on]
        if running:
            reason = EndReason.MERGED if len(rows) > 1 else EndReason.REPLACED
            terminate_term(terms=running, terminated_on=new.starts_on, reason=reason, note=note, by=by, on=on)
        TermSuccession.objects.bulk_create(TermSuccession(term=r, successor=new, known_on=on) for r in rows)
        accounts = {r.pk: r.contract.account_id for r in [*rows, new]}
        touch("term", accounts, since=min(on, new.starts_on), account_of=accounts)


def _known(ids: Sequence[int]) -> list[Term]:
    rows = Term.objects.select_for_update(of=("self",)).select_related("contract").filter(pk__in=ids).order_by("pk")
    found = list(rows)
    _refuse_if(len(found) != len(ids), _("This term does not exist."))
    return found


def _refuse_over(row: Term) -> None:
    _refuse_if(row.terminated_on is not None, _("%(term)s was ended early.") % {"term": row})
    _refuse_if(row.successions.exists(), _("%(term)s was renewed before.") % {"term": row})


def _refuse_foreign(row: Term, new: Term) -> None:
    words = {"term": row, "new": new}
    foreign = row.contract.account_id != new.contract.account_id
    _refuse_if(foreign, _("%(new)s belongs to another account than %(term)s.") % words)
    _refuse_if(
        new.starts_on <= row.starts_on, _("%(new)s starts before %(term)s does, so it cannot follow it.") % words
    )


def _refuse_if(wrong: bool, sentence: str) -> None:
    if wrong:
        raise TermRefused(sentence)


__all__ = ["co_term", "replace_terms"]
