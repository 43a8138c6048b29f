"""What people decide about signals: take them up as one deal, dismiss them, or put them off."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.audit import audited
from core.calendar import add_months
from core.models import Owner, User
from core.policies import policy_on
from expansion.chances import FAMILY_OF, answer_to
from expansion.models import Signal, SignalKind
from expansion.queries.signals import leading
from installed_base.models import Account
from installed_base.rules import AgePolicy
from playbooks.actions.plays import open_play
from playbooks.library import REPLACEMENT
from sales.actions import Line, create_opportunity
from sales.models import Opportunity


def accept_signals(
    *,
    signals: Iterable[int],
    kind: str,
    name: str,
    owner: Owner,
    by: User,
    on: date,
    value: Decimal | None = None,
    expected_close_on: date | None = None,
) -> Opportunity:
    """Turn waiting signals of one account into one opportunity with a line per machine, and one play.

    `value` is in the reporting currency. Without one, the known values of the lines add up, a machine counting once;
    where none is known it stays unknown. ValidationError if one of them was decided meanwhile, or they belong to
    several accounts.
    """
    with audited(by=by, why="expansion.accept_signals"):
        rows = _waiting(signals)
        account = _one_account(rows)
        lines = _lines(rows)
        known = [line.value for line in lines if line.value is not None]
        deal = create_opportunity(
            account=account,
            kind=kind,
            name=name,
            owner=owner,
            by=by,
            on=on,
            value=value if value is not None else (sum(known, Decimal(0)) if known else None),
            lines=lines,
            expected_close_on=expected_close_on,
        )
        Signal.objects.filter(pk__in=[row.pk for row in rows]).update(
            decision=Signal.Decision.ACCEPTED, decided_on=on, decided_by=by, opportunity=deal
        )
        book, _deal = answer_to(*leading((row.kind, row.seen.get("event", "")) for row in rows))
        open_play(
            key=book,
            account=account,
            subject=("opportunity", deal.pk),
            owner=owner,
            by=by,
            on=on,
            anchor_on=_first_end_of_life(rows, on) if book == REPLACEMENT else None,
            value=deal.value_reporting,
        )
        return deal


def dismiss_signals(*, signals: Iterable[int], reason: str, by: User, on: date) -> int:
    """Decide against waiting signals, saying why. Returns how many; those decided meanwhile are left alone."""
    if not reason.strip():
        raise ValidationError(_("Say why this is no chance."))
    with audited(by=by, why="expansion.dismiss_signals"):
        return (
            Signal.objects.filter(pk__in=list(signals))
            .open()
            .update(decision=Signal.Decision.DISMISSED, decided_on=on, decided_by=by, reason=reason.strip())
        )


def snooze_signals(*, signals: Iterable[int], until: date, reason: str, by: User, on: date) -> int:
    """Keep signals out of sight until a later day, saying why. Returns how many."""
    if not reason.strip():
        raise ValidationError(_("Say why it can wait."))
    if until <= on:
        raise ValidationError(_("Choose a day after today."))
    with audited(by=by, why="expansion.snooze_signals"):
        return (
            Signal.objects.filter(pk__in=list(signals))
            .open()
            .update(snoozed_until=until, snoozed_reason=reason.strip())
        )


def _waiting(signals: Iterable[int]) -> list[Signal]:
    """The signals, locked against a second decision."""
    wanted = set(signals)
    rows = list(Signal.objects.select_for_update().filter(pk__in=wanted).open().order_by("pk"))
    if not wanted or len(rows) != len(wanted):
        raise ValidationError(_("Some of these signals were decided meanwhile. Look again and choose anew."))
    return rows


def _one_account(rows: list[Signal]) -> Account:
    accounts = {row.account_id for row in rows}
    if len(accounts) > 1:
        raise ValidationError(_("These signals belong to several accounts; an opportunity belongs to one."))
    found: Account = Account.objects.get(pk=accounts.pop())
    return found


def _first_end_of_life(rows: list[Signal], on: date) -> date | None:
    """The day towards which a replacement works: the first end of life among the machines; None for upgrades."""
    months = policy_on(AgePolicy, on).values.conversation_months_before_end
    ends = [row.due_on for row in rows if row.kind == SignalKind.END_OF_LIFE]
    ends += [add_months(row.due_on, months) for row in rows if row.kind == SignalKind.REPLACEMENT]
    return min(ends, default=None)


def _lines(rows: list[Signal]) -> list[Line]:
    """One line per machine, and one per thing that is about the account as a whole, each at its highest known value."""
    worth: dict[tuple[int | None, str], Decimal | None] = {}
    for row in rows:
        about = (row.asset_id, "" if row.asset_id else FAMILY_OF[row.kind])
        seen = worth.get(about)
        worth[about] = row.value_reporting if seen is None else max(seen, row.value_reporting or seen)
    return [Line(asset_id=asset, value=value) for (asset, _family), value in worth.items()]
