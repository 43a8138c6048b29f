"""The 150 customers: accounts, sites and contacts."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from bowtie.demo.catalogue import FOUNDED
from bowtie.demo.names import COUNTRIES, STORIED, Country
from bowtie.demo.people import Staff
from core.history import keep
from core.models import Owner
from installed_base.models import Account, AccountPeriod, Contact, ContactPeriod, Site
from installed_base.models.accounts import ContactRole, Segment

# How many customers in a hundred are of that size, and how many machines such a customer has.
SIZES = ((Segment.ENTERPRISE, 14, (14, 24)), (Segment.MID_MARKET, 42, (5, 10)), (Segment.SMALL, 44, (1, 5)))
_JOBS = {
    ContactRole.OPERATOR: "Line lead",
    ContactRole.ENGINEERING: "Technical manager",
    ContactRole.MANAGEMENT: "Plant manager",
}


@dataclass
class Customer:
    """An account in the making, with what the machines and contracts are drawn from."""

    account: Account
    country: Country
    machines: int
    since: date
    sites: list[Site] = field(default_factory=list)


def found(rng: Random, staff: Staff, on: date) -> list[Customer]:
    """Write all customers with a site or three and two to four people each."""
    customers = [
        _customer(rng, staff, country, number, name, on)
        for country in COUNTRIES
        for number, name in enumerate(_names(country, rng), 1)
    ]
    Account.objects.bulk_create([c.account for c in customers])
    _join_group(customers)
    keep(AccountPeriod, [c.account.pk for c in customers], on=FOUNDED)
    _settle(rng, customers)
    _introduce(rng, customers, on)
    return customers


def _names(country: Country, rng: Random) -> list[str]:
    composed = [country.pattern.format(family=f, trade=t) for f in country.families for t in country.trades]
    storied = STORIED.get(country.name, ())
    return [*storied, *rng.sample(composed, country.customers - len(storied))]


def _customer(rng: Random, staff: Staff, country: Country, number: int, name: str, on: date) -> Customer:
    storied = name in STORIED.get(country.name, ())
    segment, _, (low, high) = SIZES[0] if storied else rng.choices(SIZES, [s[1] for s in SIZES])[0]
    since = on - timedelta(days=rng.randint(260, 6500))
    account = Account(
        name=name,
        segment=segment,
        owner=_owner(staff, country, segment),
        country=country.name,
        city=rng.choice(country.cities),
        industry=name.split()[-1] if country.pattern.startswith("{f") else name.split()[0],
        source="erp",
        external_id=f"K{country.name[:2].upper()}{number:03}",
        known_on=since,
    )
    return Customer(account, country, rng.randint(low, high), since)


def _owner(staff: Staff, country: Country, segment: str) -> Owner:
    """Small customers are served by a pool, the others by the manager of their country."""
    if segment == Segment.SMALL:
        return staff.owners["Small accounts desk"]
    by_country = {"Netherlands": "marloes", "Belgium": "sanne", "France": "sanne", "Italy": "sanne", "Poland": "tomasz"}
    return staff.owners[by_country.get(country.name, "jonas")]


def _join_group(customers: list[Customer]) -> None:
    """Noordhof Groep is the parent of two plants that buy for themselves (G-15)."""
    dutch = [c.account for c in customers if c.country.name == "Netherlands"]
    parent = next(a for a in dutch if a.name == "Noordhof Groep")
    plants = [a for a in dutch if a.segment != Segment.SMALL and a is not parent][-2:]
    Account.objects.filter(pk__in=[p.pk for p in plants]).update(group=parent)


def _settle(rng: Random, customers: list[Customer]) -> None:
    for customer in customers:
        places = [customer.account.city]
        if customer.machines > 9:
            others = [c for c in customer.country.cities if c != customer.account.city]
            places += rng.sample(others, min(len(others), 2 if customer.machines > 15 else 1))
        customer.sites = [_site(customer, place) for place in places]
    Site.objects.bulk_create([site for c in customers for site in c.sites])


def _site(customer: Customer, city: str) -> Site:
    return Site(
        account=customer.account,
        name=city,
        city=city,
        country=customer.country.name,
        known_on=customer.since,
        source="erp",
        external_id=f"{customer.account.external_id}-{city}",
    )


def _introduce(rng: Random, customers: list[Customer], on: date) -> None:
    people = [person for c in customers for person in _people(rng, c, on)]
    Contact.objects.bulk_create(people)
    keep(ContactPeriod, [p.pk for p in people], on=FOUNDED)


def _people(rng: Random, customer: Customer, on: date) -> list[Contact]:
    roles = [ContactRole.OPERATOR, ContactRole.ENGINEERING]
    if rng.random() < 0.7 and customer.account.name != "Van Houten Bakkerijen":
        roles.append(ContactRole.MANAGEMENT)
    return [_contact(rng, customer, role) for role in roles]


def _contact(rng: Random, customer: Customer, role: ContactRole) -> Contact:
    first, last = rng.choice(customer.country.first_names), rng.choice(customer.country.families)
    handle = customer.account.external_id.lower()
    return Contact(
        account=customer.account,
        site=customer.sites[0],
        name=f"{first} {last}",
        job_title=_JOBS[role],
        role=role,
        email=f"{role.value}@{handle}.example",
        phone=f"+00 {rng.randint(100, 999)} {rng.randint(1000, 9999)}",
        champion_since=customer.since if rng.random() < 0.25 else None,
        source="crm",
        external_id=f"{customer.account.external_id}-{role.value}",
        known_on=customer.since,
    )
