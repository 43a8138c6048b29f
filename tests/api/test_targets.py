"""Booking targets and targets of figures through the API."""

from datetime import timedelta
from typing import Any

import pytest

from core.clock import today
from core.models import FigureTarget, Owner, Role, User
from sales.models import BookingTarget
from sales.rules.targets import quarter_name, quarter_of
from tests import cast
from tests.api.conftest import writer

pytestmark = pytest.mark.django_db


class Team:
    """A lead, a seller of the team, and a seller of another one."""

    def __init__(self) -> None:
        north = cast.pool("North")
        self.lead = writer(cast.person("lead", Role.TEAM_LEAD, north))
        self.eva = cast.person("eva", Role.SALES, north)
        self.zoe = cast.person("zoe", Role.SALES, cast.pool("South"))

    def booked(self, who: User, **values: Any) -> dict[str, Any]:
        quarter = quarter_name(quarter_of(today()))
        said = {"owner_id": Owner.objects.of(who).pk, "pipeline": "new_business", "quarter": quarter, "amount": "900"}
        return said | values


@pytest.fixture
def team() -> Team:
    return Team()


def test_a_target_is_said_changed_and_taken_back(team: Team) -> None:
    made = team.lead.post("targets/", team.booked(team.eva, note="To start with"))
    assert (made.status_code, made.data["amount"], made.data["agreed_on"]) == (201, "900.00", today().isoformat())
    address = f"targets/{made.data['id']}/"
    assert made.headers["Location"].endswith(f"/api/v1/{address}")
    changed = team.lead.patch(address, {"amount": "1200.50"})
    assert (changed.status_code, changed.data["amount"], changed.data["note"]) == (200, "1200.50", "To start with")
    again = team.lead.post("targets/", team.booked(team.eva))
    assert again.status_code == 409 and address in again.data["detail"]
    assert team.lead.patch(address, {"amount": None}).data["amount"] is None
    assert team.lead.post("targets/", team.booked(team.eva)).data["id"] == made.data["id"]
    assert team.lead.ids("targets/", owner=Owner.objects.of(team.eva).pk) == [made.data["id"]]
    assert team.lead.ids("targets/", pipeline="expansion") == []


@pytest.mark.parametrize(
    ("values", "field", "part"),
    [
        ({"quarter": "autumn"}, "quarter", "Write a quarter such as 2026-Q4"),
        ({"quarter": "2020-Q1"}, "quarter", "is over"),
        ({"amount": "0"}, "amount", "more than 0"),
        ({"owner_id": 10**9}, "owner_id", "none with this id"),
        ({"pipeline": "both"}, "pipeline", "both"),
        ({"colour": "red"}, "colour", "no such field"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(team: Team, values: dict[str, Any], field: str, part: str) -> None:
    answer = team.lead.post("targets/", team.booked(team.eva, **values))
    assert answer.status_code == 400
    assert part in str(answer.data["errors"]) and field in str(answer.data["errors"])
    assert not BookingTarget.objects.exists()


def test_who_may_say_and_read_them(team: Team) -> None:
    outside = team.lead.post("targets/", team.booked(team.zoe))
    assert outside.status_code == 400 and "their own teams" in str(outside.data)
    seller = writer(team.eva)
    assert seller.post("targets/", team.booked(team.eva)).status_code == 400
    boss = writer(cast.person("boss", Role.EXECUTIVE))
    made = boss.post("targets/", team.booked(team.zoe))
    assert made.status_code == 201
    assert (seller.ids("targets/"), boss.ids("targets/")) == ([], [made.data["id"]])
    assert writer(cast.person("noor", Role.MARKETING)).ids("targets/") == []
    assert seller.patch(f"targets/{made.data['id']}/", {"amount": "1"}, if_match="*").status_code == 404


def figure(**values: Any) -> dict[str, Any]:
    return {"metric": "attach_rate", "aim": ">=", "value": "0.65"} | values


def test_a_target_of_a_figure_is_said_and_the_metric_shows_it() -> None:
    admin = writer(cast.person("admin", Role.ADMINISTRATOR))
    made = admin.post("figure-targets/", figure(watch_from="0.6", note="Up from 60 %"))
    assert (made.status_code, made.data["value"], made.data["valid_from"]) == (201, "0.650000", today().isoformat())
    assert admin.get("metrics/attach_rate/").data["target"] == {"aim": ">=", "value": "0.65"}
    yesterday = (today() - timedelta(days=1)).isoformat()
    assert admin.get("metrics/attach_rate/", as_of=yesterday).data["target"] == {"aim": ">", "value": "0.7"}
    later = (today() + timedelta(days=30)).isoformat()
    admin.post("figure-targets/", {"metric": "attach_rate", "aim": "none", "valid_from": later})
    assert admin.get("metrics/attach_rate/").data["target"]["aim"] == ">="
    admin.post("figure-targets/", {"metric": "attach_rate", "aim": "default"})
    assert admin.get("metrics/attach_rate/").data["target"] == {"aim": ">", "value": "0.7"}
    assert len(admin.ids("figure-targets/", metric="attach_rate")) == 3


@pytest.mark.parametrize(
    ("values", "field", "part"),
    [
        ({"metric": "atach_rate"}, "metric", "Near it: attach_rate"),
        ({"aim": "rising"}, "value", "Only a side"),
        ({"value": "65"}, "value", "is a share"),
        ({"dimension": "team", "member": "999999"}, "member", "There is no team"),
        ({"period": "soon"}, "period", "is no period"),
        ({"valid_from": "2020-01-01"}, "valid_from", "not rewritten"),
    ],
)
def test_a_wrong_target_of_a_figure_is_a_sentence_and_nothing_is_written(
    values: dict[str, Any], field: str, part: str
) -> None:
    admin = writer(cast.person("admin", Role.ADMINISTRATOR))
    answer = admin.post("figure-targets/", figure(**values))
    assert answer.status_code == 400
    assert field in str(answer.data["errors"]) and part in str(answer.data["errors"])
    assert not FigureTarget.objects.exists()


def test_reps_read_targets_of_figures_and_say_none() -> None:
    admin, eva = writer(cast.person("admin", Role.ADMINISTRATOR)), writer(cast.person("eva", Role.SALES))
    amount = admin.post("figure-targets/", figure(metric="pipeline_value", value="1000000")).data["id"]
    assert eva.ids("figure-targets/") == [amount]
    assert eva.post("figure-targets/", figure()).status_code == 409
    assert writer(cast.person("noor", Role.MARKETING)).ids("figure-targets/") == []
    assert writer(cast.person("ruud", Role.TECHNICIAN)).ids("figure-targets/") == []
    assert FigureTarget.objects.count() == 1
