"""What we do about it, one file per subject."""

from playbooks.models.plays import (
    Firing,
    FiringQuerySet,
    Note,
    NoteQuerySet,
    Play,
    PlayQuerySet,
    Release,
    Task,
    TaskQuerySet,
)

__all__ = [
    "Firing",
    "FiringQuerySet",
    "Note",
    "NoteQuerySet",
    "Play",
    "PlayQuerySet",
    "Release",
    "Task",
    "TaskQuerySet",
]
