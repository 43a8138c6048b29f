"""Callers with tokens, and a small base of two teams."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import orjson
import pytest
from django.test import Client

from core.models import ApiToken, Role, User
from tests import cast

ON = date(2026, 11, 21)


@dataclass
class Caller:
    """A user who calls the API with a token."""

    user: User
    token: str

    def get(self, address: str, **query: Any) -> Any:
        headers = {"Authorization": f"Token {self.token}"}
        response: Any = Client(headers=headers).get(f"/api/v1/{address}", query)
        response.data = orjson.loads(response.content) if response.content else None
        return response

    def send(self, method: str, address: str, body: Any = None, **headers: str) -> Any:
        """Write: `body` as JSON (text goes as it is), headers as `if_match=...`."""
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        client = Client(headers={"Authorization": f"Token {self.token}"} | names)
        data = body if isinstance(body, str) else orjson.dumps(body).decode() if body is not None else ""
        response: Any = client.generic(method, f"/api/v1/{address}", data, content_type="application/json")
        response.data = orjson.loads(response.content) if response.content else None
        return response

    def post(self, address: str, body: Any = None, **headers: str) -> Any:
        return self.send("POST", address, body, **headers)

    def patch(self, address: str, body: Any, **headers: str) -> Any:
        """A change of what stands there now, unless `if_match` says otherwise."""
        headers = {"if_match": self.get(address).headers.get("ETag", "*")} | headers
        return self.send("PATCH", address, body, **headers)

    def rows(self, address: str, **query: Any) -> list[dict[str, Any]]:
        response = self.get(address, **query)
        assert response.status_code == 200, response.content
        return response.data["results"]

    def ids(self, address: str, **query: Any) -> list[int]:
        return [row["id"] for row in self.rows(address, **query)]


def caller(user: User) -> Caller:
    return Caller(user, ApiToken.objects.create(user, name="test")[1])


def writer(user: User) -> Caller:
    """With a token that may write."""
    return Caller(user, ApiToken.objects.create(user, name="test", scope=ApiToken.Scope.WRITE)[1])


@pytest.fixture
def executive(db: None) -> Caller:
    return caller(cast.person("everything", Role.EXECUTIVE))


@pytest.fixture
def pages() -> Callable[[Caller, str], list[list[int]]]:
    """Follow `next` to the end: the ids of each page."""

    def follow(who: Caller, address: str) -> list[list[int]]:
        found = []
        following: str | None = f"http://testserver/api/v1/{address}"
        while following:
            assert following.startswith("http://testserver/api/v1/")
            answer = who.get(following.removeprefix("http://testserver/api/v1/")).data
            found.append([row["id"] for row in answer["results"]])
            following = answer["next"]
        return found

    return follow
