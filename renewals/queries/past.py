"""The queue of a past day, rebuilt from dated facts: renewals opened by then and not yet decided, with the term dates,
level and value of that day, and the owner of that day.

Stage, next step and snoozing are not kept by day; a page of the past leaves them out.
"""

from dataclasses import replace
from datetime import date, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet

from core.models import Owner
from core.policies import policy_on
from installed_base.models import AccountPeriod, TermPeriod, TermSuccession
from renewals.models import Renewal
from renewals.queries.rows import Row, rows_of
from renewals.rules import Cycle, MilestonePolicy, TermFacts, cycles


def past_rows(renewals: QuerySet[Renewal], *, on: date) -> list[Row]:
    """Rows of the renewals that were open on that day. Five queries, whatever their number."""
    rows = rows_of(open_then(renewals, on), on=on)
    keys = renewals.filter(pk__in=[r.pk for r in rows]).values_list("pk", "term_id", "term__contract__owner_id")
    term_of, given = {k[0]: k[1] for k in keys}, {k[0]: k[2] for k in keys if k[2]}
    terms = _terms_then(set(term_of.values()), on)
    owners = _owners_then(rows, given, on)
    policy = policy_on(MilestonePolicy, on).values
    return [_as_it_was(r, terms.get(term_of[r.pk]), owners.get(r.pk), policy) for r in rows]


def open_then(renewals: QuerySet[Renewal], on: date) -> QuerySet[Renewal]:
    """Opened by that day, not decided by it, the term neither ended early nor renewed by it."""
    followed = TermSuccession.objects.filter(
        Q(successor__signed_on__lte=on) | Q(successor__signed_on__isnull=True, successor__starts_on__lte=on),
        term=OuterRef("term"),
    )
    undecided = Q(decided_on__isnull=True) | Q(decided_on__gt=on)
    return renewals.filter(undecided, opened_on__lte=on).exclude(term__terminated_on__lte=on).exclude(Exists(followed))


def _terms_then(terms: set[int], on: date) -> dict[int, TermPeriod]:
    periods = TermPeriod.objects.select_related("level", "term__contract").filter(_stands(on), term_id__in=terms)
    return {p.term_id: p for p in periods}


def cycle_of(period: TermPeriod, review: int, policy: MilestonePolicy, on: date) -> Cycle | None:
    """The cycle of a review with the dates the term had in that period."""
    until = on + timedelta(days=2 * policy.horizon)
    return next((c for c in cycles(_facts(period), policy, until) if c.review == review), None)


def _facts(period: TermPeriod) -> TermFacts:
    term = period.term
    return TermFacts(
        id=term.pk,
        account_id=term.contract.account_id,
        owner_id=0,
        number=term.number,
        starts_on=period.starts_on,
        ends_on=period.ends_on,
        notice_months=period.notice_months,
        notice_days=period.notice_days,
        tacit_months=period.tacit_months,
        known_on=term.known_on,
    )


def _stands(on: date) -> Q:
    return Q(valid_from__lte=on) & (Q(valid_to__isnull=True) | Q(valid_to__gt=on))


def _owners_then(rows: list[Row], given: dict[int, int], on: date) -> dict[int, Owner]:
    """The owner of the contract, else the owner the account had on that day."""
    periods = AccountPeriod.objects.filter(_stands(on), account_id__in={r.account_id for r in rows})
    of_account = {p.account_id: p.owner for p in periods.select_related("owner")}
    named = Owner.objects.in_bulk(set(given.values()))
    found = {r.pk: named.get(given.get(r.pk, 0)) or of_account.get(r.account_id) for r in rows}
    return {pk: owner for pk, owner in found.items() if owner}


def _as_it_was(row: Row, term: TermPeriod | None, owner: Owner | None, policy: MilestonePolicy) -> Row:
    later_notice = row.notice_received_on is not None and row.notice_received_on > row.on
    plain = replace(
        row,
        next_step="",
        next_step_on=None,
        snoozed_until=None,
        decided_on=None,
        outcome="",
        notice_received_on=None if later_notice else row.notice_received_on,
        terminated_on=None,
    )
    if owner:
        plain = replace(
            plain, owner_id=owner.pk, owner_name=owner.name, owner_user=owner.user_id, owner_team=owner.team_id
        )
    if term is None:
        return plain
    cycle = cycle_of(term, row.review, policy, row.on)
    return replace(
        plain,
        decides_on=cycle.decides_on if cycle else row.decides_on,
        ends_on=cycle.ends_on if cycle and term.ends_on else term.ends_on,
        tacit_months=term.tacit_months,
        level_id=term.level_id,
        level=term.level.name if term.level else None,
        value=term.annual_value_reporting,
    )
