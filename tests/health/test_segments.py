"""Segments and load on their pages: suggestions, by hand, strategic, moved and taken back; who may; history."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from core.clock import today
from core.models import Organisation, Role, Team
from health.actions import rescuing
from installed_base.actions import placing
from installed_base.models import Account, AccountPeriod, SegmentChoice, StrategicMark
from playbooks.models import Play, Task
from tests import cast
from tests.health.test_rescues import red

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def team() -> Team:
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


def english(name: str, role: str, team: Team) -> Any:
    found = cast.person(name, role, team)
    found.language = "en"
    found.save()
    return found


@pytest.fixture
def mila(team):
    return english("mila", Role.CS_MANAGER, team)


@pytest.fixture
def hanna(team):
    return english("hanna", Role.TEAM_LEAD, team)


def worth(name: str, owner: Any, annual: int | None, **values: Any) -> Account:
    at = cast.account(name, owner, **values)
    cast.term(at, today() - 100 * DAY, today() + 200 * DAY, annual)
    return at


def said(client: Any, path: str = "/customers/segments/") -> str:
    return " ".join(client.get(path).content.decode().split())


def test_the_rule_suggests_and_a_look_goes_before_it_is_applied(client, mila):
    big = worth("Big", mila, 214_000, segment="small")
    worth("Right", mila, 30_000, segment="mid_market")
    worth("Unpriced", mila, None, segment="small")
    client.force_login(mila)
    page = said(client)
    assert "The rule would place one account of 3 elsewhere." in page
    assert "Big" in page and "Right" not in page and "Unpriced" not in page
    assert "Unpriced" in said(client, "/customers/segments/?show=unknown")
    look = client.post("/customers/segments/apply/", {"pick": big.pk}).content.decode()
    assert "Small → Enterprise" in look and Account.objects.get(pk=big.pk).segment == "small"
    client.post("/customers/segments/apply/", {"pick": big.pk, "confirmed": "1"})
    assert Account.objects.get(pk=big.pk).segment == "enterprise"
    then = AccountPeriod.objects.filter(account=big).order_by("valid_from").values_list("segment", "valid_to")
    assert list(then) == [("small", today()), ("enterprise", None)]
    assert "Every account stands in the segment" in said(client)


def test_revenue_that_returns_counts_and_machines_do_not(client, mila):
    at = cast.account("Buyer", mila, segment="small")
    cast.posted(at, today() - 30 * DAY, 900_000, "machine")
    cast.posted(at, today() - 30 * DAY, 40_000, "parts")
    client.force_login(mila)
    assert "40,000" in said(client) and "Mid-market" in said(client)


def test_a_choice_by_hand_wins_until_it_is_taken_back(client, mila):
    at = worth("Big", mila, 214_000, segment="enterprise")
    client.force_login(mila)
    path = f"/customers/{at.pk}/segment/"
    assert client.post(path, {"segment": "small", "reason": " "}).status_code == 422
    client.post(path, {"segment": "small", "reason": "One machine, no growth"})
    assert Account.objects.get(pk=at.pk).segment == "small"
    assert "No account here" in said(client)
    assert "One machine, no growth" in said(client, "/customers/segments/?show=hand")
    placing.place_in_segments(segments={at.pk: "enterprise"}, by=mila, on=today())
    assert Account.objects.get(pk=at.pk).segment == "small"
    client.post(path, {"act": "rule"})
    assert not SegmentChoice.objects.exists() and "Big" in said(client)
    with pytest.raises(ValidationError, match="one of the segments"):
        placing.choose_segment(account=at, segment="huge", reason="x", by=mila, on=today())


def test_strategic_is_a_day_and_a_person_and_ends_so(client, mila):
    at = worth("Small one", mila, 3_000, segment="small")
    client.force_login(mila)
    path = f"/customers/{at.pk}/strategic/"
    assert client.post(path, {"reason": ""}).status_code == 422
    client.post(path, {"reason": "Reference in packaging"})
    mark = StrategicMark.objects.get()
    assert (mark.since, mark.marked_by, mark.until) == (today(), mila, None)
    assert "Reference in packaging" in said(client, "/customers/segments/?show=strategic")
    assert "End the mark" in client.get(path).content.decode()
    client.post(path, {"act": "end"})
    mark.refresh_from_db()
    assert (mark.until, mark.ended_by) == (today(), mila)


def test_the_load_shows_who_has_too_much_and_moves_accounts_with_a_way_back(client, team, hanna, mila):
    sam = english("sam", Role.CS_MANAGER, team)
    rows = [worth(f"E{n}", mila, 120_000, segment="enterprise") for n in range(21)]
    client.force_login(hanna)
    page = said(client, "/customers/load/")
    assert "mila has more accounts than one person can look after." in page and "105%" in page
    look = said_of(client.post("/customers/load/move/", {"pick": [rows[0].pk, rows[1].pk], "to": sam.owner.pk}))
    assert "21 → 19" in look and "0 → 2" in look and "105% → <span>95%</span>" in look
    moves = {"move": [f"{rows[0].pk}:{sam.owner.pk}", f"{rows[1].pk}:{sam.owner.pk}"], "confirmed": "1"}
    client.post("/customers/load/move/", moves)
    assert Account.objects.filter(owner=sam.owner).count() == 2
    assert AccountPeriod.objects.get(account=rows[0], valid_to=None).owner == sam.owner
    assert "Nobody has more accounts" in said(client, "/customers/load/")
    placing.give_to_owners(owners={rows[1].pk: hanna.owner.pk}, by=hanna, on=today())
    client.post("/customers/load/undo/")
    owners = dict(Account.objects.filter(pk__in=[rows[0].pk, rows[1].pk]).values_list("name", "owner"))
    assert owners == {"E0": mila.owner.pk, "E1": hanna.owner.pk}


def said_of(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


def test_the_work_of_a_tier_goes_with_the_account(client, team, hanna, mila):
    sam = english("sam", Role.CS_MANAGER, team)
    at = red(mila)
    play = rescuing.start_rescues(accounts=[at], by=mila, on=today()).plays[0]
    client.force_login(hanna)
    client.post("/customers/load/move/", {"pick": at.pk, "to": sam.owner.pk, "confirmed": "1"})
    assert Play.objects.get(pk=play.pk).owner == sam.owner
    assert set(Task.objects.filter(play=play).values_list("owner", flat=True)) == {sam.owner.pk}


def test_a_red_account_in_the_pool_is_proposed_to_a_person(client, team, hanna, mila):
    at = red(team)
    client.force_login(hanna)
    page = said(client, "/customers/load/")
    assert "red: needs a person, whatever its size" in page and f'value="{at.pk}:{mila.owner.pk}"' in page


def test_who_may_not(client, team, hanna, mila):
    at = worth("Ours", mila, 1000)
    for who, pages in (
        (cast.person("ruud", Role.TECHNICIAN, team), (404, 404)),
        (cast.person("noor", Role.MARKETING), (404, 404)),
        (mila, (200, 404)),
        (cast.person("boss", Role.EXECUTIVE), (200, 200)),
    ):
        client.force_login(who)
        found = tuple(client.get(path).status_code for path in ("/customers/segments/", "/customers/load/"))
        assert found == pages, who
        assert client.post("/customers/load/move/", {"pick": at.pk, "to": hanna.owner.pk}).status_code == 404
    client.force_login(english("bob", Role.TEAM_LEAD, cast.pool("South")))
    assert "Ours" not in said(client, "/customers/segments/?show=all")
    for path in (f"/customers/{at.pk}/segment/", f"/customers/{at.pk}/strategic/", f"/customers/load/{mila.owner.pk}/"):
        assert client.get(path).status_code == 404
    assert client.post("/customers/segments/apply/", {"pick": at.pk}).status_code == 404
    assert client.post("/customers/load/move/", {"pick": at.pk, "to": hanna.owner.pk}).status_code == 404


@pytest.mark.parametrize("path", ["/customers/segments/?show=all", "/customers/load/"])
def test_the_pages_ask_as_much_of_three_as_of_one(client, hanna, mila, path: str):
    client.force_login(hanna)
    counts = []
    for names in (["A"], ["B", "C"]):
        for name in names:
            worth(name, mila, 50_000)
        said(client, path)
        with CaptureQueriesContext(connection) as asked:
            said(client, path)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_api_says_what_the_rule_says_and_takes_a_choice(mila):
    at = worth("Big", mila, 214_000, segment="small")
    api = APIClient()
    api.force_authenticate(mila)
    path = f"/api/v1/segments/{at.pk}/"
    row = api.get("/api/v1/segments/").data["results"][0]
    assert (row["segment"], row["suggested"], row["by_hand"], row["strategic_since"]) == (
        "small", "enterprise", False, None,
    )  # fmt: skip
    assert api.post(f"{path}choose/", {"segment": "huge", "reason": "x"}, format="json").status_code == 400
    chosen = api.post(f"{path}choose/", {"segment": "mid_market", "reason": "Two plants"}, format="json")
    assert (chosen.data["segment"], chosen.data["by_hand"], chosen.data["reason"]) == ("mid_market", True, "Two plants")
    ruled = api.post(f"{path}follow-rule/", {}, format="json")
    assert (ruled.data["segment"], ruled.data["by_hand"]) == ("enterprise", False)
    marked = api.post(f"{path}strategic/", {"reason": "Reference"}, format="json")
    assert marked.data["strategic_since"] == today()
    assert api.post(f"{path}strategic/", {"reason": "Again"}, format="json").status_code == 409
    assert api.post(f"{path}not-strategic/", {}, format="json").data["strategic_since"] is None
    api.force_authenticate(cast.person("noor", Role.MARKETING))
    assert api.get(path).status_code == 404
