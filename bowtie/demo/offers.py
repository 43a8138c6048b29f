"""What was offered and what is expected: a quote per talk that has come that far, forecasts, and calls."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from bowtie.demo.people import Staff
from core.models import User
from installed_base.actions.accounts import state_downtime_cost
from installed_base.actions.contacts import log_contact
from installed_base.models import Contact, Level
from renewals.actions.forecasting import say_forecast
from renewals.actions.pricing import Asked, proposal
from renewals.actions.quoting import accept_quote, discuss_quote, draft_quote, revise_quote, send_quote
from renewals.models import ForecastCategory, Quote, Renewal, Stage

QUOTED = {Stage.QUOTE_SENT, Stage.NEGOTIATING, Stage.VERBAL_YES}
SURE = {
    Stage.VERBAL_YES: ForecastCategory.COMMIT,
    Stage.NEGOTIATING: ForecastCategory.BEST_CASE,
    Stage.QUOTE_SENT: ForecastCategory.BEST_CASE,
}
# What an hour of standstill costs, by the customer's own word.
COST_OF_AN_HOUR = {"Van Houten Bakkerijen": 500, "Verpakkingen De Smet": 850, "Great Lakes Dairy": 1200}
WORDS = "Thank you for the talk about the past year. This is the offer we spoke of."
SAID = (
    "Content with the response times; asks for two years.",
    "Wants the offer before their budget round.",
    "Asked what a higher level would have saved last year.",
)


def offer(rng: Random, staff: Staff, renewals: list[Renewal], *, on: date) -> None:
    """Quotes as far as each talk has come, a call about it before, and what its owner expects. `renewals` are open."""
    for row in renewals:
        by = row.owner.user or staff.users["sanne"]
        _say_the_cost(row, by, on)
        if row.stage in QUOTED:
            _call(rng, row, by, on)
            _quote(rng, row, by, on)
        if row.stage in SURE:
            _forecast(rng, row, by, on)


def _say_the_cost(row: Renewal, by: User, on: date) -> None:
    cost = COST_OF_AN_HOUR.get(row.account.name)
    if cost and row.account.downtime_cost_hour is None:
        state_downtime_cost(account=row.account_id, cost=Decimal(cost), by=by)


def _call(rng: Random, row: Renewal, by: User, on: date) -> None:
    people = Contact.objects.visible_to(by).filter(account=row.account_id, left_on=None).order_by("pk")
    day = max(row.decides_on - timedelta(days=rng.randint(80, 89)), row.opened_on)
    log_contact(
        account=row.account,
        kind="call",
        happened_on=min(day, on),
        by=by,
        on=on,
        contact=people.first(),
        note=rng.choice(SAID),
        about=("renewal", row.pk),
    )


def _quote(rng: Random, row: Renewal, by: User, on: date) -> Quote:
    """Sent some days ago; every third was revised, and who says yes accepted it."""
    day = on - timedelta(days=rng.randint(9, 16))
    asked = replace(_asked(rng, row, day), note=WORDS)
    quote = draft_quote(renewal=row.pk, by=by, on=day, asked=asked)
    send_quote(quote=quote.pk, by=by, on=day)
    if rng.random() < 0.33:
        day += timedelta(days=4)
        lower = replace(asked, uplift=Decimal("0.02"))
        quote = revise_quote(quote=quote.pk, asked=lower, by=by, on=day)
        send_quote(quote=quote.pk, by=by, on=day)
    if row.stage in (Stage.NEGOTIATING, Stage.VERBAL_YES):
        discuss_quote(quote=quote.pk, by=by, on=day + timedelta(days=2))
    if row.stage == Stage.VERBAL_YES:
        accept_quote(quote=quote.pk, by=by, on=day + timedelta(days=3))
    return quote


def _asked(rng: Random, row: Renewal, on: date) -> Asked:
    """Mostly the same again; some are asked for three years, or for the next level where its price is known."""
    same, roll = proposal(row, on), rng.random()
    if roll < 0.2:
        return replace(same, months=36)
    rung = row.term.level.rung if row.term.level else None
    higher = Level.objects.filter(rung__gt=rung, list_price__gt=0).order_by("rung").first() if rung else None
    return replace(same, level_id=higher.pk) if higher and roll < 0.4 else same


def _forecast(rng: Random, row: Renewal, by: User, on: date) -> None:
    value = row.annual_value_reporting
    if value is None:
        return
    fresh = Renewal.objects.get(pk=row.pk)
    annual = (value * rng.randint(96, 104) / 100).quantize(Decimal(1))
    say_forecast(
        renewal=row.pk,
        category=SURE[Stage(row.stage)].value,
        annual=annual,
        version=fresh.version,
        by=by,
        on=on - timedelta(days=rng.randint(1, 5)),
    )
