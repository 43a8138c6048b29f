"""Who sees what hangs on an account (trust.md 5.2). `account_path` says how a model reaches its account."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

from django.db.models import BooleanField, F, Func, Q, Value

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
        owner = f"{self.account_path}__owner_id__in" if self.account_path else "owner_id__in"
        return self.filter(Q(**{owner: owners}) | Q(self._linked(_OnTheTeam, user)))

    def _assigned(self, user: Any) -> Self:
        return self.filter(self._linked(_HasTheirMachine, user))

    def _linked(self, link: type[Func], user: Any) -> Func:
        return link(F(f"{self.account_path}_id" if self.account_path else "pk"), Value(user.pk))


class _Linked(Func):
    """The account is one of those that link to the user. Written out: it stands in almost every query, and building
    it costs more than running it. A list that is read once, so that an index may find its accounts."""

    accounts: ClassVar[str]
    template = '%(account)s = ANY(ARRAY(SELECT l."account_id" FROM %(accounts)s = %(user)s))'
    output_field: ClassVar = BooleanField()

    def as_sql(self, compiler: Any, connection: Any, **_: Any) -> tuple[str, Sequence[Any]]:  # type: ignore[override]
        (account, before), (user, after) = (compiler.compile(part) for part in self.source_expressions)
        return self.template % {"account": account, "accounts": self.accounts, "user": user}, (*before, *after)


class _OnTheTeam(_Linked):
    """The user is on the account team."""

    accounts = '"installed_base_accountmember" l WHERE l."user_id"'


class _HasTheirMachine(_Linked):
    """A machine of the account is assigned to the user."""

    accounts = '"installed_base_asset" l WHERE l."technician_id"'
