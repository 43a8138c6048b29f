"""Pages of leads: the list and its file, one lead, the forms, sources, the profile, the page of the deal."""

from datetime import timedelta

import pytest

from core.clock import today
from core.models import Policy, Role
from core.policies import policy_on
from core.scope import System
from sales.actions import lead as actions
from sales.models import Lead, LeadSource, Opportunity, Touch
from sales.rules.icp import IcpPolicy
from tests import cast
from tests.sales.leading import Field

pytestmark = pytest.mark.django_db
NOW = today()
DAY = timedelta(days=1)


@pytest.fixture
def field():
    return Field(on=NOW)


def text(answer):
    return " ".join(b"".join(answer).decode().split())


def fresh(row):
    return type(row).objects.visible_to(System("test")).get(pk=row.pk)


def names(answer):
    return [row.company for row in answer.context["leads"]]


def test_who_works_leads_begins_with_those_nobody_called_the_oldest_on_top(client, field):
    field.lead("Young")
    field.lead("Old", created_on=NOW - 20 * DAY)
    actions.start_lead(lead=field.lead("Worked"), by=field.daniel, on=NOW)
    client.force_login(field.daniel)
    page = client.get("/leads/")
    assert names(page) == ["Old", "Young"]
    assert "2 leads were not called yet. 1 waits too long." in text(page) and "waits too long" in text(page)
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    assert set(names(client.get("/leads/"))) == {"Young", "Old", "Worked"}


def test_the_list_is_narrowed_sorted_and_searched(client, field):
    field.lead("Bakker", country="NL", employees=80, person="Joke Bos")
    field.lead("Visser", country="DE", employees=5, lead_source=field.paper, created_on=NOW - 100 * DAY)
    field.lead("Alba", lead_source=None, owner=field.lea, created_on=NOW - 50 * DAY)
    client.force_login(field.daniel)
    for query, found in (
        ("fit=met", ["Bakker"]),
        ("fit=unmet", ["Visser"]),
        ("fit=unknown", ["Alba"]),
        ("country=nl", ["Bakker"]),
        (f"source={field.paper.pk}", ["Visser"]),
        ("channel=fair", ["Bakker"]),
        ("owner=mine", ["Visser", "Bakker"]),
        (f"owner={field.owner(field.lea).pk}", ["Alba"]),
        ("came=90", ["Alba", "Bakker"]),
        ("q=joke", ["Visser", "Alba", "Bakker"]),
        ("q=bakk", ["Bakker"]),
        ("sort=company", ["Alba", "Bakker", "Visser"]),
        ("sort=newest", ["Bakker", "Alba", "Visser"]),
        ("sort=wrong&owner=x&came=soon&source=99999&q=%00", ["Visser", "Alba", "Bakker"]),
        ("show=waiting", ["Visser", "Alba"]),
        ("show=dropped", []),
    ):
        assert names(client.get(f"/leads/?{query}")) == found, query


def test_the_person_is_found_and_read_by_marketing_and_by_no_executive(client, field):
    row = field.lead(person="Joke Bos", email="joke@bakker.nl", phone="0612345678", note="Ask for Joke Bos")
    field.lead("Visser", person="Piet")
    actions.log_touch(lead=row, kind="mail", on=NOW, what="Sent Joke Bos the paper", by=field.daniel)
    client.force_login(field.mark)
    page = text(client.get(f"/leads/{row.pk}/"))
    assert "joke@bakker.nl" in page and "Ask for Joke Bos" in page and "Sent Joke Bos the paper" in page
    assert names(client.get("/leads/?q=joke&show=all")) == ["Bakker B.V."]
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    page = text(client.get(f"/leads/{row.pk}/"))
    assert "Bakker B.V." in page and "Joke" not in page and "joke@" not in page and "0612345678" not in page
    assert names(client.get("/leads/?q=joke&show=all")) == []
    assert "Joke" not in text(client.get("/leads/?show=all"))
    assert "Joke" not in text(client.get("/leads/file/?format=csv&show=all"))


def test_the_file_holds_the_view_and_keeps_formulas_harmless(client, field):
    field.lead("=cmd()", employees=80, country="NL")
    field.lead("Visser", created_on=NOW - DAY)
    client.force_login(field.daniel)
    lines = text(client.get("/leads/file/?format=csv&sort=newest"))
    assert "Company,Person" in lines and "'=cmd(),Joke Bos" in lines and "Fits the profile" in lines
    assert lines.index("'=cmd()") < lines.index("Visser")
    assert b"".join(client.get("/leads/file/?format=xlsx"))[:2] == b"PK"
    assert client.get("/leads/file/?format=pdf").status_code == 404


def test_a_page_of_leads_asks_the_same_for_two_and_for_twenty(client, field, django_assert_max_num_queries):
    client.force_login(field.daniel)

    def asked():
        with django_assert_max_num_queries(60) as found:
            client.get("/leads/")
            client.get("/leads/file/?format=csv")
        return len(found.captured_queries)

    client.get("/leads/")
    field.lead("A")
    field.lead("B")
    before = asked()
    for number in range(20):
        row = field.lead(f"More {number}", created_on=NOW - number * DAY)
        actions.log_touch(lead=row, kind="mail", on=NOW, by=field.daniel)
    assert asked() == before


def test_the_list_goes_on_by_cursor_and_keeps_its_filters(client, field):
    for number in range(55):
        field.lead(f"Lead {number:02}", created_on=NOW - (60 - number) * DAY)
    client.force_login(field.daniel)
    first = client.get("/leads/?channel=fair")
    rest = client.get(f"/leads/?channel=fair&cursor={first.context['page'].older}")
    assert (len(names(first)), names(rest)) == (50, [f"Lead {number}" for number in range(50, 55)])


def test_an_empty_list_says_what_to_do(client, field):
    client.force_login(field.daniel)
    assert "There are no leads yet" in text(client.get("/leads/"))
    actions.start_lead(lead=field.lead(), by=field.daniel, on=NOW)
    assert "Everybody was called" in text(client.get("/leads/"))
    assert "No lead answers to these filters" in text(client.get("/leads/?country=NL"))


def test_a_lead_is_written_down_by_hand_and_a_double_is_shown_first(client, field):
    client.force_login(field.daniel)
    said = {"company": "Bakker B.V.", "person": "Joke Bos", "lead_source": field.fair.pk}
    answer = client.post("/leads/new/", said)
    row = Lead.objects.visible_to(field.daniel).get()
    assert answer["Location"] == f"/leads/{row.pk}/"
    assert (row.owner, row.created_on, row.lead_source) == (field.owner(field.daniel), NOW, field.fair)
    again = client.post("/leads/new/", {"company": "bakker"})
    assert again.status_code == 422 and "This is another one" in text(again) and f"/leads/{row.pk}/" in text(again)
    client.post("/leads/new/", {"company": "bakker", "all_the_same": "on"})
    assert Lead.objects.count() == 2


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"company": ""}, "This field is required"),
        ({"company": "X", "email": "joke at"}, "valid email"),
        ({"company": "X", "lead_source": "99999"}, "valid choice"),
        ({"company": "X", "created_on": (NOW + DAY).isoformat()}, "has come"),
        ({"company": "X", "employees": "-1"}, "greater than or equal to 0"),
    ],
)
def test_a_form_that_is_wrong_says_where_and_writes_nothing(client, field, said, words):
    client.force_login(field.daniel)
    answer = client.post("/leads/new/", said)
    assert answer.status_code == 422 and words in text(answer)
    assert not Lead.objects.exists()


def test_marketing_writes_a_lead_down_for_a_seller(client, field):
    client.force_login(field.mark)
    client.post("/leads/new/", {"company": "Bakker", "owner": field.owner(field.daniel).pk})
    row = Lead.objects.visible_to(field.daniel).get()
    page = text(client.get(f"/leads/{row.pk}/"))
    assert "Log a touch" in page and "Make a deal" not in page
    assert client.get(f"/leads/{row.pk}/convert/").status_code == 404


def test_a_lead_goes_its_way_by_its_page(client, field):
    row = field.lead(created_on=NOW - DAY)
    client.force_login(field.daniel)
    place = f"/leads/{row.pk}/"
    client.post(f"{place}start/")
    assert fresh(row).state == "working"
    day = (NOW - 300 * DAY).isoformat()
    client.post(
        f"{place}touch/", {"kind": "content", "happened_on": day, "lead_source": field.paper.pk, "what": "Pits"}
    )
    client.post(f"{place}touch/", {"kind": "visit", "happened_on": NOW.isoformat()})
    page = text(client.get(place))
    assert "First touch" in page and "Paper on pits" in page and "2 touches" in page
    wrong = client.post(f"{place}touch/", {"kind": "call", "happened_on": (NOW + DAY).isoformat()})
    assert wrong.status_code == 422 and "choose today or earlier" in text(wrong)
    touch = Touch.objects.visible_to(field.daniel).get(kind="visit")
    assert "Take this touch away?" in text(client.get(f"/leads/touches/{touch.pk}/remove/"))
    client.post(f"/leads/touches/{touch.pk}/remove/")
    assert Touch.objects.visible_to(field.daniel).count() == 1
    assert client.post(f"{place}drop/", {"because": ""}).status_code == 422
    early = client.post(f"{place}drop/", {"because": "no_need", "closed_on": (NOW - 5 * DAY).isoformat()})
    assert early.status_code == 422 and "before the day on which it came" in text(early)
    client.post(f"{place}drop/", {"because": "no_answer", "note": "Four times"})
    assert "Never answered" in text(client.get(place)) and "Four times" in text(client.get(place))
    assert client.post(f"{place}reopen/", {"reason": ""}).status_code == 422
    client.post(f"{place}reopen/", {"reason": "They rang"})
    assert fresh(row).state == "working" and "They rang" in text(client.get(place))
    client.post(f"{place}change/", {"company": "Bakkerij", "employees": "70"})
    assert (fresh(row).company, fresh(row).employees) == ("Bakkerij", 70)
    client.post(f"{place}hand-over/", {"to": field.owner(field.lea).pk})
    assert fresh(row).owner == field.owner(field.lea)


def test_a_lead_that_leaves_ones_sight_leads_back_to_the_list(client, field):
    row = field.lead()
    mila = cast.person("mila", Role.CS_MANAGER, cast.pool("North"))
    client.force_login(field.daniel)
    answer = client.post(f"/leads/{row.pk}/hand-over/", {"to": field.owner(mila).pk})
    assert answer["Location"] == "/leads/"
    assert client.get(f"/leads/{row.pk}/").status_code == 404


def test_the_page_warns_of_a_double_and_of_an_account_and_links_it(client, field):
    at = cast.account("Bakker", field.daniel)
    other = field.lead("bakker")
    row = field.lead("Bakker B.V.")
    client.force_login(field.daniel)
    page = text(client.get(f"/leads/{row.pk}/"))
    assert "Known already?" in page and f"/leads/{other.pk}/" in page and f"/accounts/{at.pk}/" in page
    client.post(f"/leads/{row.pk}/link/", {"account": "Bakker"})
    assert fresh(row).account == at
    assert "There is no account of that name" in text(client.post(f"/leads/{row.pk}/link/", {"account": "Nobody"}))
    client.post(f"/leads/{row.pk}/unlink/")
    assert fresh(row).account is None


def test_a_deal_is_made_and_shows_its_lead_with_the_touches(client, field):
    row = field.lead("Bakker")
    actions.log_touch(lead=row, kind="event", on=NOW, what="Saw one run", lead_source=field.fair, by=field.daniel)
    client.force_login(field.daniel)
    assert "Bakker" in text(client.get(f"/leads/{row.pk}/convert/"))
    said = {"account": "Bakker", "name": "First line", "value": "185000"}
    answer = client.post(f"/leads/{row.pk}/convert/", said)
    deal = Opportunity.objects.visible_to(field.daniel).get()
    assert answer["Location"] == f"/pipeline/{deal.pk}/" and deal.value_reporting == 185000
    page = text(client.get(f"/pipeline/{deal.pk}/"))
    assert "Where it came from" in page and "Saw one run" in page and f"/leads/{row.pk}/" in page
    assert f"/pipeline/{deal.pk}/" in text(client.get(f"/leads/{row.pk}/"))
    again = client.post(f"/leads/{row.pk}/convert/", said)
    assert again.status_code == 422 and "became a deal already" in text(again)
    assert Opportunity.objects.count() == 1


def test_a_namesake_in_the_base_is_asked_about_before_a_new_account_is_made(client, field):
    at = cast.account("Bakker", field.daniel)
    row = field.lead("Bakker B.V.")
    client.force_login(field.daniel)
    place, said = f"/leads/{row.pk}/convert/", {"account": "Bakker B.V.", "name": "First line"}
    assert 'value="Bakker"' in text(client.get(place))
    refused = client.post(place, said)
    assert refused.status_code == 422 and "stands in the base" in text(refused)
    client.post(place, said | {"another": "on"})
    assert Opportunity.objects.visible_to(field.daniel).get().account != at


def test_nobody_else_reaches_a_lead_and_a_technician_none(client, field):
    row = field.lead()
    for user in (cast.person("zoe", Role.SALES, cast.pool("South")), cast.person("tom", Role.TECHNICIAN)):
        client.force_login(user)
        for end in ("", "change/", "touch/", "drop/", "hand-over/", "convert/", "link/"):
            assert client.get(f"/leads/{row.pk}/{end}").status_code == 404
        for end in ("start/", "unlink/", "drop/"):
            assert client.post(f"/leads/{row.pk}/{end}", {"because": "no_need"}).status_code == 404
    for place in ("/leads/", "/leads/file/", "/leads/new/", "/leads/sources/", "/leads/profile/"):
        assert client.get(place).status_code == 404
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    assert "Log a touch" not in text(client.get(f"/leads/{row.pk}/"))
    assert client.get("/leads/new/").status_code == 403
    assert client.post(f"/leads/{row.pk}/drop/", {"because": "no_need"}).status_code == 404
    assert fresh(row).state == "new"


def test_leads_stand_among_the_tabs_of_the_pipeline_and_in_the_search(client, field):
    field.lead("Bakker")
    client.force_login(field.daniel)
    assert "/leads/" in text(client.get("/pipeline/"))
    assert "Bakker" in text(client.get("/search/?q=bakk"))
    client.force_login(cast.person("tom", Role.TECHNICIAN))
    assert 'href="/leads/"' not in text(client.get("/pipeline/"))


def test_marketing_keeps_the_sources(client, field):
    cast.account("Kraft", field.daniel)
    client.force_login(field.daniel)
    assert "Add a source" not in text(client.get("/leads/sources/"))
    assert client.post("/leads/sources/", {"name": "X", "channel": "fair"}).status_code == 403
    assert client.get(f"/leads/sources/{field.fair.pk}/").status_code == 404
    client.force_login(field.mark)
    client.post("/leads/sources/", {"name": "Dealer Kraft", "channel": "partner", "account": "Kraft"})
    made = LeadSource.objects.get(name="Dealer Kraft")
    assert made.partner.name == "Kraft"
    for said, words in (
        ({"name": "dealer kraft", "channel": "fair"}, "already"),
        ({"name": "X", "channel": "fair", "account": "Kraft"}, "Only a source of the channel"),
        ({"name": "X", "channel": "partner", "account": "Nobody"}, "not exactly one account"),
    ):
        refused = client.post("/leads/sources/", said)
        assert refused.status_code == 422 and words in text(refused)
    client.post(f"/leads/sources/{made.pk}/", {"name": "Kraft", "channel": "partner"})
    made.refresh_from_db()
    assert (made.name, made.is_active, made.partner) == ("Kraft", False, None)
    assert "not in use" in text(client.get("/leads/sources/"))
    assert "Kraft" not in [str(s) for s in client.get("/leads/new/").context["form"].fields["lead_source"].queryset]


def test_the_profile_is_tried_by_everybody_and_published_by_who_sets_policy(client, field):
    field.lead("Fits", employees=80, country="NL")
    field.lead("Small", employees=4, country="NL")
    client.force_login(field.daniel)
    page = text(client.get("/leads/profile/"))
    assert "Of the 2 leads of the past year 1 fit, 1 do not, 0 are not known yet" in page
    tried = text(client.get("/leads/profile/?try=1&countries=DE%0ABE&employees_from="))
    assert "0 fit, 2 do not" in tried and "Country: DE, BE" in tried
    wrong = client.get("/leads/profile/?try=1&employees_from=50&employees_to=10")
    assert wrong.status_code == 422 and "nobody would fit" in text(wrong)
    said = {"countries": "NL\nnl\nDE", "employees_from": "20", "valid_from": (NOW + DAY).isoformat()}
    assert client.post("/leads/profile/", said).status_code == 403
    client.force_login(field.lea)
    early = client.post("/leads/profile/", said | {"valid_from": NOW.isoformat()})
    assert early.status_code == 422 and "never changes what has been" in text(early)
    assert not Policy.objects.filter(name="sales.icp").exists()
    client.post("/leads/profile/", said)
    assert policy_on(IcpPolicy, NOW + DAY).values == IcpPolicy(countries=("NL", "DE"), employees_from=20)
    assert policy_on(IcpPolicy, NOW).values == IcpPolicy()
    assert "Country: NL, DE" in text(client.get("/leads/profile/"))


def test_the_dealer_who_brought_a_lead_is_named_on_its_page(client, field):
    dealer = cast.account("Kraft Maschinen", field.daniel)
    source = LeadSource.objects.create(name="Dealer Kraft", channel="partner", partner=dealer)
    row = field.lead(lead_source=source)
    client.force_login(field.daniel)
    assert f"/accounts/{dealer.pk}/" in text(client.get(f"/leads/{row.pk}/"))
    LeadSource.objects.filter(pk=source.pk).update(
        partner=cast.account("Elsewhere", cast.person("zoe", Role.SALES, cast.pool("South")))
    )
    page = text(client.get(f"/leads/{row.pk}/"))
    assert "Dealer Kraft" in page and "Elsewhere" not in page
    assert "Elsewhere" not in text(client.get("/leads/sources/"))
