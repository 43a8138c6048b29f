"""A survey's link on a phone: one tap and one button, without scripts, once; and not when it was forged."""

import pytest
from django.core import mail
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import expect

from core.clock import today
from core.models import Organisation
from core.outbox import relay
from health.models import Invitation, SurveyAnswer
from playbooks.models import Play
from tests import cast
from tests.health.survey_base import LINK, invited, path_of, reader, run

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def mila():
    cache.clear()
    Organisation.objects.create(pk=1, name="Voss Robotics")
    user = cast.person("mila", team=cast.pool("North"))
    user.language = "en"
    user.save()
    return user


@pytest.fixture
def row(mila):
    return invited(reader(cast.account("Van Houten", mila, country="France"), name="Jan"), mila, today())


@pytest.fixture
def phone(browser):
    """A phone that runs no scripts."""
    context = browser.new_context(
        viewport=PHONE, locale="en-GB", java_script_enabled=False, has_touch=True, is_mobile=True
    )
    yield context.new_page()
    context.close()


def mailed_link(live_server):
    relay()
    found = LINK.findall(mail.outbox[-1].body)[0]
    return live_server.url + found[found.index("/survey/") :]


def test_a_link_works_once_on_a_phone_without_scripts(phone, live_server, row):
    address = mailed_link(live_server)
    # What a mail program does first: it looks at every link.
    for score in range(11):
        assert Client().get(f"{path_of(row)}?score={score}").status_code == 200
    phone.goto(f"{address}?score=3")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("How likely are you to recommend us")
    expect(phone.get_by_role("radio", name="3")).to_be_checked()
    assert not SurveyAnswer.objects.exists()
    phone.locator(".survey-score", has_text="4").first.tap()
    phone.get_by_label("Why this score?").fill("Getting help takes too long")
    phone.get_by_role("button", name="Send my answer").tap()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    answer = SurveyAnswer.objects.get()
    assert (answer.value, answer.comment, answer.account) == (4, "Getting help takes too long", row.account)
    phone.goto(address)
    expect(phone.get_by_role("heading", level=1)).to_have_text("You have answered already")
    expect(phone.get_by_role("button")).to_have_count(0)
    run(today())
    assert Play.objects.get().subject_id == answer.pk


def test_a_forged_link_opens_nothing(phone, live_server, row):
    address = mailed_link(live_server)
    last = "A" if address[-2] != "A" else "B"
    for forged in (address[:-2] + last + "/", address.replace(f"/{row.pk}.", f"/{row.pk + 1}.")):
        answer = phone.goto(forged)
        assert answer.status == 404
        expect(phone.get_by_role("heading", level=1)).to_have_text("This link opens nothing")
        expect(phone.get_by_role("radio")).to_have_count(0)
    assert not SurveyAnswer.objects.exists()


def test_sending_without_a_score_says_so_and_keeps_the_words(phone, live_server, row):
    phone.goto(live_server.url + path_of(row))
    phone.get_by_label("Why this score?").fill("Hm")
    phone.get_by_role("button", name="Send my answer").tap()
    expect(phone.get_by_role("alert")).to_contain_text("Choose a score first")
    expect(phone.get_by_label("Why this score?")).to_have_value("Hm")
    assert not SurveyAnswer.objects.exists()


@pytest.mark.parametrize("kind", ["relationship", "onboarding"])
def test_scores_are_large_enough_for_a_thumb_and_nothing_runs_off_the_side(phone, live_server, mila, kind):
    at = cast.account("Van Houten Bakkerijen en Meelfabrieken", mila)
    row = invited(reader(at), mila, today(), kind)
    for page in ("", "stop/"):
        phone.goto(live_server.url + path_of(row, page))
        width = phone.locator("body").evaluate("body => document.documentElement.scrollWidth")
        assert width <= PHONE["width"]
    phone.goto(live_server.url + path_of(row))
    boxes = [box.bounding_box() for box in phone.locator(".survey-score").all()]
    assert len(boxes) == row.scale_to - row.scale_from + 1
    assert min(box["width"] for box in boxes) >= 44 and min(box["height"] for box in boxes) >= 44


def test_somebody_sends_a_survey_by_hand(page, live_server, mila):
    at = cast.account("Van Houten", mila)
    reader(at, name="Jan")
    reader(at, name="Piet")
    reader(at, name="Mute", email="")
    client = Client()
    client.force_login(mila)
    page.context.add_cookies(
        [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}]
    )
    said = []
    page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    page.goto(f"{live_server.url}/health/surveys/")
    page.get_by_role("link", name="Send a survey").first.click()
    expect(page.get_by_text("1 person is left in peace")).to_be_visible()
    page.get_by_label("Ask Piet").uncheck()
    page.get_by_role("button", name="Send to those who are ticked").click()
    expect(page.get_by_text("Sent to 1 person.")).to_be_visible()
    assert [row.contact.name for row in Invitation.objects.all()] == ["Jan"]
    for width in (390, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for address in ("", "sent/", "send/"):
            page.goto(f"{live_server.url}/health/surveys/{address}")
            assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert said == []
