"""Sessions of people who are signed in, each with its person beside it: both are read in one query (core.opening)."""

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models


class Session(AbstractBaseSession):
    """`user` repeats what stands signed in the data, which alone decides who somebody is."""

    user = models.ForeignKey("core.User", on_delete=models.CASCADE, null=True, related_name="+")
