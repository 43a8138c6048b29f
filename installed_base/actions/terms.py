"""What happens to the terms of contracts: they move, are cancelled, end early, and are followed by the next one.

Each verb locks the terms it writes, keeps their periods, and touches them. What cannot be done is refused with
a sentence (`TermRefused`), and nothing is written.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import F, Max, Q
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.calendar import inclusive_end
from core.history import keep
from core.models import ExchangeRate, Organisation, User
from installed_base.models import Coverage, CoveragePeriod, LedgerEntry, Term, TermPeriod, TermSuccession
from installed_base.models.contracts import EndReason
from installed_base.models.orders import Stream
from installed_base.rules import CENT, invoice_plan, share_out


class TermRefused(ValueError):
    """Why a term cannot be changed that way, as a sentence for the person who asked."""


@dataclass(frozen=True)
class Offer:
    """What the next term will be: whole months, a year's price in the term's own currency, and the level.

    With `planned`, its invoice schedule is written as planned ledger rows, one a year. `after` is the last day of a
    term that was continued tacitly; without it the next term starts the day after the old one's own end. `lines` names
    the coverage lines that go on, each with its price (None: not known apart); without it all go on and share it.
    """

    months: int
    annual_value: Decimal | None
    level_id: int | None
    planned: bool = False
    after: date | None = None
    lines: Mapping[int, Decimal | None] | None = None


def move_term_end(*, terms: Iterable[int], ends_on: date | None, by: Any, on: date) -> None:
    """Let these terms end on another day, or run on (None). Coverage lines that ended with their term follow; amounts
    stay. Refused where one would end before it starts, or run into a later term of its contract."""
    with audited(by=by, why="installed_base.move_term_end"):
        rows = _locked(terms)
        for row in rows:
            early = ends_on is not None and ends_on < row.starts_on
            _refuse_if(early, _("%(term)s cannot end before it starts.") % {"term": row})
            _refuse_running_into(row, ends_on)
        since = min(d for d in [on, ends_on, *(r.ends_on for r in rows)] if d)
        lines = _lines_that_end_with(rows)
        Coverage.objects.filter(pk__in=lines).update(ends_on=ends_on)
        Term.objects.filter(pk__in=_ids(rows)).update(ends_on=ends_on)
        keep(CoveragePeriod, lines, on=on)
        _changed(rows, since=since, on=on)


def terminate_term(
    *, terms: Iterable[int], terminated_on: date, reason: str, note: str, by: User | None, on: date
) -> None:
    """End these terms early: `terminated_on` is the first day on which they are no longer in force (G-09)."""
    _must_say_why(reason, note)
    with audited(by=by, why="installed_base.terminate_term"):
        rows = _locked(terms)
        for row in rows:
            _refuse_if(terminated_on < row.starts_on, _("%(term)s had not started by then.") % {"term": row})
            _refuse_if(row.terminated_on is not None, _("%(term)s was ended before.") % {"term": row})
        Term.objects.filter(pk__in=_ids(rows)).update(
            terminated_on=terminated_on, terminated_by=by, end_reason=reason, end_note=note.strip()
        )
        _changed(rows, since=min(on, terminated_on), on=on)


def reinstate_term(*, terms: Iterable[int], by: Any, on: date) -> None:
    """Take an early end back: the terms run on to their own end."""
    with audited(by=by, why="installed_base.reinstate_term"):
        rows = _locked(terms)
        since = min([on, *(r.terminated_on for r in rows if r.terminated_on)])
        Term.objects.filter(pk__in=_ids(rows)).update(
            terminated_on=None, terminated_by=None, end_reason="", end_note=""
        )
        _changed(rows, since=since, on=on)


def receive_notice(*, terms: Iterable[int], received_on: date, reason: str, note: str, by: Any, on: date) -> None:
    """The customer does not go on after the end of these terms; a notice received before keeps its day."""
    _must_say_why(reason, note)
    with audited(by=by, why="installed_base.receive_notice"):
        rows = _locked(terms)
        fresh = [r.pk for r in rows if r.notice_received_on is None]
        Term.objects.filter(pk__in=fresh).update(notice_received_on=received_on)
        Term.objects.filter(pk__in=_ids(rows)).update(end_reason=reason, end_note=note.strip())
        _changed(rows, since=min(on, received_on), on=on)


def withdraw_notice(*, terms: Iterable[int], by: Any, on: date) -> None:
    """The customer goes on after all; why it would have ended is forgotten, and stands in the audit trail."""
    with audited(by=by, why="installed_base.withdraw_notice"):
        rows = _locked(terms)
        since = min([on, *(r.notice_received_on for r in rows if r.notice_received_on)])
        Term.objects.filter(pk__in=_ids(rows)).update(notice_received_on=None, end_reason="", end_note="")
        _changed(rows, since=since, on=on)


def next_term(term: Term, months: int, after: date | None = None) -> tuple[date, date]:
    """First and last day of a term of whole months that follows this one, or its continuation up to `after`."""
    ends_on = after or term.ends_on
    if ends_on is None:
        raise TermRefused(_("%(term)s has no end: it goes on by itself.") % {"term": term})
    _refuse_if(months < 1, _("A term lasts a month at least: it cannot end before it starts."))
    starts_on = ends_on + timedelta(days=1)
    return starts_on, inclusive_end(starts_on, months)


def lines_that_go_on(term: Term, starts_on: date) -> list[Coverage]:
    """The lines that run to the end of this term, on machines still in service when the next one starts."""
    lines = term.coverages.select_related("asset__product", "asset__site").order_by("pk")
    return [line for line in lines if _goes_on(line, term, starts_on)]


def renew_contract(*, term: int, offer: Offer, signed_on: date, by: Any, on: date) -> Term:
    """Sign the term that follows: it starts the day after, covers the same machines or those of the offer, and says
    what it renews (G-03).

    Refused where the term has a successor, was ended early, or another term of the contract runs on those days; where
    the price lies below zero; and where a machine of the offer is no longer there.
    """
    with audited(by=by, why="installed_base.renew_contract"):
        old = _locked([term])[0]
        _refuse_if(old.successions.exists(), _("%(term)s was renewed before.") % {"term": old})
        _refuse_if(old.terminated_on is not None, _("%(term)s was ended early.") % {"term": old})
        _refuse_if((offer.annual_value or 0) < 0, _("The price lies below zero."))
        _refuse_overlap(old, *next_term(old, offer.months, offer.after))
        new = _signed(old, offer, signed_on, on)
        TermSuccession.objects.create(term=old, successor=new, known_on=on)
        lines = _copied_lines(old, new, offer, on)
        keep(CoveragePeriod, [line.pk for line in lines], on=on)
        if offer.planned:
            plan_invoices(new, on)
        _changed([old, new], since=min(on, signed_on, new.starts_on), on=on)
        return new


def withdraw_successors(*, term: int, by: Any, on: date) -> None:
    """Take a signature back: the terms that follow this one go, as long as they have not started and nothing hangs on
    them."""
    with audited(by=by, why="installed_base.withdraw_successors"):
        old = _locked([term])[0]
        new = _locked(TermSuccession.objects.filter(term=old).values_list("successor_id", flat=True))
        for row in new:
            _refuse_if(row.starts_on <= on, _("%(term)s has started already.") % {"term": row})
            _refuse_if(row.source != "", _("%(term)s came from %(source)s.") % {"term": row, "source": row.source})
            _refuse_if(_stands_on(row), _("Invoices or later terms stand on %(term)s.") % {"term": row})
        _changed([old, *new], since=on, on=on)
        LedgerEntry.objects.filter(term__in=new, state=LedgerEntry.State.PLANNED).delete()
        Term.objects.filter(pk__in=_ids(new)).delete()


def _locked(ids: Iterable[int]) -> list[Term]:
    chosen = sorted(set(ids))
    rows = list(
        Term.objects.select_for_update(of=("self",)).select_related("contract").filter(pk__in=chosen).order_by("pk")
    )
    _refuse_if(len(rows) != len(chosen), _("This term does not exist."))
    return rows


def _changed(rows: list[Term], *, since: date, on: date) -> None:
    keep(TermPeriod, _ids(rows), on=on)
    touch("term", _ids(rows), since=since, account_of={r.pk: r.contract.account_id for r in rows})


def _ids(rows: Iterable[Term]) -> list[int]:
    return [r.pk for r in rows]


def _refuse_if(wrong: bool, sentence: str) -> None:
    if wrong:
        raise TermRefused(sentence)


def _must_say_why(reason: str, note: str) -> None:
    _refuse_if(reason not in EndReason.values, _("Choose a reason from the list."))
    _refuse_if(not note.strip(), _("Say in a few words what happened."))


def _lines_that_end_with(rows: list[Term]) -> list[int]:
    ends = {r.pk: r.ends_on for r in rows}
    lines = Coverage.objects.filter(term__in=rows).values_list("pk", "term_id", "ends_on")
    return [pk for pk, term_id, ends_on in lines if ends_on is not None and ends_on == ends[term_id]]


def _signed(old: Term, offer: Offer, signed_on: date, on: date) -> Term:
    starts_on, ends_on = next_term(old, offer.months, offer.after)
    annual = offer.annual_value
    total = None if annual is None else (annual * offer.months / 12).quantize(CENT)
    rate = _rate(old, signed_on)
    return Term.objects.create(
        contract=old.contract,
        number=1 + (old.contract.terms.aggregate(last=Max("number"))["last"] or 0),
        level_id=offer.level_id,
        starts_on=starts_on,
        ends_on=ends_on,
        notice_months=old.notice_months,
        notice_days=old.notice_days,
        tacit_months=old.tacit_months,
        signed_on=signed_on,
        total_value=total,
        annual_value=annual,
        currency=old.currency,
        total_value_reporting=_valued(total, rate),
        annual_value_reporting=_valued(annual, rate),
        known_on=on,
    )


def _rate(term: Term, on: date) -> Decimal | None:
    """Units of the reporting currency for one of the term's, on that day; none where no rate is known."""
    if term.currency in ("", Organisation.objects.ours().reporting_currency):
        return Decimal(1)
    known = ExchangeRate.objects.filter(currency=term.currency, on__lte=on).order_by("-on").first()
    return known.rate if known else None


def _valued(amount: Decimal | None, rate: Decimal | None) -> Decimal | None:
    return None if amount is None or rate is None else (amount * rate).quantize(CENT)


def _refuse_overlap(old: Term, starts_on: date, ends_on: date) -> None:
    """Two terms of one contract never run on the same day."""
    others = Term.objects.filter(contract=old.contract_id, starts_on__lte=ends_on).exclude(pk=old.pk)
    others = others.filter(Q(ends_on__isnull=True) | Q(ends_on__gte=starts_on))
    other = others.filter(Q(terminated_on__isnull=True) | Q(terminated_on__gt=starts_on)).first()
    words = _("%(term)s runs on these days already. Two terms of one contract cannot overlap.")
    _refuse_if(other is not None, words % {"term": other})


def _refuse_running_into(row: Term, ends_on: date | None) -> None:
    """A later term of the contract, not ended before it began, has its days for itself."""
    later = Term.objects.filter(contract=row.contract_id, starts_on__gt=row.starts_on).exclude(pk=row.pk)
    later = later.filter(Q(terminated_on__isnull=True) | Q(terminated_on__gt=F("starts_on")))
    other = (later if ends_on is None else later.filter(starts_on__lte=ends_on)).order_by("starts_on").first()
    words = _("%(term)s runs on these days already. Two terms of one contract cannot overlap.")
    _refuse_if(other is not None, words % {"term": other})


def _copied_lines(old: Term, new: Term, offer: Offer, on: date) -> list[Coverage]:
    rate = _rate(new, new.signed_on or on)
    return Coverage.objects.bulk_create(
        Coverage(
            term=new,
            asset=line.asset,
            starts_on=new.starts_on,
            ends_on=new.ends_on,
            annual_value=value,
            currency=line.currency,
            annual_value_reporting=_valued(value, rate),
            known_on=on,
        )
        for line, value in _lines_of(old, new, offer)
    )


def _lines_of(old: Term, new: Term, offer: Offer) -> list[tuple[Coverage, Decimal | None]]:
    """The lines of the new term with their prices: those of the offer, or all with their share of the new price."""
    running = lines_that_go_on(old, new.starts_on)
    if offer.lines is None:
        shared = share_out([line.annual_value for line in running], old.annual_value, new.annual_value)
        return list(zip(running, shared, strict=True))
    gone = offer.lines.keys() - {line.pk for line in running}
    _refuse_if(bool(gone), _("A machine of this offer is no longer covered or in service. Look at the machines again."))
    return [(line, offer.lines[line.pk]) for line in running if line.pk in offer.lines]


def _goes_on(line: Coverage, old: Term, starts_on: date) -> bool:
    last = old.ends_on or starts_on - timedelta(days=1)
    lasts = line.ends_on is None or line.ends_on >= last
    return lasts and (line.asset.taken_out_on is None or line.asset.taken_out_on > starts_on)


def plan_invoices(term: Term, on: date) -> None:
    """Write the invoice schedule of a term as planned ledger rows, one a year."""
    rate = _rate(term, term.signed_on or on)
    plan = invoice_plan(term.starts_on, term.ends_on, term.annual_value) if term.ends_on else []
    LedgerEntry.objects.bulk_create(
        LedgerEntry(
            account_id=term.contract.account_id,
            state=LedgerEntry.State.PLANNED,
            stream=Stream.SERVICE_CONTRACT,
            on=part.starts_on,
            period_from=part.starts_on,
            period_to=part.ends_on,
            amount=part.amount,
            currency=term.currency or Organisation.objects.ours().reporting_currency,
            amount_reporting=_valued(part.amount, rate),
            term=term,
            plan_key=f"term-{term.pk}/{number}",
            known_on=on,
        )
        for number, part in enumerate(plan, start=1)
    )


def _stands_on(term: Term) -> bool:
    posted = LedgerEntry.objects.filter(term=term, state=LedgerEntry.State.POSTED)
    return posted.exists() or term.successions.exists()


__all__ = [
    "Offer",
    "TermRefused",
    "lines_that_go_on",
    "move_term_end",
    "next_term",
    "plan_invoices",
    "receive_notice",
    "reinstate_term",
    "renew_contract",
    "terminate_term",
    "withdraw_notice",
    "withdraw_successors",
]
