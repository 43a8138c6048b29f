"""Scope in one place: who acts, and whether a query has asked what they may see (trust.md 5.3).

Inside a request, evaluating a queryset of a scoped model that has not passed through `.visible_to(actor)` raises
`UnscopedQuery`. Rows reached from a visible row (`account.sites.all()`) are let through: they hang on what was seen.
Jobs act as `System(reason)`, or as the person who will receive the result.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Self

from django.db import models


class UnscopedQuery(RuntimeError):
    """A view read a scoped model without asking what its user may see."""


@dataclass(frozen=True)
class System:
    """The product itself, acting for a stated reason. It sees everything."""

    reason: str

    is_authenticated = True


_guarded: ContextVar[bool] = ContextVar("scope_guarded", default=False)


@contextmanager
def guarded() -> Iterator[None]:
    """Within, unscoped reads of scoped models raise."""
    token = _guarded.set(True)
    try:
        yield
    finally:
        _guarded.reset(token)


@contextmanager
def unguarded() -> Iterator[None]:
    """Within, everything may be read: for actions, which have checked their subject at the door."""
    token = _guarded.set(False)
    try:
        yield
    finally:
        _guarded.reset(token)


class ScopedQuerySet(models.QuerySet[Any]):
    """A queryset that knows whether it was scoped. A model says what is visible in `_visible` and `_changeable`."""

    _scoped = False

    def visible_to(self, actor: Any) -> Self:
        """The rows this actor may see. Nobody signed in sees nothing."""
        return self._as_scoped(actor, self._visible)

    def changeable_by(self, actor: Any) -> Self:
        """The rows this actor may change."""
        return self._as_scoped(actor, self._changeable)

    def _as_scoped(self, actor: Any, narrow: Any) -> Self:
        if isinstance(actor, System):
            rows = self.all()
        elif not getattr(actor, "is_authenticated", False):
            rows = self.none()
        else:
            rows = narrow(actor)
        rows._scoped = True
        return rows

    def _visible(self, user: Any) -> Self:
        raise NotImplementedError(f"{self.model.__name__} does not say who may see it")

    def _changeable(self, user: Any) -> Self:
        return self._visible(user)

    def _clone(self) -> Self:
        clone = super()._clone()  # type: ignore[misc]
        clone._scoped = self._scoped
        return clone

    def _check(self) -> None:
        if _guarded.get() and not self._scoped and "instance" not in self._hints:  # type: ignore[attr-defined]
            raise UnscopedQuery(f"{self.model.__name__} was read in a request without .visible_to(user)")

    def _fetch_all(self) -> None:
        if self._result_cache is None:
            self._check()
        super()._fetch_all()  # type: ignore[misc]

    def iterator(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return super().iterator(*args, **kwargs)

    def count(self) -> int:
        self._check()
        return super().count()

    def exists(self) -> bool:
        self._check()
        return super().exists()

    def aggregate(self, *args: Any, **kwargs: Any) -> Any:
        self._check()
        return super().aggregate(*args, **kwargs)
