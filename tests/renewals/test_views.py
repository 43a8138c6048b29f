"""Saved views: a name for the filters in the address, for oneself or for a team; and the files of a view."""

import csv
from datetime import date, timedelta
from io import BytesIO

import pytest
from python_calamine import CalamineWorkbook

from core.clock import today
from core.models import SavedView
from core.saved_views import MOST, ViewRefused, change_view, delete_view, save_view, views_of
from playbooks.models import Firing, Release
from tests import cast
from tests.renewals.book import task
from tests.renewals.pages import QUEUE, file_of, standing, text_of

NEW = f"{QUEUE}views/new/"


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


def test_a_view_keeps_what_the_address_asks_and_nothing_else(page, mila):
    standing(mila, days=-3)
    answer = page.post(f"{NEW}?sort=days&bucket=overdue&cursor=abc&owner=x&nonsense=1", {"name": "  Late   ones "})
    assert (answer.status_code, answer.url) == (302, f"{QUEUE}?bucket=overdue&sort=days")
    view = SavedView.objects.get()
    assert (view.name, view.query, view.owner, view.team) == ("Late ones", "bucket=overdue&sort=days", mila, None)
    shown = page.get(f"{QUEUE}?sort=days&bucket=overdue").content.decode()
    assert '<a class="chip chip-saved" href="?bucket=overdue&amp;sort=days" aria-current="true">Late ones</a>' in shown
    other = page.get(QUEUE).content.decode()
    assert 'href="?bucket=overdue&amp;sort=days">Late ones</a>' in other
    assert "Save this view" not in other, "there is nothing to keep"


def test_a_shared_view_shows_each_their_own_rows(page, client, mila, team):
    standing(mila, "Mila's", days=-3)
    page.post(f"{NEW}?bucket=overdue", {"name": "Late", "team": team.pk})
    far = cast.pool("South")
    stranger, colleague = cast.person("far", team=far), cast.person("carl", team=team)
    standing(stranger, "Far away", days=-3)
    client.force_login(stranger)
    assert "chip-saved" not in client.get(QUEUE).content.decode()
    client.force_login(colleague)
    shown = client.get(f"{QUEUE}?bucket=overdue")
    assert "chip-saved" in shown.content.decode() and "Far away" not in text_of(shown)
    assert "Change “Late”" not in text_of(shown), "it is Mila's"
    pk = SavedView.objects.get().pk
    assert client.get(f"{QUEUE}views/{pk}/").status_code == 404
    assert client.post(f"{QUEUE}views/{pk}/delete/").status_code == 404
    assert SavedView.objects.count() == 1


def test_a_view_is_renamed_and_deleted(page, mila):
    page.post(f"{NEW}?bucket=overdue", {"name": "Late"})
    pk = SavedView.objects.get().pk
    assert 'value="Late"' in page.get(f"{QUEUE}views/{pk}/").content.decode()
    assert page.post(f"{QUEUE}views/{pk}/", {"name": "Very late"}).url == f"{QUEUE}?bucket=overdue"
    assert SavedView.objects.get().name == "Very late"
    assert "The view “Very late” is deleted." in text_of(page.post(f"{QUEUE}views/{pk}/delete/", follow=True))
    assert not SavedView.objects.exists()


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"name": " "}, "required"),
        ({"name": "x" * 61}, "60 characters"),
        ({"name": "late"}, "You already have a view called “late”."),
        ({"name": "Other", "team": "999"}, "valid choice"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(page, mila, said, why):
    save_view(user=mila, page="renewals:queue", name="Late", query="")
    answer = page.post(f"{NEW}?bucket=overdue", said)
    assert answer.status_code == 422
    assert why in text_of(answer).replace("&#x27;", "'")
    assert SavedView.objects.count() == 1


def test_the_actions_ask_again(mila, team):
    view = save_view(user=mila, page="p", name="Late", query="a=b", team=team)
    carl = cast.person("carl", team=team)
    for act in (lambda: change_view(view=view, user=carl, name="Mine"), lambda: delete_view(view=view, user=carl)):
        with pytest.raises(ViewRefused, match="somebody else"):
            act()
    with pytest.raises(ViewRefused, match="your own teams"):
        save_view(user=mila, page="p", name="Far", query="", team=cast.pool("South"))
    SavedView.objects.bulk_create(SavedView(owner=mila, page="p", name=f"v{n}") for n in range(MOST - 1))
    with pytest.raises(ViewRefused, match="Delete one first"):
        save_view(user=mila, page="p", name="One more", query="")
    assert [v.name for v in views_of(carl, "p")] == ["Late"]
    assert [v.name for v in views_of(mila, "other")] == []


@pytest.mark.parametrize("role", ["technician", "marketing", "operations"])
def test_who_sees_no_queue_keeps_no_views(client, team, role):
    client.force_login(cast.person("reader", role, team))
    assert client.post(NEW, {"name": "Late"}).status_code == 404
    assert not SavedView.objects.exists()


# Months and late steps.


def month_of(row):
    return f"{row.decides_on:%Y-%m}"


def test_a_month_shows_what_is_decided_in_it(page, mila):
    soon, later = standing(mila, "Soon", days=10), standing(mila, "Later", days=80)
    said = text_of(page.get(f"{QUEUE}?month={month_of(later)}"))
    assert "Later" in said and "Soon" not in said
    assert f"{later.decides_on:%B %Y}" in said
    past = text_of(page.get(f"{QUEUE}?month={month_of(later)}&as_of={today() - timedelta(days=1)}"))
    assert "Later" in past and "Soon" not in past
    for wrong in ("2027-13", "soon", "2027", "0000-01", "2027-03-01"):
        answer = page.get(f"{QUEUE}?month={wrong}")
        assert "Not understood and left out: month" in text_of(answer) and "Soon" in text_of(answer), wrong
    assert soon.pk


def test_late_steps_and_late_starts_open_their_rows(page, mila):
    standing(mila, "On time", next_step="Call", next_step_on=today())
    standing(mila, "Late step", next_step="Call", next_step_on=today() - timedelta(days=1))
    task(standing(mila, "Late task"), due_on=today() - timedelta(days=1))
    task(standing(mila, "Done task"), due_on=today() - timedelta(days=9), done_on=today(), done_by=mila)
    standing(mila, "Late start", late_days=4)
    row = standing(mila, "Late milestone")
    day = today() - timedelta(days=9)
    firing = Firing.objects.create(
        rule="renewal.T-60", subject_kind="term", subject_id=1, occurrence_key="x", account=row.account,
        state="fired", due_on=day, on=today(),
    )  # fmt: skip
    Release.objects.create(play=row.play, firing=firing, milestone="T-60", released_on=today(), late_days=9)
    names = ["On time", "Late step", "Late task", "Done task", "Late start", "Late milestone"]

    def shown(query):
        said = text_of(page.get(f"{QUEUE}?{query}"))
        return [n for n in names if f" {n} Veghel" in said]

    assert shown("only=step_late") == ["Late step", "Late task"]
    assert shown("only=started_late") == ["Late start", "Late milestone"]
    assert shown("") == names
    past = page.get(f"{QUEUE}?only=step_late&as_of={today() - timedelta(days=1)}")
    assert "How late a step was is not kept by day" in text_of(past)


# Files.


def test_the_files_are_the_view_with_numbers_and_dates(page, mila):
    row = standing(mila, "Late BV", days=-3, annual="12000.50", next_step="-1+2", next_step_on=date(2026, 12, 1))
    standing(mila, "Elsewhere", days=-4, country="DE")
    standing(mila, "Soon")
    query = "bucket=overdue&country=NL"
    lines = list(csv.reader(file_of(page.get(f"{QUEUE}export/?{query}")).decode("utf-8-sig").splitlines()))
    assert [line[1] for line in lines] == ["Account", "Late BV"]
    assert lines[1][8] == row.decides_on.isoformat() and lines[1][10] == "12000.50" and lines[1][16] == "'-1+2"
    answer = page.get(f"{QUEUE}export/?{query}&format=xlsx")
    cells = CalamineWorkbook.from_filelike(BytesIO(file_of(answer))).get_sheet_by_index(0).to_python()
    assert [line[1] for line in cells] == ["Account", "Late BV"]
    assert (cells[1][8], cells[1][9], cells[1][10]) == (row.decides_on, -3, 12000.5)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_file_is_sent_in_parts_and_asks_as_much_for_many_rows(page, mila, kind, django_assert_num_queries):
    for number in range(30):
        standing(mila, f"A{number}", days=number)
    b"".join(page.get(f"{QUEUE}export/?format={kind}").streaming_content)  # what a process reads once
    with django_assert_num_queries(3):  # the opening, the rows, their health
        answer = page.get(f"{QUEUE}export/?format={kind}")
        assert answer.streaming
        assert len(file_of(answer)) > 1000


def test_a_file_speaks_the_language_of_its_reader(page, mila):
    mila.language = "nl"
    mila.save()
    standing(mila, days=-3)
    lines = list(csv.reader(file_of(page.get(f"{QUEUE}export/")).decode("utf-8-sig").splitlines()))
    assert lines[1][15] == "Te beginnen"
