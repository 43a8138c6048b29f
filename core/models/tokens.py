"""Tokens of the API: hashed, expiring, shown once."""

from django.db import models
from knox.models import AbstractAuthToken


class ApiToken(AbstractAuthToken):
    """What a program signs in with, named after the program. It sees what its user sees."""

    name = models.CharField(max_length=80, blank=True, default="")

    def __str__(self) -> str:
        return self.name or self.token_key
