"""Who leads whom in the house, as the rule of stepping in asks for it."""

from core.leading import Lines
from core.models import Membership, Owner, Role, Team


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
