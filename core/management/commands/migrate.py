"""Django's `migrate`, in a fraction of its time.

After each step Django draws every model again to which some path of relations leads from the one that changed: here,
dozens, eight hundred times. What a step does to the database asks for its own model alone. A step in Python is given
all models drawn anew, as Django does after what it calls delayed. Both ways make the same tables
(tests/core/test_migrate.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

from django.core.management.commands.migrate import Command as Migrate
from django.db.migrations.state import ProjectState

executor: Any = import_module("django.db.migrations.executor")


class LeanState(ProjectState):
    """Draws the model of a step, and leaves those to which it is related until somebody asks for them."""

    _whole = False

    def _find_reload_model(self, app_label: str, model_name: str, delay: bool = False) -> set[tuple[str, str]]:
        if self._whole:
            found: set[tuple[str, str]] = super()._find_reload_model(app_label, model_name, delay)  # type: ignore[misc]
            return found
        self.is_delayed = True
        return {(app_label, model_name)}

    def clone(self) -> "LeanState":
        copy = super().clone()
        copy.__class__ = LeanState
        return copy  # type: ignore[return-value]

    def alter_field(self, app_label: str, model_name: str, name: str, field: Any, preserve_default: bool) -> None:
        """What refers to a column may change with it: only to keys, and columns that are unique, anything refers."""
        before = self.models[app_label, model_name].fields[name]
        self._whole = any(one.primary_key or one.unique for one in (before, field))
        try:
            super().alter_field(app_label, model_name, name, field, preserve_default)
        finally:
            self._whole = False


class Command(Migrate):
    def handle(self, *args: Any, **options: Any) -> None:
        with lean():
            super().handle(*args, **options)


@contextmanager
def lean() -> Iterator[None]:
    """Within, a run of migrations keeps a LeanState."""
    usual = executor.ProjectState
    executor.ProjectState = LeanState
    try:
        yield
    finally:
        executor.ProjectState = usual
