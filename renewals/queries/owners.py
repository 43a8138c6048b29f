"""The owners of the house, as the rule of owners asks for them."""

from django.db import connection

from renewals.rules.owners import People

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
