"""The page of alerts: open and past, filters, many at a time with a reason, and who may."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from core.clock import today
from core.models import Organisation, Role
from health.models import Alert
from tests import cast
from tests.dashboards.test_alerts import alert

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def team():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def mila(team):
    found = cast.person("mila", team=team)
    found.language = "en"
    found.save()
    return found


def said(client: Any, query: str = "") -> str:
    return " ".join(client.get(f"/health/alerts/{query}").content.decode().split())


def test_open_snoozed_and_closed_stand_apart_and_filters_narrow_them(client, mila):
    alert(cast.account("Van Houten", mila))
    alert(cast.account("Noordhof", mila), "silence", facts={"last_contact": "2026-08-14"})
    side = {"side": "adoption", "before": "88", "now": "41"}
    alert(cast.account("Bergmann", mila), "collapse", facts=side)
    alert(cast.account("Maes", mila), snoozed_until=today() + DAY, snoozed_reason="Visit on Friday")
    alert(cast.account("Smet", mila), closed_on=today(), closed_reason="The score recovered")
    client.force_login(mila)
    open_ = said(client)
    assert "3 alerts ask for attention." in open_
    assert "Van Houten fell to red" in open_ and "Noordhof is silent" in open_
    assert "Bergmann: product adoption collapsed" in open_ and "88 to 41, while the whole score holds" in open_
    assert "Maes" not in open_ and "Smet" not in open_
    assert "Visit on Friday" in said(client, "?state=snoozed")
    assert "The score recovered" in said(client, "?state=closed")
    silent = said(client, "?kind=silence")
    assert "Noordhof is silent" in silent and "Van Houten" not in silent
    assert "No alert answers to these filters" in said(client, "?kind=silence&tier=red")
    assert "Van Houten fell" in said(client, f"?owner={mila.owner.pk}&kind=x&cursor=y")


@pytest.mark.parametrize(
    ("verb", "wrong", "right"),
    [
        ("close", {"reason": " "}, {"reason": "Known: they move plants"}),
        ("snooze", {"reason": "x", "until": today()}, {"reason": "Holiday", "until": today() + 9 * DAY}),
    ],
)
def test_many_at_a_time_with_a_reason(client, mila, verb: str, wrong: dict[str, Any], right: dict[str, Any]):
    rows = [alert(cast.account(owner=mila)) for _ in range(2)]
    client.force_login(mila)
    picked = {"act": verb, "pick": [row.pk for row in rows], "next": "/health/alerts/"}
    assert "fell to red" in client.post("/health/alerts/act/", picked).content.decode()
    assert client.post("/health/alerts/act/", picked | {"confirmed": "1"} | wrong).status_code == 422
    assert client.post("/health/alerts/act/", picked | {"confirmed": "1"} | right).url == "/health/alerts/"
    found = Alert.objects.values_list("closed_reason", "snoozed_reason", "closed_by").distinct()
    assert list(found) == [(right["reason"], "", mila.pk) if verb == "close" else ("", right["reason"], None)]
    assert "Nothing asks for attention." in said(client)


def test_nobody_acts_on_the_alerts_of_others(client, team, mila):
    own, other = (
        alert(cast.account(owner=mila)),
        alert(cast.account("Theirs", cast.person("bob", team=cast.pool("South")))),
    )
    client.force_login(mila)
    picked = {"act": "close", "pick": [own.pk, other.pk], "confirmed": "1", "reason": "x"}
    assert client.post("/health/alerts/act/", picked).status_code == 404
    assert "Theirs" not in said(client)
    client.force_login(cast.person("ruud", Role.TECHNICIAN, team))
    assert client.get("/health/alerts/").status_code == 404
    client.force_login(cast.person("boss", Role.EXECUTIVE))
    assert "Theirs fell to red" in said(client) and "Close with reason" not in said(client)
    assert client.post("/health/alerts/act/", picked).status_code == 404
    assert Alert.objects.filter(closed_on__isnull=True).count() == 2


def test_the_page_asks_as_much_of_three_as_of_one(client, mila):
    client.force_login(mila)
    counts = []
    for many in (1, 2):
        for _ in range(many):
            alert(cast.account(owner=mila))
        said(client)
        with CaptureQueriesContext(connection) as asked:
            said(client)
        counts.append(len(asked))
    assert counts[0] == counts[1]
