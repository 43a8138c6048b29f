"""Account plans: opened, written section by section, and acted on; every action of one is a task (AP-01..06)."""

from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from core.audit import audited
from core.models import Owner, User
from expansion.models import AccountPlan, PlanAction, PlanPerson, PlanPoint, PlanReview
from expansion.models.plan import OPPORTUNITY_KINDS, RISK_KINDS
from installed_base.models import Account, Contact
from playbooks.actions.tasks import add_task, complete_task, reopen_task
from playbooks.models import Task

SUBJECT = "account_plan"
WRITTEN = ("aim", "situation", "decision", "decision_on")
_KINDS = {PlanPoint.Side.OPPORTUNITY: OPPORTUNITY_KINDS, PlanPoint.Side.RISK: RISK_KINDS}
_OUTCOMES = {
    PlanPoint.Side.OPPORTUNITY: (PlanPoint.Outcome.CONVERTED, PlanPoint.Outcome.DEAD),
    PlanPoint.Side.RISK: (PlanPoint.Outcome.AVERTED, PlanPoint.Outcome.HAPPENED),
}


def open_plan(*, account: Account, year: int, by: User, on: date, owner: Owner | None = None) -> AccountPlan:
    """Begin the plan of an account for a year; without an owner it is led by the owner of the account.

    ValidationError for a second one of that year, and for a year that is not this one or a neighbour of it.
    """
    if abs(year - on.year) > 1:
        raise ValidationError(_("A plan is made for this year, the last or the next."))
    with audited(by=by, why="expansion.open_plan"):
        Account._base_manager.select_for_update().get(pk=account.pk)
        if AccountPlan.objects.filter(account=account, year=year).exists():
            raise ValidationError(
                _("%(account)s has a plan for %(year)d already. Open that one.") % {"account": account, "year": year}
            )
        return AccountPlan.objects.create(
            account=account, year=year, owner=owner or account.owner, opened_on=on, opened_by=by
        )


def write_plan(*, plan: AccountPlan, by: User, owner: Owner | None = None, **said: Any) -> None:
    """Change what people write in a plan, section by section (`WRITTEN`), or who leads it."""
    values = {name: value.strip() if isinstance(value, str) else value for name, value in said.items()}
    if unknown := values.keys() - set(WRITTEN):
        raise ValueError(f"A plan has no {', '.join(sorted(unknown))}")
    if owner is not None:
        values["owner"] = owner
    with audited(by=by, why="expansion.write_plan"):
        row = AccountPlan.objects.select_for_update().get(pk=plan.pk)
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))


def name_person(*, plan: AccountPlan, contact: Contact, part: str, by: User, note: str = "") -> PlanPerson:
    """Say what part somebody of theirs plays in the decision; naming them again replaces it.

    ValidationError for a person of another account, and for one who left.
    """
    if contact.account_id != plan.account_id:
        raise ValidationError(_("%(person)s does not belong to this account.") % {"person": contact})
    if contact.left_on:
        raise ValidationError(_("%(person)s is no longer there. Choose somebody else.") % {"person": contact})
    with audited(by=by, why="expansion.name_person"):
        values = {"part": PlanPerson.Part(part).value, "note": note.strip(), "out_on": None}
        found, _made = PlanPerson.objects.update_or_create(plan=plan, contact=contact, defaults=values)
        return found


def leave_out_person(*, person: PlanPerson, by: User, on: date) -> None:
    """Take somebody out of the decision again."""
    with audited(by=by, why="expansion.leave_out_person"):
        person.out_on = on
        person.save(update_fields=["out_on"])


def add_point(
    *,
    plan: AccountPlan,
    side: str,
    kind: str,
    text: str,
    by: User,
    on: date,
    source: tuple[str, int] | None = None,
) -> PlanPoint:
    """Put an opportunity or a risk into the plan, in one's own words or taken over from what the data suggest.

    The same suggestion twice is one point. ValidationError without words, and for a kind of the other side.
    """
    if not text.strip():
        raise ValidationError(_("Say in a few words what it is."))
    if kind not in _KINDS[PlanPoint.Side(side)]:
        raise ValidationError(_("This kind belongs to the other list. Choose one of the kinds that are offered."))
    source_kind, source_id = source or ("", None)
    with audited(by=by, why="expansion.add_point"):
        values = {"side": side, "kind": kind, "text": text.strip()[:400], "noted_on": on, "noted_by": by}
        if source is None:
            return PlanPoint.objects.create(plan=plan, **values)
        point, _made = PlanPoint.objects.get_or_create(
            plan=plan, source_kind=source_kind, source_id=source_id, defaults=values
        )
        return point


def end_point(*, point: PlanPoint, outcome: str, by: User, on: date) -> None:
    """Say what became of it: an opportunity converted or dead, a risk averted or happened; else ValidationError."""
    if outcome not in _OUTCOMES[PlanPoint.Side(point.side)]:
        raise ValidationError(_("That is no end of this. An opportunity is won or dead, a risk averted or come true."))
    with audited(by=by, why="expansion.end_point"):
        point.outcome, point.ended_on, point.ended_by = outcome, on, by
        point.save(update_fields=["outcome", "ended_on", "ended_by"])


def reopen_point(*, point: PlanPoint, by: User) -> None:
    """Take back what was said to have become of it."""
    with audited(by=by, why="expansion.reopen_point"):
        point.outcome, point.ended_on, point.ended_by = "", None, None
        point.save(update_fields=["outcome", "ended_on", "ended_by"])


def agree_action(
    *,
    plan: AccountPlan,
    title: str,
    due_on: date,
    owner: Owner,
    by: User,
    on: date,
    review: PlanReview | None = None,
) -> PlanAction:
    """Somebody of ours does something for the plan by a day: a task of theirs, and an action in the quarter of its day.

    ValidationError without words, and for a day that has passed.
    """
    if not title.strip():
        raise ValidationError(_("Say what is to be done."))
    if due_on < on:
        raise ValidationError(_("Choose today or a later day: what has passed is no next step."))
    with audited(by=by, why="expansion.agree_action"):
        task = add_task(
            account=plan.account, title=title, due_on=due_on, by=by, on=on, owner=owner, subject=(SUBJECT, plan.pk)
        )
        return PlanAction.objects.create(plan=plan, task=task, review=review, created_on=on, created_by=by)


def change_action(*, action: PlanAction, due_on: date, owner: Owner, by: User, on: date) -> None:
    """Give an open action another day or another owner. ValidationError for one that is over, and for a past day."""
    if due_on < on:
        raise ValidationError(_("Choose today or a later day: what has passed is no next step."))
    with audited(by=by, why="expansion.change_action"):
        if not _tasks(action).open().update(due_on=due_on, owner=owner, snoozed_until=None, snoozed_reason=""):
            raise ValidationError(_("This action is over. Agree on a new one."))


def finish_action(*, action: PlanAction, by: User, on: date) -> None:
    """It was done, and its task with it."""
    with audited(by=by, why="expansion.finish_action"):
        complete_task(task=action.task, by=by, on=on)


def reopen_action(*, action: PlanAction, by: User) -> None:
    """Take back a "done"."""
    with audited(by=by, why="expansion.reopen_action"):
        reopen_task(task=action.task, by=by)


def _tasks(action: PlanAction) -> Any:
    return Task.objects.filter(pk=action.task_id)
