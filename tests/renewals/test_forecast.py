"""What is expected of a renewal: said by a person, kept by the day, and neither lost nor repeated."""

from datetime import timedelta
from decimal import Decimal

import pytest

from core.actions import publish_policy
from core.models import Touched
from health.models import Spell
from playbooks import day
from renewals.actions.forecasting import say_forecast, withdraw_forecast
from renewals.actions.working import Conflict, WorkRefused
from renewals.models import ForecastDay, ForecastTable, Renewal, RenewalForecast
from renewals.queries.rates import observed, table_on
from renewals.rules.forecast import ForecastPolicy
from renewals.tasks import FORECASTS
from tests import cast
from tests.renewals.book import ON, ending, renewal

TOMORROW = ON + timedelta(days=1)


@pytest.fixture
def row(mila):
    return renewal(ending(cast.account("A", mila)))


def run(on=ON, **asked):
    return day.run([FORECASTS], on=on, **asked)


def kept():
    return list(ForecastDay.objects.order_by("renewal", "on").values_list("renewal", "on", "category"))


def say(row, by, category="commit", annual=Decimal(9000), version=None, on=ON):
    stands = Renewal.objects.get(pk=row.pk).version
    return say_forecast(
        renewal=row.pk, category=category, annual=annual, version=version or stands, by=by, on=on
    )  # fmt: skip


def test_it_is_said_once_changed_and_in_the_trail(mila, row):
    say(row, mila)
    say(row, mila, "at_risk", Decimal(0))
    said = RenewalForecast.objects.get()
    assert (said.category, said.annual_reporting, said.said_on, said.said_by) == ("at_risk", 0, ON, mila)
    trail = said.audit_events.order_by("pgh_id").values_list("category", "pgh_context__metadata__why")
    assert list(trail) == [("commit", "renewals.say_forecast"), ("at_risk", "renewals.say_forecast")]
    assert Renewal.objects.get().version == 3
    withdraw_forecast(renewal=row.pk, version=3, by=mila, on=ON)
    assert not RenewalForecast.objects.exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"annual": Decimal(-1)}, "zero or more"),
        ({"annual": Decimal("NaN")}, "zero or more"),
        ({"annual": Decimal(10) ** 15}, "zero or more"),
        ({"category": "certain"}, "Choose commit, best case or at risk"),
        ({"version": 9}, "changed this renewal meanwhile"),
    ],
)
def test_nonsense_is_refused_and_nothing_written(mila, row, values, sentence):
    with pytest.raises(WorkRefused, match=sentence):
        say(row, mila, **values)
    assert not RenewalForecast.objects.exists() and Renewal.objects.get().version == 1


def test_a_decided_renewal_and_one_out_of_reach_are_refused(mila, row, team):
    with pytest.raises(Renewal.DoesNotExist):
        say(row, cast.person("far", team=cast.pool("South")))
    Renewal.objects.update(decided_on=ON, outcome="lost")
    with pytest.raises(WorkRefused, match="decided"):
        say(row, mila)
    assert isinstance(Conflict("x", None), WorkRefused)


def test_a_day_is_kept_once_and_the_next_only_where_it_differs(mila, row):
    other = renewal(ending(cast.account("B", mila)))
    assert run().made["forecasts"] == 2
    assert run().made["forecasts"] == 0
    assert run(TOMORROW).made["forecasts"] == 0
    assert kept() == [(row.pk, ON, ""), (other.pk, ON, "")]
    say(row, mila, on=TOMORROW)
    assert run(TOMORROW).made["forecasts"] == 1
    assert kept() == [(row.pk, ON, ""), (row.pk, TOMORROW, "commit"), (other.pk, ON, "")]
    assert not Touched.objects.exists()


def test_the_same_day_changes_its_own_row(mila, row):
    run()
    say(row, mila)
    run()
    assert kept() == [(row.pk, ON, "commit")]


def test_decided_renewals_are_kept_no_more(mila, row):
    run()
    Renewal.objects.update(decided_on=ON, outcome="lost")
    Spell.objects.create(account=row.account, tier="red", began_on=ON)
    run(TOMORROW)
    assert kept() == [(row.pk, ON, "")]


def test_killed_between_two_chunks_it_loses_and_repeats_nothing(mila, monkeypatch):
    rows = [renewal(ending(cast.account(f"A{n}", mila))) for n in range(5)]
    small = type(FORECASTS)(**{**FORECASTS.__dict__, "chunk": 2})
    calls = []

    def killed(ids, moment):
        calls.append(list(ids))
        if len(calls) == 2:
            FORECASTS.prepare(ids, moment)
            raise KeyboardInterrupt
        return FORECASTS.prepare(ids, moment)

    with pytest.raises(KeyboardInterrupt):
        day.run([type(small)(**{**small.__dict__, "prepare": killed})], on=ON)
    assert len(kept()) == 2 and ForecastTable.objects.get().kept_through == rows[1].pk
    report = day.run([small], on=ON)
    assert report.made["forecasts"] == 3
    assert kept() == [(r.pk, ON, "") for r in rows]


def test_the_audit_finds_nothing_that_the_day_kept(mila, row):
    run()
    assert run(audit=True).found_by_audit == 0
    assert len(kept()) == 1


def test_chance_and_tier_of_the_day_are_kept_and_read_again(mila, row):
    admin = cast.person("admin", "administrator")
    publish_policy(values=ForecastPolicy(weight=2, enough=2), valid_from=ON - timedelta(days=9), by=admin)
    at = cast.account("Gone", mila)
    for days in (120, 130):
        ends_on = ON - timedelta(days=days)
        cast.term(at, ends_on - timedelta(days=364), ends_on, notice_received_on=ends_on - timedelta(days=90))
    going = cast.account("Going on", mila)
    for days in (140, 150):
        ends_on = ON - timedelta(days=days)
        cast.term(going, ends_on - timedelta(days=364), ends_on, tacit_months=12)
    Spell.objects.create(account=row.account, tier="yellow", began_on=ON)
    assert [(o.tier, o.decided, o.won) for o in observed(ON)] == [("unknown", 4, 2)]
    run()
    found = ForecastDay.objects.get()
    assert (found.chance, found.tier) == (Decimal("0.5"), "yellow")
    table = table_on(TOMORROW)
    assert (table.decided, table.average) == (4, Decimal("0.5"))
    ForecastTable.objects.update(observed=[["green", 0, 9, 9]])
    assert table_on(ON).decided == 9, "what was kept of the day, not what is known now"


@pytest.mark.parametrize("count", [1, 20])
def test_a_chunk_asks_the_same_questions_however_many_renewals(mila, count, django_assert_num_queries):
    from playbooks.triggers import Moment

    ids = [renewal(ending(cast.account(f"A{n}", mila))).pk for n in range(count)]
    moment = Moment(ON, ForecastPolicy(), 1, ON, 1)
    FORECASTS.prepare(ids, moment)
    ForecastDay.objects.all().delete()
    with django_assert_num_queries(6):  # the table; facts, tiers, what stands; the rows and the mark
        FORECASTS.prepare(ids, moment)
    assert ForecastDay.objects.count() == count
