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
from playbooks.models.review import AgreedStep, AgreedStepQuerySet, Review, ReviewQuerySet

__all__ = [
    "AgreedStep",
    "AgreedStepQuerySet",
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
    "Review",
    "ReviewQuerySet",
    "Seat",
    "Side",
    "Task",
    "TaskQuerySet",
]
