"""How people get in: an administrator invites them; nobody signs up by themselves."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from django.http import HttpRequest

from core import opening
from core.models import User


class ClosedSignupAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False


class PersonBackend(AuthenticationBackend):
    """Knows the person who was read with the session; asks for others."""

    def get_user(self, user_id: Any) -> User | None:
        known = opening.person(user_id)
        if known is None:
            return super().get_user(user_id)
        return known if self.user_can_authenticate(known) else None
