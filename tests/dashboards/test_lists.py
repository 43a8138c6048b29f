"""The lists and pages of accounts and machines, and search."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.history import keep
from core.models import Organisation, Role
from dashboards.queries import machines as query
from dashboards.queries.accounts import accounts, lines
from dashboards.queries.search import search
from dashboards.rules import Rung, life_line
from installed_base.models import Asset, AssetPeriod, Contact, Product, ProductFamily, Site, UpgradeOption
from installed_base.rules import AgePolicy
from playbooks.models import Note
from tests import cast

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 20)
YEAR = timedelta(days=365)


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


@pytest.fixture
def account(mila):
    return cast.account("Van Houten", mila, country="NL", city="Veghel")


@pytest.mark.parametrize(
    ("on", "rung", "status"),
    [
        (date(2020, 12, 31), Rung.UPGRADE, "good"),
        (date(2021, 1, 1), Rung.CONVERSATION, "watch"),
        (date(2025, 12, 31), Rung.CONVERSATION, "watch"),
        (date(2026, 1, 1), Rung.END, "watch"),
        (date(2028, 1, 1), Rung.PAST, "risk"),
    ],
)
def test_the_life_line_of_twelve_years(on, rung, status):
    line = life_line(date(2016, 1, 1), None, AgePolicy(), on)
    assert (line.next_rung[0], line.status) == (rung, status)
    assert (line.upgrade_on, line.conversation_on, line.ends_on) == (
        date(2021, 1, 1),
        date(2026, 1, 1),
        date(2028, 1, 1),
    )


def test_a_short_life_has_no_upgrade_after_its_replacement_talk():
    line = life_line(date(2020, 1, 1), Decimal(6), AgePolicy(), date(2023, 1, 1))
    assert line.next_rung == (Rung.CONVERSATION, date(2024, 1, 1))
    assert life_line(None, None, AgePolicy(), ON) is None


def test_cohorts_have_no_gap_and_no_overlap(mila, account):
    days = [ON - YEAR * years + timedelta(days=d) for years in (5, 10) for d in range(-4, 5)]
    for day in [*days, None]:
        cast.asset(account, day)
    rows = query.machines(mila, ON)
    found = [query.of_cohort(rows, cohort, ON).count() for cohort in query.COHORTS]
    assert sum(found) == rows.count() == 19
    assert found[3] == 1


def test_covered_and_uncovered_divide_the_machines(mila, account):
    covered, bare, ended = (cast.asset(account, ON - YEAR) for _ in range(3))
    term = cast.term(account, ON - YEAR, ON + YEAR)
    cast.cover(term, covered)
    cast.cover(cast.term(account, ON - YEAR, ON - timedelta(days=1)), ended)
    rows = query.machines(mila, ON)
    assert list(query.covered(rows, ON, True)) == [covered]
    assert set(query.covered(rows, ON, False)) == {bare, ended}
    dressed = {m.pk: m.cover for m in query.dressed(rows, ON)}
    assert dressed[covered.pk].term == term
    assert dressed[bare.pk] is None is dressed[ended.pk]


def test_accounts_carry_their_machines_and_value(mila, account):
    machine = cast.asset(account, ON - YEAR)
    cast.asset(account, ON - YEAR)
    cast.cover(cast.term(account, ON - YEAR, ON + YEAR, annual=12000), machine)
    poor = cast.account("Aalst", mila)
    (first, second) = lines(accounts(mila), mila, ON, sort="name", cursor="").rows
    assert (first.account, first.machines, first.value) == (poor, 0, 0)
    assert (second.account, second.machines, second.uncovered, second.value) == (account, 2, 1, 12000)
    for sort in ("-value", "-machines"):
        assert [row.account for row in lines(accounts(mila), mila, ON, sort=sort, cursor="").rows] == [account, poor]


def test_terms_without_a_value_are_unknown_not_nothing(mila, account):
    cast.term(account, ON - YEAR, ON + YEAR, annual=None, total_value=None)
    assert lines(accounts(mila), mila, ON, sort="name", cursor="").rows[0].value is None


@pytest.mark.parametrize(
    "url", ["/accounts/", "/machines/", "/accounts/?sort=-value", "/machines/?covered=no&sort=-age"]
)
def test_lists_ask_the_same_for_one_row_and_three(client, mila, account, url):
    client.force_login(mila)
    cast.asset(account, ON - YEAR)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    for name in "AB":
        cast.asset(cast.account(name, mila), ON - 2 * YEAR)
    with CaptureQueriesContext(connection) as three:
        client.get(url)
    assert len(three) == len(one) == (6 if "accounts" in url else 5)


def test_the_account_page_asks_the_same_for_one_machine_and_three(client, mila, account):
    client.force_login(mila)
    url = f"/accounts/{account.pk}/"

    def furnish():
        machine = cast.asset(account, ON - 6 * YEAR)
        cast.cover(cast.term(account, today() - YEAR, today() + YEAR), machine)
        cast.posted(account, ON, 500, "parts")
        Contact.objects.create(account=account, name="Ilse", role="management", known_on=ON)
        Note.objects.create(account=account, on=ON, text="called")

    furnish()
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    furnish(), furnish()
    with CaptureQueriesContext(connection) as three:
        page = client.get(url)
    assert len(three) == len(one) <= 15
    assert b"No health score yet" in page.content


def test_the_machine_page_asks_the_same_whatever_hangs_on_it(client, mila, account):
    client.force_login(mila)
    robot = Product.objects.create(name="VR-6", known_on=ON)
    machine = cast.asset(account, ON - 6 * YEAR, product=robot)
    url = f"/assets/{machine.pk}/"

    def furnish(name, day):
        cast.asset(account, day, parent=machine, product=robot, serial=f"PART-{name}")
        UpgradeOption.objects.create(product=robot, name=f"Offer {name}", kind="safety", price=Decimal("1250.50"))
        cast.cover(cast.term(account, today() - YEAR, today() + YEAR), machine)
        machine.site = Site.objects.create(account=account, name=f"Hall {name}", known_on=day)
        machine.save()
        keep(AssetPeriod, [machine.pk], on=day)

    furnish("A", ON - 5 * YEAR)
    client.get(url)
    with CaptureQueriesContext(connection) as one:
        client.get(url)
    furnish("B", ON - 4 * YEAR), furnish("C", ON - 3 * YEAR)
    with CaptureQueriesContext(connection) as three:
        text = client.get(url).content.decode()
    assert len(three) == len(one) == 9
    assert [text.count(words) for words in ("PART-", "Offer ", "€1,251")] == [3, 3, 3]
    moves = text[text.index("Moves") :]
    assert moves.index("Hall C") < moves.index("Hall A")
    assert "before: Hall B" in " ".join(moves.split())


@pytest.mark.parametrize(
    "query_", ["as_of=soon", "as_of=2999-01-01", "sort=x", "cursor=!!", "owner=-1", "line=a", "age=z"]
)
@pytest.mark.parametrize("url", ["/accounts/", "/machines/"])
def test_wrong_input_shows_the_list(client, mila, account, url, query_):
    cast.asset(account, ON - YEAR, serial="VR6-0218")
    client.force_login(mila)
    assert b"Van Houten" in client.get(f"{url}?{query_}").content


def test_a_past_day_shows_the_machines_of_that_day_and_offers_nothing_to_write(client, mila, account):
    cast.asset(account, ON - 3 * YEAR, serial="OLD-1", taken_out_on=ON - YEAR)
    cast.asset(account, ON - timedelta(days=30), serial="NEW-1")
    client.force_login(mila)
    then = client.get(f"/machines/?as_of={ON - 2 * YEAR}").content
    assert b"OLD-1" in then and b"NEW-1" not in then
    now = client.get("/machines/").content
    assert b"NEW-1" in now and b"OLD-1" not in now
    assert b"Log a note" not in client.get(f"/accounts/?as_of={ON - 2 * YEAR}").content


def test_what_another_team_owns_does_not_exist(client, mila):
    theirs = cast.account("Elsewhere", cast.person("zoe", team=cast.pool("South")))
    machine = cast.asset(theirs, ON - YEAR, serial="ZZ-1")
    client.force_login(mila)
    for url in (f"/accounts/{theirs.pk}/", f"/accounts/{theirs.pk}/timeline/", f"/assets/{machine.pk}/"):
        assert client.get(url).status_code == 404
    for url in ("/accounts/", "/machines/", "/search/?q=ZZ", "/search/?q=Elsewhere", "/search/accounts/?account=Else"):
        assert b"Elsewhere</a>" not in client.get(url).content
        assert b"ZZ-1" not in client.get(url).content


@pytest.mark.parametrize("role", [Role.MARKETING, Role.OPERATIONS])
def test_those_who_see_no_prices_see_none(client, mila, account, role):
    machine = cast.asset(account, ON - YEAR, price_reporting=987654)
    cast.cover(cast.term(account, today() - YEAR, today() + YEAR, annual=987654), machine)
    cast.posted(account, ON, 987654)
    client.force_login(cast.person("reader", role))
    for url in ("/accounts/", "/accounts/?sort=-value", f"/accounts/{account.pk}/", f"/assets/{machine.pk}/", "/"):
        page = client.get(url)
        assert page.status_code == 200
        text = page.content.decode()
        assert not [shown for shown in ("987,654", "987.654", "987654", "988k", "0.99M") if shown in text]


def test_executives_read_roles_not_names(client, mila, account):
    Contact.objects.create(account=account, name="Ilse Brouwer", job_title="Director", role="management", known_on=ON)
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    page = client.get(f"/accounts/{account.pk}/").content
    assert b"Director" in page
    assert b"Ilse Brouwer" not in page


def test_a_merged_account_leads_to_its_survivor(client, mila, account):
    gone = cast.account("Gone", mila, merged_into=account)
    client.force_login(mila)
    assert client.get(f"/accounts/{gone.pk}/").url == f"/accounts/{account.pk}/"


def test_search_finds_what_begins_with_the_text(mila, account):
    machine = cast.asset(account, ON - YEAR, serial="VR6-0218")
    cast.term(account, ON, ON + YEAR)
    found = {kind.kind: [hit.title for hit in kind.hits] for kind in search(mila, "v")}
    assert found == {}
    found = {kind.kind: [hit.title for hit in kind.hits] for kind in search(mila, "vr6")}
    assert found == {"asset": [str(machine)]}
    assert search(mila, "van\x00") == []
    assert {kind.kind for kind in search(mila, "hout")} == {"account"}


def test_a_machine_page_of_unknown_age_says_so(client, mila, account):
    family = ProductFamily.objects.create(name="Pallet", expected_life_years=Decimal(15))
    machine = cast.asset(account, None, product=Product.objects.create(name="VR-6", family=family, known_on=ON))
    client.force_login(mila)
    assert b"installation date is unknown" in client.get(f"/assets/{machine.pk}/").content
    Asset.objects.filter(pk=machine.pk).update(installed_on=date(2012, 2, 29))
    assert b"28 February 2027" in client.get(f"/assets/{machine.pk}/").content
