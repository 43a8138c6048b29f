"""A contract is signed that follows from a deal: a new one, or a further term that takes the place of a running one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from core.actions import touch
from core.audit import audited
from core.calendar import inclusive_end
from core.history import keep
from core.models import Organisation, Owner
from installed_base.actions.joining import replace_terms
from installed_base.actions.terms import TermRefused, plan_invoices, reinstate_term
from installed_base.models import Account, Asset, Contract, Coverage, CoveragePeriod, LedgerEntry, Term, TermPeriod
from installed_base.rules import CENT


@dataclass(frozen=True)
class Agreement:
    """What is signed: whole months from a day, a year's price in the reporting currency, the level, the machines.

    With `planned`, its invoice schedule is written as planned ledger rows. `follows` is the running term whose place it
    takes: the contract stays, and so do its notice and its continuation.
    """

    starts_on: date
    months: int
    annual_value: Decimal
    level_id: int | None = None
    assets: Sequence[int] = ()
    number: str = ""
    planned: bool = True
    follows: Term | None = None


def sign_agreement(
    *, account: Account, agreement: Agreement, signed_on: date, by: Any, on: date, owner: Owner | None = None
) -> Term:
    """Write contract, term, coverage lines and planned invoices. Raises TermRefused for what cannot be signed."""
    _refuse_if(agreement.months < 1, _("A term lasts a month at least: it cannot end before it starts."))
    _refuse_if(agreement.annual_value < 0, _("The price lies below zero."))
    _refuse_if(signed_on > on, _("The day of the signature has not come yet; choose today or earlier."))
    with audited(by=by, why="installed_base.sign_agreement"):
        machines = list(Asset.objects.filter(pk__in=agreement.assets, account=account, taken_out_on__isnull=True))
        wrong = len(machines) != len(set(agreement.assets))
        _refuse_if(wrong, _("A machine of this contract stands elsewhere or is no longer in service."))
        old = agreement.follows
        contract = old.contract if old else _new_contract(account, agreement, owner, on)
        term = _term(contract, agreement, signed_on, on)
        _cover(term, machines, on)
        if agreement.planned:
            plan_invoices(term, on)
        keep(TermPeriod, [term.pk], on=on)
        touch("term", [term.pk], since=min(on, term.starts_on), account_of={term.pk: account.pk})
        if old is not None:
            replace_terms(
                terms=[old.pk], successor=term.pk, note=_("A deal put another term in its place."), by=by, on=on
            )
    return term


def _new_contract(account: Account, agreement: Agreement, owner: Owner | None, on: date) -> Contract:
    number = agreement.number.strip()
    _refuse_if(not number, _("Give the contract a number."))
    known = Contract.objects.filter(account=account, number=number).exists()
    _refuse_if(known, _("This account has a contract %(number)s already; choose another number.") % {"number": number})
    return Contract.objects.create(account=account, owner=owner, number=number, known_on=on)


def _term(contract: Contract, agreement: Agreement, signed_on: date, on: date) -> Term:
    old, annual = agreement.follows, agreement.annual_value
    total = (annual * agreement.months / 12).quantize(CENT)
    return Term.objects.create(
        contract=contract,
        number=1 + (contract.terms.aggregate(last=Max("number"))["last"] or 0),
        level_id=agreement.level_id,
        starts_on=agreement.starts_on,
        ends_on=inclusive_end(agreement.starts_on, agreement.months),
        notice_months=old.notice_months if old else 0,
        notice_days=old.notice_days if old else 0,
        tacit_months=old.tacit_months if old else None,
        signed_on=signed_on,
        annual_value=annual,
        total_value=total,
        currency=Organisation.objects.ours().reporting_currency,
        annual_value_reporting=annual,
        total_value_reporting=total,
        known_on=on,
    )


def _cover(term: Term, machines: Sequence[Asset], on: date) -> None:
    """A line for each machine. What each of them costs is not known apart."""
    lines = Coverage.objects.bulk_create(
        Coverage(
            term=term,
            asset=machine,
            starts_on=term.starts_on,
            ends_on=term.ends_on,
            currency=term.currency,
            known_on=on,
        )
        for machine in machines
    )
    keep(CoveragePeriod, [line.pk for line in lines], on=on)


def why_term_stays(term: Term, on: date) -> str:
    """Why a signature can no longer be taken back, as a sentence; empty while it can."""
    if term.starts_on <= on:
        return _("%(term)s has started already.") % {"term": term}
    if term.source:
        return _("%(term)s came from %(source)s.") % {"term": term, "source": term.source}
    posted = LedgerEntry.objects.filter(term=term, state=LedgerEntry.State.POSTED).exists()
    if posted or term.successions.exists():
        return _("Invoices or later terms stand on %(term)s.") % {"term": term}
    return ""


def withdraw_agreement(*, term: Term, renewed: Term | None, by: Any, on: date) -> None:
    """Take a signature back: the term goes with its planned invoices, a contract that has no other term goes too, and
    the term whose place it took runs on. Refused where something stands on it."""
    with audited(by=by, why="installed_base.withdraw_agreement"):
        row = Term.objects.select_for_update(of=("self",)).select_related("contract").get(pk=term.pk)
        why = why_term_stays(row, on)
        _refuse_if(bool(why), why)
        contract = row.contract
        LedgerEntry.objects.filter(term=row, state=LedgerEntry.State.PLANNED).delete()
        touch("term", [row.pk], since=min(on, row.starts_on), account_of={row.pk: contract.account_id})
        row.delete()
        if renewed is not None:
            reinstate_term(terms=[renewed.pk], by=by, on=on)
        elif not contract.terms.exists():
            contract.delete()


def _refuse_if(wrong: bool, sentence: str) -> None:
    if wrong:
        raise TermRefused(sentence)
