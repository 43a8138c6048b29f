"""Writes of leads: written down, worked, touched, handed over, dropped, made a deal (LG-01, LG-05, LG-06, PL-01)."""

from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from core.audit import audited
from core.models import Owner, User
from core.reach import reach_of
from installed_base.actions.accounts import found_account
from installed_base.actions.contacts import add_contact
from installed_base.models import Account, Product
from sales.actions.dealer_clock import start_anew
from sales.actions.lead_rows import locked, still_open, tell, touched
from sales.actions.opportunity import create_opportunity
from sales.models import DealKind, DropReason, Lead, LeadSource, LeadState, Opportunity, Touch, TouchKind, works_leads
from sales.queries.lead import accounts_called, doubles_of
from sales.queries.newness import kind_of_deal
from sales.rules.lead import OPEN_STATES, TALKS, came_back_as, kind_of_lead


class DoubleLead(ValidationError):
    """The same lead is open already; `row` is that one. Said `all the same`, it is written down nevertheless."""

    def __init__(self, row: Lead) -> None:
        self.row = row
        words = _("%(company)s is an open lead already, of %(owner)s. Go on there, or say that this is another one.")
        super().__init__(words % {"company": row.company, "owner": row.owner})


@dataclass(frozen=True)
class Said:
    """What is known of a lead. `employees` and `machines` are None where nobody asked."""

    company: str
    lead_source: LeadSource | None = None
    person: str = ""
    person_role: str = ""
    email: str = ""
    phone: str = ""
    country: str = ""
    industry: str = ""
    employees: int | None = None
    machines: int | None = None
    interest: Product | None = None
    note: str = ""


FIELDS = tuple(field.name for field in fields(Said))


def said_of(lead: Lead) -> Said:
    """What stands of a lead now."""
    return Said(**{name: getattr(lead, name) for name in FIELDS})


def create_lead(
    *,
    said: Said,
    owner: Owner,
    by: User,
    on: date,
    created_on: date | None = None,
    account: Account | None = None,
    all_the_same: bool = False,
) -> Lead:
    """Write a lead down. `DoubleLead` where the same one is open, unless it is said to be another.

    ValidationError with a sentence for a company without a name, an address that is none, and a day that has not come.
    """
    if not works_leads(by):
        raise ValidationError(_("Leads are written down by sales, customer success and marketing."))
    values, day = _clean(said), created_on or on
    if day > on:
        raise ValidationError(_("A lead came on a day that has come; choose today or earlier."))
    with audited(by=by, why="sales.create_lead"):
        _refuse_owner(owner)
        standing = [row for row in doubles_of(said.company, said.email, by) if row.state in OPEN_STATES]
        if standing and not all_the_same:
            raise DoubleLead(standing[0])
        row = Lead.objects.create(**values, owner=owner, account=account, created_on=day, known_on=on)
        tell(row, "lead.created", by, day)
        touched(row, day)
    return row


def change_lead(*, lead: Lead, said: Said, by: User, on: date) -> None:
    """Say anew what is known of a lead."""
    values = _clean(said)
    with audited(by=by, why="sales.change_lead"):
        row = locked(lead)
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
        touched(row, row.created_on)


def hand_lead_over(*, lead: Lead, to: Owner, by: User, on: date) -> None:
    """Give an open lead to somebody else, who is told."""
    with audited(by=by, why="sales.hand_lead_over"):
        row = still_open(lead)
        if row.owner_id == to.pk:
            return
        _refuse_owner(to)
        row.owner = to
        row.save(update_fields=["owner"])
        tell(row, "lead.handed_over", by, on)
        touched(row, row.created_on)


def link_account(*, lead: Lead, account: Account | None, by: User, on: date) -> None:
    """Say which account of the base a lead is; None: it is not in the base after all."""
    with audited(by=by, why="sales.link_lead"):
        row = locked(lead)
        if row.opportunity_id:
            raise ValidationError(_("This lead became a deal; its account is that of the deal."))
        if account is not None and account.merged_into_id:
            raise ValidationError(_("That account was merged into another one; choose that one."))
        row.account = account
        row.save(update_fields=["account"])
        touched(row, row.created_on)


def start_lead(*, lead: Lead, by: User, on: date) -> None:
    """Somebody spoke with them: the lead is worked. A second time changes nothing."""
    with audited(by=by, why="sales.start_lead"):
        _begin(still_open(lead), on)


def log_touch(
    *,
    lead: Lead,
    kind: str,
    on: date,
    by: User,
    happened_on: date | None = None,
    lead_source: LeadSource | None = None,
    what: str = "",
) -> Touch:
    """Keep what they saw of us, or we of them. A talk since they came starts the work (LG-06)."""
    day = happened_on or on
    if kind not in TouchKind.values:
        raise ValidationError(_("Say what kind of touch it was."))
    if day > on:
        raise ValidationError(_("A touch is one that took place; choose today or earlier."))
    with audited(by=by, why="sales.log_touch"):
        row = locked(lead)
        made = Touch.objects.create(
            lead=row, on=day, kind=kind, lead_source=lead_source, what=what.strip(), by=by, known_on=on
        )
        if kind in TALKS and row.state == LeadState.NEW and day >= row.created_on:
            _begin(row, day)
        else:
            touched(row, day)
    return made


def remove_touch(*, touch_row: Touch, by: User, on: date) -> None:
    """Take a touch away that was written down by mistake. What state the lead came into stays."""
    with audited(by=by, why="sales.remove_touch"):
        row, day = locked(touch_row.lead), touch_row.on
        touch_row.delete()
        touched(row, day)


def drop_lead(*, lead: Lead, because: str, by: User, on: date, note: str = "", closed_on: date | None = None) -> None:
    """Let an open lead go, with its reason. ValidationError without one, and for a day before it came or to come."""
    if because not in DropReason.values:
        raise ValidationError(_("Say why it is dropped."))
    if because == DropReason.OTHER and not note.strip():
        raise ValidationError(_("Say in a few words what it was."))
    day = closed_on or on
    with audited(by=by, why="sales.drop_lead"):
        row = still_open(lead)
        if day > on:
            raise ValidationError(_("A lead is dropped on a day that has come; choose today or earlier."))
        if day < row.created_on:
            raise ValidationError(_("It cannot be dropped before the day on which it came."))
        row.state, row.closed_on = LeadState.DROPPED, day
        row.dropped_because, row.dropped_note = because, note.strip()
        row.save(update_fields=["state", "closed_on", "dropped_because", "dropped_note"])
        touched(row, day)


def reopen_lead(*, lead: Lead, reason: str, by: User, on: date) -> None:
    """Take up a dropped lead again; the reason stands on it. One that became a deal goes on there."""
    if not reason.strip():
        raise ValidationError(_("Say why it is opened again."))
    with audited(by=by, why="sales.reopen_lead"):
        row = locked(lead)
        if row.state == LeadState.CONVERTED:
            raise ValidationError(_("This lead became a deal: go on there."))
        if row.state != LeadState.DROPPED:
            raise ValidationError(_("This lead is open."))
        since = row.closed_on or on
        row.state, row.state_reason = came_back_as(row.worked_on), reason.strip()
        row.closed_on, row.dropped_because, row.dropped_note = None, "", ""
        row.save(update_fields=["state", "state_reason", "closed_on", "dropped_because", "dropped_note"])
        start_anew(row, on)
        touched(row, since)


def convert_lead(
    *,
    lead: Lead,
    owner: Owner,
    by: User,
    on: date,
    account: Account | None = None,
    company: str = "",
    kind: str = "",
    name: str = "",
    value: Decimal | None = None,
    another: bool = False,
) -> Opportunity:
    """Make a deal of an open lead, once: at `account`, else at the one it is linked to, else at a new one. Its dealer
    works the deal too, and its person becomes a contact of the account, unless they are one.

    `kind` empty: a new customer, or one who comes back. `value` is in the reporting currency. ValidationError with a
    sentence where it is closed, where `by` works no deals, for a kind that this company cannot get, and for a new
    account whose name stands in the base, unless it is `another` company.
    """
    if not reach_of(by).works:
        raise ValidationError(_("A deal is made by somebody who works deals: hand the lead over to them."))
    with audited(by=by, why="sales.convert_lead"):
        row = still_open(lead)
        known = _survivor(account or row.account)
        at = known or _founded(row, company or row.company, owner, by, on, another)
        if known and not Account.objects.changeable_by(by).filter(pk=at.pk).exists():
            raise ValidationError(_("A colleague works %(account)s; hand the lead over to them.") % {"account": at})
        deal = create_opportunity(
            account=at,
            kind=_kind(at, kind, on),
            name=name.strip() or row.company,
            owner=owner,
            by=by,
            on=on,
            value=value,
            partner=None if row.partner_id == at.pk else row.partner,
        )
        _introduced(row, at, by, on)
        row.state, row.closed_on = LeadState.CONVERTED, on
        row.account, row.opportunity, row.worked_on = at, deal, row.worked_on or on
        row.save(update_fields=["state", "closed_on", "account", "opportunity", "worked_on"])
        tell(row, "lead.converted", by, on)
        touched(row, on)
    return deal


def _survivor(at: Account | None) -> Account | None:
    """The account into which this one was merged, or itself."""
    while at is not None and at.merged_into is not None:
        at = at.merged_into
    return at


def _founded(row: Lead, company: str, owner: Owner, by: User, on: date, another: bool) -> Account:
    namesakes = [] if another else accounts_called(company, by)
    if namesakes:
        words = _("%(account)s stands in the base, with %(owner)s. Choose it, or say that this is another company.")
        raise ValidationError(words % {"account": namesakes[0], "owner": namesakes[0].owner})
    return found_account(name=company, owner=owner, by=by, on=on, country=row.country, industry=row.industry)


def _introduced(row: Lead, at: Account, by: User, on: date) -> None:
    """The person of a lead is a contact of the account from now on."""
    if row.person or row.email:
        add_contact(
            account=at, name=row.person, by=by, on=on, job_title=row.person_role, email=row.email, phone=row.phone
        )


def _kind(at: Account, wanted: str, on: date) -> str:
    standing = kind_of_deal(at.pk, on)
    try:
        kind = kind_of_lead(standing, wanted)
    except ValueError:
        said = {"account": at, "kind": DealKind(wanted).label if wanted in DealKind.values else wanted}
        if standing:
            raise ValidationError(
                _("%(account)s is no customer today: “%(kind)s” is for those who are. Choose a new deal or a win-back.")
                % said
            ) from None
        raise ValidationError(
            _("%(account)s is a customer already: “%(kind)s” is for those who are not. Choose what grows there.") % said
        ) from None
    if not kind:
        raise ValidationError(_("%(account)s is a customer already: choose what grows there.") % {"account": at})
    return kind


def _clean(said: Said) -> dict[str, Any]:
    values = {name: getattr(said, name) for name in FIELDS}
    values = {name: value.strip() if isinstance(value, str) else value for name, value in values.items()}
    if not values["company"]:
        raise ValidationError(_("Say what the company is called."))
    if values["email"]:
        try:
            validate_email(values["email"])
        except ValidationError:
            words = _("“%(email)s” is no e-mail address. Write it as name@company.com.")
            raise ValidationError(words % {"email": values["email"]}) from None
    return values


def _refuse_owner(owner: Owner) -> None:
    person = owner.user
    if person is not None and not (person.is_active and works_leads(person)):
        raise ValidationError(
            _("%(name)s works no leads; choose somebody of sales, CS or marketing.") % {"name": owner}
        )


def _begin(row: Lead, on: date) -> None:
    if row.state != LeadState.NEW:
        return
    row.state, row.worked_on = LeadState.WORKING, on
    row.save(update_fields=["state", "worked_on"])
    touched(row, on)
