"""Rescuing a red account: begin by hand, name cause and sponsor, plan, and say how it ended (HT-03..05).

None of it is a fact on which a score rests, so nothing is touched.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.audit import audited
from core.models import Owner, User
from health.models import Alert, Cause, Rescue, Spell
from health.queries.rescues import facts_of, worth_of
from health.rules import Tier
from health.rules.rescue import may_recover
from installed_base.models import Account
from playbooks.actions.plays import open_play
from playbooks.library import RESCUE
from playbooks.models import Play, Task

ACTION = "action."
GIVEN_UP = gettext_noop("Given up: we accept that they leave")
SAID_RECOVERED = gettext_noop("Recovered")


@dataclass(frozen=True)
class Started:
    """Plays that were opened, and a sentence for each account that was passed over."""

    plays: list[Play]
    refused: list[str]


def start_rescues(*, accounts: Sequence[Account], by: User, on: date) -> Started:
    """Open a rescue by hand for red accounts that have none: those that were red when we first saw them.

    The clock of such a rescue begins today. All others are passed over, each with its sentence.
    """
    spells = {s.account_id: s for s in Spell._base_manager.filter(account__in=accounts, ended_on__isnull=True)}
    begun = {p.subject_id: p for p in _rescues().filter(subject_id__in=[s.pk for s in spells.values()])}
    worth = worth_of([a.pk for a in accounts], on)
    plays, refused = [], []
    with audited(by=by, why="health.start_rescues"):
        for account in accounts:
            spell = spells.get(account.pk)
            said = _refusal(account, spell, begun.get(spell.pk) if spell else None)
            if said or spell is None:
                refused.append(said)
            else:
                plays.append(_open(account, spell, by, on, worth.get(account.pk)))
    return Started(plays, refused)


def _rescues() -> Any:
    return Play._base_manager.filter(playbook=RESCUE, subject_kind="spell")


def _refusal(account: Account, spell: Spell | None, play: Play | None) -> str:
    if spell is None or spell.tier != Tier.RED:
        return _("%(account)s is not red.") % {"account": account}
    if play is None:
        return ""
    if play.closed_on:
        return _("The rescue of %(account)s has ended; take its end back instead.") % {"account": account}
    return _("%(account)s is being rescued already.") % {"account": account}


def _open(account: Account, spell: Spell, by: User, on: date, value: Any) -> Play:
    return open_play(
        key=RESCUE, account=account, subject=("spell", spell.pk), owner=account.owner, by=by, on=on, anchor_on=on,
        value=value,
    )  # fmt: skip


def write_cause(*, play: Play, cause: str, note: str, by: User, on: date) -> None:
    """Why they are unhappy. The step that asked for it is done; a better insight takes its place."""
    if cause not in Cause.values:
        raise ValidationError(_("Choose what is at the root of it."))
    with audited(by=by, why="health.write_cause"):
        row = _row(play)
        row.cause, row.cause_note, row.cause_by = cause, note.strip(), by
        row.cause_on = row.cause_on or on
        row.save()
        _done(play, "root-cause", by, on)


def name_sponsor(*, play: Play, sponsor: User | None, by: User, on: date) -> None:
    """Who of our board stands behind it; None: nobody any more."""
    with audited(by=by, why="health.name_sponsor"):
        row = _row(play)
        row.sponsor, row.sponsor_on = sponsor, on if sponsor else None
        row.save()
        if sponsor:
            _done(play, "sponsor", by, on)


def add_action(*, play: Play, title: str, due_on: date, by: User, on: date, owner: Owner | None = None) -> Task:
    """An action of the plan: what, who, by when. It is a task of the play, and closes with it."""
    if due_on < on:
        raise ValidationError(_("An action lies ahead; choose today or a later day."))
    with audited(by=by, why="health.add_action"):
        _still_open(play)
        number = Task._base_manager.filter(play=play, step__startswith=ACTION).count() + 1
        task = Task.objects.create(
            account_id=play.account_id,
            play=play,
            step=f"{ACTION}{number}",
            subject_kind=play.subject_kind,
            subject_id=play.subject_id,
            title=title.strip(),
            owner=owner or Owner.objects.of(by),
            value_reporting=play.value_reporting,
            due_on=due_on,
            created_on=on,
            created_by=by,
        )
        _done(play, "plan", by, on)
        return task


def conclude(*, play: Play, outcome: str, reason: str, note: str, by: User, on: date) -> None:
    """Say how it ended: recovered, of an account that is not red; or lost, with the reason. Its open work falls away.

    ValidationError for "recovered" of a red account, for "lost" without a reason, and for one that has ended.
    """
    if outcome == Rescue.Outcome.RECOVERED and not may_recover(facts_of([play], on)[play.pk]):
        raise ValidationError(_("The account is still red. It has recovered when it has left red."))
    if outcome == Rescue.Outcome.LOST and reason not in Cause.values:
        raise ValidationError(_("Say why they leave."))
    with audited(by=by, why="health.conclude_rescue"):
        _still_open(play)
        row = _row(play)
        row.outcome, row.reason, row.note = outcome, reason, note.strip()
        row.concluded_on, row.concluded_by = on, by
        row.save()
        _done(play, "conclude", by, on)
        _close(play, GIVEN_UP if outcome == Rescue.Outcome.LOST else SAID_RECOVERED, by, on)


def _close(play: Play, why: str, by: User, on: date) -> None:
    Play.objects.filter(pk=play.pk).update(closed_on=on, closed_by=by, closed_reason=why)
    Task.objects.filter(play=play).open().update(closed_on=on, closed_reason=why)
    Alert.objects.filter(account=play.account_id, kind=Alert.Kind.TIER, tier="red").open().update(
        closed_on=on, closed_by=by, closed_reason=why
    )


def take_back(*, play: Play, by: User, on: date) -> None:
    """The end that a person wrote down was too early: the rescue goes on, with the work that fell away with it."""
    with audited(by=by, why="health.take_back_rescue"):
        row = Rescue._base_manager.select_for_update(of=("self",)).filter(play=play).exclude(outcome="").first()
        if row is None:
            raise ValidationError(_("Nobody has said how it ended."))
        if not Spell._base_manager.filter(account=play.account_id, ended_on__isnull=True, tier="red").exists():
            raise ValidationError(_("The account is not red any more; there is nothing to go on with."))
        why = GIVEN_UP if row.outcome == Rescue.Outcome.LOST else SAID_RECOVERED
        Task.objects.filter(play=play, closed_reason=why).update(closed_on=None, closed_reason="")
        Play.objects.filter(pk=play.pk).update(closed_on=None, closed_by=None, closed_reason="")
        row.outcome, row.reason, row.note, row.concluded_on, row.concluded_by = "", "", "", None, None
        row.save()


def _row(play: Play) -> Rescue:
    return Rescue._base_manager.select_for_update(of=("self",)).get_or_create(
        play=play, defaults={"account_id": play.account_id}
    )[0]


def _done(play: Play, step: str, by: User, on: date) -> None:
    Task.objects.filter(play=play, step=step).open().update(done_on=on, done_by=by)


def _still_open(play: Play) -> None:
    if Play.objects.filter(pk=play.pk, closed_on__isnull=False).exists():
        raise ValidationError(_("This rescue has ended."))
