"""The pages: what each role finds, what wrong input says, and that nothing slips through the door."""

import re
from datetime import date, timedelta
from io import BytesIO

import pytest
from django.urls import reverse
from python_calamine import CalamineWorkbook

from core.clock import today
from installed_base.models import Level, Term
from playbooks.models import Firing, Note, Release, Task
from renewals.models import Renewal
from tests import cast
from tests.renewals.book import task
from tests.renewals.pages import QUEUE, file_of, standing, text_of


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


# Roles.


@pytest.mark.parametrize("role", ["technician", "marketing", "operations"])
def test_who_sees_no_prices_finds_no_page(client, team, mila, role):
    row = standing(mila)
    client.force_login(cast.person("reader", role, team))
    for address in (QUEUE, f"{QUEUE}{row.pk}/", f"{QUEUE}export/"):
        assert client.get(address).status_code == 404


def test_nobody_signed_in_is_asked_who_they_are(client, mila):
    row = standing(mila)
    for address in (QUEUE, f"{QUEUE}{row.pk}/", f"{QUEUE}export/"):
        answer = client.get(address)
        assert (answer.status_code, answer.url.split("?")[0]) == (302, reverse("account_login"))


@pytest.mark.parametrize(
    ("role", "fields"), [("cs_manager", 0), ("sales", 0), ("executive", 0), ("team_lead", 1), ("administrator", 1)]
)
def test_each_role_reads_and_those_who_may_write_find_fields(client, team, mila, role, fields):
    row = standing(mila)
    client.force_login(cast.person("reader", role, team))
    queue, detail = client.get(QUEUE).content.decode(), client.get(f"{QUEUE}{row.pk}/").content.decode()
    assert "Van Houten Bakkerijen" in queue and "Van Houten Bakkerijen" in detail
    assert queue.count('name="next_step"') == detail.count('name="next_step"') == fields
    assert queue.count("data-pick ") == fields


def test_a_foreign_renewal_is_as_if_it_were_not_there(page, mila):
    foreign = standing(cast.person("far", team=cast.pool("South")), "Elsewhere BV")
    mine = standing(mila)
    assert "Elsewhere" not in page.get(QUEUE).content.decode()
    assert b"Elsewhere" not in file_of(page.get(f"{QUEUE}export/"))
    missing = page.get(f"{QUEUE}999999/")
    assert page.get(f"{QUEUE}{foreign.pk}/").status_code == missing.status_code == 404
    for verb in ("work", "note", "renewed", "lost", "reopen", "wake"):
        assert page.post(f"{QUEUE}{foreign.pk}/{verb}/").status_code == 404
    for act in ("assign", "move", "snooze", "wake", "export"):
        answer = page.post(f"{QUEUE}act/", {"act": act, "pick": [mine.pk, foreign.pk]})
        assert answer.status_code == 404
    assert not Renewal.objects.exclude(version=1).exists()


# The queue.


def test_the_head_says_what_to_do_first(page, mila):
    standing(mila, annual=214000)
    standing(mila, "Frisse Start", days=-12, annual=27500)
    said = text_of(page.get(QUEUE))
    assert "2 open renewals, €241,500 a year. Start with Van Houten Bakkerijen : €214,000, 58 days left." in said
    assert "€27,500 no score" in said


def test_the_rows_say_how_the_contract_ends(page, mila):
    standing(mila, "Fixed")
    standing(mila, "Tacit", days=70, tacit_months=12, notice_days=30)
    gone = standing(mila, "Gone")
    Term.objects.filter(pk=gone.term_id).update(notice_received_on=today())
    said = text_of(page.get(QUEUE))
    assert re.search(r"ends \d+ \w+ \d{4} by itself", said)
    assert re.search(r"continues \d+ \w+ \d{4} unless cancelled by \d+ \w+", said)
    assert re.search(r"cancelled ends \d+ \w+ \d{4}", said)


def test_an_empty_queue_says_what_to_do(page, mila):
    assert "Import your contracts" in text_of(page.get(QUEUE))
    standing(mila)
    assert "Nothing in this view" in text_of(page.get(QUEUE + "?bucket=overdue"))
    Renewal.objects.update(decided_on=date(2020, 1, 1), outcome="renewed")
    assert "No contract has to be decided before" in text_of(page.get(QUEUE))


@pytest.mark.parametrize(
    "query", ["owner=abc", "bucket=zz", "sort=password", "show=x", "health=purple", "level=%00", "owner=9" + "9" * 40]
)
def test_what_is_not_understood_is_left_out_and_named(page, mila, query):
    standing(mila)
    answer = page.get(f"{QUEUE}?{query}")
    assert answer.status_code == 200
    name = query.partition("=")[0]
    assert f"Not understood and left out: {name}" in text_of(answer)
    assert "Van Houten Bakkerijen" in text_of(answer)


def test_filters_narrow_and_stay_in_the_links(page, mila):
    level = Level.objects.create(key="basic", name="Basic", rung=1)
    standing(mila, level=level)
    standing(mila, "Frisse Start", days=-12)
    answer = page.get(f"{QUEUE}?level={level.pk}&country=NL")
    assert "Frisse Start" not in text_of(answer)
    assert f"level={level.pk}&amp;country=NL&amp;bucket=t60" in answer.content.decode()
    assert "Nothing in this view" in text_of(page.get(f"{QUEUE}?health=red"))


@pytest.mark.parametrize("count", [1, 3, 60])
def test_the_page_asks_the_same_questions_however_many_rows(page, mila, count, django_assert_num_queries):
    for number in range(count):
        standing(mila, f"Account {number}", days=number)
    page.get(QUEUE)
    # the opening; then the overview with the tiers, the rows, scores, the menus, the saved views.
    with django_assert_num_queries(6):
        page.get(QUEUE)


def test_sixty_rows_are_two_pages(page, mila):
    for number in range(60):
        standing(mila, f"Account {number:02}", days=number)
    first = page.get(QUEUE + "?sort=days")
    older = re.search(r'rel="next" href="([^"]+)"', first.content.decode()).group(1).replace("&amp;", "&")
    second = page.get(QUEUE + older)
    rows = [set(re.findall(r'id="renewal-(\d+)"', p.content.decode())) for p in (first, second)]
    assert (len(rows[0]), len(rows[1]), rows[0] & rows[1]) == (50, 10, set())
    assert "sort=days" in older


def test_a_past_day_is_read_only(page, mila):
    standing(mila, opened_on=today() - timedelta(days=30))
    answer = page.get(f"{QUEUE}?as_of={today() - timedelta(days=10)}")
    assert "Van Houten Bakkerijen" in text_of(answer) and "read only" in text_of(answer)
    assert 'name="next_step"' not in answer.content.decode()
    assert "68" in re.search(r'class="days">(\d+)', answer.content.decode()).group(1)
    assert "Van Houten" not in text_of(page.get(f"{QUEUE}?as_of={today() - timedelta(days=40)}"))


@pytest.mark.parametrize("asked", ["tomorrow", "2026-02-30", "9999-01-01"])
def test_a_day_that_is_none_shows_today_and_says_so(page, mila, asked):
    standing(mila)
    answer = page.get(f"{QUEUE}?as_of={asked}")
    assert "this is today" in text_of(answer)
    assert 'name="next_step"' in answer.content.decode()


def test_the_dutch_page(client, mila):
    standing(mila)
    mila.language = "nl"
    mila.save()
    client.force_login(mila)
    answer = client.get(QUEUE)
    assert answer.headers["Content-Language"] == "nl"
    assert "€ 12.000" in text_of(answer)


# Exports.


def test_exports_carry_the_filtered_list_and_no_formula(page, mila):
    standing(mila, '=HYPERLINK("http://x")', next_step="@SUM(A1)", next_step_on=date(2026, 12, 1))
    standing(mila, "Overdue BV", days=-3)
    lines = file_of(page.get(f"{QUEUE}export/?bucket=t60")).decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert "\"'=HYPERLINK(" in lines[1] and "'@SUM(A1)" in lines[1]
    book = CalamineWorkbook.from_filelike(BytesIO(file_of(page.get(f"{QUEUE}export/?format=xlsx"))))
    rows = book.get_sheet_by_index(0).to_python()
    assert [row[1] for row in rows] == ["Account", "Overdue BV", '\'=HYPERLINK("http://x")']
    assert rows[1][10] == 12000
    assert page.get(f"{QUEUE}export/?format=exe").status_code == 404


# Working.


def body(row, **values):
    return {"stage": "quote_sent", "next_step": "Call", "next_step_on": "2026-12-01", "version": row.version} | values


def test_an_edit_in_place_answers_with_the_new_version(page, mila):
    row = standing(mila)
    answer = page.post(f"{QUEUE}{row.pk}/progress/", body(row), headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert f'id="version-{row.pk}" value="2"' in answer.content.decode()
    row.refresh_from_db()
    assert (row.stage, row.next_step) == ("quote_sent", "Call")


def test_without_scripts_it_goes_back_to_the_list_with_its_filters(page, mila):
    row = standing(mila)
    answer = page.post(f"{QUEUE}{row.pk}/progress/", body(row, next="/renewals/?bucket=t60"))
    assert (answer.status_code, answer.url) == (302, "/renewals/?bucket=t60")
    assert page.post(f"{QUEUE}{row.pk}/progress/", body(row, version=2, next="//evil.example")).url == QUEUE


def test_two_editors_and_the_second_is_told(page, mila):
    row = standing(mila)
    page.post(f"{QUEUE}{row.pk}/progress/", body(row))
    late = page.post(f"{QUEUE}{row.pk}/progress/", body(row, next_step="Mine"), headers={"HX-Request": "true"})
    assert late.status_code == 422
    assert late.content.decode().startswith("mila changed this renewal meanwhile.")
    plain = page.post(f"{QUEUE}{row.pk}/progress/", body(row, next_step="Mine"))
    assert plain.status_code == 422
    assert 'value="Mine"' in plain.content.decode() and "Now it says: Quote sent; Call;" in text_of(plain)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"next_step": "x" * 241}, "240 characters"),
        ({"next_step_on": "soon"}, "valid date"),
        ({"stage": "won"}, "valid choice"),
        ({"next_step": "", "next_step_on": "2026-12-01"}, "belongs to this date"),
    ],
)
def test_wrong_input_keeps_what_was_typed(page, mila, wrong, said):
    row = standing(mila)
    answer = page.post(f"{QUEUE}{row.pk}/progress/", body(row, **wrong))
    assert answer.status_code == 422
    assert said in text_of(answer)
    assert f'value="{wrong.get("next_step", "Call")}"' in answer.content.decode() or not wrong.get("next_step", "Call")
    row.refresh_from_db()
    assert row.version == 1


def test_acting_on_many_asks_then_does(page, mila, team):
    rows = [standing(mila, f"A{n}", next_step="Call") for n in range(3)]
    picks = {"pick": [r.pk for r in rows], "next": "/renewals/?show=mine"}
    asked = page.post(f"{QUEUE}act/", {"act": "snooze", **picks})
    assert "Snooze 3 renewals" in text_of(asked)
    wrong = page.post(
        f"{QUEUE}act/", {"act": "snooze", **picks, "confirmed": 1, "reason": "Plant closes", "until": today()}
    )
    assert (wrong.status_code, "Choose a day after today." in text_of(wrong)) == (422, True)
    assert 'value="Plant closes"' in wrong.content.decode()
    until = today() + timedelta(days=30)
    done = page.post(f"{QUEUE}act/", {"act": "snooze", **picks, "confirmed": 1, "reason": "Closed", "until": until})
    assert (done.status_code, done.url) == (302, "/renewals/?show=mine")
    assert Renewal.objects.filter(snoozed_until=until, snoozed_reason="Closed").count() == 3
    page.post(f"{QUEUE}act/", {"act": "wake", **picks})
    assert not Renewal.objects.filter(snoozed_until__isnull=False).exists()
    page.post(f"{QUEUE}act/", {"act": "move", **picks, "confirmed": 1, "next_step_on": until})
    page.post(f"{QUEUE}act/", {"act": "assign", **picks, "confirmed": 1, "owner": team.owner.pk})
    assert Renewal.objects.filter(next_step_on=until, owner=team.owner).count() == 3


@pytest.mark.parametrize("picks", [[], ["x"], ["1" * 30], ["-1"]])
def test_no_choice_or_nonsense_changes_nothing(page, mila, picks):
    standing(mila)
    answer = page.post(f"{QUEUE}act/", {"act": "snooze", "pick": picks})
    assert (answer.status_code, answer.url) == (302, QUEUE)


def test_an_unknown_verb_and_a_get_do_nothing(page, mila):
    row = standing(mila)
    assert page.post(f"{QUEUE}act/", {"act": "delete", "pick": [row.pk]}).status_code == 404
    assert page.get(f"{QUEUE}act/").status_code == 405


# One renewal.


def test_the_page_says_when_the_contract_ends_in_exact_words(page, mila):
    row = standing(mila, days=58, tacit_months=12, notice_days=30)
    said = text_of(page.get(f"{QUEUE}{row.pk}/"))
    ends, last = row.ends_on, row.decides_on
    assert f"Contract ends on {ends.day} {ends:%B %Y}, last day to cancel {last.day} {last:%B %Y} ." in said
    assert "health unknown: listed," in said and "opens nothing" in said


def test_tasks_hang_under_their_milestone_and_firings_say_why(page, mila):
    row = standing(mila)
    due = row.decides_on - timedelta(days=90)
    firing = Firing.objects.create(
        rule="renewal.T-90",
        subject_kind="term",
        subject_id=row.term_id,
        occurrence_key=f"T1.M90@{row.decides_on}",
        account=row.account,
        state="fired",
        due_on=due,
        on=due + timedelta(days=2),
        facts={"decides_on": str(row.decides_on)},
    )
    release = Release.objects.create(play=row.play, firing=firing, milestone="T-90", released_on=due)
    task(row, "Review the customer's health", release=release, step="a", due_on=due, done_on=due, done_by=mila)
    task(row, "Call: the contract ends", release=release, step="b", due_on=due)
    said = text_of(page.get(f"{QUEUE}{row.pk}/"))
    assert "1 step to do, 1 late" in said
    assert "Why did this fire?" in said and "seen 2 days later" in said and "version 1" in said


@pytest.mark.parametrize("tasks", [1, 3, 30])
def test_the_detail_asks_the_same_questions_whatever_hangs_on_it(page, mila, tasks, django_assert_num_queries):
    row = standing(mila)
    for number in range(tasks):
        task(row, f"Task {number}")
        cast.cover(row.term, cast.asset(row.account, date(2015, 1, 1)))
        Note.objects.create(
            account=row.account, subject_kind="renewal", subject_id=row.pk, on=today(), by=mila, text="x"
        )
    page.get(f"{QUEUE}{row.pk}/")
    # the opening; renewal, tasks, firings, health, machines, quotes, trail.
    with django_assert_num_queries(8):
        page.get(f"{QUEUE}{row.pk}/")


def test_the_history_says_who_changed_what(page, mila):
    row = standing(mila)
    page.post(f"{QUEUE}{row.pk}/progress/", body(row))
    said = text_of(page.get(f"{QUEUE}{row.pk}/"))
    assert "Changed mila Stage: To start → Quote sent Next step: none → Call" in said


def test_a_conversation_is_written_down(page, mila):
    row = standing(mila)
    assert page.post(f"{QUEUE}{row.pk}/note/", {"text": " "}).status_code == 422
    answer = page.post(f"{QUEUE}{row.pk}/note/", {"text": "<b>They are content</b>", "next": f"{QUEUE}{row.pk}/"})
    assert answer.url == f"{QUEUE}{row.pk}/#history"
    assert "&lt;b&gt;They are content&lt;/b&gt;" in page.get(f"{QUEUE}{row.pk}/").content.decode()


@pytest.mark.parametrize(
    ("role", "said"),
    [
        ("cs_manager", "Call, Ilse Brouwer mila They ask for two years."),
        ("executive", "Call, Management mila Not shown to your role: it may name people."),
    ],
)
def test_a_call_about_it_stands_in_its_history(client, team, mila, role, said):
    row = standing(mila)
    ilse = cast.contact(row.account, "management", name="Ilse Brouwer")
    about = {"subject_kind": "renewal", "subject_id": row.pk, "by": mila}
    cast.moment(row.account, today(), ilse, note="They ask for two years.", **about)
    cast.moment(row.account, today(), note="About something else.")
    client.force_login(cast.person("reader", role, team))
    told = text_of(client.get(f"{QUEUE}{row.pk}/"))
    assert said in told and "About something else" not in told


def test_what_is_decided_is_neither_late_nor_to_be_fixed_first(page, mila):
    row = standing(mila, days=-40)
    Renewal.objects.filter(pk=row.pk).update(decided_on=today() - timedelta(days=45), outcome="renewed")
    cast.answer(row.account, today(), 1)
    told = text_of(page.get(f"{QUEUE}{row.pk}/"))
    assert "Health today" in told and "days late" not in told and "ix first" not in told


def signing(row, **values):
    return {"months": 12, "annual_value": "12600", "signed_on": today(), "version": row.version, "sign": 1} | values


def test_the_next_term_is_signed_only_as_it_was_shown(page, mila):
    row = standing(mila)
    starts = row.ends_on + timedelta(days=1)
    shown = page.get(f"{QUEUE}{row.pk}/renewed/")
    assert f"{starts.day} {starts:%B %Y} to" in text_of(shown)
    unseen = page.post(f"{QUEUE}{row.pk}/renewed/", signing(row))
    assert "changed since you saw it" in text_of(unseen) and "+5.0%" in text_of(unseen)
    assert Term.objects.count() == 1
    seal = re.search(r'name="shown" value="([^"]+)"', unseen.content.decode()).group(1)
    done = page.post(f"{QUEUE}{row.pk}/renewed/", signing(row, shown=seal))
    assert (done.status_code, done.url) == (302, f"{QUEUE}{row.pk}/")
    assert Term.objects.get(starts_on=starts).annual_value == 12600
    row.refresh_from_db()
    assert "Take the decision back" in text_of(page.get(f"{QUEUE}{row.pk}/"))
    page.post(f"{QUEUE}{row.pk}/reopen/", {"version": row.version})
    assert Term.objects.count() == 1


@pytest.mark.parametrize(
    "wrong", [{"months": 0}, {"months": "x"}, {"annual_value": "-1"}, {"signed_on": "2999-01-01"}, {"months": 10**9}]
)
def test_a_wrong_term_is_refused_with_a_sentence(page, mila, wrong):
    row = standing(mila)
    answer = page.post(f"{QUEUE}{row.pk}/renewed/", signing(row, **wrong))
    assert answer.status_code == 422
    assert 'class="field-error"' in answer.content.decode()
    assert Term.objects.count() == 1


def test_lost_asks_for_reason_and_note(page, mila):
    row = standing(mila)
    empty = page.post(f"{QUEUE}{row.pk}/lost/", {"reason": "", "note": "too dear", "version": 1})
    assert empty.status_code == 422 and "too dear" in empty.content.decode()
    page.post(f"{QUEUE}{row.pk}/lost/", {"reason": "price", "note": "too dear", "version": 1})
    row.refresh_from_db()
    assert (row.outcome, row.reason, row.outcome_note) == ("lost", "price", "too dear")
    assert "Price . too dear" in text_of(page.get(f"{QUEUE}{row.pk}/"))


# Many at once: all or nothing, and back again.


def chosen(rows, act, **values):
    seen = [f"{r.pk}:{Renewal.objects.get(pk=r.pk).version}" for r in rows]
    return {"act": act, "pick": [r.pk for r in rows], "seen": seen, "confirmed": 1} | values


def test_a_row_that_changed_meanwhile_stops_all_and_is_named(page, mila):
    rows = [standing(mila, f"A{n}", next_step="Call") for n in range(3)]
    said = chosen(rows, "move", next_step_on="2026-12-24")
    Renewal.objects.filter(pk=rows[1].pk).update(version=5)
    answer = page.post(f"{QUEUE}act/", said)
    assert answer.status_code == 422
    assert f"A1, {rows[1].term.contract} was changed meanwhile." in text_of(answer)
    assert "A0," not in text_of(answer)
    assert not Renewal.objects.filter(next_step_on__isnull=False).exists()
    assert f'name="seen" value="{rows[1].pk}:5"' in answer.content.decode(), "what stands there now counts next time"


def test_rows_that_cannot_be_done_are_named_before_anything_is_asked(page, mila, team):
    Renewal.objects.filter(pk=(over := standing(mila, "Over")).pk).update(decided_on=today(), outcome="renewed")
    colleague = standing(cast.person("carl", team=team), "Carl's")
    rows = [standing(mila, "Mine", next_step="Call"), over, colleague]
    for act, values in (("assign", {"owner": team.owner.pk}), ("move", {"next_step_on": "2026-12-24"}), ("wake", {})):
        answer = page.post(f"{QUEUE}act/", chosen(rows, act, **values), follow=True)
        said = text_of(answer)
        assert f"Over, {over.term.contract} was decided on" in said
        assert "Carl&#x27;s" in answer.content.decode() and "belongs to somebody else" in said
    assert not Renewal.objects.exclude(version=1).exists()


def test_a_date_without_a_step_names_the_rows_without_one(page, mila):
    rows = [standing(mila, "Planned", next_step="Call"), standing(mila, "Bare")]
    answer = page.post(f"{QUEUE}act/", chosen(rows, "move", next_step_on="2026-12-24"))
    assert f"Bare, {rows[1].term.contract} has no next step yet" in text_of(answer)
    assert not Renewal.objects.filter(next_step_on__isnull=False).exists()


def facts():
    fields = ("pk", "owner_id", "play__owner_id", "next_step_on", "snoozed_until", "snoozed_reason")
    return list(Renewal.objects.order_by("pk").values_list(*fields)), list(
        Task.objects.order_by("pk").values_list("pk", "owner_id")
    )


@pytest.mark.parametrize(
    ("act", "values"),
    [
        ("assign", {}),
        ("move", {"next_step_on": "2026-12-24"}),
        ("snooze", {"until": "2999-01-01", "reason": "Plant closes"}),
        ("wake", {}),
    ],
)
def test_an_act_is_taken_back_whole(page, mila, team, act, values):
    rows = [standing(mila, f"A{n}", next_step="Call", next_step_on=date(2026, 12, n + 1)) for n in range(3)]
    Renewal.objects.filter(pk=rows[0].pk).update(snoozed_until=date(2998, 1, 1), snoozed_reason="Before")
    task(rows[0]), task(rows[1], owner=team.owner)
    before = facts()
    page.post(f"{QUEUE}act/", chosen(rows, act, **({"owner": team.owner.pk} if act == "assign" else {}), **values))
    assert facts() != before
    assert 'action="/renewals/act/undo/"' in page.get(QUEUE).content.decode()
    answer = page.post(f"{QUEUE}act/undo/", follow=True)
    assert "as they were" in text_of(answer)
    assert facts() == before
    assert "There is nothing to take back." in text_of(page.post(f"{QUEUE}act/undo/", follow=True))


def test_what_somebody_changed_since_is_not_taken_back(page, mila, team):
    rows = [standing(mila, f"A{n}") for n in range(2)]
    page.post(f"{QUEUE}act/", chosen(rows, "assign", owner=team.owner.pk))
    Renewal.objects.filter(pk=rows[1].pk).update(version=3)
    answer = page.post(f"{QUEUE}act/undo/", follow=True)
    assert f"A1, {rows[1].term.contract} was changed meanwhile and stays as it is." in text_of(answer)
    assert Renewal.objects.filter(owner=team.owner).count() == 2
