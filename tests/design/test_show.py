"""Values in the reader's language, marks with a word, links that keep the filters."""

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace as Thing

import pytest
from django.template import engines
from django.test import RequestFactory
from django.utils import translation

from core import display

ON = date(2026, 11, 21)


def rendered(source: str, **context: object) -> str:
    return engines["django"].from_string(source).render(context)


def spaced(text: str) -> str:
    return text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("function", "value", "english", "dutch"),
    [
        (display.money, 214000, "€214,000", "€ 214.000"),
        (display.money, Decimal("-1234.5"), "−€1,235", "−€ 1.235"),
        (display.money_short, 41_220_000, "€41.2M", "€ 41,2 mln"),
        (display.money_short, 1_074_000, "€1.07M", "€ 1,07 mln"),
        (display.money_short, 999_600, "€1.00M", "€ 1,00 mln"),
        (display.money_short, 930_000, "€930k", "€ 930k"),
        (display.money_short, 8_400, "€8,400", "€ 8.400"),
        (display.money_short, -2_600_000, "−€2.60M", "−€ 2,60 mln"),
        (display.number, Decimal("1234567"), "1,234,567", "1.234.567"),
        (display.percent, Decimal("0.934"), "93.4%", "93,4%"),
        (display.percent, Decimal("0.9"), "90%", "90%"),
        (display.signed, 2, "+2", "+2"),
        (display.signed, -24, "−24", "−24"),
        (display.signed, 0, "±0", "±0"),
        (display.day, date(2027, 1, 18), "18 Jan 2027", "18 jan 2027"),
        (display.day_long, date(2027, 1, 18), "18 January 2027", "18 januari 2027"),
        (display.weekday, date(2026, 11, 24), "Tue 24 Nov", "di 24 nov"),
        (display.weekday_long, ON, "Saturday 21 November 2026", "zaterdag 21 november 2026"),
        (display.money, None, "–", "–"),
        (display.percent, "", "–", "–"),
        (display.day, None, "–", "–"),
    ],
)
def test_values_in_english_and_dutch(function, value, english, dutch):
    with translation.override("en"):
        assert spaced(function(value)) == english
    with translation.override("nl"):
        assert spaced(function(value)).lower() == dutch.lower()


def test_other_currencies_say_which():
    assert display.money(1200, "USD") == "$1,200"
    assert spaced(display.money(1200, "PLN")) == "PLN 1,200"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2026, 11, 12), "9 days ago"),
        (date(2026, 11, 20), "yesterday"),
        (ON, "today"),
        (date(2026, 11, 22), "tomorrow"),
        (date(2027, 1, 18), "in 58 days"),
        (date(2026, 6, 20), "5 months ago"),
        (date(2011, 11, 1), "15 years ago"),
        (None, "never"),
    ],
)
def test_distance_from_a_date(value, words):
    assert display.ago(value, ON) == words


def test_a_moment_is_shown_as_a_day_in_local_time():
    assert spaced(display.moment(datetime(2026, 11, 21, 14, 5, tzinfo=UTC))) == "21 Nov 2026, 15:05"


@pytest.mark.parametrize(
    ("name", "letters"), [("Marloes de Wit", "MW"), ("Elke", "E"), ("", "?"), ("Jean-Luc Petit", "JP")]
)
def test_initials(name, letters):
    assert display.initials(name) == letters


@pytest.mark.parametrize(
    ("status", "shape", "word"),
    [("green", "good", "Green"), ("yellow", "watch", "Yellow"), ("red", "risk", "Red"), ("", "unknown", "no score")],
)
def test_a_pill_has_a_shape_and_a_word(status, shape, word):
    markup = rendered("{% pill status 52 %}", status=status)
    assert f"shape-{shape}" in markup and f"52 {word}" in markup


def test_hostile_words_in_marks_are_text():
    markup = rendered("{% pill 'red' 1 word %}{% status 'good' word %}{% owner word True %}", word="<script>")
    assert "<script>" not in markup and markup.count("&lt;script&gt;") == 3


def test_days_left_counts_down_and_then_says_late():
    assert "58<svg" in rendered("{% days_left 58 %}")
    assert "21 <span>late</span>" in rendered("{% days_left -21 %}")


def test_owners_differ_by_shape_and_the_reader_is_inverted():
    pool, me = Thing(name="Service desk", is_pool=True), Thing(pk=7)
    mine = Thing(name="Marloes de Wit", is_pool=False, user_id=7)
    assert "avatar-team" in rendered("{% owner who %}", who=pool)
    assert "avatar-me" in rendered("{% owner who %}", who=mine, user=me)
    assert "no owner" in rendered("{% owner who %}", who=None)


def query(source: str, address: str) -> str:
    return rendered(source, request=RequestFactory().get(address))


def test_links_keep_the_filters_and_drop_the_cursor():
    assert query("{% query_with sort='-value' %}", "/?owner=3&cursor=abc") == "?owner=3&amp;sort=-value"
    assert query("{% query_with cursor='x' %}", "/?owner=3&owner=4&cursor=abc") == "?owner=3&amp;owner=4&amp;cursor=x"
    assert query("{% query_with on=None %}", "/?on=2026-01-09") == "?"


def test_hidden_fields_keep_the_other_filters():
    markup = query("{% hidden_query 'q' %}", '/?q=a&owner="><script>')
    assert "script>" not in markup.replace("&lt;script&gt;", "") and 'name="q"' not in markup


def test_a_sorted_column_turns_round_and_says_so():
    assert 'href="?sort=-value"' in query("{% sort_link 'value' 'Value' %}", "/")
    down = query("{% sort_link 'value' 'Value' %}", "/?sort=-value")
    assert 'href="?sort=value"' in down and "sorted downwards" in down


@pytest.mark.urls("tests.design.urls")
def test_receipts_have_an_address_as_of_a_date():
    markup = rendered("{% receipt_url 'attach_rate' on=on country='NL' %}", on=ON)
    assert markup == "/d/receipt/attach_rate/?as_of=2026-11-21&amp;country=NL"


@pytest.mark.urls("allauth.account.urls")
def test_a_receipt_without_a_page_has_no_address():
    assert rendered("{% receipt_url 'attach_rate' %}").strip() == ""
