"""Every number is the sum of the rows of its receipt, for every metric of the catalogue, on bases made at random."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from core.metrics import EVERYTHING, Filters, Metric, all_rows, catalogue, compute_many, largest_first, rows
from core.models import Owner, Role, User
from core.reach import sees_prices
from core.scope import System
from expansion.models import Referral
from health.models import Question
from installed_base.models import (
    Account,
    PartsOrder,
    PartsOrderLine,
    PartsStatement,
    ProductLine,
    TermSuccession,
    UsageReading,
)
from installed_base.models.orders import Stream
from installed_base.models.service import Severity
from sales.models import DealKind, Opportunity
from tests.cast import (
    KNOWN,
    account,
    answer,
    asset,
    at_hour,
    contact,
    cover,
    person,
    pool,
    posted,
    product,
    reading,
    roi,
    term,
    ticket,
    visit,
)
from tests.playbooks.meetings import meeting
from tests.sales.base import deal
from tests.sales.inflow import lead, source, spend, spend_all

pytestmark = [pytest.mark.django_db, pytest.mark.house]
ON = date(2026, 11, 21)
KEYS = [m.key for m in catalogue()]


class Base:
    """A random installed base: a few of everything, with the gaps that real ones have."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        team = pool("North")
        self.people: list[User] = [person("eva", team=team), person("tom")]
        self.line = ProductLine.objects.create(name="Robots")
        self.products = [product("R", line=self.line), product("X"), None]
        self.accounts = [self._account() for _ in range(8)]
        for at in self.accounts:
            self._fill(at)
        for at in self.accounts:
            self._review(at)
        for at in self.accounts:
            self._refer(at)
        for somewhere in (*self.accounts, None):
            for _ in range(self.random.randint(0, 4)):
                self._deal(somewhere)
        self._find()

    def _account(self) -> Account:
        owner: Any = self.random.choice([*self.people, None])
        return account(owner=owner, segment=self.random.choice(["small", "enterprise", ""]), country="NL")

    def day(self, reach: int = 900) -> date:
        return ON + timedelta(days=self.random.randint(-reach, 120))

    def _fill(self, at: Account) -> None:
        machines: list[Any] = [self._machine(at) for _ in range(self.random.randint(0, 5))]
        terms = [self._term(at) for _ in range(self.random.randint(0, 3))]
        for one in terms:
            for machine in self.random.sample(machines, self.random.randint(0, len(machines))):
                cover(one, machine, annual_value_reporting=self._money(5000))
        if len(terms) > 1:
            TermSuccession.objects.create(term=terms[0], successor=terms[1], known_on=KNOWN)
        for _ in range(self.random.randint(0, 8)):
            self._entry(at)
        for number in range(self.random.randint(0, 3)):
            order = PartsOrder.objects.create(account=at, number=str(number), ordered_on=self.day(), known_on=KNOWN)
            for machine in self.random.sample(machines, min(1, len(machines))):
                PartsOrderLine.objects.create(order=order, asset=machine, known_on=KNOWN)
        if self.random.random() < 0.5:
            spent = self._money(900)
            PartsStatement.objects.create(
                account=at, on=self.day(), elsewhere=spent, currency="EUR", elsewhere_reporting=spent, known_on=KNOWN
            )
        for _ in range(self.random.randint(0, 6)):
            self._serve(at, self.random.choice([None, *machines]))

    def _serve(self, at: Account, machine: Any) -> None:
        """A ticket, a visit, a reading, a result, an answer: of the machine, or of the account alone."""
        some = self.random
        urgency = some.choice(Severity.values)
        ticket(at, self.day(), some.choice([None, 5, 60, 200]), asset=machine, severity=urgency)
        visit(at, self.day(), asset=machine)
        roi(at, ON - timedelta(days=700), some.choice([None, self.day(300)]), asset=machine)
        scale = some.choice([{}, {"scale_from": 1, "scale_to": 5}, {"scale_from": -5, "scale_to": 0}])
        asked = {"question": some.choice(Question.values), "occasion": some.choice(["", "post_installation"])}
        answer(
            at,
            self.day(400),
            0 if scale.get("scale_to") == 0 else 4,
            by=some.choice([None, contact(at)]),
            **scale | asked,
        )
        if machine is not None and some.random() < 0.6:
            on = self.day(200)
            if not UsageReading._base_manager.filter(asset=machine, on=on).exists():
                reading(machine, on, some.choice([None, 0, 9]))

    def _review(self, at: Account) -> None:
        """QBRs that were held, summed up late or not at all, called off, or stand in the plan."""
        some = self.random
        for day in {self.day(500) for _ in range(some.randint(0, 4))}:
            held_at = at_hour(day + timedelta(days=some.randint(0, 60))) if some.random() < 0.6 else None
            sent_at = held_at and some.choice([None, held_at + timedelta(hours=some.choice([30, 60]))])
            off = {"cancelled_on": day, "cancelled_side": "us", "cancel_reason": "x"} if some.random() < 0.3 else {}
            meeting(at, day, **({"held_at": held_at, "summary_sent_at": sent_at} if held_at else off))

    def _deal(self, at: Any) -> None:
        """A deal of some kind, of somebody, that went some way: open, won or lost, with machines or without."""
        some = self.random
        stages = some.choice(
            [("identified",), ("identified", "proposal"), ("qualification", "negotiation", "proposal")]
        )
        stages = (*stages, *some.choice([(), ("won",), ("lost",)]))
        began = self.day(500)
        course = [(stage, began + timedelta(days=45 * place)) for place, stage in enumerate(stages)]
        machines = list(at.assets.all()) if at else []
        deal(
            at,
            *course,
            kind=some.choice(DealKind.values),
            value=some.choice([None, self._money(90000)]),
            machines=tuple(some.sample(machines, some.randint(0, len(machines)))),
            owner=some.choice(self.people),
            identified_on=some.choice([None, began]),
            expected_close_on=some.choice([None, self.day(200)]),
        )

    def _refer(self, at: Account) -> None:
        """Referrals that were given, and deals they became or that came otherwise."""
        some = self.random
        for _ in range(some.randint(0, 3)):
            stage, on = some.choice(["identified", "won", "lost"]), self.day(500)
            closed = {"closed_on": on + timedelta(days=some.randint(0, 90))} if stage != "identified" else {}
            value = some.choice([None, self._money(9000)])
            deal = Opportunity.objects.create(
                account=at, kind="new_logo", name="X", owner=at.owner, stage=stage, identified_on=on, known_on=KNOWN,
                value=value, value_reporting=value, **closed,
            )  # fmt: skip
            if some.random() < 0.7:
                Referral.objects.create(
                    account=at, kind="introduction", owner=at.owner, known_on=KNOWN, given_on=on, company="Y",
                    opportunity=some.choice([None, deal]),
                )  # fmt: skip

    def _find(self) -> None:
        """Leads of companies in the base and of none, from sources or none, and what was spent in most months."""
        some = self.random
        sources = [source(name, channel) for name, channel in (("Fair", "fair"), ("Web", "search"))]
        for _ in range(some.randint(2, 14)):
            on, at = self.day(500), some.choice([None, *self.accounts])
            closed = some.choice([{}, {"became": on + timedelta(days=40)}, {"dropped": on + timedelta(days=60)}])
            lead(
                on, some.choice([None, *sources]), at, owner=Owner.objects.of(some.choice(self.people)),
                country=some.choice(["", "NL", "DE"]), employees=some.choice([None, 20, 90]),
                interest=some.choice(self.products), **closed,
            )  # fmt: skip
        for kind in ("marketing", "sales"):
            spend_all(ON.replace(year=ON.year - 2, day=1), 26 if some.random() < 0.7 else 9, some.randint(0, 900), kind)
        spend(ON.replace(day=1), some.choice([None, self._money(300)]), lead_source=sources[0])

    def _machine(self, at: Account) -> Any:
        installed = self.random.choice([None, self.day(6000)])
        return asset(at, installed, product=self.random.choice(self.products))

    def _term(self, at: Account) -> Any:
        starts = self.day()
        ends = self.random.choice([None, starts + timedelta(days=self.random.randint(1, 800))])
        tacit = self.random.choice([None, 12]) if ends else None
        return term(at, starts, ends, self.random.choice([None, 1200, 900]), tacit_months=tacit)

    def _entry(self, at: Account) -> None:
        on = self.day()
        period: dict[str, Any] = {}
        if self.random.random() < 0.4:
            period = {"period_from": on, "period_to": on + timedelta(days=self.random.randint(0, 400))}
        made = self.random.choice(self.products)
        row = posted(at, on, self._money(1000) - 100, self.random.choice(Stream.values), product=made, **period)
        if self.random.random() < 0.05:
            row.amount_reporting = None
            row.save()

    def _money(self, most: int) -> Decimal:
        return Decimal(self.random.randint(0, most * 100)) / 100


def check(actor: Any, filters: Filters = EVERYTHING) -> None:
    for key, result in compute_many(KEYS, on=ON, actor=actor, filters=filters).items():
        found = list(rows(key, on=ON, actor=actor, filters=filters))
        if result.withheld:
            assert not found, key
            continue
        known = [r for r in found if not r["unknown"]]
        assert (len(known), len(found) - len(known)) == (result.count, result.unknown), key
        assert all(r["numerator"] is None for r in found if r["unknown"]), key
        assert len({r["subject_id"] for r in found}) == len(found), key
        assert added_up(known, "numerator") == result.numerator, key
        assert added_up(known, "denominator") == (result.denominator or 0), key


def added_up(found: list[dict[str, Any]], column: str) -> Decimal:
    return sum((r[column] or Decimal(0) for r in found), Decimal(0))


@pytest.mark.parametrize("seed", range(3))
def test_rows_add_up_for_every_metric(seed: int) -> None:
    base = Base(seed)
    ceo = person("ceo", Role.EXECUTIVE)
    check(System("tests"))
    check(base.people[0])
    check(ceo, Filters(product_line=base.line.pk))
    check(ceo, Filters(owner=Owner.objects.of(base.people[0]).pk, segment="small"))


@pytest.mark.parametrize("seed", range(3))
def test_the_bridge_sums_exactly(seed: int) -> None:
    Base(seed)
    found = compute_many(["nrr_bridge", "net_revenue_retention", "churned_revenue"], on=ON, actor=System("tests"))
    parts = {k: Decimal(v or 0) for k, v in found["nrr_bridge"].parts.items()}
    end = parts["start"] + parts["expansion"] + parts["price"] - parts["contraction"] - parts["churn"]
    assert end == parts["end"] == found["net_revenue_retention"].numerator
    assert parts["start"] == found["net_revenue_retention"].denominator
    assert parts["churn"] == (found["churned_revenue"].value or 0)


def test_pages_and_files_show_the_same_rows() -> None:
    Base(1)
    actor = person("ceo", Role.EXECUTIVE)
    for key in KEYS:
        shown, more = largest_first(key, on=ON, actor=actor, filters=EVERYTHING, page=1)
        filed = list(all_rows(key, on=ON, actor=actor))
        assert not more
        assert sorted(shown, key=lambda r: r.id) == filed
        assert all(r.title for r in filed)


def test_the_ages_are_all_machines_once() -> None:
    Base(2)
    ages = ("assets_age_0_5", "assets_age_5_10", "assets_age_10_plus", "assets_age_unknown")
    found = compute_many(["assets_in_service", *ages], on=ON, actor=System("tests"))
    assert sum(found[a].value or 0 for a in ages) == found["assets_in_service"].value


def test_every_metric_is_described() -> None:
    for one in catalogue():
        assert_described(one)


def assert_described(one: Metric) -> None:
    assert str(one.name) and len(str(one.definition)) > 30
    assert one.denominator is None or str(one.nothing)
    assert not sees_prices(None)
