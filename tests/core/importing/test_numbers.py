"""Numbers as ERP systems and people write them (trust.md 4a)."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.importing.numbers import NumberStyle, cents, number
from core.importing.problems import BadValue

DUTCH, ENGLISH, UNSTATED = NumberStyle(",", "."), NumberStyle(".", ","), NumberStyle()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,56", "1234.56"),
        ("1,234.56", "1234.56"),
        ("1 234,56", "1234.56"),
        ("1\u202f234,56", "1234.56"),
        ("1'234.56", "1234.56"),
        ("€ 1.234,–", "1234"),
        ("-1,5", "-1.5"),
        ("1,5-", "-1.5"),
        ("(1,234.50)", "-1234.50"),
        ("\u22125", "-5"),
        ("1e5", "100000"),
        ("EUR 12,50", "12.50"),
        ("12,50 EUR", "12.50"),
        ("1.234.567", "1234567"),
        ("0.125", "0.125"),
        ("58665.0", "58665.0"),
        ("27963188.759999998", "27963188.759999998"),
    ],
)
def test_unstated_styles_are_read_where_only_one_reading_exists(text, value):
    assert number(text, UNSTATED) == Decimal(value)


@pytest.mark.parametrize("text", ["1.234", "1,234", "999.999"])
def test_a_number_with_two_readings_is_ambiguous(text):
    with pytest.raises(BadValue, match="ambiguous"):
        number(text, UNSTATED)


def test_a_stated_mark_decides():
    assert number("1.234", DUTCH) == Decimal(1234)
    assert number("1.234", ENGLISH) == Decimal("1.234")
    assert number("1,234", ENGLISH) == Decimal(1234)


@pytest.mark.parametrize("text", ["abc", "", "-", "1,23,4", "12.34.5", "1 2a", "NaN", "Infinity"])
def test_what_is_no_number_is_told(text):
    with pytest.raises(BadValue):
        number(text, UNSTATED)


def test_a_grouping_that_is_none_is_told():
    with pytest.raises(BadValue, match="not a number"):
        number("12.34", DUTCH)


def _written(value: Decimal, style: NumberStyle) -> str:
    marks: dict[str, str | int | None] = {",": style.thousands, ".": style.decimal}
    return f"{value:,f}".translate(str.maketrans(marks))


@given(
    st.decimals(min_value=-(10**11), max_value=10**11, places=2),
    st.sampled_from([DUTCH, ENGLISH, NumberStyle(",", " "), NumberStyle(".", "'")]),
)
def test_what_a_locale_writes_is_read_back(value, style):
    assert number(_written(value, style), style) == value


@given(st.text(max_size=30))
def test_any_text_is_a_number_or_a_bad_value(text):
    for style in (UNSTATED, DUTCH):
        try:
            assert number(text, style).is_finite()
        except BadValue:
            pass


def test_amounts_are_rounded_to_cents_and_bounded():
    assert cents(Decimal("0.005")) == Decimal("0.01")
    with pytest.raises(BadValue, match="too large"):
        cents(Decimal(10**12))
