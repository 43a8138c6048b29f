"""Who buys and holds contracts: accounts, their sites and people."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, Period, period_constraints, unique_external_id
from core.models.trail import trail
from installed_base.models.scoping import AccountScopedQuerySet


class Segment(models.TextChoices):
    ENTERPRISE = "enterprise", _("Enterprise")
    MID_MARKET = "mid_market", _("Mid-market")
    SMALL = "small", _("Small")


def segment_name(key: str) -> str:
    """A segment in the reader's language; one that a source brought itself stays as it is written there."""
    return str(dict(Segment.choices).get(key, key))


class AccountQuerySet(AccountScopedQuerySet):
    account_path = ""


@trail(exclude=["attributes"])
class Account(Fact):
    """The plant or legal entity that buys. `group` is its parent (G-15); `merged_into` the survivor of a merge.

    `downtime_cost_hour` is what an hour of standstill costs the customer by its own word, in the reporting currency
    (W-04); None where nobody asked.
    """

    name = models.CharField(max_length=200)
    group = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="members_of_group")
    merged_into = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="+")
    segment = models.CharField(max_length=40, blank=True, default="")
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="accounts")
    industry = models.CharField(max_length=80, blank=True, default="")
    country = models.CharField(max_length=60, blank=True, default="")
    region = models.CharField(max_length=80, blank=True, default="")
    city = models.CharField(max_length=80, blank=True, default="")
    downtime_cost_hour = models.DecimalField(max_digits=12, decimal_places=2, null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    objects = AccountQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("account"),
            models.CheckConstraint(
                condition=models.Q(downtime_cost_hour__isnull=True) | models.Q(downtime_cost_hour__gte=0),
                name="account_downtime_cost_not_negative",
            ),
        ]
        indexes: ClassVar = [
            models.Index(Lower("name"), "id", name="account_name"),
            models.Index(fields=["owner", "id"], name="account_owner_id_order"),
            models.Index(fields=["country", "id"], name="account_country"),
            models.Index(fields=["segment", "id"], name="account_segment"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def segment_name(self) -> str:
        return segment_name(self.segment)


class AccountExternalId(models.Model):
    """The name another system has for an account, beside the one it was first known by."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="external_ids")
    source = models.CharField(max_length=60)
    external_id = models.CharField(max_length=200)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["source", "external_id"], name="account_alias_once"),
        ]


class AccountMember(models.Model):
    """The account team: people who see and change an account that is not their own."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="account_memberships")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["account", "user"], name="account_member_once")]


class AccountPeriod(Period):
    """Owner, segment and group of an account, and the days on which they stood."""

    subject_field: ClassVar = "account"
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="periods")
    owner = models.ForeignKey("core.Owner", on_delete=models.PROTECT, related_name="+")
    segment = models.CharField(max_length=40, blank=True, default="")
    group = models.ForeignKey(Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints: ClassVar = period_constraints("account_period", "account")


class SiteQuerySet(AccountScopedQuerySet):
    pass


class Site(Fact):
    """A place where machines stand."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="sites")
    name = models.CharField(max_length=200)
    address = models.CharField(max_length=200, blank=True, default="")
    city = models.CharField(max_length=80, blank=True, default="")
    region = models.CharField(max_length=80, blank=True, default="")
    country = models.CharField(max_length=60, blank=True, default="")
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    objects = SiteQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [unique_external_id("site")]

    def __str__(self) -> str:
        return self.name


class ContactRole(models.TextChoices):
    """The three voices of multi-threading (AD-13), and the rest."""

    OPERATOR = "operator", _("Operators")
    ENGINEERING = "engineering", _("Engineering")
    MANAGEMENT = "management", _("Management")
    PURCHASING = "purchasing", _("Purchasing")
    OTHER = "other", _("Other")


class ContactQuerySet(AccountScopedQuerySet):
    pass


@trail(exclude=["attributes"])
class Contact(Fact):
    """A person at the customer. `champion_since` and `left_on` are dates, never flags."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="contacts")
    site = models.ForeignKey(Site, on_delete=models.SET_NULL, null=True, blank=True, related_name="contacts")
    name = models.CharField(max_length=160)
    job_title = models.CharField(max_length=120, blank=True, default="")
    role = models.CharField(max_length=20, choices=ContactRole.choices, default=ContactRole.OTHER)
    influence = models.CharField(max_length=40, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    champion_since = models.DateField(null=True, blank=True)
    left_on = models.DateField(null=True, blank=True)
    attributes = models.JSONField(default=dict, blank=True)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [unique_external_id("contact")]

    def __str__(self) -> str:
        return self.name


class ContactPeriod(Period):
    """Account, role and championship of a contact, and the days on which they stood."""

    subject_field: ClassVar = "contact"
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="periods")
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, default=ContactRole.OTHER)
    champion_since = models.DateField(null=True, blank=True)

    class Meta:
        constraints: ClassVar = period_constraints("contact_period", "contact")
