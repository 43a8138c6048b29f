"""Dates as ERP systems and people write them (trust.md 4a)."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.importing.dates import DateStyle, read_date
from core.importing.problems import BadValue

UNSTATED, DAY_FIRST, MONTH_FIRST = DateStyle(), DateStyle(day_first=True), DateStyle(day_first=False)


@pytest.mark.parametrize(
    ("text", "style", "found"),
    [
        ("31-12-2026", UNSTATED, (date(2026, 12, 31), "day")),
        ("12-31-2026", UNSTATED, (date(2026, 12, 31), "day")),
        ("31/12/26", DAY_FIRST, (date(2026, 12, 31), "day")),
        ("1-2-2026", DAY_FIRST, (date(2026, 2, 1), "day")),
        ("1-2-2026", MONTH_FIRST, (date(2026, 1, 2), "day")),
        ("29-02-2028", UNSTATED, (date(2028, 2, 29), "day")),
        ("31 mrt 2026", UNSTATED, (date(2026, 3, 31), "day")),
        ("March 3, 2026", UNSTATED, (date(2026, 3, 3), "day")),
        ("1996-07-04 00:00:00.000", UNSTATED, (date(1996, 7, 4), "day")),
        ("2013-06-01T23:38:21Z", UNSTATED, (date(2013, 6, 1), "day")),
        ("20260131", UNSTATED, (date(2026, 1, 31), "day")),
        ("2026-03", UNSTATED, (date(2026, 3, 1), "month")),
        ("1987", UNSTATED, (date(1987, 1, 1), "year")),
        ("1987", DateStyle(("year",)), (date(1987, 1, 1), "year")),
        ("46082", DateStyle(("excel",)), (date(2026, 3, 1), "day")),
        ("05.2019", DateStyle(("%m.%Y",)), (date(2019, 5, 1), "month")),
        ("31.01.2026", DateStyle(("iso", "%d.%m.%Y")), (date(2026, 1, 31), "day")),
    ],
)
def test_dates_are_read_with_their_precision(text, style, found):
    assert read_date(text, style) == found


@pytest.mark.parametrize(
    ("text", "style", "why"),
    [
        ("1-2-2026", UNSTATED, "ambiguous"),
        ("31/12/26", UNSTATED, "ambiguous"),
        ("2026-02-29", UNSTATED, "no date that exists"),
        ("12-31-2026", DAY_FIRST, "no date that exists"),
        ("00-00-0000", UNSTATED, "no date that exists"),
        ("0206-01-01", UNSTATED, "1950 to 2100"),
        ("9999-12-31", UNSTATED, "1950 to 2100"),
        ("soon", UNSTATED, "not a date"),
        ("31-12-2026", DateStyle(("iso",)), "in the form iso"),
    ],
)
def test_what_is_no_date_is_told(text, style, why):
    with pytest.raises(BadValue, match=why):
        read_date(text, style)


@pytest.mark.parametrize("text", ["2099-12-31", "9999-01-01", "1900-01-01", "2100"])
def test_placeholders_are_no_date(text):
    assert read_date(text, DateStyle(placeholder_through=1900, placeholder_from=2099)) is None


@given(
    st.dates(min_value=date(1950, 1, 1), max_value=date(2100, 12, 31)),
    st.sampled_from(["%d-%m-%Y", "%m/%d/%Y", "%Y-%m-%d", "%d.%m.%Y", "%d %B %Y"]),
)
def test_what_a_format_writes_is_read_back(day, form):
    assert read_date(day.strftime(form), DateStyle((form,))) == (day, "day")


@given(st.text(max_size=20) | st.from_regex(r"\d{1,4}[-/. ]\d{1,4}([-/. ]\d{1,4})?", fullmatch=True))
def test_any_text_is_a_date_or_a_bad_value(text):
    for style in (UNSTATED, DAY_FIRST, DateStyle(("excel", "%d-%m-%Y"))):
        try:
            found = read_date(text, style)
            assert found and 1950 <= found[0].year <= 2100
        except BadValue:
            pass
