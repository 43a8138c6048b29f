"""Answers of customers, from files."""

from django.utils.translation import gettext_lazy as _

from core.importing.entities import Check, Entity, Field, Kind, Values, register
from health.models import Question, SurveyAnswer
from installed_base.imports.parties import ACCOUNT


def register_kinds() -> None:
    """Make the kinds known to the import engine. Called from apps.py."""
    register(Kind("answers", chain=(ANSWER,), sides=(ACCOUNT,)))


def _complete_answer(values: Values, row: dict[str, Values]) -> None:
    """Without a scale of its own, an answer was given on 0 to 10."""
    values["scale_from"] = values.get("scale_from") or "0"
    values["scale_to"] = values.get("scale_to") or "10"


ANSWER = Entity(
    word="answer",
    plural="answers",
    model=SurveyAnswer,
    fields=(
        Field("account", "ref", required=True, to="account", through=("contact", "asset")),
        Field("contact", "ref", to="contact"),
        Field("asset", "ref", to="asset"),
        Field("question", choices=tuple(Question.values)),
        Field("occasion"),
        Field("value", "number", required=True, negative=True, places=2),
        Field("scale_from", "number", negative=True, places=2),
        Field("scale_to", "number", negative=True, places=2),
        Field("answered_on", "date", required=True),
        Field("comment"),
    ),
    checks=(
        Check(
            "scale_to", "s.scale_to <= s.scale_from", _("is a scale upside down: it ends where it begins, or before")
        ),
        Check("value", "s.value NOT BETWEEN s.scale_from AND s.scale_to", _("lies outside its scale")),
        Check("answered_on", "s.answered_on > {on}", _("lies in the future")),
    ),
    touches="answer",
    account="t.account_id",
    since="t.answered_on",
    finish=_complete_answer,
    fills={"": ("scale_from", "scale_to")},
)
