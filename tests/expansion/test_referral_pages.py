"""Pages of referrals: suggested, asked, given, followed up."""

from datetime import timedelta
from html import unescape

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Organisation, Role
from expansion.models import Referral
from health.models import Spell
from sales.actions import close
from sales.models import Opportunity
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    return cast.person("mila", team=cast.pool("North"))


@pytest.fixture
def as_mila(client, mila):
    client.force_login(mila)
    return client


def happy(mila, name="Van Houten"):
    at = cast.account(name, mila)
    person = cast.contact(at, name=f"Femke of {name}")
    Spell.objects.create(account=at, tier="green", began_on=today() - timedelta(days=90))
    cast.answer(at, today() - timedelta(days=20), 10, person, question="recommend")
    return at, person


def text_of(answer) -> str:
    return unescape(answer.content.decode())


def test_an_advocate_is_suggested_asked_and_followed_to_the_end(as_mila, mila):
    at, person = happy(mila)
    page = text_of(as_mila.get("/expansion/referrals/"))
    assert "Femke of Van Houten" in page and "1 happy customer can be asked" in page
    said = {"contact": person.pk, "kind": "introduction", "intro": "I know them.", "talking_points": "98 %"}
    here = as_mila.post(f"/expansion/accounts/{at.pk}/ask/", said).url
    assert "Femke of Van Houten" in text_of(as_mila.get(here)) and "I know them." in text_of(as_mila.get(here))
    assert "0 happy" not in text_of(as_mila.get("/expansion/referrals/"))
    as_mila.post(f"{here}approve/")
    as_mila.post(f"{here}given/", {"company": "Acme", "person": "Jo"})
    as_mila.post(f"{here}thank/")
    as_mila.post(f"{here}pursue/", {"account": "Acme", "name": "", "value": "50000"})
    deal = Opportunity.objects.get()
    assert (deal.account.name, deal.kind, deal.value_reporting) == ("Acme", "new_logo", 50000)
    close(opportunity=deal, won=True, by=mila, on=today())
    assert "tell who gave it" in text_of(as_mila.get("/expansion/referrals/?state=won"))
    as_mila.post(f"{here}tell/")
    as_mila.post(f"{here}recognise/", {"how": "board"})
    row = Referral.objects.get()
    assert (row.approved_on, row.thanked_on, row.told_on, row.recognition) == (today(), today(), today(), "board")
    assert "The loop is closed" in text_of(as_mila.get(here))


def test_a_known_account_is_used_and_a_customer_refused(as_mila, mila):
    at, _person = happy(mila)
    payer = cast.account("Acme", mila)
    cast.posted(payer, today() - timedelta(days=9), 100)
    here = as_mila.post(f"/expansion/accounts/{at.pk}/referral/", {"company": "Acme", "person": ""}).url
    refused = as_mila.post(f"{here}pursue/", {"account": "acme", "name": "", "value": ""})
    assert refused.status_code == 422
    assert "Acme is a customer already" in text_of(refused)
    cast.account("Bolt", mila)
    as_mila.post(f"{here}pursue/", {"account": "Bolt", "name": "", "value": ""})
    assert Opportunity.objects.get().account.name == "Bolt"


def test_asking_twice_says_why_not(as_mila, mila):
    at, person = happy(mila)
    said = {"contact": person.pk, "kind": "case_study", "intro": "", "talking_points": ""}
    here = as_mila.post(f"/expansion/accounts/{at.pk}/ask/", said).url
    again = as_mila.post(f"/expansion/accounts/{at.pk}/ask/", said)
    assert again.status_code == 422
    assert "Ask again later" in text_of(again)
    as_mila.post(f"{here}given/")
    assert Referral.objects.get().given_on == today()
    early = as_mila.post(f"{here}tell/", follow=True)
    assert "It has not become a deal yet" in text_of(early)


def test_the_account_is_named_first(as_mila, mila):
    at, _person = happy(mila)
    for what, place in (("ask", "ask"), ("came", "referral")):
        page = f"/expansion/referrals/new/{what}/"
        assert as_mila.post(page, {"account": "Nobody"}).status_code == 422
        assert as_mila.post(page, {"account": "Van Houten"}).url == f"/expansion/accounts/{at.pk}/{place}/"
    assert as_mila.get("/expansion/referrals/new/other/").status_code == 404


def test_no_is_written_down_with_its_reason(as_mila, mila):
    at, person = happy(mila)
    said = {"contact": person.pk, "kind": "introduction", "intro": "", "talking_points": ""}
    here = as_mila.post(f"/expansion/accounts/{at.pk}/ask/", said).url
    assert as_mila.post(f"{here}decline/", {"reason": ""}).status_code == 422
    as_mila.post(f"{here}decline/", {"reason": "Their board"})
    assert "Their board" in text_of(as_mila.get(here))


def test_others_find_none_and_who_reads_no_names_reads_none(client, mila):
    at, person = happy(mila)
    client.force_login(mila)
    here = client.post(f"/expansion/accounts/{at.pk}/referral/", {"company": "Acme", "contact": person.pk}).url
    client.force_login(cast.person("zoe", team=cast.pool("Theirs")))
    assert [client.get(here).status_code, client.post(f"{here}thank/").status_code] == [404, 404]
    client.force_login(cast.person("ruud", Role.TECHNICIAN))
    assert client.get("/expansion/referrals/").status_code == 404
    client.force_login(cast.person("elke", Role.EXECUTIVE))
    for path in (here, "/expansion/referrals/"):
        page = text_of(client.get(path))
        assert "Van Houten" in page and "Femke" not in page and "Acme" not in page


def test_the_list_asks_as_often_for_three_as_for_one(as_mila, mila):
    def there(name):
        at, person = happy(mila, name)
        happy(mila, f"{name} too")
        as_mila.post(f"/expansion/accounts/{at.pk}/referral/", {"company": "Acme", "contact": person.pk})

    def asked():
        as_mila.get("/expansion/referrals/")
        with CaptureQueriesContext(connection) as seen:
            assert as_mila.get("/expansion/referrals/").status_code == 200
        return len(seen)

    there("One")
    one = asked()
    there("Two")
    there("Three")
    assert asked() == one
