"""What customers answered when they were asked."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from core.models.facts import Fact, unique_external_id
from installed_base.models import Account, Asset, Contact
from installed_base.models.scoping import AccountScopedQuerySet


class Question(models.TextChoices):
    """What was asked. NPS is computed from the recommend question on 0 to 10 alone (CT-12)."""

    RECOMMEND = "recommend", _("Would you recommend us?")
    SATISFACTION = "satisfaction", _("How satisfied are you?")
    EFFORT = "effort", _("How easy did we make it?")


class SurveyAnswerQuerySet(AccountScopedQuerySet):
    technicians_see = False


class SurveyAnswer(Fact):
    """One answer, on the raw scale it was given on: 4 of 1 to 5 stays 4 (CT-12).

    `occasion` says when it was asked: "post_installation", "relationship", "ticket", "qbr".
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="survey_answers")
    contact = models.ForeignKey(Contact, on_delete=models.SET_NULL, null=True, blank=True, related_name="answers")
    asset = models.ForeignKey(Asset, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    question = models.CharField(max_length=14, choices=Question.choices, default=Question.SATISFACTION)
    occasion = models.CharField(max_length=40, blank=True, default="")
    value = models.DecimalField(max_digits=5, decimal_places=2)
    scale_from = models.DecimalField(max_digits=5, decimal_places=2, default=0)
    scale_to = models.DecimalField(max_digits=5, decimal_places=2, default=10)
    answered_on = models.DateField()
    comment = models.TextField(blank=True, default="")

    objects = SurveyAnswerQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            unique_external_id("survey_answer"),
            models.CheckConstraint(
                condition=Q(scale_to__gt=F("scale_from"), value__gte=F("scale_from"), value__lte=F("scale_to")),
                name="survey_answer_within_its_scale",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["account", "-answered_on"], name="survey_answer_account")]
