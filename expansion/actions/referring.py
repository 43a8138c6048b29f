"""Referrals: asked for, made easy, given, followed up, and the loop closed with who gave them (RF-02..05)."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from core.actions import touch
from core.audit import audited
from core.models import Owner, User
from core.policies import policy_on
from expansion.models import Referral, ReferralKind
from expansion.queries.referrals import of_account
from expansion.rules.referral import ReferralPolicy, WhyNot, thank_by, why_not_ask
from installed_base.actions.accounts import found_account
from installed_base.models import Account, Contact
from playbooks.actions.plays import open_play
from playbooks.library import REFERRAL, playbook
from playbooks.models import Play, Task
from playbooks.queries import working_days
from sales.actions import create_opportunity
from sales.models import Opportunity
from sales.queries.newness import kind_of_deal

SUBJECT = "referral"
# Why the play closed. English; translated when shown.
DECLINED = gettext_noop("They said no")
THANKED = gettext_noop("They were thanked")
TOLD = gettext_noop("They know that it became a deal")
GAVE = gettext_noop("They gave it before that")


def ask_referral(
    *,
    account: Account,
    contact: Contact,
    kind: str,
    by: User,
    on: date,
    owner: Owner | None = None,
    talking_points: str = "",
    intro: str = "",
) -> Referral:
    """Ask somebody for a reference call, a case study, or whom they know. Its steps become tasks.

    ValidationError while a rescue goes on, where somebody of them was asked not long ago, and for a person of another
    account or one who left.
    """
    _belongs(contact, account)
    with audited(by=by, why="expansion.ask_referral"):
        Account._base_manager.select_for_update().get(pk=account.pk)
        policy = policy_on(ReferralPolicy, on).values
        _may_ask(account, policy, on)
        row = Referral.objects.create(
            account=account,
            contact=contact,
            kind=ReferralKind(kind).value,
            owner=owner or Owner.objects.of(by),
            known_on=on,
            asked_on=on,
            asked_by=by,
            talking_points=talking_points.strip(),
            intro=intro.strip(),
        )
        open_play(key=REFERRAL, account=account, subject=(SUBJECT, row.pk), owner=row.owner, by=by, on=on)
        _do_steps(row, by, on, "ask", *(["write-intro"] if row.intro else []))
        _touched(row, on)
    return row


def _belongs(contact: Contact, account: Account) -> None:
    if contact.account_id != account.pk:
        raise ValidationError(_("%(person)s does not belong to this account.") % {"person": contact})
    if contact.left_on:
        raise ValidationError(_("%(person)s is no longer there. Choose somebody else.") % {"person": contact})


def _may_ask(account: Account, policy: ReferralPolicy, on: date) -> None:
    why = why_not_ask(of_account(account.pk, on), policy, on)
    if why is WhyNot.RESCUE:
        raise ValidationError(_("%(account)s is being rescued: help first, ask later.") % {"account": account})
    if why is WhyNot.ASKED:
        raise ValidationError(
            _("Somebody at %(account)s was asked in the past %(months)d months. Ask again later.")
            % {"account": account, "months": policy.again_months}
        )


def write_intro(*, referral: Referral, talking_points: str, intro: str, by: User, on: date) -> None:
    """Write what they may tell and the introduction in their voice (RF-03). One that changes is approved anew."""
    _open_request(referral)
    with audited(by=by, why="expansion.write_intro"):
        if intro.strip() != referral.intro:
            referral.approved_on = None
        referral.talking_points, referral.intro = talking_points.strip(), intro.strip()
        referral.save(update_fields=["talking_points", "intro", "approved_on"])
        if referral.intro:
            _do_steps(referral, by, on, "write-intro")


def approve_intro(*, referral: Referral, by: User, on: date) -> None:
    """They said OK to the introduction. ValidationError where none is written."""
    _open_request(referral)
    if not referral.intro:
        raise ValidationError(_("There is no introduction to say OK to. Write it first."))
    with audited(by=by, why="expansion.approve_intro"):
        referral.approved_on = on
        referral.save(update_fields=["approved_on"])


def decline(*, referral: Referral, reason: str, by: User, on: date) -> None:
    """They would rather not. ValidationError without the reason, and once it was given."""
    _open_request(referral)
    if not reason.strip():
        raise ValidationError(_("Say why they would rather not."))
    with audited(by=by, why="expansion.decline_referral"):
        referral.declined_on, referral.declined_reason = on, reason.strip()
        referral.save(update_fields=["declined_on", "declined_reason"])
        _close_play(referral, DECLINED, by, on)
        _touched(referral, on)


def give(*, referral: Referral, by: User, on: date, company: str = "", person: str = "") -> None:
    """They did it: named a company, or held the call, or told their case. Thanks become a task.

    ValidationError for an introduction without a company, and for a second time.
    """
    _open_request(referral)
    introduces = referral.kind == ReferralKind.INTRODUCTION
    if introduces and not company.strip():
        raise ValidationError(_("Say to which company they introduce us."))
    with audited(by=by, why="expansion.give_referral"):
        referral.given_on = on
        referral.company, referral.person = (company.strip(), person.strip()) if introduces else ("", "")
        referral.save(update_fields=["given_on", "company", "person"])
        _do_steps(referral, by, on, "ask")
        _open_steps(referral).update(closed_on=on, closed_reason=GAVE)
        _ask_for_thanks(referral, by, on)
        _touched(referral, on)


def record_referral(
    *, account: Account, company: str, by: User, on: date, contact: Contact | None = None, person: str = ""
) -> Referral:
    """A referral that came without being asked for. ValidationError without a company."""
    if not company.strip():
        raise ValidationError(_("Say to which company they introduce us."))
    if contact is not None:
        _belongs(contact, account)
    with audited(by=by, why="expansion.record_referral"):
        row = Referral.objects.create(
            account=account,
            contact=contact,
            kind=ReferralKind.INTRODUCTION,
            owner=Owner.objects.of(by),
            known_on=on,
            given_on=on,
            company=company.strip(),
            person=person.strip(),
        )
        open_play(key=REFERRAL, account=account, subject=(SUBJECT, row.pk), owner=row.owner, by=by, on=on)
        _open_steps(row).update(closed_on=on, closed_reason=GAVE)
        _ask_for_thanks(row, by, on)
        _touched(row, on)
    return row


def pursue(
    *,
    referral: Referral,
    by: User,
    on: date,
    prospect: Account | None = None,
    company: str = "",
    name: str = "",
    value: Decimal | None = None,
    owner: Owner | None = None,
) -> Opportunity:
    """Make an opportunity of a referral: at an account that is known, else at a new one under `company` or the
    name that was given.

    ValidationError for one that is no introduction, has one already, or leads to a customer who pays today.
    """
    if referral.state != "given" or referral.kind != ReferralKind.INTRODUCTION:
        raise ValidationError(_("An opportunity is made of an introduction that was given, once."))
    party = owner or Owner.objects.of(by)
    with audited(by=by, why="expansion.pursue_referral"):
        at = prospect or found_account(name=company or referral.company, owner=party, by=by, on=on)
        kind = kind_of_deal(at.pk, on)
        if not kind:
            raise ValidationError(
                _("%(account)s is a customer already: what grows there is no referral.") % {"account": at}
            )
        deal = create_opportunity(
            account=at, kind=kind, name=name.strip() or referral.company, owner=party, by=by, on=on, value=value
        )
        referral.prospect, referral.opportunity = at, deal
        referral.save(update_fields=["prospect", "opportunity"])
        _touched(referral, on)
    return deal


def thank(*, referral: Referral, by: User, on: date) -> None:
    """They were thanked. ValidationError before they gave anything; a second time leaves the first day standing."""
    if not referral.given_on:
        raise ValidationError(_("There is nothing to thank for yet."))
    if referral.thanked_on:
        return
    with audited(by=by, why="expansion.thank_for_referral"):
        referral.thanked_on, referral.thanked_by = on, by
        referral.save(update_fields=["thanked_on", "thanked_by"])
        _do_steps(referral, by, on, "thank")
        if not _open_steps(referral).exists():
            _close_play(referral, THANKED, by, on)
        _touched(referral, on)


def tell_won(*, referral: Referral, by: User, on: date) -> None:
    """They heard that their referral became a deal (RF-04). ValidationError while it has not."""
    if referral.state != "won":
        raise ValidationError(_("It has not become a deal yet."))
    if referral.told_on:
        return
    with audited(by=by, why="expansion.tell_won"):
        referral.told_on, referral.told_by = on, by
        referral.save(update_fields=["told_on", "told_by"])
        _do_steps(referral, by, on, "tell")
        if not _open_steps(referral).exists():
            _close_play(referral, TOLD, by, on)
        _touched(referral, on)


def recognise(*, referral: Referral, how: str, by: User, on: date) -> None:
    """Write down how they were recognised (RF-05). ValidationError before they gave anything."""
    if not referral.given_on:
        raise ValidationError(_("Recognition follows what they gave."))
    with audited(by=by, why="expansion.recognise"):
        referral.recognition, referral.recognised_on = Referral.Recognition(how).value, on
        referral.save(update_fields=["recognition", "recognised_on"])
        _do_steps(referral, by, on, "recognise")
        if referral.told_on and not _open_steps(referral).exists():
            _close_play(referral, TOLD, by, on)


def _open_request(referral: Referral) -> None:
    if referral.declined_on:
        raise ValidationError(_("They said no. Ask again another time."))
    if referral.given_on:
        raise ValidationError(_("This was given already."))


def _ask_for_thanks(referral: Referral, by: User, on: date) -> None:
    """The step of the thanks as a task of the play, due on the last day on which they are in time."""
    play = Play.objects.get(playbook=REFERRAL, subject_kind=SUBJECT, subject_id=referral.pk)
    step = playbook(REFERRAL, on).released_by("given")[0]
    due_on = thank_by(on, policy_on(ReferralPolicy, on).values)
    Task.objects.create(
        account_id=referral.account_id,
        play=play,
        step=step.key,
        subject_kind=SUBJECT,
        subject_id=referral.pk,
        title=step.title,
        note=step.guide,
        owner_id=referral.owner_id,
        due_on=working_days(on).on_or_after(due_on, referral.account.country),
        created_on=on,
        created_by=by,
    )


def _open_steps(referral: Referral) -> Any:
    plays = Play.objects.filter(subject_kind=SUBJECT, subject_id=referral.pk)
    return Task.objects.filter(play__in=plays).open()


def _do_steps(referral: Referral, by: User, on: date, *steps: str) -> None:
    """Steps that an act is: done by whoever did it."""
    _open_steps(referral).filter(step__in=steps).update(done_on=on, done_by=by)


def _close_play(referral: Referral, reason: str, by: User, on: date) -> None:
    _open_steps(referral).update(closed_on=on, closed_reason=reason)
    plays = Play.objects.filter(subject_kind=SUBJECT, subject_id=referral.pk, closed_on__isnull=True)
    plays.update(closed_on=on, closed_by=by, closed_reason=reason)


def _touched(referral: Referral, on: date) -> None:
    touch(SUBJECT, [referral.pk], since=on, account_of={referral.pk: referral.account_id})
