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
from playbooks.models.qbr import Qbr, QbrAction, QbrAttendee, QbrLetter, QbrMove, QbrPack, QbrPart, Seat, Side

__all__ = [
    "Firing",
    "FiringQuerySet",
    "Note",
    "NoteQuerySet",
    "Play",
    "PlayQuerySet",
    "Qbr",
    "QbrAction",
    "QbrAttendee",
    "QbrLetter",
    "QbrMove",
    "QbrPack",
    "QbrPart",
    "Release",
    "Seat",
    "Side",
    "Task",
    "TaskQuerySet",
]
