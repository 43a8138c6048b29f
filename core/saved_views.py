"""Saving, renaming and deleting the views of a list. What is refused is refused with a sentence (`ViewRefused`)."""

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from core.models import SavedView, Team, User

MOST = 50
LONGEST_NAME = 60


class ViewRefused(ValueError):
    """Why a view cannot be kept, as a sentence for the person who asked."""


def views_of(user: User, page: str) -> list[SavedView]:
    """The views of a page that this user may open, by name. One query."""
    return sorted(SavedView.objects.readable_by(user).filter(page=page), key=lambda view: (view.name.lower(), view.pk))


def teams_to_share_with(user: User) -> list[Team]:
    return list(Team.objects.filter(memberships__user=user).order_by("name", "pk"))


def save_view(*, user: User, page: str, name: str, query: str, team: Team | None = None) -> SavedView:
    """Keep this query of a page under a name, for oneself or for a team one is in."""
    if SavedView.objects.filter(owner=user, page=page).count() >= MOST:
        raise ViewRefused(_("You keep %(count)s views already. Delete one first.") % {"count": MOST})
    if len(query) > 1000:
        raise ViewRefused(_("These filters are too long to keep."))
    return _written(SavedView(owner=user, page=page, query=query), name, team)


def change_view(*, view: SavedView, user: User, name: str, team: Team | None = None) -> SavedView:
    """Rename one's own view, and say who else opens it."""
    if view.owner_id != user.pk:
        raise ViewRefused(_("This view belongs to somebody else."))
    return _written(view, name, team)


def delete_view(*, view: SavedView, user: User) -> None:
    if view.owner_id != user.pk:
        raise ViewRefused(_("This view belongs to somebody else."))
    view.delete()


def _written(view: SavedView, name: str, team: Team | None) -> SavedView:
    view.name, view.team = " ".join(name.split()), team
    if not view.name:
        raise ViewRefused(_("Give the view a name."))
    if len(view.name) > LONGEST_NAME:
        raise ViewRefused(_("Give it a name of at most %(count)s characters.") % {"count": LONGEST_NAME})
    if team is not None and team not in teams_to_share_with(view.owner):
        raise ViewRefused(_("You can share a view with your own teams only."))
    try:
        with transaction.atomic():
            view.save()
    except IntegrityError:
        raise ViewRefused(_("You already have a view called “%(name)s”. Choose another name.") % {"name": view.name})
    return view
