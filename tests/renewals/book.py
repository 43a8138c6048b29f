"""Renewals for tests: a term near its end, with the play that works it."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from core.calendar import inclusive_end
from installed_base.models import Account, Term
from installed_base.rules import last_day_to_cancel
from playbooks import day
from playbooks.models import Play, Task
from renewals.models import Quote, Renewal
from renewals.tasks import ESCALATIONS, MILESTONES
from tests import cast

ON = date(2026, 11, 21)
# Plays name their renewal before it is there.
_pks = count(7_000_001)


def ending(at: Account, days: int = 58, on: date = ON, annual: int | None = 12000, **values: Any) -> Term:
    """A term of a year that ends so many days after `on`."""
    ends_on = on + timedelta(days=days)
    return cast.term(at, ends_on - timedelta(days=364), ends_on, annual, **values)


def renewal(of: Term, **values: Any) -> Renewal:
    """An open renewal of the term with its play, owned by the owner of the account."""
    account = of.contract.account
    pk = next(_pks)
    owner = values.pop("owner", account.owner)
    decides_on = _decides_on(of)
    opened_on = values.pop("opened_on", decides_on - timedelta(days=90))
    play = Play.objects.create(
        playbook="renewal", account=account, subject_kind="renewal", subject_id=pk, owner=owner, opened_on=opened_on
    )
    facts = {
        "decides_on": decides_on,
        "ends_on": of.ends_on,
        "annual_value_reporting": of.annual_value_reporting,
        "opened_on": opened_on,
    }
    return Renewal.objects.create(pk=pk, term=of, account=account, play=play, owner=owner, **(facts | values))


def _decides_on(term: Term) -> date:
    if term.ends_on is None:
        return ON + timedelta(days=40)
    if term.tacit_months:
        return last_day_to_cancel(term.ends_on, term.notice_months, term.notice_days)
    return term.ends_on


def task(of: Renewal, title: str = "Call the customer", **values: Any) -> Task:
    facts = {"owner": of.owner, "due_on": ON, "created_on": ON}
    return Task.objects.create(
        account=of.account, play=of.play, subject_kind="renewal", subject_id=of.pk, title=title, **(facts | values)
    )


def quote(of: Renewal, on: date = ON, **values: Any) -> Quote:
    """The first version of its quote: 3 % more for a year, by nobody in particular."""
    starts_on = (of.ends_on or of.decides_on) + timedelta(days=1)
    facts = {
        "version": 1,
        "kind": "same",
        "months": 12,
        "starts_on": starts_on,
        "ends_on": inclusive_end(starts_on, 12),
        "uplift": Decimal("0.03"),
        "currency": "EUR",
        "old_annual": of.term.annual_value,
        "new_annual": of.term.annual_value and of.term.annual_value * Decimal("1.03"),
        "made_on": on,
    }
    return Quote.objects.create(renewal=of, **(facts | values))


def run_day(*, on: date | None = None, through: date | None = None, audit: bool = False) -> day.Report:
    """The day of the renewals alone, without the figures that its pages read."""
    last = on or through
    assert last is not None
    return day.run((MILESTONES, ESCALATIONS), on=last, through=through, audit=audit)
