"""The people of Voss Robotics: a user per role, in teams."""

from dataclasses import dataclass

from django.contrib.auth.hashers import make_password

from core.models import Membership, Organisation, Owner, Role, Team, User

PASSWORD = "bowtie-demo"


@dataclass(frozen=True)
class Person:
    username: str
    first_name: str
    last_name: str
    role: Role
    teams: tuple[str, ...]


# Team -> the team above it.
TEAMS = {
    "Commerce": None,
    "Customer success": "Commerce",
    "Sales": "Commerce",
    "Small accounts desk": "Customer success",
    "Service": None,
}
PEOPLE = (
    Person("marloes", "Marloes", "de Wit", Role.CS_MANAGER, ("Customer success",)),
    Person("sanne", "Sanne", "Claes", Role.CS_MANAGER, ("Customer success", "Small accounts desk")),
    Person("jonas", "Jonas", "Keller", Role.CS_MANAGER, ("Customer success",)),
    Person("tomasz", "Tomasz", "Nowak", Role.CS_MANAGER, ("Customer success", "Small accounts desk")),
    Person("daniel", "Daniel", "Vos", Role.SALES, ("Commerce",)),
    Person("ruud", "Ruud", "Bakker", Role.TECHNICIAN, ("Service",)),
    Person("hanna", "Hanna", "Brandt", Role.TEAM_LEAD, ("Commerce",)),
    Person("elke", "Elke", "Voss", Role.EXECUTIVE, ()),
    Person("noor", "Noor", "Jansen", Role.MARKETING, ()),
    Person("ilse", "Ilse", "Maat", Role.OPERATIONS, ()),
    Person("thijs", "Thijs", "Mulder", Role.ADMINISTRATOR, ()),
)
# One of each role: what the sign-in page offers.
SHOWN = ("marloes", "daniel", "elke", "hanna", "ruud", "noor", "ilse", "thijs")


@dataclass(frozen=True)
class Staff:
    """Who works at the company: users by name, and the owners that accounts are given to."""

    users: dict[str, User]
    owners: dict[str, Owner]


def hire() -> Staff:
    """Name the organisation, and make its teams and users."""
    Organisation.objects.update_or_create(
        pk=1, defaults={"name": "Voss Robotics", "reporting_currency": "EUR", "country": "NL", "language": "en"}
    )
    teams: dict[str, Team] = {}
    for name, above in TEAMS.items():
        teams[name] = Team.objects.create(name=name, parent=teams.get(above or ""))
    password = make_password(PASSWORD)
    users = {person.username: _hire(person, teams, password) for person in PEOPLE}
    owners = {name: Owner.objects.of(user) for name, user in users.items()}
    owners |= {name: Owner.objects.of(team) for name, team in teams.items()}
    return Staff(users, owners)


def _hire(person: Person, teams: dict[str, Team], password: str) -> User:
    user = User.objects.create(
        username=person.username,
        email=f"{person.username}@voss-robotics.example",
        password=password,
        first_name=person.first_name,
        last_name=person.last_name,
        role=person.role,
        is_staff=person.role == Role.ADMINISTRATOR,
        is_superuser=False,
    )
    Membership.objects.bulk_create(Membership(team=teams[name], user=user) for name in person.teams)
    return user
