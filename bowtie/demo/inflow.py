"""How companies found Voss Robotics: thirty months of leads, what they saw of it, and what that cost (LG-01..06)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from itertools import cycle
from random import Random

from bowtie.demo import deals
from bowtie.demo.customers import Customer
from bowtie.demo.names import COUNTRIES, Country
from bowtie.demo.people import Staff
from bowtie.demo.store import store
from core.actions import publish_policy
from core.calendar import add_months
from core.history import keep
from installed_base.models import Account, AccountPeriod, Product
from sales.models import (
    Channel,
    DealKind,
    DropReason,
    Lead,
    LeadSource,
    LeadState,
    Opportunity,
    Spend,
    SpendKind,
    Touch,
    TouchKind,
)
from sales.rules.icp import IcpPolicy

MONTHS = 30
# Leads of a month: fewer in summer and around the turn of the year, a few more each year.
SEASON = (8, 10, 12, 11, 10, 8, 5, 5, 12, 13, 11, 7)


@dataclass(frozen=True)
class Origin:
    """A source, how many leads of forty come from it, and what is spent on it in an ordinary month."""

    name: str
    channel: Channel
    of_forty: int
    monthly: int
    dealer: tuple[str, str] | None = None


ORIGINS = (
    Origin("Trade fairs", Channel.FAIR, 15, 7_200),
    Origin("Whitepapers", Channel.CONTENT, 8, 2_400),
    Origin("Search and ads", Channel.SEARCH, 5, 3_100),
    Origin("Referred by customers", Channel.REFERRAL, 4, 300),
    Origin("Südtechnik Vertrieb", Channel.PARTNER, 3, 450, ("Germany", "Ulm")),
    Origin("Automazione Emilia", Channel.PARTNER, 2, 350, ("Italy", "Modena")),
    Origin("Calls by Sales", Channel.OUTBOUND, 2, 800),
    Origin("Newsletter", Channel.CONTENT, 1, 250),
)
GENERAL = 4_800
SALES = 46_000
# What a fair adds in the months in which the two large ones are held.
FAIRS = {3: 21_000, 9: 26_000}
PROFILE = ("Dairy", "Bakery", "Beverages", "Food", "Packaging", "Pharma", "Automotive", "Logistics")
OTHERS = ("Furniture", "Textile", "Printing")
ELSEWHERE = ("Spain", "Turkey", "Norway")
ROLES = ("Plant manager", "Technical manager", "Operations manager", "Buyer", "Managing director")
NEWCOMERS = (
    "Brouwerij De Linde", "Molkerei Allgäu-Ost", "Biscuits Kervadec", "Pastificio Delsanto", "Browar Nadwiślański",
    "Granja Vall", "Hofkäserei Tannheim", "Groentehof Waalwijk", "Confiserie Renard", "Fruttidoro",
    "Piekarnia Złoty Kłos", "Harbor Point Foods",
)  # fmt: skip
# Days after the lead came, what it was, and in which words.
STORIES = (
    ((0, TouchKind.CONTENT, "Whitepaper: the cell that changes format by itself"),
     (183, TouchKind.EVENT, "At our stand, looked at the packing cell for an hour"),
     (370, TouchKind.CALL, "Called: the budget of next year holds a line")),
    ((0, TouchKind.EVENT, "Took the brochure of the palletiser"), (24, TouchKind.MAIL, "Sent the case of a dairy"),
     (60, TouchKind.VISIT, "Saw a line run at a customer near by")),
    ((0, TouchKind.WEB, "Asked for a price through the website"),
     (3, TouchKind.CALL, "First talk: two shifts, one line")),
    ((0, TouchKind.CALL, "Knows us from a former employer"),
     (45, TouchKind.DEMO, "Brought own boxes to the test hall")),
    ((0, TouchKind.CONTENT, "Checklist: what a robot cell costs over ten years"),
     (210, TouchKind.MAIL, "Opened the newsletter again")),
)  # fmt: skip
FIRST = {
    Channel.FAIR: 1, Channel.CONTENT: 0, Channel.SEARCH: 2, Channel.REFERRAL: 3, Channel.PARTNER: 3,
    Channel.OUTBOUND: 2,
}  # fmt: skip
WHY = (
    (DropReason.NO_ANSWER, 40), (DropReason.NO_NEED, 20), (DropReason.NO_FIT, 17), (DropReason.NO_BUDGET, 12),
    (DropReason.COMPETITOR, 8), (DropReason.DOUBLE, 3),
)  # fmt: skip


def find(seed: int, customers: list[Customer], won: list[Opportunity], staff: Staff, on: date) -> list[Lead]:
    """Write the sources, the leads with what they saw, the deals that some became, the profile, and the spend."""
    rng = Random(seed)
    aim(staff, on)
    sources = _sources(staff, on)
    newcomers = _newcomers(rng, staff, on)
    started = [d for d in won if d.kind == DealKind.NEW_LOGO] + deals.new_logos(rng, newcomers, 40, staff, on)
    names = _names(rng, {c.account.name for c in customers})
    products = list(Product.objects.order_by("pk"))
    origins = _origins(rng)
    leads = [_of_deal(rng, deal, sources[next(origins)], staff) for deal in started]
    days = _days(rng, on)
    leads += [_lead(rng, day, sources[next(origins)], names, products, staff, on) for day in days]
    for number, lead in enumerate(leads, 1):
        lead.source, lead.external_id = "marketing", f"L{number:04}"
    store(leads)
    store([touch for number, lead in enumerate(leads) for touch in _touches(lead, number, on)])
    store(list(_spend(sources, on)))
    return leads


def aim(staff: Staff, on: date) -> None:
    """The profile of the ideal customer, as marketing and Sales agreed it some years ago."""
    policy = IcpPolicy(
        countries=tuple(country.name for country in COUNTRIES), industries=PROFILE, employees_from=50, machines_from=2
    )
    by = next(user for user in staff.users.values() if user.role == "administrator")
    publish_policy(values=policy, valid_from=add_months(on, -48), by=by)


def _sources(staff: Staff, on: date) -> dict[str, LeadSource]:
    """The sources by name; a dealer is an account too."""
    dealers = {
        o.name: Account(
            name=o.name, owner=staff.owners["daniel"], country=o.dealer[0], city=o.dealer[1], industry="Dealer",
            source="crm", external_id=f"D{number}", known_on=on - timedelta(days=1400),
        )
        for number, o in enumerate(ORIGINS, 1)
        if o.dealer
    }  # fmt: skip
    Account.objects.bulk_create(dealers.values())
    keep(AccountPeriod, [row.pk for row in dealers.values()], on=on)
    rows = [LeadSource(name=o.name, channel=o.channel, partner=dealers.get(o.name)) for o in ORIGINS]
    LeadSource.objects.bulk_create(rows)
    return {row.name: row for row in rows}


def _newcomers(rng: Random, staff: Staff, on: date) -> list[Account]:
    """Companies that talk with us and are no customers yet."""
    rows = [
        Account(
            name=name, owner=staff.owners["daniel"], country=rng.choice(COUNTRIES).name, source="crm",
            external_id=f"P{number}", known_on=on - timedelta(days=900),
        )
        for number, name in enumerate(NEWCOMERS, 101)
    ]  # fmt: skip
    Account.objects.bulk_create(rows)
    keep(AccountPeriod, [row.pk for row in rows], on=on)
    return rows


def _origins(rng: Random) -> Iterator[str]:
    """Names of sources: of every forty each has its share, in an order of chance."""
    forty = [o.name for o in ORIGINS for _ in range(o.of_forty)]
    while True:
        yield from rng.sample(forty, len(forty))


def _names(rng: Random, known: set[str]) -> Iterator[tuple[str, Country]]:
    """Companies that nobody knows yet, with the country they are in."""
    made = [
        (f"{c.pattern.format(family=family, trade=trade)} {city}", c)
        for c in COUNTRIES for family in c.families for trade in c.trades for city in c.cities[:3]
    ]  # fmt: skip
    return cycle(found for found in rng.sample(made, len(made)) if found[0] not in known)


def _days(rng: Random, on: date) -> list[date]:
    """The days on which leads came, month by month, up to the day itself."""
    found = []
    for back in range(MONTHS):
        last = add_months(on, -back)
        first = add_months(on, -back - 1) + timedelta(days=1)
        number = round(SEASON[last.month - 1] * (1 - Decimal("0.004") * back))
        found += [first + timedelta(days=rng.randint(0, (last - first).days)) for _ in range(number)]
    return sorted(found)


def _of_deal(rng: Random, deal: Opportunity, source: LeadSource, staff: Staff) -> Lead:
    """The lead that a deal with a new customer began as."""
    began = deal.identified_on or deal.known_on
    created = began - timedelta(days=rng.randint(18, 150))
    account = deal.account
    assert account is not None
    return Lead(
        lead_source=source, created_on=created, known_on=created, company=account.name, account=account,
        country=account.country,
        owner=staff.owners["daniel"], industry=rng.choice(PROFILE), employees=rng.choice((60, 120, 240, 800)),
        machines=rng.choice((2, 3, 6)), state=LeadState.CONVERTED, worked_on=created + timedelta(days=4),
        closed_on=began, opportunity=deal,
    )  # fmt: skip


def _lead(
    rng: Random, created: date, source: LeadSource, names: Iterator[tuple[str, Country]], products: list[Product],
    staff: Staff, on: date,
) -> Lead:  # fmt: skip
    company, country = next(names)
    good = rng.random() < (0.60 if created > add_months(on, -12) else 0.52)
    row = Lead(
        lead_source=source, created_on=created, known_on=created, company=company, person_role=rng.choice(ROLES),
        person=f"{rng.choice(country.first_names)} {rng.choice(country.families)}",
        email=f"office{rng.randint(100, 999)}@{rng.choice(country.trades).lower()}.example", country=country.name,
        owner=staff.owners[rng.choice(("daniel", "daniel", "Sales", "noor"))],
        industry=rng.choice(PROFILE), employees=rng.choice((55, 70, 90, 140, 260, 600)),
        machines=rng.choice((2, 3, 4, 8)), interest=rng.choice((*products, None)),
    )  # fmt: skip
    if not good:
        _spoil(rng, row)
    _settle(rng, row, (on - created).days)
    return row


def _spoil(rng: Random, row: Lead) -> None:
    """One thing of it does not fit, or nobody asked."""
    what = rng.randrange(5)
    if what == 0:
        row.country = rng.choice(ELSEWHERE)
    elif what == 1:
        row.industry = rng.choice(OTHERS)
    elif what == 2:
        row.employees = rng.choice((8, 15, 30))
    elif what == 3:
        row.machines = rng.choice((0, 1))
    else:
        row.employees = None


def _settle(rng: Random, row: Lead, age: int) -> None:
    """What became of it: the young ones wait or are talked to, most of the older ones were dropped."""
    if age < 12 and rng.random() < 0.6:
        return
    row.state, row.worked_on = LeadState.WORKING, row.created_on + timedelta(days=min(rng.randint(1, 20), age))
    after = rng.randint(30, 320)
    if after < age:
        reasons, weights = zip(*WHY, strict=True)
        row.state, row.closed_on = LeadState.DROPPED, row.created_on + timedelta(days=after)
        row.dropped_because = DropReason.NO_FIT if row.country in ELSEWHERE else rng.choices(reasons, weights)[0]


def _touches(lead: Lead, number: int, on: date) -> Iterator[Touch]:
    """What they saw of us, from the first whitepaper to the call a year later, until they were dropped."""
    assert lead.lead_source is not None
    last = lead.closed_on if lead.state == LeadState.DROPPED and lead.closed_on else on
    story = STORIES[FIRST.get(Channel(lead.lead_source.channel), 4) if number % 4 else 0]
    for place, (after, kind, what) in enumerate(story):
        day = lead.created_on + timedelta(days=after)
        if day <= last:
            yield Touch(
                lead=lead, on=day, kind=kind, what=what, lead_source=lead.lead_source if not place else None,
                known_on=day, source="marketing", external_id=f"{lead.external_id}-{place}",
            )  # fmt: skip


def _spend(sources: dict[str, LeadSource], on: date) -> Iterator[Spend]:
    """Every month of the thirty and the one that runs: by source and in general, and what Sales costs."""
    for back in range(MONTHS + 1):
        month = add_months(on.replace(day=1), -back)
        growth = 1 - Decimal("0.003") * back
        for origin in ORIGINS:
            amount = origin.monthly + (FAIRS.get(month.month, 0) if origin.channel == Channel.FAIR else 0)
            yield _cost(month, SpendKind.MARKETING, amount * growth, sources[origin.name])
        yield _cost(month, SpendKind.MARKETING, GENERAL * growth, None)
        yield _cost(month, SpendKind.SALES, SALES * growth, None)


def _cost(month: date, kind: str, amount: Decimal, source: LeadSource | None) -> Spend:
    worth = (amount / 10).quantize(Decimal(1)) * 10
    return Spend(
        month=month, kind=kind, lead_source=source, amount=worth, currency="EUR", amount_reporting=worth, known_on=month
    )
