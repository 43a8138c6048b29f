"""The forecast on the page of a renewal: target, forecast and final, said there and refused there."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

from core.clock import today
from installed_base.models import TermSuccession
from renewals.models import ForecastDay, Renewal, RenewalForecast
from tests import cast
from tests.renewals.pages import standing, text_of


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


def say(page, row, **values):
    said = {"category": "commit", "annual": "9500.50", "version": 1} | values
    return page.post(reverse("renewals:forecast", args=[row.pk]), said, follow=True)


def test_target_forecast_and_the_book_stand_beside_each_other(page, mila):
    row = standing(mila, annual=10000)
    shown = text_of(page.get(reverse("renewals:renewal", args=[row.pk])))
    assert "Target €10,300 the old value and 3%" in shown
    assert "nobody said anything yet" in shown and "By the book not enough history" in shown
    ForecastDay.objects.create(renewal=row, on=today(), chance="0.7917")
    shown = text_of(say(page, row))
    assert "The forecast is written down." in shown
    assert "€9,501 Commit" in shown and "By the book €7,917 79% likely" in shown
    assert RenewalForecast.objects.get().annual_reporting == Decimal("9500.50")
    assert "There is no forecast any more." in text_of(say(page, row, category="", annual="", version=2))
    assert not RenewalForecast.objects.exists()


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"annual": "-1"}, "Comes back, a year: "),
        ({"annual": ""}, "Write the amount that you expect"),
        ({"annual": "much"}, "Comes back, a year: "),
        ({"category": "sure"}, "How sure: "),
        ({"version": 7}, "changed this renewal meanwhile"),
    ],
)
def test_nonsense_gets_a_sentence_and_nothing_is_written(page, mila, values, sentence):
    row = standing(mila)
    assert sentence in text_of(say(page, row, **values))
    assert not RenewalForecast.objects.exists() and Renewal.objects.get().version == 1


def test_others_neither_say_it_nor_see_it(client, mila, team):
    row = standing(mila)
    for person in (cast.person("far", team=cast.pool("South")), cast.person("tech", "technician", team)):
        client.force_login(person)
        assert say(client, row).status_code == 404
    client.force_login(cast.person("elke", "executive", team))
    assert say(client, row).status_code == 404
    assert not RenewalForecast.objects.exists()
    assert 'name="annual"' not in client.get(reverse("renewals:renewal", args=[row.pk])).content.decode()


@pytest.mark.parametrize(("days", "words"), [(12, "12 days before the end"), (-20, "20 days after the end")])
def test_ct31_final_says_how_early_or_late_it_was_signed(page, mila, days, words):
    row = standing(mila, days=-30)
    ends_on = row.term.ends_on
    new = cast.term(
        row.account, ends_on + timedelta(days=1), ends_on + timedelta(days=365), 13000,
        signed_on=ends_on - timedelta(days=days),
    )  # fmt: skip
    TermSuccession.objects.create(term=row.term, successor=new, known_on=today())
    Renewal.objects.update(decided_on=today(), outcome="renewed")
    shown = text_of(page.get(reverse("renewals:renewal", args=[row.pk])))
    assert "Signed €13,000" in shown and words in shown
