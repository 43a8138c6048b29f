"""What the page of a machine, or of an account, shows of promises, training, results and check-ins."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import Exists, OuterRef
from django.db.models.expressions import Combinable
from django.utils.translation import gettext as _

from core.display import number
from core.free_text import free_text
from core.models import User
from core.policies import policy_on
from core.reach import Level, reach_of
from core.scope import System
from dashboards.starts.cards import clock_status, clock_words, said
from health.queries.starts import pledge_of, standings
from health.rules.adoption import AdoptionPolicy, Phase
from health.rules.red_flags import Pledge, Standing, at_risk
from health.words import adoption as words
from installed_base.models import Account, Asset, ContactMoment, Promise, RoiRecord, Training

SEEN = System("a machine that was shown")
MOST_MOMENTS = 6


@dataclass
class Line:
    """A promise in words: what, promised, measured, how it stands."""

    row: Promise
    text: str
    kind: str
    promised: str
    measured: str
    due_on: date | None
    status: str
    word: str

    @property
    def open(self) -> bool:
        return self.row.met_on is None and self.row.dropped_on is None


def of_machine(asset: Asset, user: User, on: date) -> dict[str, Any]:
    """The panel of a machine, read with `told`; without a start, a promise, a training or a result there is none."""
    policy = policy_on(AdoptionPolicy, on).values
    if reach_of(user).level is Level.ASSIGNED or not (asset.told or _near(asset, on, policy)):  # type: ignore[attr-defined]
        return {}
    stands = standings([asset.pk], on, policy)[asset.pk]
    promises = lines(_promises(user).filter(asset=asset), user, on, policy)
    trainings, results = _trainings(asset, user, on), _results(asset, user, on)
    followed = stands.phase is not Phase.OVER and (stands.phase is not Phase.BEFORE or _expected(asset, on, policy))
    if not (followed or promises or trainings or results):
        return {}
    return {
        "start": _head(stands, user, policy, followed=followed),
        "promises": promises,
        "trainings": trainings,
        "trained": stands.start.trained,
        "results": results,
        "moments": _moments(asset, user, on) if asset.went_live_on else [],
        "may_work": Account.objects.changeable_by(user).filter(pk=asset.account_id).exists(),
    }


def told() -> Combinable:
    """Whether anything was promised, trained or agreed of a machine: read with the machine, it costs no question."""
    about = {"asset": OuterRef("pk")}
    rows = (Promise._base_manager, Training._base_manager, RoiRecord._base_manager)
    promised, trained, agreed = (Exists(manager.filter(**about)) for manager in rows)
    return promised | trained | agreed


def promised() -> Exists:
    """Whether anything was promised to an account, read with it."""
    return Exists(Promise._base_manager.filter(account=OuterRef("pk")))


def _near(asset: Asset, on: date, policy: AdoptionPolicy) -> bool:
    """Whether its days alone say that its start is followed, or expected."""
    live = asset.went_live_on
    if live is not None and live <= on:
        return (on - live).days <= policy.followed_days
    return _expected(asset, on, policy)


def _expected(asset: Asset, on: date, policy: AdoptionPolicy) -> bool:
    """Whether a machine that is not live is about to go live, or should be."""
    days = [(on - day).days for day in (asset.installed_on, asset.promised_on) if day]
    return any(-policy.announced_days <= n <= policy.expected_days for n in days)


def _head(stands: Standing, user: User, policy: AdoptionPolicy, *, followed: bool) -> dict[str, Any]:
    """Phase, course, reasons and the two clocks."""
    clocks = ((_("Time to first value"), stands.first_value), (_("Time to value"), stands.value))
    return {
        "followed": followed,
        "phase": words.PHASES[stands.phase],
        "span": words.SPANS[stands.phase],
        "day": words.day_words(stands, policy.early_days, policy.value_days),
        "course": words.COURSES[stands.course],
        "status": words.STATUS[stands.course],
        "reasons": [said(flag, user) for flag in stands.flags] if followed else [],
        "check_in_on": stands.next_check_in_on if followed else None,
        "check_in_late": stands.next_check_in_on is not None and stands.next_check_in_on < stands.on,
        "live": stands.start.went_live_on,
        "on_specification": stands.start.on_specification_on,
        "clocks": [
            {"name": name, "words": clock_words(clock), "status": clock_status(clock), "since": clock.since}
            for name, clock in clocks
        ],
    }


def _promises(user: User) -> Any:
    return Promise.objects.visible_to(user).select_related("asset").order_by("due_on", "pk")


def lines(rows: Iterable[Promise], user: User, on: date, policy: AdoptionPolicy) -> list[Line]:
    """Promises given by that day; those that are open first."""
    found = [_line(row, user, on, policy) for row in rows if row.promised_on <= on]
    return sorted(found, key=lambda line: not line.open)


def _line(row: Promise, user: User, on: date, policy: AdoptionPolicy) -> Line:
    pledge = pledge_of(row, on)
    status, word = _state(row, pledge, on, policy)
    return Line(
        row=row,
        text=free_text(row.text, user),
        kind=row.get_kind_display(),
        promised=_valued(pledge.promised, row),
        measured=_amount(pledge.measured, row.unit) if pledge.measured is not None else "",
        due_on=row.due_on,
        status=status,
        word=word,
    )


def _state(row: Promise, pledge: Pledge, on: date, policy: AdoptionPolicy) -> tuple[str, str]:
    if row.dropped_on and row.dropped_on <= on:
        return "unknown", _("let go")
    if pledge.met_on:
        return "good", _("kept")
    if pledge.kept is False:
        return "risk", _("below")
    if row.due_on and row.due_on < on:
        return "risk", _("overdue")
    return ("watch", _("due soon")) if at_risk(pledge, on, policy) else ("unknown", _("open"))


def _valued(value: Decimal | None, row: Promise) -> str:
    return "" if value is None else f"{row.get_direction_display()} {_amount(value, row.unit)}"


def _amount(value: Decimal, unit: str) -> str:
    """A figure as it was written, with its unit."""
    exponent = value.normalize().as_tuple().exponent
    places = max(-exponent, 0) if isinstance(exponent, int) else 0
    return f"{number(value, places)} {unit}".strip()


def _trainings(asset: Asset, user: User, on: date) -> list[Any]:
    """Who is to be trained, those who are missing first."""
    found: list[Any] = list(
        Training.objects.visible_to(user).asked(on).filter(asset=asset).select_related("contact").order_by("pk")
    )
    named = reach_of(user).sees_names
    for row in found:
        row.who = _who(row, named=named)
        row.done = row.trained_on is not None and row.trained_on <= on
    return sorted(found, key=lambda row: (row.done, row.pk))


def _who(row: Training, *, named: bool) -> str:
    if row.contact is not None:
        return row.contact.name if named else (row.contact.job_title or str(row.contact.get_role_display()))
    return _("%(n)s without names") % {"n": row.people} if row.people > 1 else _("One operator")


def _results(asset: Asset, user: User, on: date) -> list[Any]:
    """Results promised, with before and after."""
    found: list[Any] = list(
        RoiRecord.objects.visible_to(user).filter(asset=asset, agreed_on__lte=on).order_by("-agreed_on", "-pk")
    )
    for row in found:
        row.shown_goal = free_text(row.goal, user)
        row.was, row.meant, row.now = (
            _amount(value, row.unit) if value is not None else "" for value in (row.before, row.promised, row.realised)
        )
        row.done = row.realised_on is not None and row.realised_on <= on
    return found


def _moments(asset: Asset, user: User, on: date) -> list[Any]:
    """The last contacts with the customer since it went live."""
    rows = ContactMoment.objects.visible_to(user).filter(
        account_id=asset.account_id, on__gte=asset.went_live_on, on__lte=on
    )
    found: list[Any] = list(rows.select_related("contact", "by").order_by("-on", "-pk")[:MOST_MOMENTS])
    named = reach_of(user).sees_names
    for row in found:
        row.whom = "" if row.contact is None else (row.contact.name if named else str(row.contact.get_role_display()))
        row.shown_note = free_text(row.note, user)
    return found


def of_account(account: Account, user: User, on: date) -> dict[str, Any]:
    """The open promises of an account; those of its machines with them."""
    if reach_of(user).level is Level.ASSIGNED:
        return {"account_promises": []}
    policy = policy_on(AdoptionPolicy, on).values
    rows = _promises(user).standing(on).filter(account=account)
    found = [line for line in lines(rows, user, on, policy) if line.word != _("kept")]
    return {"account_promises": found}
