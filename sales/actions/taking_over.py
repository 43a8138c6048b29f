"""What CS takes over with a won deal: promises to keep, a day of installation, people to train (CV-05, AD-03)."""

from datetime import date

from django.core.exceptions import ValidationError

from core.models import User
from installed_base.actions.ordering import promise_installation
from installed_base.actions.promises import PromiseRefused, give_promise
from installed_base.actions.training import TrainingRefused, plan_training
from installed_base.models import Asset, Promise, Training
from sales.models import Handoff


def take_over(*, handoff: Handoff, by: User, on: date) -> None:
    """Write the promises of an accepted handoff into the base, once; and, where the deal brought one machine, the day
    on which it is to stand and who is to be trained on it. Raises ValidationError with a sentence."""
    machines = list(Asset.objects.filter(delivery__opportunity=handoff.opportunity_id).order_by("pk"))
    only = machines[0] if len(machines) == 1 else None
    promised_on = min(handoff.opportunity.closed_on or handoff.given_on, on)
    try:
        for line in handoff.promises.filter(promise__isnull=True).select_related("asset", "to"):
            line.promise = give_promise(
                account=handoff.account,
                kind=line.kind,
                text=line.text,
                promised_on=promised_on,
                due_on=line.due_on,
                asset=line.asset or only,
                origin=Promise.Origin.CONTRACT,
                by=by,
                on=on,
            )
            line.save(update_fields=["promise"])
        if only is not None:
            _start(handoff, only, by, on)
    except (PromiseRefused, TrainingRefused) as refused:
        raise ValidationError(str(refused)) from refused


def _start(handoff: Handoff, machine: Asset, by: User, on: date) -> None:
    if handoff.installs_on and machine.installed_on is None:
        promise_installation(asset=machine, promised_on=handoff.installs_on, by=by, on=on)
    if handoff.trainees:
        plan_training(asset=machine, kind=Training.Kind.OPERATION, people=handoff.trainees, by=by, on=on)
