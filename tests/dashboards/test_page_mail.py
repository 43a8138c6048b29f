"""Pages by mail: made once a period, told to each receiver as they may see it, paused, stopped, refused."""

import re
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.core.cache import cache
from django.db.models.functions import Now
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries

from core import clock
from core.models import Organisation, Outbox, PageSubscription, Role, User
from core.outbox import relay
from core.page_mail import PageRefused, post_pages, subscription_behind, token_of
from core.saved_views import save_view
from core.subscribing import MOST, change_subscription, pause_subscription, resume_subscription, subscribe
from core.tasks import ring_pages
from dashboards.papers import mailing
from tests import cast
from tests.renewals.pages import standing

pytestmark = pytest.mark.django_db
# A Friday, and the Monday after it.
FRIDAY, MONDAY = date(2026, 11, 20), date(2026, 11, 23)
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def house(monkeypatch: pytest.MonkeyPatch) -> None:
    cache.clear()
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")
    monkeypatch.setattr(mailing, "pdf_of", lambda paper: b"%PDF " + paper.title.encode())


def person(name: str, role: str = Role.EXECUTIVE, **values: Any) -> User:
    user = cast.person(name, role, values.pop("team", None))
    for key, value in ({"language": "en"} | values).items():
        setattr(user, key, value)
    user.save()
    return user


@pytest.fixture
def elke() -> User:
    return person("elke")


def order(by: User, *receivers: User, page: str = "bowtie", rhythm: str = "weekly", **values: Any) -> PageSubscription:
    weekday = 1 if rhythm == "weekly" else None
    said = {"page": page, "rhythm": rhythm, "weekday": weekday, "on": FRIDAY} | values
    return subscribe(receivers=receivers or (by,), by=by, **said)[0]


def a_base() -> None:
    for owner in ("north", "south"):
        at = cast.account(owner=cast.person(owner, team=cast.pool(owner.title())), country="NL")
        cast.asset(at, date(2015, 1, 1))
        cast.posted(at, date(2025, 6, 1), 100, "service_contract")
        cast.posted(at, date(2026, 6, 1), 120, "service_contract")


def html_of(message: Any) -> str:
    return str(message.alternatives[0][0])


# Once a period.


def test_the_first_mail_comes_on_the_first_due_day_after_the_order(elke: User) -> None:
    row = order(elke)
    assert [post_pages(on=FRIDAY + n * DAY) for n in range(4)] == [0, 0, 0, 1]
    assert relay() == 1
    row.refresh_from_db()
    assert (row.posted_for, row.sent_for, len(mail.outbox)) == (MONDAY, MONDAY, 1)


def test_a_holiday_of_the_organisation_has_no_daily_mail(elke: User) -> None:
    """Christmas Day of 2026 is a Friday; in the Netherlands nobody works, in Qatar everybody does."""
    thursday = date(2026, 12, 24)
    Organisation.objects.update(country="NL")
    order(elke, rhythm="daily", on=thursday - DAY)
    assert [post_pages(on=thursday + n * DAY) for n in range(5)] == [1, 0, 0, 0, 1]
    assert PageSubscription.objects.get().posted_for == date(2026, 12, 28)
    Organisation.objects.update(country="QA")
    PageSubscription.objects.update(posted_for=thursday)
    Outbox.objects.all().delete()
    assert [post_pages(on=thursday + n * DAY) for n in range(5)] == [0, 1, 0, 0, 1]


def test_ringing_again_makes_no_second_mail_of_a_day(elke: User) -> None:
    order(elke)
    assert [post_pages(on=MONDAY) for _ in range(3)] == [1, 0, 0]
    PageSubscription.objects.update(posted_for=None)
    assert post_pages(on=MONDAY) == 0
    relay(), relay()
    assert len(mail.outbox) == 1


def test_a_relay_that_died_before_it_marked_sends_no_second_one(elke: User) -> None:
    order(elke)
    post_pages(on=MONDAY)
    relay()
    Outbox.objects.update(state="pending", next_at=Now(), leased_until=None)
    relay()
    assert len(mail.outbox) == 1


def test_one_that_died_while_sending_sends_again_under_the_same_id(elke: User, monkeypatch: pytest.MonkeyPatch) -> None:
    order(elke)
    post_pages(on=MONDAY)
    sent = []

    def dies(self: Any, *args: Any, **kwargs: Any) -> int:
        sent.append(self.extra_headers["Message-ID"])
        raise OSError("the line is dead")

    with monkeypatch.context() as broken:
        broken.setattr(mailing.EmailMultiAlternatives, "send", dies)
        assert relay() == 0
    assert PageSubscription.objects.get().sent_for is None
    Outbox.objects.update(next_at=Now(), leased_until=None)
    assert relay() == 1
    assert [m.extra_headers["Message-ID"] for m in mail.outbox] == sent


def test_after_ten_missed_days_one_mail_comes(elke: User) -> None:
    order(elke, rhythm="daily")
    assert post_pages(on=MONDAY + 10 * DAY) == 1
    relay()
    assert [m.subject for m in mail.outbox] == ["The bowtie, 3 December 2026"]


def test_of_several_that_waited_for_the_relay_only_the_latest_goes_out(elke: User) -> None:
    order(elke, rhythm="daily")
    assert [post_pages(on=MONDAY + n * DAY) for n in range(3)] == [1, 1, 1]
    relay(), relay()
    assert [m.subject for m in mail.outbox] == ["The bowtie, 25 November 2026"]
    assert not Outbox.objects.filter(state="pending").exists()


def test_nothing_for_those_who_left_or_paused_and_nothing_in_a_paused_installation(elke: User) -> None:
    gone, paused = person("gone"), person("paused")
    for user in (elke, gone, paused):
        order(user)
    User.objects.filter(pk=gone.pk).update(is_active=False)
    pause_subscription(subscription=paused.page_subscriptions.get(), by=paused, on=FRIDAY)
    assert post_pages(on=MONDAY) == 1
    User.objects.filter(pk=elke.pk).update(is_active=False)
    relay()
    assert mail.outbox == []
    with override_settings(PAUSED=True):
        assert ring_pages() == 0


def test_what_fell_into_a_pause_is_not_sent_afterwards(elke: User) -> None:
    row = order(elke)
    pause_subscription(subscription=row, by=elke, on=FRIDAY)
    assert post_pages(on=MONDAY) == 0
    row.refresh_from_db()
    resume_subscription(subscription=row, by=elke, on=MONDAY + DAY)
    assert [post_pages(on=MONDAY + n * DAY) for n in (1, 6, 7)] == [0, 0, 1]


def test_another_rhythm_counts_from_the_day_of_the_change(elke: User) -> None:
    row = order(elke)
    change_subscription(subscription=row, rhythm="monthly", weekday=None, by=elke, on=MONDAY)
    assert [post_pages(on=day) for day in (MONDAY, date(2026, 11, 30), date(2026, 12, 1))] == [0, 0, 1]


# What it says, to whom.


def test_the_figures_stand_in_the_mail_and_the_page_is_attached(elke: User) -> None:
    a_base()
    order(elke)
    post_pages(on=MONDAY)
    relay()
    message = mail.outbox[0]
    assert (message.to, message.subject) == ([elke.email], "The bowtie, 23 November 2026")
    told = html_of(message)
    for words in ("Net revenue retention", "120%", "On target", "target over 110%"):
        assert words in told and words in message.body
    assert "/metrics/net_revenue_retention/?as_of=2026-11-23" in told
    name, content, kind = message.attachments[0]
    assert (name, content, kind) == ("the-bowtie-2026-11-23.pdf", b"%PDF The bowtie", "application/pdf")
    assert message.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_each_receiver_sees_their_own_part_in_their_own_language(elke: User) -> None:
    a_base()
    team = User.objects.get(username="north").memberships.get().team
    lead = person("lead", Role.TEAM_LEAD, team=team, language="nl")
    ops = person("ilse", Role.OPERATIONS)
    order(elke, elke, lead, ops, page="metric", subject="contracted_value")
    order(elke, elke, lead, ops, page="metric", subject="assets_in_service")
    post_pages(on=MONDAY)
    relay()
    said = {(m.to[0], m.subject): html_of(m) for m in mail.outbox}
    assert len(said) == 6
    machines = {who: found for (who, subject), found in said.items() if "ontract" not in subject}
    assert [re.findall(r'color:inherit">(\d+)</a>', machines[u.email])[0] for u in (elke, lead)] == ["2", "1"]
    assert 'lang="nl"' in machines[lead.email] and "laat je deze pagina sturen" in machines[lead.email]
    assert any(who == ops.email and "€" not in found for (who, subject), found in said.items() if "ontract" in subject)


def test_a_saved_view_of_the_queue_comes_under_its_name(elke: User) -> None:
    mila = person("mila", Role.CS_MANAGER)
    standing(mila, "Near BV")
    save_view(user=mila, page="renewals:queue", name="Mine first", query="show=mine")
    order(mila, page="renewals", query="show=mine&cursor=x", on=clock.today() - 8 * DAY)
    assert post_pages(on=clock.today()) == 1
    relay()
    assert mail.outbox[0].subject.startswith("Renewals: Mine first, ")
    assert "/renewals/?show=mine" in html_of(mail.outbox[0])
    assert "Start with Near BV" in mail.outbox[0].body and "T-60: €12,000, 1 renewal" in mail.outbox[0].body


def test_a_filter_that_is_gone_pauses_it_and_says_so(elke: User) -> None:
    team = cast.pool("Gone")
    order(elke, query=f"team={team.pk}")
    team.owner.delete()
    team.delete()
    post_pages(on=MONDAY)
    relay()
    row = PageSubscription.objects.get()
    assert row.paused_on == MONDAY and "team" in row.problem
    assert mail.outbox[0].subject == "A page by mail stopped" and row.problem in mail.outbox[0].body
    assert post_pages(on=MONDAY + 7 * DAY) == 0


def test_whoever_may_no_longer_open_it_hears_so(elke: User) -> None:
    order(elke, page="cohorts")
    User.objects.filter(pk=elke.pk).update(role=Role.MARKETING)
    post_pages(on=MONDAY)
    relay()
    assert "You may no longer open this page." in mail.outbox[0].body
    assert mail.outbox[0].attachments == []


# What is refused.


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"page": "weather"}, "“weather” is no page that comes by mail. There are: bowtie,"),
        ({"page": "stage", "subject": "moon"}, "“stage moon” is no page that comes by mail."),
        ({"page": "metric", "subject": "luck"}, "“metric luck” is no page"),
        ({"page": "bowtie", "subject": "x"}, "“bowtie x” is no page"),
        ({"query": "team=987"}, 'team: there is no "987".'),
        ({"page": "renewals", "query": "month=yesterday"}, "Not understood: month."),
        ({"rhythm": "hourly"}, "“hourly” is no rhythm. Choose one of: daily, weekly, monthly, quarterly."),
        ({"weekday": None}, "Choose the day of the week on which it comes."),
        ({"weekday": 9}, "Choose the day of the week on which it comes."),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_kept(elke: User, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(PageRefused, match=re.escape(sentence)):
        order(elke, **values)
    assert not PageSubscription.objects.exists()


def test_who_may_not_see_it_gets_nothing_and_nobody_else_either(elke: User) -> None:
    noor, ruud = person("noor", Role.MARKETING), person("ruud", Role.TECHNICIAN)
    with pytest.raises(PageRefused, match=r"noor may not open “Revenue by cohort”, so it cannot be sent there\."):
        order(elke, elke, noor, page="cohorts")
    with pytest.raises(PageRefused, match="ruud may not open “The bowtie”"):
        order(elke, elke, ruud)
    assert not PageSubscription.objects.exists()


def test_only_leads_executives_and_administrators_send_to_others(elke: User) -> None:
    mila = person("mila", Role.CS_MANAGER)
    with pytest.raises(PageRefused, match="Only leads, executives and administrators"):
        order(mila, mila, elke)
    assert order(elke, mila).user == mila


def test_no_address_twice_and_too_many(elke: User) -> None:
    mute = person("mute", email="")
    with pytest.raises(PageRefused, match="mute has no e-mail address on record"):
        order(elke, mute)
    order(elke)
    with pytest.raises(PageRefused, match="elke receives this page already"):
        order(elke, rhythm="daily")
    PageSubscription.objects.bulk_create(
        PageSubscription(user=elke, page="metric", subject=f"m{n}", rhythm="daily", made_on=FRIDAY, since_on=FRIDAY)
        for n in range(MOST - 1)
    )
    with pytest.raises(PageRefused, match=f"elke receives {MOST} pages already"):
        order(elke, page="cohorts")


# The pages.


def test_ordering_on_the_page_for_oneself_and_for_others(client: Client, elke: User) -> None:
    mila = person("mila", Role.CS_MANAGER)
    client.force_login(elke)
    page = client.get("/bowtie/expansion/?segment=small")
    assert 'href="/settings/mail/new/stage/expansion/?segment=small"' in page.content.decode()
    address = "/settings/mail/new/stage/expansion/?segment=small"
    body = {"rhythm": "weekly", "weekday": 3, "receivers": [elke.pk, mila.pk]}
    answer = client.post(address, body, follow=True)
    assert "It goes to 2 people, first on " in answer.content.decode()
    rows = PageSubscription.objects.order_by("user__username")
    assert [(r.user, r.page, r.subject, r.query, r.weekday, r.made_by) for r in rows] == [
        (user, "stage", "expansion", "segment=small", 3, elke) for user in (elke, mila)
    ]
    again = client.post(address, body)
    assert again.status_code == 422 and "receives this page already" in again.content.decode()
    nobody = client.post(address, {"rhythm": "daily"})
    assert "Say who is to receive it." in nobody.content.decode()
    client.force_login(mila)
    assert "To whom" not in client.get("/settings/mail/new/bowtie/").content.decode()
    client.post("/settings/mail/new/bowtie/", {"rhythm": "monthly", "receivers": [elke.pk]})
    assert PageSubscription.objects.get(page="bowtie").user == mila


def test_who_may_not_open_a_page_cannot_order_it(client: Client) -> None:
    client.force_login(person("noor", Role.MARKETING))
    assert [client.get(f"/settings/mail/new/{p}/").status_code for p in ("bowtie", "cohorts", "renewals", "x")] == [
        200, 404, 404, 404,
    ]  # fmt: skip


def test_the_list_changes_pauses_goes_on_and_deletes(client: Client, elke: User) -> None:
    mila = person("mila", Role.CS_MANAGER)
    row, given = order(elke), order(elke, mila)
    client.force_login(elke)
    said = client.get("/settings/mail/").content.decode()
    assert said.count("<tr data-row") == 2 and "What you have sent to others" in said
    here = f"/settings/mail/{row.pk}/"
    assert "Saved." in client.post(here, {"rhythm": "quarterly"}, follow=True).content.decode()
    row.refresh_from_db()
    assert (row.rhythm, row.weekday) == ("quarterly", None)
    assert client.post(here, {"rhythm": "never"}).status_code == 422
    assert "paused since" in client.post(f"{here}pause/", follow=True).content.decode()
    assert "It comes again." in client.post(f"{here}resume/", follow=True).content.decode()
    client.post(f"{here}delete/")
    assert list(PageSubscription.objects.all()) == [given]
    client.force_login(person("carl", Role.ADMINISTRATOR))
    assert client.get("/settings/mail/").content.decode().count("<tr data-row") == 0
    assert client.post(f"/settings/mail/{given.pk}/delete/").status_code == 404


def test_what_a_receiver_stopped_its_sender_cannot_start_again(client: Client, elke: User) -> None:
    mila = person("mila", Role.CS_MANAGER)
    row = order(elke, mila)
    pause_subscription(subscription=row, by=mila, on=FRIDAY)
    client.force_login(elke)
    assert "stopped by its receiver" in client.get("/settings/mail/").content.decode()
    for verb in ("resume", "delete"):
        answer = client.post(f"/settings/mail/{row.pk}/{verb}/", follow=True)
        assert "mila stopped this mail; only they take it up again." in answer.content.decode()
    client.force_login(mila)
    client.post(f"/settings/mail/{row.pk}/resume/")
    assert PageSubscription.objects.get().paused_on is None


def test_the_address_in_the_mail_stops_it_without_signing_in(client: Client, elke: User) -> None:
    row = order(elke)
    post_pages(on=MONDAY)
    relay()
    away = re.search(r"<(.+)>", mail.outbox[0].extra_headers["List-Unsubscribe"])
    assert away is not None
    path = urlsplit(away[1]).path
    assert "Stop this page by mail?" in client.get(path).content.decode()
    row.refresh_from_db()
    assert row.paused_on is None
    assert "no longer comes by mail" in client.post(path).content.decode()
    stopped = PageSubscription.objects.get()
    assert (stopped.paused_on, stopped.paused_by) == (clock.today(), elke)
    assert subscription_behind(token_of(row)) == row and subscription_behind(f"{row.pk}:x") is None
    assert client.post("/settings/mail/stop/1:wrong/").status_code == 404


@pytest.mark.parametrize("count", [1, 9])
def test_the_list_asks_the_same_questions_however_many(
    client: Client, elke: User, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    keys = ["win_rate", "attach_rate", "assets_in_service", "contracts_in_force", "logo_retention"]
    keys += ["stalled_deals", "contracted_value", "pipeline_value", "nrr_bridge"]
    for key in keys[:count]:
        order(elke, page="metric", subject=key)
    client.force_login(elke)
    client.get("/settings/mail/")
    with django_assert_num_queries(2):
        client.get("/settings/mail/")
