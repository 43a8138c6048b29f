"""The outcome of a renewal: renewed, lost, and taking either back (RN-10, RN-11, G-03, G-09).

A decision goes down as a fact of the contract (a signed term, a received notice), closes the play, and lets its open
tasks fall away with the reason.
"""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.audit import audited
from core.calendar import add_months, inclusive_end
from core.models import User
from installed_base.actions.terms import (
    Offer,
    move_term_end,
    next_term,
    receive_notice,
    renew_contract,
    withdraw_notice,
    withdraw_successors,
)
from installed_base.models import Term
from installed_base.models.contracts import ON_PURPOSE, EndReason
from playbooks.models import Play, Task
from renewals.actions.signing import (
    offer_of,
    reason_words,
    refuse_moved,
    refuse_other_terms,
    settle_lost,
    settle_renewed,
    unsettle,
)
from renewals.actions.telling import tell_outcomes, tell_reopened
from renewals.actions.working import WorkRefused, check_version
from renewals.models import Outcome, Quote, Renewal
from renewals.queries.quotes import accepted_quote

CLOSED_BY = {Outcome.RENEWED: "Renewed", Outcome.LOST: "Lost", Outcome.LET_GO: gettext_noop("Not renewed on purpose")}


def decide_renewed(
    *,
    renewal: int,
    offer: Offer | None,
    signed_on: date,
    note: str,
    version: int,
    by: User,
    on: date,
    planned: bool | None = None,
) -> Renewal:
    """The customer goes on: sign the next term, or (open-ended, no `offer`) let the contract run on.

    Where the customer accepted a quote, its terms are signed and `offer` may only repeat them; its invoice schedule is
    written unless `planned` says otherwise. An open-ended term that is renewed ends on its anniversary, and the signed
    one follows.
    """
    if signed_on > on:
        raise WorkRefused(_("The day of signature lies in the future."))
    with audited(by=by, why="renewals.decide_renewed"):
        row = _undecided(renewal, version, by)
        quote = accepted_quote(row)
        if quote is not None:
            offer = _quoted(quote, row, offer, planned)
        successor = _signed(row, offer, signed_on, by=by, on=on)
        settle_renewed(row, quote, successor, by=by, on=on)
        return _decided(row, Outcome.RENEWED, by=by, on=on, note=note)


def decide_lost(*, renewal: int, reason: str, note: str, version: int, by: User, on: date) -> Renewal:
    """The customer stops: a reason from the list and a note, both compulsory. An open-ended term ends on its
    anniversary, or after its notice where that is later."""
    if reason not in EndReason.values:
        raise WorkRefused(_("Choose a reason from the list."))
    if not note.strip():
        raise WorkRefused(_("Say in a few words what happened."))
    with audited(by=by, why="renewals.decide_lost"):
        row = _undecided(renewal, version, by)
        _stop(row, reason=reason, note=note, received_on=on, by=by, on=on)
        return _decided(row, Outcome.LOST, by=by, on=on, note=note, reason=reason)


def decide_let_go(
    *, renewal: int, reason: str, note: str, agreed_on: date, version: int, by: User, on: date
) -> Renewal:
    """It will not be renewed, and that is meant: why and since when it is agreed (G-10). No loss that surprises.

    The contract ends as if it had been cancelled on that day; refused where that was too late and it goes on.
    """
    if reason not in ON_PURPOSE:
        raise WorkRefused(_("Choose a reason from the list."))
    if not note.strip():
        raise WorkRefused(_("Say in a few words why it will not be renewed."))
    if agreed_on > on:
        raise WorkRefused(_("The day on which it was agreed lies in the future."))
    with audited(by=by, why="renewals.decide_let_go"):
        row = _undecided(renewal, version, by)
        if row.term.tacit_months and agreed_on > row.decides_on and row.term.notice_received_on is None:
            raise WorkRefused(
                _("The last day to cancel was %(day)s: this contract goes on.") % {"day": row.decides_on.isoformat()}
            )
        _stop(row, reason=reason, note=note, received_on=agreed_on, by=by, on=on)
        row.agreed_on = agreed_on
        return _decided(row, Outcome.LET_GO, by=by, on=on, note=note, reason=reason)


def reopen(*, renewal: int, version: int, by: User, on: date) -> Renewal:
    """Take a decision back: the signed term goes (while nothing stands on it), or the notice that it brought does."""
    with audited(by=by, why="renewals.reopen"):
        row = _locked(renewal, by)
        check_version(row, version)
        _take_back(row, by=by, on=on)
        unsettle(row, by=by, on=on)
        _reopen_tasks(row)
        Play.objects.filter(pk=row.play_id).update(closed_on=None, closed_by=None, closed_reason="")
        row.decided_on = row.decided_by = row.agreed_on = None
        row.outcome = row.reason = row.outcome_note = ""
        saved = _saved(row)
        tell_reopened(row.pk, on=on, by=by.pk)
        return saved


def ends_if_lost(row: Renewal, on: date) -> date:
    """The last day of the contract if the customer stops today."""
    if not is_open_ended(row):
        return end_of_cycle(row)
    after_notice = add_months(on, row.term.notice_months) + timedelta(days=row.term.notice_days)
    return max(after_notice, end_of_cycle(row))


def is_open_ended(row: Renewal) -> bool:
    """Whether the term had no end when the renewal was opened."""
    return row.ends_on is None


def end_of_cycle(row: Renewal) -> date:
    """The last day before the next term would start: the end of the term, or the day before the anniversary."""
    return row.ends_on or inclusive_end(row.term.starts_on, 12 * max(row.review, 1))


def _quoted(quote: Quote, row: Renewal, offer: Offer | None, planned: bool | None) -> Offer:
    """What the customer accepted, as the offer to sign."""
    if offer is not None:
        refuse_other_terms(quote, offer)
    after = end_of_cycle(row)
    refuse_moved(quote, *next_term(row.term, quote.months, after))
    return offer_of(quote, planned=True if planned is None else planned, after=after)


def _signed(row: Renewal, offer: Offer | None, signed_on: date, *, by: User, on: date) -> Term | None:
    """The next term; none where an open-ended one runs on."""
    if offer is not None:
        _end_on_anniversary(row, by=by, on=on)
        return renew_contract(term=row.term_id, offer=_complete(offer, row), signed_on=signed_on, by=by, on=on)
    if row.term.ends_on is not None:
        raise WorkRefused(_("Say for how many months the contract goes on."))
    return None


def _complete(offer: Offer, row: Renewal) -> Offer:
    """The price as it stands unless another was agreed; the start after the continuation that is being renewed."""
    annual = offer.annual_value if offer.annual_value is not None else row.term.annual_value
    return replace(offer, annual_value=annual, after=end_of_cycle(row))


def _end_on_anniversary(row: Renewal, *, by: Any, on: date) -> None:
    if row.term.ends_on is None:
        move_term_end(terms=[row.term_id], ends_on=end_of_cycle(row), by=by, on=on)


def _stop(row: Renewal, *, reason: str, note: str, received_on: date, by: Any, on: date) -> None:
    """Tell the contract that it will not go on; an open-ended one ends. What was quoted is lost with it."""
    receive_notice(terms=[row.term_id], received_on=received_on, reason=reason, note=note, by=by, on=on)
    if row.term.ends_on is None:
        move_term_end(terms=[row.term_id], ends_on=ends_if_lost(row, received_on), by=by, on=on)
    settle_lost(row, reason_words(reason), by=by, on=on)


def _locked(renewal: int, by: User) -> Renewal:
    rows = Renewal.objects.changeable_by(by).select_related("term", "term__contract")
    found: Renewal = rows.select_for_update(of=("self",)).get(pk=renewal)
    return found


def _undecided(renewal: int, version: int, by: User) -> Renewal:
    row = _locked(renewal, by)
    check_version(row, version)
    if row.decided_on:
        raise WorkRefused(_("This renewal is decided."))
    return row


def _decided(row: Renewal, outcome: Outcome, *, by: User, on: date, note: str, reason: str = "") -> Renewal:
    closed = CLOSED_BY[outcome]
    Play.objects.filter(pk=row.play_id, closed_on__isnull=True).update(closed_on=on, closed_by=by, closed_reason=closed)
    Task.objects.open().filter(play_id=row.play_id).update(closed_on=on, closed_reason=closed)
    row.decided_on, row.decided_by = on, by
    row.outcome, row.reason, row.outcome_note = outcome, reason, note.strip()
    row.snoozed_until, row.snoozed_reason = None, ""
    saved = _saved(row)
    tell_outcomes([row.pk], on=on, by=by.pk)
    return saved


def _saved(row: Renewal) -> Renewal:
    row.version += 1
    row.save()
    return row


def _take_back(row: Renewal, *, by: Any, on: date) -> None:
    if row.outcome == Outcome.RENEWED:
        withdraw_successors(term=row.term_id, by=by, on=on)
        _run_on(row, by=by, on=on)
    elif row.outcome in (Outcome.LOST, Outcome.LET_GO):
        _take_notice_back(row, by=by, on=on)
    else:
        raise WorkRefused(_("This renewal was closed by a change of its contract: change that back."))


def _take_notice_back(row: Renewal, *, by: Any, on: date) -> None:
    """Only what the decision itself wrote: a notice that was there before it stays."""
    if row.term.notice_received_on == (row.agreed_on or row.decided_on):
        withdraw_notice(terms=[row.term_id], by=by, on=on)
    _run_on(row, by=by, on=on)


def _run_on(row: Renewal, *, by: Any, on: date) -> None:
    if is_open_ended(row) and row.term.ends_on is not None:
        move_term_end(terms=[row.term_id], ends_on=None, by=by, on=on)


def _reopen_tasks(row: Renewal) -> None:
    fell_away = Task.objects.filter(play_id=row.play_id, closed_on=row.decided_on, closed_reason=CLOSED_BY[row.outcome])  # type: ignore[index]
    fell_away.update(closed_on=None, closed_reason="")
