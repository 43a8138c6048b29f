"""One account as it stood on a past day: what has a history is read from it, the rest is said as it is today."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q

from core.models import User
from dashboards.queries import account as query
from dashboards.queries import machines as placing
from installed_base.metrics.asof import stood
from installed_base.models import Account, AccountPeriod, AssetPeriod, ContactPeriod, TermPeriod


def account(found: Account, on: date) -> Account:
    """Put owner, segment and group of that day on the account. One query."""
    period = AccountPeriod.objects.filter(stood(on), account=found).select_related("owner", "group").first()
    if period:
        found.owner, found.segment, found.group = period.owner, period.segment, period.group
    return found


def machines(found: Account, user: User, on: date) -> list[Any]:
    """Those that stood there that day, also if they moved since; without history those that stand there. Two
    queries."""
    periods = AssetPeriod.objects.filter(stood(on))
    here = Q(pk__in=periods.filter(account=found).values("asset"))
    untold = Q(account=found) & ~Exists(periods.filter(asset=OuterRef("pk")))
    rows = placing.placed_then(query.machines_where(here | untold, user, on), on)
    return sorted(rows, key=lambda row: (row.site is None, row.site.name if row.site else "", row.site_id or 0))


def terms(rows: Iterable[Any], on: date) -> list[Any]:
    """Of these terms those that had begun, with the dates, level and value of that day, not yet ended. One query."""
    begun = [term for term in rows if term.starts_on <= on]
    periods = TermPeriod.objects.filter(stood(on), term_id__in=[term.pk for term in begun]).select_related("level")
    held = {period.term_id: period for period in periods}
    for term in begun:
        if term.terminated_on and term.terminated_on > on:
            term.terminated_on, term.end_reason = None, ""
        if period := held.get(term.pk):
            term.ends_on, term.level = period.ends_on, period.level
            term.annual_value_reporting = period.annual_value_reporting
    return begun


def people(rows: Iterable[Any], found: Account, on: date) -> list[Any]:
    """Of these people those who were there that day, in the role they had; who left later had not left. One
    query."""
    periods = {p.contact_id: p for p in ContactPeriod.objects.filter(stood(on), account=found)}
    known = [person for person in rows if person.pk in periods]
    for person in known:
        person.role = periods[person.pk].role
        if person.left_on and person.left_on > on:
            person.left_on = None
        if person.champion_since and person.champion_since > on:
            person.champion_since = None
    return known
