"""The quote on the pages: one screen to make it, its versions beside the renewal, the page for the customer."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest

from core.clock import today
from core.models import Organisation
from installed_base.models import Coverage, LedgerEntry, Level, PartsOrder, PartsOrderLine, Term
from renewals.actions.quoting import accept_quote, draft_quote, send_quote
from renewals.models import Quote
from tests import cast
from tests.renewals.book import ending, renewal
from tests.renewals.test_pages import text_of


@pytest.fixture
def team(db):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    user = cast.person("mila", team=team)
    user.language = "en"
    user.save()
    return user


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


def standing(owner, name="Van Houten", machines=3):
    level = Level.objects.get_or_create(key="basic", defaults={"name": "Basic", "rung": 1, "list_price": 400})[0]
    Level.objects.get_or_create(key="plus", defaults={"name": "Plus", "rung": 2, "list_price": 500})
    term = ending(cast.account(name, owner, city="Veghel"), on=today(), level=level)
    for _ in range(machines):
        cast.cover(term, cast.asset(term.contract.account), annual_value=Decimal(12000) / machines)
    return renewal(term)


@pytest.fixture
def row(mila):
    return standing(mila)


def machines(row):
    return list(Coverage.objects.filter(term=row.term).order_by("pk"))


def body(row, **values):
    said = {
        "months": 12,
        "level": row.term.level_id,
        "basis": "percentage",
        "uplift": "3",
        "valid_until": "",
        "read": "",
    }
    return said | values


def address(row):
    return f"/renewals/{row.pk}/quote/"


def make(page, row, **values):
    return page.post(address(row), body(row, save=1, **values))


def test_the_screen_begins_with_the_same_again_at_the_usual_uplift(page, row):
    answer = page.get(address(row))
    said = text_of(answer)
    assert "Quote, version 1" in said and "Same level, 1 year" in said
    assert "€12,360.00 a year" in said and said.count("€4,120.00") == 3
    assert "not known: no cost was recorded in the past year" in said
    assert not Quote.objects.exists(), "looking writes nothing"


def test_a_change_of_a_field_shows_the_prices_again_and_writes_nothing(page, row):
    one, two, three = machines(row)
    said = body(row, months=36, **{f"drop-{three.pk}": "sold_on", f"price-{two.pk}": "4500"})
    answer = page.post(address(row), said, headers={"HX-Request": "true"})
    told = text_of(answer)
    assert answer.status_code == 200
    assert "Same level, 3 years" in told and "€8,620.00 a year" in told and "€25,860.00" in told
    assert "Machines dropped −€4,000.00" in told and "Price +€620.00" in told
    assert "contract upsell" in told
    for line, new in ((one, "€4,120.00"), (two, "€4,500.00"), (three, "dropped")):
        cell = re.search(rf'id="new-{line.pk}" hx-swap-oob="true">(.*?)</span>', answer.content.decode(), re.DOTALL)
        assert new in cell[1]
    assert not Quote.objects.exists()


def test_saving_makes_a_version_and_saving_again_the_next_one(page, row):
    gone = machines(row)[0]
    answer = make(page, row, **{f"drop-{gone.pk}": "scrapped"})
    assert (answer.status_code, answer.url) == (302, f"/renewals/{row.pk}/#quote")
    first = Quote.objects.get()
    again = page.get(address(row)).content.decode()
    assert f'name="read" value="{first.pk}"' in again and '<option value="scrapped" selected>' in again
    make(page, row, read=first.pk, uplift="5.25")
    assert list(Quote.objects.order_by("version").values_list("version", "state", "new_annual", "uplift")) == [
        (1, "replaced", Decimal("8240.00"), Decimal("0.03")),
        (2, "draft", Decimal("12630.00"), Decimal("0.0525")),
    ]
    panel = text_of(page.get(f"/renewals/{row.pk}/"))
    assert re.search(r"v2 .*?Same level, 1 year \+5.25% .*?€12,630 Draft .*?v1 .*?\+3.0% .*?€8,240 Replaced", panel)


def test_who_saves_second_is_told_and_keeps_what_was_typed(page, row):
    make(page, row)
    first = Quote.objects.get()
    make(page, row, read=first.pk, uplift="4")
    late = make(page, row, read=first.pk, uplift="7.5")
    assert late.status_code == 422
    assert "Version 1 was replaced by version 2 meanwhile" in text_of(late) and 'value="7.5"' in late.content.decode()
    assert make(page, row).status_code == 422, "one who read none while one stands"
    assert Quote.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"months": "0"}, "greater than or equal to 1"),
        ({"months": "x"}, "whole number"),
        ({"uplift": ""}, "0 keeps the price"),
        ({"uplift": "-101"}, "greater than or equal to -100"),
        ({"annual": "-1"}, "greater than or equal to 0"),
        ({"basis": "indexation"}, "The index asks for this."),
        ({"basis": "guess"}, "valid choice"),
        ({"level": "987654"}, "valid choice"),
        ({"valid_until": "2020-01-01"}, "valid until a day that has passed"),
        ({"note": "x" * 4001}, "4000 characters"),
    ],
)
def test_wrong_input_is_answered_with_a_sentence_and_nothing_is_written(page, row, wrong, said):
    answer = make(page, row, **wrong)
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert not Quote.objects.exists()


def test_what_is_wrong_with_a_machine_stands_beside_it_and_dropping_all_is_no_quote(page, row):
    line = machines(row)[0]
    beside = make(page, row, **{f"price-{line.pk}": "-3"})
    assert beside.status_code == 422 and "greater than or equal to 0" in text_of(beside)
    assert make(page, row, **{f"drop-{line.pk}": "boredom"}).status_code == 422
    none = make(page, row, **{f"drop-{each.pk}": "price" for each in machines(row)})
    assert "write the renewal down as lost" in text_of(none)
    assert not Quote.objects.exists()


def test_from_sent_to_signed_by_the_buttons_of_the_page(page, row):
    make(page, row, months=24)
    quote = Quote.objects.get()
    for verb, state in (("send", "Sent"), ("discuss", "Discussed"), ("accept", "Accepted")):
        assert f'action="/renewals/quotes/{quote.pk}/{verb}/"' in page.get(f"/renewals/{row.pk}/").content.decode()
        page.post(f"/renewals/quotes/{quote.pk}/{verb}/")
        assert f"€12,360 {state}" in text_of(page.get(f"/renewals/{row.pk}/"))
    shown = page.get(f"/renewals/{row.pk}/renewed/")
    assert "Version 1 of the quote was accepted" in text_of(shown) and "+3.0% on €12,000" in text_of(shown)
    assert 'name="months"' not in shown.content.decode()
    row.refresh_from_db()
    seal = re.search(r'name="shown" value="([^"]+)"', shown.content.decode())[1]
    signing = {"signed_on": today(), "version": row.version, "sign": 1, "shown": seal, "planned": "on"}
    unseen = page.post(f"/renewals/{row.pk}/renewed/", signing | {"shown": seal.rpartition("/")[0]})
    assert "changed since you saw it" in text_of(unseen) and Term.objects.count() == 1
    assert page.post(f"/renewals/{row.pk}/renewed/", signing).status_code == 302
    quote.refresh_from_db()
    assert quote.successor.starts_on == row.ends_on + timedelta(days=1)
    assert LedgerEntry.objects.filter(term=quote.successor, state="planned").count() == 2
    done = page.get(f"/renewals/{row.pk}/")
    assert "€12,360 Signed" in text_of(done) and "/renewals/quotes/" in done.content.decode()
    assert page.get(address(row)).status_code == 302, "nothing is offered any more"


def test_a_step_out_of_order_is_refused_in_words(page, row):
    make(page, row)
    quote = Quote.objects.get()
    answer = page.post(f"/renewals/quotes/{quote.pk}/accept/", follow=True)
    assert "Version 1 was not sent yet." in text_of(answer)
    assert page.get(f"/renewals/quotes/{quote.pk}/accept/").status_code == 405
    quote.refresh_from_db()
    assert quote.state == "draft"


def delivered(row, cost=1000):
    on = today() - timedelta(days=9)
    order = PartsOrder.objects.create(account=row.account, number="P", ordered_on=on, included_in=row.term, known_on=on)
    PartsOrderLine.objects.create(order=order, asset=machines(row)[0].asset, cost_reporting=cost, known_on=on)


def test_the_customer_reads_the_offer_and_not_what_it_costs_us(page, row, mila):
    delivered(row)
    make(page, row, months=24, note="Dear Mr van Dam,\n<b>as agreed</b>", **{f"drop-{machines(row)[2].pk}": "sold_on"})
    quote = Quote.objects.get()
    inside = text_of(page.get(f"/renewals/quotes/{quote.pk}/"))
    assert "€3,120 , 76% of the price, known for 1 of 2 machines" in inside and "dropped: Machine sold on" in inside
    answer = page.get(f"/renewals/quotes/{quote.pk}/print/")
    said = text_of(answer)
    assert "Voss Robotics to Van Houten , Veghel." in said and "A draft: not sent to the customer yet." in said
    assert "&lt;b&gt;as agreed&lt;/b&gt;" in answer.content.decode()
    assert "A year, together €8,240.00" in said and "2 years €16,480.00" in said and "No longer covered: S-" in said
    assert "Cost" not in said and "76%" not in said and "1,000" not in said and "argin" not in said


@pytest.mark.parametrize("role", ["executive", "sales", "cs_manager"])
def test_who_sees_prices_reads_and_only_who_may_change_writes(client, team, row, mila, role):
    quote = draft_quote(renewal=row.pk, by=mila, on=today())
    client.force_login(cast.person("reader", role, team))
    detail = client.get(f"/renewals/{row.pk}/").content.decode()
    assert "Same level, 1 year" in detail and "quote/" not in detail.replace("quotes/", "")
    assert client.get(f"/renewals/quotes/{quote.pk}/print/").status_code == 200
    for where in (address(row), f"/renewals/quotes/{quote.pk}/send/"):
        assert client.post(where, body(row, save=1)).status_code == 404
    quote.refresh_from_db()
    assert (quote.state, Quote.objects.count()) == ("draft", 1)


@pytest.mark.parametrize("role", ["technician", "marketing", "operations"])
def test_who_sees_no_prices_finds_no_quote(client, team, row, mila, role):
    quote = draft_quote(renewal=row.pk, by=mila, on=today())
    client.force_login(cast.person("reader", role, team))
    for where in (address(row), f"/renewals/quotes/{quote.pk}/", f"/renewals/quotes/{quote.pk}/print/"):
        assert client.get(where).status_code == 404


def test_a_foreign_quote_is_as_if_it_were_not_there(page, mila):
    far = cast.person("far", team=cast.pool("South"))
    quote = draft_quote(renewal=standing(far, "Elsewhere").pk, by=far, on=today())
    own = standing(mila)
    for where in ("", "print/"):
        assert page.get(f"/renewals/quotes/{quote.pk}/{where}").status_code == 404
    for verb in ("send", "discuss", "accept"):
        assert page.post(f"/renewals/quotes/{quote.pk}/{verb}/").status_code == 404
    assert make(page, own, read=quote.pk).status_code == 404, "a version of another renewal"
    quote.refresh_from_db()
    assert (quote.state, Quote.objects.count()) == ("draft", 1)


@pytest.mark.parametrize("count", [1, 12])
def test_the_pages_ask_the_same_questions_however_many_machines(page, mila, count, django_assert_num_queries):
    row = standing(mila, machines=count)
    quote = draft_quote(renewal=row.pk, by=mila, on=today())
    send_quote(quote=quote.pk, by=mila, on=today())
    accept_quote(quote=quote.pk, by=mila, on=today())
    page.get(address(row))
    for where, questions in ((address(row), 12), (f"/renewals/quotes/{quote.pk}/", 4)):
        with django_assert_num_queries(questions):
            page.get(where)
