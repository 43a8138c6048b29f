"""Who calls the API: one look-up by the hash of the token, its user, how far they see and the stamp of the policies in
the same query."""

from functools import cache
from typing import Any

from django.db import connection
from django.utils.translation import gettext_lazy as _
from knox import auth
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed, PermissionDenied
from rest_framework.permissions import SAFE_METHODS, BasePermission

from core import clock, opening
from core.models import ApiToken, User
from core.reach import OWNERS, reach_with

LONGEST = 200


class TokenAuthentication(auth.TokenAuthentication):
    """`Authorization: Token ...`. A token that is unknown, expired or whose user is disabled answers alike."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        found = _known(token)
        if found is None or not found.user.is_active or (found.expiry and found.expiry < clock.now()):
            raise AuthenticationFailed(_("Invalid token."))
        return found.user, found


class TokenWrites(BasePermission):
    """A token that was made for reading changes nothing. Asked only where there is something to change."""

    def has_permission(self, request: Any, view: Any) -> bool:
        reads = request.method in SAFE_METHODS or request.method not in view.allowed_methods
        if not reads and isinstance(request.auth, ApiToken) and not request.auth.writes:
            raise PermissionDenied(_("This token only reads. Make one that writes: manage.py api_token NAME --write."))
        return True


def _known(token: bytes) -> ApiToken | None:
    if len(token) > LONGEST or not token.isascii():
        return None
    sql, fields = _look_up()
    with connection.cursor() as cursor:
        cursor.execute(sql, [hash_token(token.decode())])
        row = cursor.fetchone()
    if row is None:
        return None
    found = ApiToken.from_db("default", fields, row[: len(fields)])
    *person, owners, stamp = row[len(fields) :]
    found.user = User.from_db("default", [f.attname for f in User._meta.concrete_fields], person)
    reach_with(found.user, owners)
    opening.by_token(stamp)
    return found


@cache
def _look_up() -> tuple[str, list[str]]:
    """The statement, and the fields of the token in it; those of the user follow, then how far the user sees, and the
    stamp of the policies."""
    rows: Any = ApiToken.objects.select_related("user").filter(pk="")
    columns, rest = rows.query.sql_with_params()[0].split(" FROM ", 1)
    owners = OWNERS.format(user="core_user.id")
    return f"{columns}, {owners}, {opening.STAMP} FROM {rest}", [f.attname for f in ApiToken._meta.concrete_fields]
