"""The owners of the house, as the rule of owners asks for them."""

from django.db import connection

from core.models import Membership, Owner, Role, Team
from renewals.rules.owners import Lines, People

# A person in several pools belongs to the one with the lowest name.
_OWNERS = """
SELECT o.id, u.id IS NOT NULL AND NOT u.is_active, t.name,
       (SELECT p.id FROM core_membership m JOIN core_team mt ON mt.id = m.team_id JOIN core_owner p ON p.team_id = mt.id
        WHERE m.user_id = o.user_id ORDER BY mt.name LIMIT 1)
FROM core_owner o LEFT JOIN core_user u ON u.id = o.user_id LEFT JOIN core_team t ON t.id = o.team_id
"""


def people() -> People:
    """Everybody who may own something. One query; persons and teams are few."""
    with connection.cursor() as cursor:
        cursor.execute(_OWNERS)
        rows = cursor.fetchall()
    return People(
        gone={owner for owner, gone, _team, _pool in rows if gone},
        pool_of={owner: pool for owner, _gone, _team, pool in rows if pool},
        pools={team: owner for owner, _gone, team, _pool in rows if team},
    )


def lines() -> Lines:
    """Who leads whom. Three queries; persons and teams are few."""
    members = list(
        Membership.objects.filter(user__is_active=True, user__owner__isnull=False)
        .order_by("team__name", "user__owner__name")
        .values_list("user__owner", "team", "user__role")
    )
    pools = dict(Owner.objects.filter(team__isnull=False).values_list("team", "pk"))
    teams_of: dict[int, list[int]] = {owner: [team] for team, owner in pools.items()}
    leads: dict[int, list[int]] = {}
    for owner, team, role in members:
        teams_of.setdefault(owner, []).append(team)
        if role == Role.TEAM_LEAD:
            leads.setdefault(team, []).append(owner)
    return Lines(teams_of, dict(Team.objects.values_list("pk", "parent")), leads, pools)
