"""Deals of the tests of this room: a CS manager with a customer, a seller, and a deal between them."""

from datetime import date, timedelta
from decimal import Decimal

from core.models import Owner, Role
from installed_base.models import Asset
from sales import actions
from sales.actions import Line
from sales.actions.handoff import Promised, Told
from sales.models import DealKind
from tests import cast

ON = date(2026, 3, 2)
DAY = timedelta(days=1)
FULL = Told(
    what="One palletiser VR-8",
    operator="Two shifts",
    training="Two days on site",
    risks="The floor",
    installs_on=ON + 90 * DAY,
)


class Sale:
    """Mila looks after the customer; Daniel sells, in a team of his own."""

    def __init__(self, kind=DealKind.REPLACEMENT, value=185_000, on=ON):
        self.mila = cast.person("mila", Role.CS_MANAGER, cast.pool("North"))
        self.daniel = cast.person("daniel", Role.SALES, cast.pool("Sales"))
        self.account = cast.account("Van Houten", self.mila)
        self.new = cast.product("VR-8")
        self.old = cast.product("VR-6", successor=self.new)
        self.machine = cast.asset(self.account, date(2012, 5, 1), product=self.old)
        self.person = cast.contact(self.account, "engineering", name="Joke Bos")
        self.deal = actions.create_opportunity(
            account=self.account,
            kind=kind,
            name="A new palletiser",
            owner=Owner.objects.of(self.mila),
            by=self.mila,
            on=on,
            value=None if value is None else Decimal(value),
            lines=[Line(asset_id=self.machine.pk)],
        )

    @property
    def mila_owner(self):
        return Owner.objects.of(self.mila)

    @property
    def daniel_owner(self):
        return Owner.objects.of(self.daniel)

    def told(self, **values):
        said = {"what": "The axis has play", "history": "Since 2012", "contact": self.person, "introduced_on": ON}
        return Told(**said | values)

    def promise(self, **values):
        said = {"kind": "uptime", "text": "97 % uptime", "to": self.person, "due_on": ON + 200 * DAY}
        return Promised(**said | values)

    def machines(self):
        return Asset.objects.filter(delivery__opportunity=self.deal)
