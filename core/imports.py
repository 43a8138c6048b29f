"""People and pools from files: users with their teams, and owners found by name."""

from collections import Counter
from collections.abc import Iterable, Iterator

from django.db import connection

from core.importing.entities import Entity, Field, Kind, Values, register, register_resolver
from core.importing.plan import Plan
from core.models import Membership, Owner, Role, Team, User


def register_kinds() -> None:
    """Make the kinds known to the import engine. Called from apps.py."""
    register_resolver("user", users_named)
    register_resolver("owner", owners_named)
    register_resolver("team", teams_named)
    register(Kind("users", chain=(USER,)))


def _names_of(user: User) -> Iterator[str]:
    yield from {user.username, user.email, user.get_full_name(), user.external_id}


def users_named(texts: Iterable[str], create: bool) -> dict[str, int]:
    """Users by username, e-mail, full name or external id. Who shares a name with another is not clear: absent."""
    wanted = set(texts)
    found = Counter[str]()
    ids: dict[str, int] = {}
    for user in User.objects.all():
        for name in filter(None, _names_of(user)):
            found[name] += 1
            ids[name] = user.pk
    return {text: ids[text] for text in wanted if found[text] == 1}


def owners_named(texts: Iterable[str], create: bool) -> dict[str, int]:
    """Owners by the name of a team or person; with `create`, unknown names become pools."""
    teams = {t.name: t for t in Team.objects.all()}
    people = users_named(texts, create)
    users = User.objects.in_bulk(people.values())
    owners: dict[str, int] = {}
    for text in sorted(set(texts)):
        team = teams.get(text)
        if team is None and text not in people and create:
            team = Team.objects.create(name=text[:120])
        party = team or (users[people[text]] if text in people else None)
        if party:
            owners[text] = Owner.objects.of(party).pk
    return owners


def _complete_user(values: Values, row: dict[str, Values]) -> None:
    """A full name in one column is split at its last word; who has no user name is called by mail or name."""
    full = values.pop("name", None)
    if full and not values.get("last_name"):
        first, _space, last = full.rpartition(" ")
        values["first_name"], values["last_name"] = first, last
    spelled = " ".join(filter(None, [values.get("first_name"), values.get("last_name")]))
    values["username"] = values.get("username") or values.get("email") or spelled.lower().replace(" ", ".")


def _join_teams(plan: Plan, ready: str) -> None:
    """Every user has an owner row, and belongs to the team that the file names."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'INSERT INTO "{Owner._meta.db_table}" (user_id, name)'
            " SELECT u.id, COALESCE(NULLIF(trim(u.first_name || ' ' || u.last_name), ''), u.username)"
            f' FROM "{User._meta.db_table}" u JOIN "{ready}" s ON s._id = u.id WHERE s._ok'
            " ON CONFLICT (user_id) DO NOTHING"
        )
        if "team" in plan.mapped:
            cursor.execute(
                f'INSERT INTO "{Membership._meta.db_table}" (team_id, user_id) SELECT s.team_id, s._id'
                f' FROM "{ready}" s WHERE s._ok AND s.team_id IS NOT NULL ON CONFLICT DO NOTHING'
            )


def teams_named(texts: Iterable[str], create: bool) -> dict[str, int]:
    """Teams by name; missing ones are made where the mapping says so."""
    for text in sorted(set(texts)) if create else ():
        Owner.objects.of(Team.objects.get_or_create(name=text[:120])[0])
    return dict(Team.objects.filter(name__in=set(texts)).values_list("name", "pk"))


USER = Entity(
    word="user",
    plural="users",
    model=User,
    fields=(
        Field("username", required=True),
        Field("name", stored=False),
        Field("first_name"),
        Field("last_name"),
        Field("email"),
        Field("role", choices=tuple(Role.values)),
        Field("language"),
        Field("team", "named", to="team", stored=False),
    ),
    at_first={"password": "'!' || md5(random()::text)"},
    not_twice=("username",),
    finish=_complete_user,
    fills={"": ("username",), "name": ("first_name", "last_name")},
    after=_join_teams,
)
