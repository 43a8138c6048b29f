"""What was said of renewals at T-90, and what became of them: the rows of the report card, over the whole book."""

from datetime import date, timedelta

from django.db.models import Case, Count, DateField, ExpressionWrapper, F, OuterRef, Q, Subquery, Value, When

from core.policies import policy_on
from renewals.models import ForecastDay, Outcome, Renewal
from renewals.rules import MilestonePolicy
from renewals.rules.forecast import Card, ForecastPolicy, card_of

DECIDED = (Outcome.RENEWED, Outcome.LOST, Outcome.LET_GO)


def card_on(on: date) -> Card:
    """The report card as it was known on that day. One query beside the policies."""
    lead = timedelta(days=policy_on(MilestonePolicy, on).values.longest)
    at_lead = ExpressionWrapper(OuterRef("decides_on") - Value(lead), output_field=DateField())
    said = ForecastDay._base_manager.filter(renewal=OuterRef("pk"), on__lte=at_lead).order_by("-on")
    rows = Renewal._base_manager.filter(decided_on__lte=on, outcome__in=DECIDED)
    rows = rows.annotate(chance=Subquery(said.values("chance")[:1])).filter(chance__isnull=False)
    won = Case(When(Q(outcome=Outcome.RENEWED), then=Value(True)), default=Value(False))
    counted = rows.annotate(won=won).order_by().values_list("chance", "won").annotate(renewals=Count(F("pk")))
    return card_of(counted, policy_on(ForecastPolicy, on).values)
