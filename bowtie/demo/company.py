"""Fills the demo company as of a date: facts first, then the days in which people worked, then its figures."""

from datetime import date, timedelta
from random import Random

from django.db import connection

from bowtie.demo import (
    asked,
    catalogue,
    chances,
    contracts,
    customers,
    dealers,
    deals,
    deliveries,
    handovers,
    inflow,
    lab,
    machines,
    money,
    parts,
    people,
    plans,
    portfolio,
    qbrs,
    referrals,
    rescues,
    reviews,
    service,
    sifting,
    stakeholders,
    starts,
    targets,
    tips,
    usage,
    voices,
    weeks,
)
from bowtie.demo.moods import moods
from core.audit import audited
from core.calendar import add_months
from core.metrics import take_snapshots, take_today
from core.metrics.snapshots import MONTHS
from core.scope import System
from dashboards.bowtie.places import keys_of_the_lines
from dashboards.performance.reading import KEYS as KEYS_OF_PEOPLE
from health.actions.scoring import score_accounts
from health.queries.candidates import all_accounts

SEED = 2008


def fill(*, on: date) -> dict[str, int]:
    """Write Voss Robotics as it stands on that day, with its figures. The same day gives the same company.

    Returns how many customers, machines, terms and deals were made.
    """
    made = work(on=on)
    keep_figures(on=on)
    return made


def keep_figures(*, on: date) -> None:
    """Store the figures of everything for the day, and those drawn as a line for the month ends; of each team and owner
    those by which they are compared. The rest comes at night.

    Pages count what is not stored yet, and leave the months out of their lines. What stands is left alone, so that this
    may be broken off at any moment and begun again.
    """
    take_today(on=on)
    take_today(on=on, months=MONTHS, keys=keys_of_the_lines())
    take_snapshots(on=on, months=(on.month - 1) % 3 + 1, keys=KEYS_OF_PEOPLE)


def work(*, on: date) -> dict[str, int]:
    """Write the company without the figures that are stored of it. Returns the same counts.

    Takes half a minute, most of it in the weeks of work. One that was broken off is to be begun again on an empty
    database.
    """
    rng = Random(SEED)
    with audited(by=System("demo"), why="demo.fill"):
        staff = people.hire()
        goods = catalogue.publish()
        base = customers.found(rng, staff, on)
        built = machines.build(rng, goods, base, staff, on)
        portfolio.equip(built, on)
        terms = contracts.sign(rng, goods, base, built, on)
        how = moods(base, on, left=contracts.left(terms, on))
        money.invoice(rng, base, built, terms, how, on)
        service.serve(base, built, how, staff, on)
        usage.read(built, how, on)
        voices.speak(base, built, how, staff, on)
        asked.name_reporters(on)
        starts.begin(goods, base, staff, on)
        lab.judge(base, how, on)
        lab.settle_card(staff, on)
        chances.seen(base, built, staff, on)
        won = deals.work(rng, base, staff, on)
        dealers.hand_out(inflow.find(SEED + 1, base, won, staff, on), on)
        qbrs.look_back(base, staff, on)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    with audited(by=System("demo"), why="demo.fill"):
        score_accounts(all_accounts(), on=add_months(on, -12) - timedelta(days=1))
    weeks.live(rng, staff, on=on)
    with audited(by=System("demo"), why="demo.fill"):
        tips.leave(staff, on)
        parts.say(on)
        portfolio.answer(staff, on)
        handovers.hand_over(staff, on)
        deliveries.deliver(staff, on)
    qbrs.look_ahead(staff, on)
    lab.begin_drafts(staff, on)
    rescues.rescue(staff, on=on)
    plans.plan(staff, on)
    referrals.refer(staff, on)
    sifting.sift(staff, on)
    targets.aim(staff, on)
    stakeholders.name()
    reviews.hold(staff, on)
    return {"customers": len(base), "machines": len(built), "terms": len(terms), "deals": len(won)}
