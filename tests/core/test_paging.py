"""Cursor pages: every row once, forwards and back, whatever the order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from core.models import Team
from core.paging import page_of


class Pages(TestCase):
    @given(
        st.lists(st.sampled_from("abc"), max_size=12),
        st.integers(1, 5),
        st.sampled_from([("name", "pk"), ("-name", "pk")]),
    )
    def test_forwards_and_back_give_every_row_once(self, names, size, keys):
        Team.objects.bulk_create(Team(name=f"{name}{place}") for place, name in enumerate(names))
        rows = Team.objects.all()
        whole = list(rows.order_by(*keys))
        seen, pages, page = [], [], page_of(rows, keys, size=size)
        while True:
            seen += page.rows
            pages.append([row.pk for row in page.rows])
            if not page.older:
                break
            page = page_of(rows, keys, cursor=page.older, size=size)
        assert seen == whole
        for earlier in reversed(pages[:-1]):
            page = page_of(rows, keys, cursor=page.newer, size=size)
            assert [row.pk for row in page.rows] == earlier
        assert page.newer == ""


@pytest.mark.django_db
@pytest.mark.parametrize("cursor", ["", "x", "%%", "W10", "bnVsbA", "WzEsMiwzXQ", "W2ZhbHNlLCJhIiwie30iXQ", "é"])
def test_a_cursor_nobody_gave_out_shows_the_first_page(cursor):
    team = Team.objects.create(name="North")
    assert page_of(Team.objects.all(), ("name", "pk"), cursor=cursor).rows == [team]
