"""Tokens of the API: hashed, expiring, shown once; and the keys under which a program repeats itself."""

from django.db import models
from knox.models import AbstractAuthToken


class ApiToken(AbstractAuthToken):
    """What a program signs in with, named after the program. It sees what its user sees; unless it was made for
    writing, it only reads."""

    class Scope(models.TextChoices):
        READ = "read"
        WRITE = "write"

    name = models.CharField(max_length=80, blank=True, default="")
    scope = models.CharField(max_length=5, choices=Scope.choices, default=Scope.READ)

    @property
    def writes(self) -> bool:
        return self.scope == self.Scope.WRITE

    def __str__(self) -> str:
        return self.name or self.token_key


class IdempotencyKey(models.Model):
    """What was answered to a request the first time it came under this key (firing.md).

    Born in the transaction of its effect: there is no key without an effect, and no effect twice. `token` is the
    digest of the token, empty for somebody signed in to the pages.
    """

    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="+")
    token = models.CharField(max_length=128, blank=True, default="")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(default=0)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "token", "key"], name="idempotency_key_once")]
        indexes = [models.Index(fields=["at"], name="idempotency_key_at")]

    def __str__(self) -> str:
        return self.key
