"""Leads for tests: a seller and a marketer, two sources, and a lead of the seller."""

from datetime import date
from typing import Any

from core.models import Organisation, Owner, Role, User
from sales.actions.lead import Said, create_lead
from sales.models import Lead, LeadSource
from tests import cast

ON = date(2026, 3, 2)


class Field:
    """Daniel sells in a team of his own, Mark does marketing, Lea leads the sellers."""

    def __init__(self, on: date = ON) -> None:
        Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
        self.on = on
        sellers = cast.pool("Sales")
        self.daniel = cast.person("daniel", Role.SALES, sellers)
        self.lea = cast.person("lea", Role.TEAM_LEAD, sellers)
        self.mark = cast.person("mark", Role.MARKETING)
        self.fair = LeadSource.objects.create(name="Fair of Essen", channel="fair")
        self.paper = LeadSource.objects.create(name="Paper on pits", channel="content")

    def owner(self, who: User) -> Owner:
        return Owner.objects.of(who)

    def lead(self, company: str = "Bakker B.V.", created_on: date | None = None, **values: Any) -> Lead:
        owner, by = self.owner(values.pop("owner", self.daniel)), values.pop("by", self.daniel)
        said: dict[str, Any] = {"person": "Joke Bos", "email": "", "lead_source": self.fair} | values
        day = created_on or self.on
        return create_lead(
            said=Said(company=company, **said), owner=owner, by=by, on=self.on, created_on=day, all_the_same=True
        )
