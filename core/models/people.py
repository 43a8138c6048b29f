"""Users, teams, and owners that are either."""

from typing import Any, ClassVar, Self

from django.contrib.auth.models import AbstractUser, UserManager
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.models.trail import trail


class Role(models.TextChoices):
    """What a user does here: it decides the verbs and the home page. Teams decide the rows (trust.md 5.2)."""

    CS_MANAGER = "cs_manager", _("CS manager")
    SALES = "sales", _("Sales")
    TECHNICIAN = "technician", _("Service technician")
    EXECUTIVE = "executive", _("Executive")
    TEAM_LEAD = "team_lead", _("Team lead")
    MARKETING = "marketing", _("Marketing")
    OPERATIONS = "operations", _("Operations")
    ADMINISTRATOR = "administrator", _("Administrator")


class Theme(models.TextChoices):
    SYSTEM = "system", _("As the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class Density(models.TextChoices):
    COMFORTABLE = "comfortable", _("Comfortable")
    COMPACT = "compact", _("Compact")


class PeopleManager(UserManager["User"]):
    """Makes users; the first of an installation (`manage.py createsuperuser`) is its administrator."""

    def create_superuser(
        self, username: str, email: str | None = None, password: str | None = None, **fields: Any
    ) -> "User":
        user = super().create_superuser(username, email, password, **({"role": Role.ADMINISTRATOR} | fields))
        Owner.objects.of(user)
        return user


@trail(exclude=["password", "last_login"])
class User(AbstractUser):  # type: ignore[django-manager-missing]  # the manager of its tokens is knox's, untyped
    role = models.CharField(max_length=20, choices=Role.choices, default=Role.CS_MANAGER)
    language = models.CharField(max_length=5, blank=True, default="")
    theme = models.CharField(max_length=10, choices=Theme.choices, default=Theme.SYSTEM)
    density = models.CharField(max_length=12, choices=Density.choices, default=Density.COMFORTABLE)
    source = models.CharField(max_length=60, blank=True, default="")
    external_id = models.CharField(max_length=200, blank=True, default="")

    objects: ClassVar[PeopleManager] = PeopleManager()

    class Meta(AbstractUser.Meta):
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"], condition=~models.Q(external_id=""), name="user_external_id"
            ),
        ]

    @property
    def shown_name(self) -> str:
        return self.get_full_name() or self.username

    def __str__(self) -> str:
        return self.shown_name


class Team(models.Model):
    """A team, which may stand under another: its lead sees what its sub-teams own."""

    name = models.CharField(max_length=120, unique=True)
    parent = models.ForeignKey("self", on_delete=models.PROTECT, null=True, blank=True, related_name="parts")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="memberships")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="membership_once")]


class OwnerQuerySet(models.QuerySet["Owner"]):
    def of(self, party: "User | Team") -> "Owner":
        """The owner row of a person or a team, made where it is not there yet."""
        key = {"user": party} if isinstance(party, User) else {"team": party}
        name = party.shown_name if isinstance(party, User) else party.name
        return self.get_or_create(**key, defaults={"name": name})[0]

    def visible_to(self, actor: Any) -> Self:
        """Everybody who is signed in reads who owns what; nobody else."""
        return self.all() if getattr(actor, "is_authenticated", False) else self.none()


class Owner(models.Model):
    """Who answers for something: a person or a team (a pool), never both and never nobody. `name` is kept for lists."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, null=True, blank=True, related_name="owner")
    team = models.OneToOneField(Team, on_delete=models.PROTECT, null=True, blank=True, related_name="owner")
    name = models.CharField(max_length=160)

    objects = OwnerQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(user__isnull=False, team__isnull=True)
                | models.Q(user__isnull=True, team__isnull=False),
                name="owner_is_a_person_or_a_team",
            ),
        ]

    @property
    def is_pool(self) -> bool:
        return self.team_id is not None

    @property
    def initials(self) -> str:
        return "".join(word[0] for word in self.name.split()[:2] if word).upper()

    def __str__(self) -> str:
        return self.name
