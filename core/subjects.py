"""The one registry of the house: what a (kind, id) is called, where its page is, and who may see it.

Each room fills it in its `apps.py`. Plays, tasks, signals, firings and notes carry a subject as (kind, id).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db.models import Model, Q, QuerySet
from django.urls import reverse


@dataclass(frozen=True)
class Subject:
    """A kind of thing: `model` as "app.Model", `label` in words, the URL name of its page, and how search finds it.

    `search` turns typed text into a filter; `title` names one object.
    """

    kind: str
    model: str
    label: Any
    url_name: str = ""
    title: Callable[[Any], str] = str
    search: Callable[[str], Q] | None = None
    select_related: tuple[str, ...] = ()
    # Its name is that of a person at a customer: not everybody finds it.
    names_people: bool = False

    @property
    def model_class(self) -> type[Model]:
        return apps.get_model(self.model)

    def visible_to(self, actor: Any) -> QuerySet[Any]:
        rows = self.model_class._default_manager.all().visible_to(actor)  # type: ignore[attr-defined]
        return rows.select_related(*self.select_related) if self.select_related else rows

    def url(self, pk: int) -> str:
        return reverse(self.url_name, args=[pk]) if self.url_name else ""


_subjects: dict[str, Subject] = {}


def register(subject: Subject) -> None:
    _subjects[subject.kind] = subject


def subject(kind: str) -> Subject:
    """The registered kind; KeyError names the unknown one."""
    return _subjects[kind]


def subjects() -> Iterable[Subject]:
    return tuple(_subjects.values())


def titles(kind: str, ids: Iterable[int], actor: Any) -> dict[int, str]:
    """Names of these subjects, in one query, as far as the actor may see them."""
    found = subject(kind)
    return {row.pk: found.title(row) for row in found.visible_to(actor).filter(pk__in=list(ids))}
