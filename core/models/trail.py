"""The audit trail: a model whose every change is kept by trigger, with who and why."""

from collections.abc import Callable, Iterable
from typing import TypeVar

import pghistory
from django.db import models

M = TypeVar("M", bound=type[models.Model])


def trail(*, exclude: Iterable[str] = (), removals: bool = False) -> Callable[[M], M]:
    """Keep each insert and update of a model in `<Model>Audit`, reached as `row.audit_events`; with `removals` each
    delete too, as the row stood."""
    kept: list[pghistory.RowEvent] = [pghistory.InsertEvent(), pghistory.UpdateEvent()]
    if removals:
        kept.append(pghistory.DeleteEvent())

    def track(model: M) -> M:
        return pghistory.track(
            *kept,
            model_name=f"{model.__name__}Audit",
            exclude=list(exclude) or None,
            obj_field=pghistory.ObjForeignKey(related_name="audit_events", db_index=True),
        )(model)

    return track
