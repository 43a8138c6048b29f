"""What the addresses of the survey pages may say."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from health.queries.surveys import in_band
from health.rules.survey import Band, Stand, SurveyPolicy

PERIODS = (("30", _("30 days")), ("90", _("90 days")), ("365", _("12 months")), ("all", _("all")))
YEAR = 365


class SurveyFilter(forms.Form):
    """`kind` a survey, `band` of the score, `stand` of an invitation, `account` by id, `q` part of its name, `period`
    in days back from `on`. What is not understood is left out."""

    kind = forms.ChoiceField(required=False)
    band = forms.ChoiceField(required=False, choices=[(b.value, b.value) for b in Band])
    stand = forms.ChoiceField(required=False, choices=[(s.value, s.value) for s in Stand])
    account = forms.IntegerField(required=False, min_value=1, max_value=2**63 - 1)
    q = forms.CharField(required=False, max_length=100)
    period = forms.ChoiceField(required=False, choices=PERIODS)

    def __init__(self, data: Any, *, policy: SurveyPolicy, on: date) -> None:
        super().__init__(data)
        self.policy, self.on = policy, on
        self.fields["kind"].choices = [(kind.key, kind.name) for kind in policy.kinds]  # type: ignore[attr-defined]
        self.is_valid()

    def said(self, name: str) -> Any:
        """What was understood of a field; empty for everything."""
        return self.cleaned_data.get(name) or ""

    @property
    def since(self) -> date | None:
        """The first day that is shown; None for all of them."""
        period = self.said("period") or str(YEAR)
        return None if period == "all" else self.on - timedelta(days=int(period) - 1)

    def answers(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Answers, narrowed."""
        rows = self._of_account(rows.filter(answered_on__lte=self.on))
        if self.since:
            rows = rows.filter(answered_on__gte=self.since)
        if kind := self.said("kind"):
            rows = rows.filter(occasion=self.policy.kind(kind).occasion)
        return in_band(rows, self.said("band"), self.policy) if self.said("band") else rows

    def invitations(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Invitations, narrowed by all but what became of them and which survey they are of."""
        rows = self._of_account(rows.filter(sent_on__lte=self.on))
        return rows.filter(sent_on__gte=self.since) if self.since else rows

    def listed(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Invitations, narrowed by everything."""
        rows = self.invitations(rows)
        if kind := self.said("kind"):
            rows = rows.filter(kind=kind)
        return rows.standing(self.said("stand"), self.on) if self.said("stand") else rows  # type: ignore[attr-defined,no-any-return]

    def _of_account(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        if account := self.said("account"):
            rows = rows.filter(account=account)
        return rows.filter(account__name__icontains=self.said("q")) if self.said("q") else rows

    @property
    def narrows(self) -> bool:
        return any(self.said(name) for name in ("kind", "band", "stand", "account", "q", "period"))
