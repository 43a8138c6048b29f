"""What is done about the start of a machine, in place: days, check-ins, promises, training, results."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from core import clock
from core.asking import PersonRequest
from core.returning import back, place_of
from dashboards.starts.forms import (
    CheckInForm,
    DayForm,
    MeasureForm,
    PromiseForm,
    ReasonForm,
    TrainedForm,
    TrainingForm,
)
from health.actions.check_in import check_in as log_check_in
from installed_base.actions import golive, promises, training
from installed_base.actions.contacts import MomentRefused
from installed_base.models import Account, Asset, Promise, Training

REFUSALS = (golive.DayRefused, promises.PromiseRefused, training.TrainingRefused, MomentRefused)
either = require_http_methods(["GET", "POST"])


def changeable_asset(request: PersonRequest, pk: int) -> Asset:
    """A machine of an account that this person works for."""
    accounts = Account.objects.changeable_by(request.user).values("pk")
    rows = Asset.objects.changeable_by(request.user).filter(account__in=accounts)
    return get_object_or_404(rows.select_related("account", "product"), pk=pk)


def page_of(asset_id: int | None, account_id: int) -> str:
    """Where a person comes back to."""
    if asset_id:
        return reverse("dashboards:asset", args=[asset_id]) + "#start"
    return reverse("dashboards:account", args=[account_id])


def _asked(
    request: PersonRequest, form: Form, act: Callable[[], str], *, title: str, verb: str, about: Any, home: str
) -> HttpResponse:
    """The form, or what it asks done and back to where one came from; what is refused comes back with its sentence."""
    if form.is_valid():
        try:
            messages.success(request, act())
        except REFUSALS as refused:
            form.add_error(None, str(refused))
        else:
            return back(request, home)
    context = {"form": form, "title": title, "verb": verb, "about": about, "next": place_of(request, home)}
    return render(request, "playbooks/task_form.html", context, status=422 if form.is_bound else 200)


def _name(asset: Asset) -> str:
    return f"{asset.product or _('Machine')} {asset}, {asset.account}"


@login_required
@either
def go_live(request: PersonRequest, pk: int) -> HttpResponse:
    """The day it went live."""
    asset, today = changeable_asset(request, pk), clock.today()
    form = DayForm(request.POST or None, today=today, label=_("Went live on"))

    def act() -> str:
        golive.record_go_live(asset=pk, went_live_on=form.cleaned_data["on"], by=request.user, on=today)
        return _("It is live; its onboarding begins.")

    title = _("Record the go-live")
    return _asked(request, form, act, title=title, verb=_("Write it down"), about=_name(asset), home=_home(asset))


@login_required
@either
def on_specification(request: PersonRequest, pk: int) -> HttpResponse:
    """The day from which it runs to production specification."""
    asset, today = changeable_asset(request, pk), clock.today()
    form = DayForm(request.POST or None, today=today, label=_("On specification since"))

    def act() -> str:
        day = form.cleaned_data["on"]
        golive.record_on_specification(asset=pk, on_specification_on=day, by=request.user, on=today)
        return _("It runs on specification.")

    title = _("Record that it runs on specification")
    return _asked(request, form, act, title=title, verb=_("Write it down"), about=_name(asset), home=_home(asset))


@login_required
@require_POST
def day_back(request: PersonRequest, pk: int, kind: str) -> HttpResponse:
    """Take a day back."""
    asset, today = changeable_asset(request, pk), clock.today()
    if kind == "go-live" and asset.on_specification_on is None:
        golive.record_go_live(asset=pk, went_live_on=None, by=request.user, on=today)
        messages.success(request, _("The go-live is taken back."))
    elif kind == "on-specification":
        golive.record_on_specification(asset=pk, on_specification_on=None, by=request.user, on=today)
        messages.success(request, _("It no longer counts as on specification."))
    else:
        messages.error(request, _("It ran on specification; take that back first."))
    return back(request, _home(asset))


def _home(asset: Asset) -> str:
    return page_of(asset.pk, asset.account_id)


@login_required
@either
def check_in(request: PersonRequest, pk: int) -> HttpResponse:
    """A call, meeting, visit or message about the machine; the check-in that was due is done."""
    asset, today = changeable_asset(request, pk), clock.today()
    form = CheckInForm(request.POST or None, asset=asset, today=today)

    def act() -> str:
        log_check_in(asset=asset, by=request.user, on=today, **form.said)
        return _("The check-in stands in the history of %(account)s.") % {"account": asset.account}

    title = _("Log a check-in")
    return _asked(request, form, act, title=title, verb=_("Write it down"), about=_name(asset), home=_home(asset))


@login_required
@either
def promise_new(request: PersonRequest, pk: int) -> HttpResponse:
    """A promise about a machine."""
    asset = changeable_asset(request, pk)
    return _promise(request, asset.account, asset, _name(asset))


@login_required
@either
def account_promise_new(request: PersonRequest, pk: int) -> HttpResponse:
    """A promise about the account as a whole."""
    account = get_object_or_404(Account.objects.changeable_by(request.user), pk=pk)
    return _promise(request, account, None, str(account))


def _promise(request: PersonRequest, account: Account, asset: Asset | None, about: str) -> HttpResponse:
    today = clock.today()
    form = PromiseForm(request.POST or None, today=today)

    def act() -> str:
        promises.give_promise(account=account, asset=asset, by=request.user, on=today, **form.cleaned_data)
        return _("The promise is written down.")

    home = page_of(asset.pk if asset else None, account.pk)
    return _asked(request, form, act, title=_("New promise"), verb=_("Add the promise"), about=about, home=home)


def _promise_row(request: PersonRequest, pk: int) -> tuple[Promise, str]:
    row = get_object_or_404(Promise.objects.changeable_by(request.user).select_related("account"), pk=pk)
    return row, page_of(row.asset_id, row.account_id)


@login_required
@either
def promise_measure(request: PersonRequest, pk: int) -> HttpResponse:
    row, home = _promise_row(request, pk)
    today = clock.today()
    form = MeasureForm(request.POST or None, today=today)

    def act() -> str:
        said = form.cleaned_data
        kept = promises.measure_promise(
            promise=pk, value=said["value"], measured_on=said["on"], by=request.user, on=today
        )
        if kept.promised is None:
            return _("The measurement is written down.")
        return _("Measured: the promise is kept.") if kept.met_on else _("Measured: it is not there yet.")

    return _asked(request, form, act, title=_("Measure a promise"), verb=_("Write it down"), about=row, home=home)


@login_required
@either
def promise_kept(request: PersonRequest, pk: int) -> HttpResponse:
    row, home = _promise_row(request, pk)
    today = clock.today()
    form = DayForm(request.POST or None, today=today, label=_("Kept on"))

    def act() -> str:
        promises.meet_promise(promise=pk, met_on=form.cleaned_data["on"], by=request.user, on=today)
        return _("The promise is kept.")

    return _asked(request, form, act, title=_("A promise is kept"), verb=_("Write it down"), about=row, home=home)


@login_required
@either
def promise_let_go(request: PersonRequest, pk: int) -> HttpResponse:
    row, home = _promise_row(request, pk)
    form = ReasonForm(request.POST or None)

    def act() -> str:
        promises.drop_promise(promise=pk, by=request.user, on=clock.today(), **form.cleaned_data)
        return _("The promise is let go.")

    return _asked(request, form, act, title=_("Let a promise go"), verb=_("Let it go"), about=row, home=home)


@login_required
@require_POST
def promise_reopen(request: PersonRequest, pk: int) -> HttpResponse:
    _row, home = _promise_row(request, pk)
    promises.reopen_promise(promise=pk, by=request.user, on=clock.today())
    messages.success(request, _("The promise is open again."))
    return back(request, home)


@login_required
@either
def training_new(request: PersonRequest, pk: int) -> HttpResponse:
    """Who is to be trained on a machine."""
    asset, today = changeable_asset(request, pk), clock.today()
    form = TrainingForm(request.POST or None, asset=asset)

    def act() -> str:
        training.plan_training(asset=asset, by=request.user, on=today, **form.said)
        return _("They are on the list.")

    title = _("Who is to be trained")
    return _asked(request, form, act, title=title, verb=_("Put on the list"), about=_name(asset), home=_home(asset))


def _training_row(request: PersonRequest, pk: int) -> tuple[Training, str]:
    rows = Training.objects.changeable_by(request.user).select_related("asset__product", "contact")
    row = get_object_or_404(rows, pk=pk)
    return row, page_of(row.asset_id, row.account_id)


@login_required
@either
def trained(request: PersonRequest, pk: int) -> HttpResponse:
    row, home = _training_row(request, pk)
    today = clock.today()
    form = TrainedForm(request.POST or None, today=today, most=row.people, label=_("Trained on"))

    def act() -> str:
        said = form.cleaned_data
        training.mark_trained(training=pk, trained_on=said["on"], people=said.get("people"), by=request.user, on=today)
        return _("Trained.")

    about = row.contact or row
    return _asked(request, form, act, title=_("Mark as trained"), verb=_("Trained"), about=about, home=home)


@login_required
@require_POST
def untrained(request: PersonRequest, pk: int) -> HttpResponse:
    _row, home = _training_row(request, pk)
    training.unmark_trained(training=pk, by=request.user, on=clock.today())
    messages.success(request, _("They are to be trained again."))
    return back(request, home)


@login_required
@require_POST
def training_remove(request: PersonRequest, pk: int) -> HttpResponse:
    _row, home = _training_row(request, pk)
    try:
        training.remove_training(training=pk, by=request.user, on=clock.today())
        messages.success(request, _("They are off the list."))
    except training.TrainingRefused as refused:
        messages.error(request, str(refused))
    return back(request, home)
