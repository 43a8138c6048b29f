"""The pages behind a link: once, in time, unforged; looking writes nothing."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client

from core.clock import today
from core.middleware import shown_path
from core.models import Organisation, Outbox
from health.actions.answering import answer_survey
from health.models import Invitation, SurveyAnswer, SurveyStop
from health.views import survey_answer
from tests import cast
from tests.health.survey_base import invited, path_of, reader
from tests.renewals.pages import text_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


@pytest.fixture
def mila(db):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.person("mila")


@pytest.fixture
def row(mila):
    at = cast.account("Van Houten Bakkerijen", mila, country="France")
    return invited(reader(at, name="Jan de Wit"), mila, today())


def nothing_written(row):
    row.refresh_from_db()
    return not SurveyAnswer.objects.exists() and row.answered_on is None


def test_looking_writes_nothing_and_names_nobody(client, row):
    page = client.get(path_of(row) + "?score=9")
    text = text_of(page)
    assert page.status_code == 200
    assert "How likely are you to recommend us" in text
    assert 'value="9" checked' in page.content.decode()
    assert "Jan" not in text and "Van Houten" not in text and row.contact.email not in text
    assert nothing_written(row)
    assert (page["Cache-Control"], page["X-Robots-Tag"]) == ("no-store", "noindex")


@pytest.mark.parametrize("score", ["11", "-1", "x", "9' checked", ""])
def test_a_score_beside_the_scale_is_not_filled_in(client, row, score):
    assert "checked" not in client.get(path_of(row), {"score": score}).content.decode().replace("9' checked", "")


def test_an_answer_is_saved_once_and_then_the_link_has_done_its_work(client, row):
    answer = client.post(path_of(row), {"score": "9", "comment": "Good people"})
    assert (answer.status_code, answer.url) == (302, path_of(row, "thanks/") + "?lang=en")
    assert "Thank you" in text_of(client.get(answer.url))
    for again in (client.get(path_of(row)), client.post(path_of(row), {"score": "1"})):
        assert again.status_code == 410
        assert "You have answered already" in text_of(again)
    saved = SurveyAnswer.objects.get()
    assert (saved.value, saved.comment) == (9, "Good people")
    assert Outbox.objects.filter(kind="survey.answered").count() == 1


def test_without_a_score_nothing_is_saved_and_the_words_are_kept(client, row):
    page = client.post(path_of(row), {"comment": "Slow & late"})
    assert page.status_code == 422
    assert "Choose a score first" in text_of(page)
    assert "Slow &amp; late" in page.content.decode()
    assert nothing_written(row)


@pytest.mark.parametrize("score", ["11", "-1", "nine", "9.5", "٩9999"])
def test_a_wrong_score_is_refused(client, row, score):
    assert client.post(path_of(row), {"score": score}).status_code == 422
    assert nothing_written(row)


def test_too_many_words_are_refused_with_a_sentence(client, row):
    page = client.post(path_of(row), {"score": "5", "comment": "x" * 4001})
    assert (page.status_code, "Make it shorter" in text_of(page)) == (422, True)
    assert nothing_written(row)


def test_words_that_look_like_markup_are_words(client, row):
    client.post(path_of(row), {"score": "2", "comment": "<script>alert(1)</script>"})
    client.force_login(row.sent_by)
    page = client.get("/health/surveys/").content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_an_expired_link_says_so(client, row):
    Invitation.objects.update(sent_on=today() - 9 * DAY, valid_until=today() - DAY)
    for answer in (client.get(path_of(row)), client.post(path_of(row), {"score": "9"})):
        assert (answer.status_code, "This survey is over" in text_of(answer)) == (410, True)
    assert nothing_written(row)


def test_the_last_day_still_counts(client, row):
    Invitation.objects.update(valid_until=today())
    assert client.post(path_of(row), {"score": "9"}).status_code == 302


def test_a_person_who_was_erased_is_told_that_we_keep_nothing(client, row):
    row.contact.delete()
    for answer in (client.get(path_of(row)), client.post(path_of(row), {"score": "9"})):
        assert (answer.status_code, "We keep nothing about you" in text_of(answer)) == (410, True)
    assert nothing_written(row)


def test_a_forged_link_opens_nothing(client, row):
    for forged in ("1.abc", path_of(row)[8:-2], "x" * 300, f"{row.pk}"):
        for answer in (client.get(f"/survey/{forged}/"), client.post(f"/survey/{forged}/", {"score": "9"})):
            assert (answer.status_code, "This link opens nothing" in text_of(answer)) == (404, True)
        assert client.post(f"/survey/{forged}/stop/").status_code == 404
    assert nothing_written(row)
    assert not SurveyStop.objects.exists()


def test_who_guesses_is_held_up_and_who_holds_a_link_is_not(client, row, monkeypatch):
    monkeypatch.setattr(survey_answer, "GUESSES", 3)
    codes = [client.get("/survey/1.guess/").status_code for _ in range(4)]
    assert codes == [404, 404, 404, 429]
    assert client.get("/survey/1.guess/")["Retry-After"] == "3600"
    assert client.get(path_of(row)).status_code == 200


def test_one_link_is_not_asked_without_end(client, row, monkeypatch):
    monkeypatch.setattr(survey_answer, "MOST", 2)
    assert [client.get(path_of(row)).status_code for _ in range(3)] == [200, 200, 429]


def test_a_form_from_elsewhere_is_refused(row):
    strict = Client(enforce_csrf_checks=True)
    assert strict.post(path_of(row), {"score": "9"}).status_code == 403
    assert nothing_written(row)
    strict.get(path_of(row))
    token = strict.cookies["csrftoken"].value
    assert strict.post(path_of(row), {"score": "9", "csrfmiddlewaretoken": token}).status_code == 302


def test_no_more_surveys_takes_one_click_and_looking_stops_nothing(row):
    strict = Client(enforce_csrf_checks=True)
    assert "No more surveys?" in text_of(strict.get(path_of(row, "stop/")))
    assert not SurveyStop.objects.exists()
    answer = strict.post(path_of(row, "stop/"), {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, "We will not ask you again" in text_of(answer)) == (200, True)
    assert SurveyStop.objects.get().address_digest == row.address_digest
    # What is open may still be answered by who wants to.
    assert strict.get(path_of(row)).status_code == 200


def test_thanks_before_the_answer_lead_to_the_question(client, row):
    assert client.get(path_of(row, "thanks/")).url == path_of(row)
    assert client.post(path_of(row, "thanks/")).status_code == 405


def test_the_page_speaks_the_language_of_its_person_and_can_be_asked_for_another(client, row):
    Invitation.objects.update(language="nl")
    page = client.get(path_of(row), headers={"Accept-Language": "en"})
    assert ('<html lang="nl">' in page.content.decode(), page["Content-Language"]) == (True, "nl")
    english = client.get(path_of(row) + "?lang=en")
    assert ('<html lang="en">' in english.content.decode(), "Nederlands" in text_of(english)) == (True, True)
    assert '<html lang="nl">' in client.get(path_of(row) + "?lang=xx").content.decode()


def test_the_page_needs_few_questions_of_the_database(client, row, django_assert_max_num_queries):
    with django_assert_max_num_queries(6):
        client.get(path_of(row))


def test_the_link_does_not_stand_in_the_log(row):
    assert shown_path(path_of(row, "thanks/")) == "/survey/…"


def test_a_used_link_stays_used_for_somebody_signed_in(client, row):
    answer_survey(invitation=row.pk, value=9, comment="", on=today())
    client.force_login(row.sent_by)
    assert client.get(path_of(row)).status_code == 410
