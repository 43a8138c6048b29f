"""Who sees what hangs on an account (trust.md 5.2). `account_path` says how a model reaches its account."""

from typing import Any, Self

from django.apps import apps
from django.db.models import Exists, OuterRef, Q

from core.reach import Level, reach_of
from core.scope import ScopedQuerySet


class AccountScopedQuerySet(ScopedQuerySet):
    """Rows of the accounts that the user's teams own, or on whose account team the user is.

    A technician sees the accounts on which a machine is assigned to them. Changing asks for ownership itself, or
    membership of the account team, unless the role works for the whole team.
    """

    account_path = "account"
    technicians_see = True

    def _visible(self, user: Any) -> Self:
        reach = reach_of(user)
        if reach.level is Level.ALL:
            return self.all()
        if reach.level is Level.ASSIGNED:
            return self._assigned(user) if self.technicians_see else self.none()
        return self._owned_by(reach.owners, user)

    def _changeable(self, user: Any) -> Self:
        reach = reach_of(user)
        if not reach.works:
            return self.none()
        return self._owned_by(reach.own, user) if reach.writes_own_only else self._visible(user)

    def _owned_by(self, owners: frozenset[int], user: Any) -> Self:
        key = f"{self.account_path}__pk" if self.account_path else "pk"
        owner = f"{self.account_path}__owner_id__in" if self.account_path else "owner_id__in"
        return self.filter(Q(**{owner: owners}) | Q(Exists(_memberships().filter(user=user, account=OuterRef(key)))))

    def _assigned(self, user: Any) -> Self:
        key = f"{self.account_path}__pk" if self.account_path else "pk"
        return self.filter(Exists(_machines().filter(technician=user, account=OuterRef(key))))


def _memberships() -> Any:
    return apps.get_model("installed_base.AccountMember")._base_manager.all()


def _machines() -> Any:
    return apps.get_model("installed_base.Asset")._base_manager.all()
