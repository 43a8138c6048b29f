"""Pages of stored figures: a fixed number of questions, whatever the base, and receipts that tell both figures."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from core import clock
from core.actions import touch
from core.calendar import add_months
from core.metrics import Filters, figures, large, mark_stale, month_ends, take_snapshots, take_today
from core.models import Role, Snapshot, Team
from dashboards.bowtie.reading import read
from installed_base.models import Account
from tests.cast import account, asset, person
from tests.dashboards.test_bowtie import a_base, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def today() -> date:
    return clock.today()


@pytest.fixture
def ceo(client: Client) -> Client:
    client.force_login(person("ceo", Role.EXECUTIVE))
    return client


@pytest.mark.parametrize("customers", [1, 3])
def test_the_figures_of_the_bowtie_take_as_many_questions_of_any_base(today: date, customers: int) -> None:
    a_base(today, customers)
    take_today(on=today)
    boss = person("boss", Role.EXECUTIVE)
    asked = {"on": today, "compared_on": add_months(today, -12), "actor": boss, "filters": Filters()}
    read(**asked, currency="EUR", query={})  # type: ignore[arg-type]
    with CaptureQueriesContext(connection) as found:
        reading = read(**asked, currency="EUR", query={})  # type: ignore[arg-type]
    # The figures, their line, policies, targets; and what is not known of spend, on both dates.
    assert len(found) == 6
    assert all(result.taken_at for result in (*reading.now.values(), *reading.then.values()))


@pytest.mark.parametrize("customers", [1, 3])
def test_the_page_asks_the_same_of_any_base(ceo: Client, today: date, customers: int) -> None:
    a_base(today, customers)
    take_today(on=today)
    ceo.get("/bowtie/")
    with CaptureQueriesContext(connection) as found:
        said = words(ceo.get("/bowtie/"))
    assert f"Existing customers brought €{120 * customers}" in said
    assert not [q["sql"] for q in found if "installed_base_ledgerentry" in q["sql"]]
    assert len(found) <= 7


def test_the_page_is_the_same_stored_and_live(ceo: Client, today: date) -> None:
    a_base(today, 3)
    live = words(ceo.get("/bowtie/"))
    take_today(on=today)
    assert words(ceo.get("/bowtie/")) == live


def test_a_touched_fact_is_on_the_page_at_once(ceo: Client, today: date) -> None:
    a_base(today)
    take_today(on=today)
    touch("asset", [asset(account(), today).pk], since=today)
    assert ceo.get("/bowtie/").context["reading"].value("assets_in_service") == 2


def test_on_a_large_base_the_page_waits_for_the_count_and_says_what_it_has_not(
    client: Client, today: date, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "ROWS", -2)
    lead = person("lead", Role.TEAM_LEAD, Team.objects.get_or_create(name="Nobody in particular")[0])
    client.force_login(lead)
    a_base(today)
    said = words(client.get("/bowtie/"))
    assert "Not counted yet" in said and "Being counted" in said and "Nothing to draw yet" not in said
    take_today(on=today)
    with CaptureQueriesContext(connection) as found:
        said = words(client.get("/bowtie/"))
    assert "Existing customers brought €120" in said and "Counted" not in said
    assert len(found) <= 7
    touch("asset", [asset(Account.objects.get(), today).pk], since=today)
    said = words(client.get("/bowtie/"))
    assert "What came in since is in every receipt now, and in these figures after the next count." in said
    assert client.get("/bowtie/").context["reading"].value("assets_in_service") == 1
    assert client.get("/metrics/assets_in_service/").context["result"].value == 2


def test_the_line_of_month_ends_is_drawn_when_there_is_one(ceo: Client, today: date) -> None:
    a_base(today)
    assert "trend-line" not in ceo.get("/bowtie/").content.decode()
    take_snapshots(on=today, months=3)
    response = ceo.get("/bowtie/")
    assert "trend-line" in response.content.decode()
    line = response.context["reading"].line("net_revenue_retention")
    assert (len(line), line[-1]) == (25, 1.2)


def test_the_receipt_tells_both_figures_and_the_late_facts_between(ceo: Client, today: date) -> None:
    end = month_ends(today, 1)[0]
    asset(account("Van Houten"), end - timedelta(days=400), serial="S-1")
    take_snapshots(on=today, months=1)
    address = f"/metrics/assets_in_service/?as_of={end.isoformat()}"
    assert "Nothing has changed it since." in words(ceo.get(address))
    late = asset(account("Kok"), end - timedelta(days=3), serial="S-2", known_on=today)
    mark_stale({"asset": end - timedelta(days=3)})
    said = words(ceo.get(address))
    assert ": 1 . Today the same date gives 2 ." in said
    kept = ceo.get(address).context["kept"]
    assert [(row.title, row.was, row.now) for row in kept.late] == [(str(late), "–", "1")]
    take_snapshots(on=today, months=1)
    again = ceo.get(address).context["kept"]
    assert (again.value, again.changed, [row.title for row in again.late]) == ("1", True, [str(late)])


def test_the_receipt_says_that_known_facts_were_changed(ceo: Client, today: date) -> None:
    end = month_ends(today, 1)[0]
    machine = asset(account(), end - timedelta(days=400))
    take_snapshots(on=today, months=1)
    type(machine).objects.filter(pk=machine.pk).update(taken_out_on=end)
    said = words(ceo.get(f"/metrics/assets_in_service/?as_of={end.isoformat()}"))
    assert "Today the same date gives 0 . No row rests on a fact recorded since" in said


def test_a_receipt_of_ones_own_rows_tells_no_stored_figure(client: Client, today: date) -> None:
    eva, end = person("eva"), month_ends(today, 1)[0]
    asset(account(owner=eva), end - timedelta(days=400))
    take_snapshots(on=today, months=1)
    client.force_login(eva)
    assert client.get(f"/metrics/assets_in_service/?as_of={end.isoformat()}").context["kept"] is None


def test_a_ratio_without_prices_tells_nothing_of_them(client: Client, today: date) -> None:
    a_base(today)
    take_snapshots(on=today, months=1)
    client.force_login(person("mark", Role.MARKETING))
    day = (today - timedelta(days=1)).isoformat()
    assert client.get(f"/metrics/net_revenue_retention/?as_of={day}").context["kept"] is None


def test_filters_read_their_own_slice(today: date) -> None:
    a_base(today, 2)
    take_snapshots(on=today, months=1)
    Snapshot.objects.filter(dimension="country", member="NL").update(numerator=5)
    yesterday, boss = today - timedelta(days=1), person("boss", Role.EXECUTIVE)

    def machines(filters: Filters) -> Any:
        wanted = {yesterday: ["assets_in_service"]}
        return figures(wanted, actor=boss, filters=filters)[yesterday]["assets_in_service"].value

    assert (machines(Filters()), machines(Filters(country="NL")), machines(Filters(country="BE"))) == (2, 5, 0)
