"""Who calls the API: one look-up by the hash of the token, its user in the same query."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from knox import auth
from knox.crypto import hash_token
from rest_framework.exceptions import AuthenticationFailed

from core import clock
from core.models import ApiToken, User

LONGEST = 200


class TokenAuthentication(auth.TokenAuthentication):
    """`Authorization: Token ...`. A token that is unknown, expired or whose user is disabled answers alike."""

    def authenticate_credentials(self, token: bytes) -> tuple[User, ApiToken]:
        found = _known(token)
        if found is None or not found.user.is_active or (found.expiry and found.expiry < clock.now()):
            raise AuthenticationFailed(_("Invalid token."))
        return found.user, found


def _known(token: bytes) -> ApiToken | None:
    if len(token) > LONGEST or not token.isascii():
        return None
    rows: Any = ApiToken.objects.select_related("user")
    return rows.filter(pk=hash_token(token.decode())).first()
