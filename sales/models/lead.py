"""The left of the bowtie: where leads come from, who they are, what they saw of us, and what that cost (LG-01..06)."""

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, unique_external_id
from core.models.people import Role, User
from core.models.trail import trail
from core.reach import Level, reach_of
from core.scope import ScopedQuerySet, System
from installed_base.models import Account, Product
from installed_base.models.scoping import AccountScopedQuerySet
from sales.models.opportunity import Opportunity


def works_leads(user: Any) -> bool:
    """Who may write down leads and work them: whoever works deals, and marketing, which brings them in (LG-01)."""
    return reach_of(user).works or user.role == Role.MARKETING


def keeps_sources(user: Any) -> bool:
    """Who keeps the list of sources: marketing, and who sets policy."""
    return reach_of(user).sets_policy or user.role == Role.MARKETING


class Channel(models.TextChoices):
    """Kinds of source (LG-05)."""

    CONTENT = "content", _("Content")
    FAIR = "fair", _("Fair")
    SEARCH = "search", _("Search and advertising")
    REFERRAL = "referral", _("Referral")
    OUTBOUND = "outbound", _("Outbound")
    PARTNER = "partner", _("Dealer or partner")
    OTHER = "other", _("Other")


class LeadSourceQuerySet(models.QuerySet["LeadSource"]):
    """One list for the whole house. Who works leads reads it; marketing and who sets policy keep it."""

    def visible_to(self, actor: Any) -> Self:
        hidden = not isinstance(actor, System) and reach_of(actor).level is Level.ASSIGNED
        return self.none() if hidden else self.all()

    def changeable_by(self, actor: Any) -> Self:
        return self.all() if isinstance(actor, System) or keeps_sources(actor) else self.none()


class LeadSource(models.Model):
    """Where leads come from, by the name that marketing and the CRM before us use for it.

    A source that is a dealer or partner may name the account that it is (IB-17).
    """

    name = models.CharField(max_length=120, unique=True)
    channel = models.CharField(max_length=10, choices=Channel.choices, default=Channel.OTHER)
    partner = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="lead_sources")
    is_active = models.BooleanField(default=True)

    objects = LeadSourceQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=~Q(name=""), name="lead_source_named"),
            models.CheckConstraint(
                condition=Q(partner__isnull=True) | Q(channel="partner"), name="lead_source_partner"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class LeadState(models.TextChoices):
    """NEW until somebody spoke with them, WORKING after; CONVERTED became a deal, DROPPED will not."""

    NEW = "new", _("New")
    WORKING = "working", _("In contact")
    CONVERTED = "converted", _("Became a deal")
    DROPPED = "dropped", _("Dropped")


class DropReason(models.TextChoices):
    """Why a lead was dropped; a note says the rest."""

    NO_FIT = "no_fit", _("Not our kind of customer")
    NO_NEED = "no_need", _("No need")
    NO_BUDGET = "no_budget", _("No budget")
    NO_ANSWER = "no_answer", _("Never answered")
    COMPETITOR = "competitor", _("Bought elsewhere")
    DOUBLE = "double", _("The same as another lead")
    OTHER = "other", _("Other")


class LeadQuerySet(AccountScopedQuerySet):
    """Leads of the accounts one sees, and those whose owner's work one sees.

    They are worked by whoever owns them (a pool counts), the team of their account, leads of the team, and marketing:
    it sees every lead and works every lead, for it brings them in. A technician sees none.
    """

    technicians_see = False

    def _owned_by(self, owners: frozenset[int], user: Any) -> Self:
        return super()._owned_by(owners, user) | self.filter(owner__in=owners)

    def _changeable(self, user: Any) -> Self:
        if user.role == Role.MARKETING:
            return self._visible(user)
        own = self._visible(user).filter(owner__in=reach_of(user).own)
        return super()._changeable(user) | own if reach_of(user).works else own

    def named_to(self, user: Any) -> Self:
        """Those whose person has a name for this user (trust.md 5.2): to most, all that they see.

        Executives and marketing read no names of people at customers. A lead is no customer yet: marketing wrote its
        person down to call them, so it reads all; and whoever owns a lead reads that one.
        """
        if reach_of(user).sees_names or user.role == Role.MARKETING:
            return self.visible_to(user)
        return self.visible_to(user).filter(owner__in=reach_of(user).own)


@trail(exclude=["attributes"])
class Lead(Fact):
    """Somebody who may become a customer. `account` is set once we know (or made) the company in the base.

    `employees` and `machines` (those they run, of any make) are what the profile of the ideal customer asks; None where
    nobody asked.
    """

    company = models.CharField(max_length=200)
    account = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="leads")
    lead_source = models.ForeignKey(LeadSource, on_delete=models.PROTECT, null=True, blank=True, related_name="leads")
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="leads")
    # The dealer who works it; the owner keeps watch.
    partner = models.ForeignKey(Account, on_delete=models.SET_NULL, null=True, blank=True, related_name="dealt_leads")
    created_on = models.DateField()
    person = models.CharField(max_length=200, blank=True, default="")
    person_role = models.CharField(max_length=120, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    country = models.CharField(max_length=60, blank=True, default="")
    industry = models.CharField(max_length=80, blank=True, default="")
    employees = models.PositiveIntegerField(null=True, blank=True)
    machines = models.PositiveIntegerField(null=True, blank=True)
    interest = models.ForeignKey(Product, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    note = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=LeadState.choices, default=LeadState.NEW)
    # Why it was opened again; empty where it never was.
    state_reason = models.CharField(max_length=240, blank=True, default="")
    worked_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    dropped_because = models.CharField(max_length=12, choices=DropReason.choices, blank=True, default="")
    dropped_note = models.CharField(max_length=240, blank=True, default="")
    opportunity = models.ForeignKey(Opportunity, on_delete=models.SET_NULL, null=True, blank=True, related_name="leads")
    attributes = models.JSONField(default=dict, blank=True)

    objects = LeadQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("lead"),
            models.CheckConstraint(condition=~Q(company=""), name="lead_names_a_company"),
            models.CheckConstraint(
                condition=Q(state__in=["new", "working"], closed_on__isnull=True)
                | Q(state__in=["converted", "dropped"], closed_on__isnull=False),
                name="lead_closed_with_day",
            ),
            models.CheckConstraint(
                condition=Q(state="dropped") & ~Q(dropped_because="") | ~Q(state="dropped") & Q(dropped_because=""),
                name="lead_dropped_with_reason",
            ),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True) | Q(closed_on__gte=models.F("created_on")),
                name="lead_closed_after_it_came",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["created_on", "id"], name="lead_created"),
            models.Index(fields=["owner", "created_on"], condition=Q(state__in=["new", "working"]), name="lead_open"),
        ]

    def __str__(self) -> str:
        return self.company


class TouchKind(models.TextChoices):
    """What somebody saw of us, or we of them (LG-06)."""

    CONTENT = "content", _("Read or downloaded something")
    WEB = "web", _("Visited the website")
    EVENT = "event", _("Fair or event")
    MAIL = "mail", _("Mail")
    CALL = "call", _("Call")
    VISIT = "visit", _("Visit")
    DEMO = "demo", _("Demonstration")
    DEALER = "dealer", _("Report of the dealer")
    OTHER = "other", _("Other")


class TouchQuerySet(AccountScopedQuerySet):
    technicians_see = False
    account_path = "lead__account"

    def _owned_by(self, owners: frozenset[int], user: Any) -> Self:
        return super()._owned_by(owners, user) | self.filter(lead__owner__in=owners)

    def _changeable(self, user: Any) -> Self:
        """Those of the leads that one works."""
        return self.filter(lead__in=Lead.objects.changeable_by(user).values("pk"))


@trail(removals=True)
class Touch(Fact):
    """One touch of a lead on a day, from the first whitepaper to the call years later: what attribution reads."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="touches")
    on = models.DateField()
    kind = models.CharField(max_length=8, choices=TouchKind.choices)
    lead_source = models.ForeignKey(LeadSource, on_delete=models.PROTECT, null=True, blank=True, related_name="touches")
    what = models.CharField(max_length=240, blank=True, default="")
    by = models.ForeignKey("core.User", on_delete=models.SET_NULL, null=True, blank=True, related_name="+")

    objects = TouchQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [unique_external_id("touch")]
        indexes: ClassVar = [models.Index(fields=["lead", "on"], name="touch_of_lead")]

    def __str__(self) -> str:
        return self.what or str(self.get_kind_display())


class SpendKind(models.TextChoices):
    MARKETING = "marketing", _("Marketing")
    SALES = "sales", _("Sales")


# Who answers for what is spent: they see it whole, whatever their teams own, and those who work with it write it.
_SEES_SPEND = frozenset({Role.MARKETING, Role.TEAM_LEAD, Role.EXECUTIVE, Role.ADMINISTRATOR})
_WRITES_SPEND = _SEES_SPEND - {Role.EXECUTIVE}


def sees_spend(actor: Any) -> bool:
    """Whether this actor is shown what is spent on marketing and sales; the system itself sees all."""
    return isinstance(actor, System) or (isinstance(actor, User) and actor.role in _SEES_SPEND)


def writes_spend(actor: Any) -> bool:
    """Whether this actor enters and changes it."""
    return isinstance(actor, User) and actor.role in _WRITES_SPEND


class SpendQuerySet(ScopedQuerySet):
    """It belongs to no account: who answers for it sees all of it, others none."""

    def _visible(self, user: Any) -> Self:
        return self.all() if sees_spend(user) else self.none()

    def _changeable(self, user: Any) -> Self:
        return self.all() if writes_spend(user) else self.none()


@trail()
class Spend(Fact):
    """What was spent in a calendar month, on a source or in general (LG-03). `month` is its first day."""

    month = models.DateField()
    kind = models.CharField(max_length=10, choices=SpendKind.choices, default=SpendKind.MARKETING)
    lead_source = models.ForeignKey(LeadSource, on_delete=models.PROTECT, null=True, blank=True, related_name="spend")
    amount = models.DecimalField(max_digits=14, decimal_places=2)
    currency = models.CharField(max_length=3, blank=True, default="")
    amount_reporting = models.DecimalField(max_digits=14, decimal_places=2, null=True, blank=True)
    note = models.CharField(max_length=240, blank=True, default="")

    objects = SpendQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("spend"),
            models.CheckConstraint(condition=Q(amount__gte=0), name="spend_is_not_negative"),
            models.CheckConstraint(condition=Q(month__day=1), name="spend_of_a_month"),
            models.UniqueConstraint(
                fields=["month", "kind", "lead_source"],
                condition=Q(external_id=""),
                nulls_distinct=False,
                name="spend_once_a_month",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.month:%Y-%m} {self.get_kind_display()}"

    @property
    def month_words(self) -> str:
        """The month in the words of the reader."""
        return date_format(self.month, "F Y")
