"""Today: the right work, in the right order, for the right person."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Organisation, Owner, Role
from core.scope import System
from core.targeting import Wanted, set_target
from dashboards.folding import folded
from dashboards.queries.first_week import steps
from dashboards.queries.work import live, work_of
from dashboards.words import spelled
from installed_base.models import TermSuccession
from playbooks.models import Task
from sales.models import DealKind, Lead, Opportunity
from tests import cast
from tests.dashboards.base import play, task
from tests.sales.base import deal

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)
DAY = timedelta(days=1)


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


@pytest.fixture
def account(mila):
    return cast.account("Van Houten", mila)


def test_overdue_first_then_the_day_then_the_week_each_by_euros(mila, account):
    small, large = task(account, mila, ON - DAY, 10), task(account, mila, ON - 5 * DAY, 500)
    unknown, now = task(account, mila, ON), task(account, mila, ON, 70)
    later, more = task(account, mila, ON + 3 * DAY, 20), task(account, mila, ON + 2 * DAY, 5)
    task(account, mila, ON + 8 * DAY, 9000)
    work = work_of(mila, ON)
    assert [(g.key, g.tasks) for g in work.groups] == [
        ("overdue", [large, small]),
        ("today", [now, unknown]),
        ("week", [more, later]),
    ]
    assert (work.count, work.late, work.later) == (6, 2, 1)


def test_a_day_ahead_is_named_when_nothing_is_due_today(mila, account):
    task(account, mila, ON + 3 * DAY)
    task(account, mila, ON + 4 * DAY)
    assert [(g.key, g.on) for g in work_of(mila, ON).groups] == [("day", ON + 3 * DAY), ("week", ON + 4 * DAY)]


def test_what_rests_on_the_work_counts_each_subject_once(mila, account):
    one = play(account, "term", 1)
    task(account, mila, ON, 214000, play=one, step="a")
    task(account, mila, ON, 214000, play=one, step="b")
    task(cast.account(owner=mila), mila, ON, 1000)
    assert work_of(mila, ON).value == 215000


def test_only_my_work_and_that_of_my_pools(mila, team, account):
    mine, pooled = task(account, mila, ON), task(account, team, ON)
    task(account, cast.person("jon", team=team), ON)
    assert {t for g in work_of(mila, ON).groups for t in g.tasks} == {mine, pooled}


def test_put_off_work_is_out_of_sight_until_its_day(mila, account):
    task(account, mila, ON, snoozed_until=ON + DAY, snoozed_reason="away")
    assert work_of(mila, ON).count == 0
    assert work_of(mila, ON + DAY).count == 1


def _terminated(account):
    term = cast.term(account, ON - 300 * DAY, ON + 30 * DAY, terminated_on=ON, end_reason="price")
    return "term", term.pk


def _renewed(account):
    term = cast.term(account, ON - 300 * DAY, ON - DAY)
    after = cast.term(account, ON, ON + 300 * DAY)
    TermSuccession.objects.create(term=term, successor=after, known_on=ON)
    return "term", term.pk


def _won(account):
    deal = Opportunity.objects.create(
        account=account, kind=DealKind.UPGRADE, name="x", owner=account.owner, known_on=ON, stage="won", closed_on=ON
    )
    return "opportunity", deal.pk


def _scrapped(account):
    return "asset", cast.asset(account, ON - 4000 * DAY, taken_out_on=ON).pk


@pytest.mark.parametrize("gone", [_terminated, _renewed, _won, _scrapped])
def test_work_whose_reason_is_gone_is_not_shown_before_the_bell(mila, account, gone):
    kind, pk = gone(account)
    task(account, mila, ON, play=play(account, kind, pk))
    own = task(account, mila, ON, subject_kind=kind, subject_id=pk)
    assert list(live(Task.objects.all(), ON)) == [own]


def test_work_of_a_living_subject_stays(mila, account):
    term = cast.term(account, ON - 300 * DAY, ON + 30 * DAY)
    found = task(account, mila, ON, play=play(account, "term", term.pk))
    assert list(live(Task.objects.all(), ON)) == [found]


def test_the_page_asks_the_same_for_one_task_and_three(client, mila, account):

    client.force_login(mila)
    task(account, mila, today())
    client.get("/")
    with CaptureQueriesContext(connection) as one:
        client.get("/")
    for name in "AB":
        task(cast.account(name, mila), mila, today())
    with CaptureQueriesContext(connection) as three:
        page = client.get("/")
    assert len(three) == len(one)
    assert page.content.count(b"playbooks") == 0
    assert page.content.count(b'data-key="d"') == 3


def test_the_sentence_says_how_much_and_where_to_begin(client, mila, account):
    client.force_login(mila)
    task(account, mila, today() - DAY, 928900)
    text = client.get("/").content.decode()
    assert (
        "One thing needs you this week and <b>€928,900</b> rests on it. One is late; begin with <b>Van Houten</b>."
        in text
    )


def test_the_attach_rate_stands_beside_the_target_that_counts(client, mila, account):
    cast.asset(account, today() - DAY)
    client.force_login(mila)
    task(account, mila, today())
    assert "machines under contract, target over 70%" in client.get("/").content.decode()
    said = Wanted(metric="attach_rate", aim=">", value=Decimal("0.65"))
    set_target(wanted=said, valid_from=today(), by=System("tests"), on=today())
    assert "machines under contract, target over 65%" in client.get("/").content.decode()


def test_dutch_readers_get_dutch(client, mila, account):
    mila.language = "nl"
    mila.save()
    client.force_login(mila)
    task(account, mila, today(), 928900)
    text = client.get("/").content.decode()
    assert '<html lang="nl"' in text
    assert "€\u00a0928.900" in text


def test_an_empty_product_begins_with_the_first_week(client, mila):
    client.force_login(mila)
    assert client.get("/").url == "/first-week/"
    assert b"import_file accounts" in client.get("/first-week/").content


def test_the_first_week_ticks_itself_off(mila):
    assert not any(step.done for step in steps(ON, mila))
    account = cast.account("Van Houten", mila)
    cast.cover(cast.term(account, ON, ON + 365 * DAY), cast.asset(account, ON - DAY))
    cast.posted(account, ON, 100)
    assert [step.done for step in steps(ON, mila)] == [True, True, True, False, False, False, False, True, False, True]


def test_a_machine_without_a_date_unticks_the_ages(mila):
    account = cast.account("Van Houten", mila)
    cast.asset(account, ON)
    assert steps(ON, mila)[-1].done
    cast.asset(account, None)
    assert not steps(ON, mila)[-1].done


def test_technicians_begin_at_the_serial_and_see_no_price(client, team, mila):
    ruud = cast.person("ruud", Role.TECHNICIAN)
    account = cast.account("Van Houten", mila)
    machine = cast.asset(account, ON - 4000 * DAY, serial="VR6-0218", price_reporting=987654)
    cast.cover(cast.term(account, today() - DAY, today() + 300 * DAY, annual=123456), machine)
    client.force_login(ruud)
    assert b'type="search"' in client.get("/").content
    found = client.get("/?q=vr6-0218").content.decode()
    assert "Van Houten" in found
    assert "under contract" in found
    assert "987,654" not in found
    assert "123,456" not in found
    assert "VR6-0218" not in client.get("/?q=VR6-02").content.decode().replace('value="VR6-02"', "")
    assert client.get(f"/assets/{machine.pk}/").status_code == 404


@pytest.mark.parametrize(("count", "words"), [(1, "One"), (9, "Nine"), (10, "10"), (1200, "1,200")])
def test_small_numbers_are_spelled(count, words):
    assert spelled(count) == words


@pytest.mark.parametrize(("field", "value"), [("language", "nl"), ("theme", "dark"), ("density", "compact")])
def test_a_person_sets_language_theme_and_density(client, mila, field, value):
    client.force_login(mila)
    assert client.post("/settings/", {field: value, "next": "/accounts/"}).url == "/accounts/"
    mila.refresh_from_db()
    assert getattr(mila, field) == value


def test_settings_that_do_not_exist_change_nothing(client, mila):
    client.force_login(mila)
    client.post("/settings/", {"theme": "dark", "language": "xx"})
    mila.refresh_from_db()
    assert (mila.theme, mila.language) == ("system", "")


def test_a_play_is_one_piece_of_work_and_so_is_a_playbook_at_one_customer(mila, account):
    """Check-ins of three machines are one call; each renewal is a conversation of its own; a lone task stands alone."""
    check_ins = [task(account, mila, ON, play=play(account, "asset", n, playbook="onboarding")) for n in (1, 2, 3)]
    renewals = [task(account, mila, ON, play=play(account, "renewal", n, playbook="renewal")) for n in (4, 5)]
    second_step = task(account, mila, ON, play=renewals[0].play, step="second")
    elsewhere = task(cast.account("Other", mila), mila, ON, play=play(account, "asset", 9, playbook="onboarding"))
    alone = task(account, mila, ON)
    tasks = [*check_ins, *renewals, second_step, elsewhere, alone]
    shown = folded(tasks)
    assert [(t.pk, t.more) for t in shown] == [
        (check_ins[0].pk, 2), (renewals[0].pk, 1), (renewals[1].pk, 0), (elsewhere.pk, 0), (alone.pk, 0),
    ]  # fmt: skip
    assert [t.pk for t in folded(tasks, shown[0].fold)][:3] == [t.pk for t in check_ins]


def test_what_is_folded_is_counted_and_one_press_away(client, mila, account):
    for n in (1, 2, 3):
        task(account, mila, today(), play=play(account, "asset", n, playbook="onboarding"), title=f"Check-in {n}")
    client.force_login(mila)
    page = client.get("/").content.decode()
    assert [page.count(f">Check-in {n}<") for n in (1, 2, 3)] == [1, 0, 0]
    assert "and 2 more of this play" in page
    unfolded = client.get("/", {"open": f"{account.pk}-onboarding"}).content.decode()
    assert [unfolded.count(f">Check-in {n}<") for n in (1, 2, 3)] == [1, 1, 1]


def test_somebody_in_sales_sees_the_figures_of_selling_and_each_opens_its_rows(client, team, account):
    """Of their own deals alone, whoever's customers they are."""
    daniel = cast.person("daniel", Role.SALES, team)
    daniel.language = "en"
    daniel.save()
    on = today()
    deal(cast.account("Chevalier", daniel), ("qualification", on - 40 * DAY), value=50_000)
    deal(cast.account("Marchetti", daniel), ("lead", on - 90 * DAY), ("won", on - 9 * DAY), value=20_000)
    deal(account, ("qualification", on - 3 * DAY), value=900_000)
    client.force_login(daniel)
    page = client.get("/")
    shown = {one["name"]: one for one in page.context["own_figures"]}
    assert [str(name) for name in shown] == [
        "Open pipeline", "Booked of the target", "Expansion booked of the target", "Win rate", "Stalled deals",
    ]  # fmt: skip
    pipeline = shown["Open pipeline"]
    assert pipeline["value"] == "€50k"
    assert b"Chevalier" in client.get(pipeline["href"]).content
    assert b"Van Houten" not in client.get(pipeline["href"]).content
    assert (shown["Win rate"]["value"], shown["Booked of the target"]["value"]) == ("100%", "–")
    assert "target" in shown["Booked of the target"]["note"]
    assert b"Attach rate" not in page.content


def test_the_figures_of_selling_ask_as_much_for_many_deals(client, team):
    daniel = cast.person("daniel", Role.SALES, team)
    client.force_login(daniel)

    def asked(deals):
        for number in range(deals):
            deal(cast.account(f"At {deals}.{number}", daniel), ("qualification", today() - 40 * DAY), value=50_000)
        with CaptureQueriesContext(connection) as found:
            client.get("/")
        return len(found)

    asked(1)
    assert asked(1) == asked(6) <= 20


def test_somebody_in_marketing_sees_the_figures_of_leads(client, team):
    noor = cast.person("noor", Role.MARKETING)
    noor.language = "en"
    noor.save()
    cast.account("Chevalier", noor)
    on = today()
    for number in range(4):
        Lead.objects.create(
            company=f"C{number}", created_on=on - number * DAY, known_on=on, owner=Owner.objects.of(noor)
        )
    client.force_login(noor)
    shown = {str(one["name"]): one for one in client.get("/").context["own_figures"]}
    assert list(shown) == ["Leads", "Lead quality", "Lead to opportunity", "Largest source"]
    assert shown["Leads"]["value"] == "4"
    assert b"C3" in client.get(shown["Leads"]["href"]).content
