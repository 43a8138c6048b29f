"""Figures of people and teams side by side, and the page of the targets of figures."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from core.clock import today
from core.display import day_long
from core.metrics import take_snapshots
from core.models import FigureTarget, Owner, Role, Snapshot
from core.scope import System
from core.targeting import Wanted, set_target
from dashboards.performance.reading import KEYS, SERVING, quarter_before
from sales.actions.targets import Wish, set_targets
from sales.rules.targets import quarter_of
from tests import cast
from tests.sales.base import deal

pytestmark = pytest.mark.django_db
PAGE = "dashboards:performance"


class Company:
    """Eva sells and Mila looks after customers in the north; Zoe sells in the south."""

    def __init__(self) -> None:
        self.north, self.south = cast.pool("North"), cast.pool("South")
        self.eva = cast.person("eva", Role.SALES, self.north)
        self.mila = cast.person("mila", Role.CS_MANAGER, self.north)
        self.zoe = cast.person("zoe", Role.SALES, self.south)
        self.lead = cast.person("lead", Role.TEAM_LEAD, self.north)
        self.boss = cast.person("boss", Role.EXECUTIVE)
        yesterday = today() - timedelta(days=1)
        for who, value in ((self.eva, 800), (self.zoe, 300)):
            at = cast.account(f"At {who}", who)
            deal(at, ("identified", yesterday - timedelta(days=9)), value=value, owner=who)
            for quarter in sorted({quarter_of(yesterday), quarter_of(today())}):
                wish = Wish(Owner.objects.of(who), "new_business", quarter, Decimal(200))
                set_targets(wishes=[wish], by=System("tests"), on=quarter)
        at = cast.account("Bakery", self.mila)
        cast.cover(cast.term(at, date(2020, 1, 1), None), cast.asset(at, date(2020, 1, 1)))


@pytest.fixture
def company() -> Company:
    return Company()


def shown(client: Any, who: Any, **query: Any) -> str:
    client.force_login(who)
    answer = client.get(reverse(PAGE), query)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_a_rep_sees_their_own_figures_alone(client: Any, company: Company) -> None:
    page = shown(client, company.eva, team=company.south.pk)
    assert "Your figures" in page and "4.00" in page
    assert "1.50" not in page and "zoe" not in page
    assert f"owner={Owner.objects.of(company.eva).pk}" in page
    served = shown(client, company.mila)
    assert "Attach rate" in served and "100%" in served and "Pipeline coverage" not in served


def test_a_lead_sees_the_people_of_the_team_side_by_side(client: Any, company: Company) -> None:
    page = shown(client, company.lead)
    assert "Figures of North" in page and "the whole team" in page
    assert all(name in page for name in ("eva", "mila")) and "zoe" not in page
    assert "zoe" not in shown(client, company.lead, team=company.south.pk)


def test_an_executive_sees_all_teams_and_then_one(client: Any, company: Company) -> None:
    page = shown(client, company.boss)
    assert (
        "Figures of all teams" in page and f"?team={company.north.pk}" in page and f"?team={company.south.pk}" in page
    )
    assert "zoe" in shown(client, company.boss, team=company.south.pk)


def test_a_technician_has_no_such_page(client: Any) -> None:
    client.force_login(cast.person("ruud", Role.TECHNICIAN))
    assert client.get(reverse(PAGE)).status_code == 403


def test_stored_figures_are_read_and_judged_by_the_target_of_each(client: Any, company: Company) -> None:
    take_snapshots(on=today(), months=(today().month - 1) % 3 + 1, keys=KEYS)
    yesterday = today() - timedelta(days=1)
    wanted = Wanted("attach_rate", "none", dimension="owner", member=str(Owner.objects.of(company.mila).pk))
    set_target(wanted=wanted, valid_from=yesterday, by=System("tests"), on=yesterday)
    page = shown(client, company.mila)
    assert "100%" in page and "target over 70%" not in page
    assert "target over 70%" in shown(client, company.boss, team=company.north.pk)


def test_before_the_first_night_today_is_counted_and_the_page_says_so(client: Any, company: Company) -> None:
    """What came in today is there: nobody waits for a night to see the first of it."""
    cast.asset(company.mila.owner.accounts.get(), today())
    said = "As they stand today, counted just now, as nothing is stored of last night"
    page = shown(client, company.mila)
    assert said in page and "50%" in page and f"as_of={today().isoformat()}" in page
    # Without a figure it is said why, and not that there is no target.
    assert "No account had revenue in the year before." in page
    assert "No data yet" in page and "No target" not in page
    take_snapshots(on=today(), months=1, keys=KEYS)
    page = shown(client, company.mila)
    assert said not in page and "As they stood on the evening of" in page and "100%" in page and "50%" not in page
    # A night was missed: older ones are not shown as if they were the last.
    Snapshot.objects.filter(as_of=today() - timedelta(days=1)).delete()
    assert said in shown(client, company.mila)


def test_a_large_base_shows_the_last_night_it_has(client: Any, company: Company, monkeypatch: Any) -> None:
    monkeypatch.setattr("dashboards.performance.reading.is_large", lambda: True)
    page = shown(client, company.boss)
    assert "no night was counted yet: look again tomorrow" in page and "not counted yet" in page
    take_snapshots(on=today(), months=1, keys=KEYS)
    Snapshot.objects.filter(as_of=today() - timedelta(days=1)).update(as_of=today() - timedelta(days=3))
    page = shown(client, company.boss)
    assert day_long(today() - timedelta(days=3)) in page and "100%" in page and "look again tomorrow" not in page


def test_as_many_queries_for_many_as_for_few(client: Any, company: Company) -> None:
    days = (today().month - 1) % 3 + 1
    take_snapshots(on=today(), months=days, keys=KEYS)
    shown(client, company.lead)

    def asked() -> int:
        with CaptureQueriesContext(connection) as found:
            shown(client, company.lead)
        return len(found)

    few = asked()
    for number in range(4):
        one = cast.person(f"p{number}", Role.CS_MANAGER, company.north)
        cast.asset(cast.account(f"C{number}", one), date(2020, 1, 1))
    take_snapshots(on=today(), months=days, keys=SERVING)
    assert asked() <= few + 1


@pytest.mark.parametrize(
    ("on", "before"),
    [(date(2026, 11, 29), date(2026, 9, 30)), (date(2026, 1, 1), date(2025, 12, 31))],
)
def test_the_quarter_before(on: date, before: date) -> None:
    assert quarter_before(on) == before


def said(**values: Any) -> dict[str, Any]:
    return {"scope": "", "aim": ">=", "value": "65", "valid_from": today().isoformat()} | values


def test_a_share_is_typed_in_per_cent_and_its_history_stands_there(client: Any) -> None:
    client.force_login(cast.person("admin", Role.ADMINISTRATOR))
    page = reverse("dashboards:figure_target", args=["attach_rate"])
    assert client.post(page, said(watch_from="60", note="Up")).status_code == 302
    row = FigureTarget.objects.get()
    assert (row.value, row.watch_from, row.note) == (Decimal("0.65"), Decimal("0.6"), "Up")
    assert client.post(page, said(value="70")).status_code == 302
    told = client.get(page).content.decode()
    assert "at least 70%" in told and "was: at least 65%, watched from 60%" in told
    listed = client.get(reverse("dashboards:figure_targets")).content.decode()
    assert "at least 70%" in listed and "over 70%" in listed
    assert client.post(page, said(aim="default", value="")).status_code == 302
    assert "Nothing of your own was said yet" in client.get(reverse("dashboards:figure_targets")).content.decode()


def test_what_is_wrong_stands_at_its_field(client: Any) -> None:
    client.force_login(cast.person("admin", Role.ADMINISTRATOR))
    page = reverse("dashboards:figure_target", args=["attach_rate"])
    answer = client.post(page, said(value="", period="2026-Q9"))
    assert answer.status_code == 422 and "is no period" in answer.content.decode()
    answer = client.post(page, said(value=""))
    assert "needs a value" in answer.content.decode()
    assert not FigureTarget.objects.exists()


def test_a_lead_sets_targets_of_their_own_team(client: Any, company: Company) -> None:
    client.force_login(company.lead)
    page = reverse("dashboards:figure_target", args=["attach_rate"])
    assert client.post(page, said()).status_code == 422
    assert client.post(page, said(scope=f"team:{company.south.pk}")).status_code == 422
    assert client.post(page, said(scope=f"team:{company.north.pk}")).status_code == 302
    assert FigureTarget.objects.get().member == str(company.north.pk)
    client.force_login(company.eva)
    assert client.post(page, said()).status_code == 403
    stage = client.get(reverse("dashboards:figure_targets"), {"stage": "expansion", "team": company.north.pk})
    assert "at least 65%" in stage.content.decode() and "Attach rate" in stage.content.decode()
