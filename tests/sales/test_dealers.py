"""Leads that a dealer works: the clock, what is refused, who is told, and how dealers do beside us (IB-17)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from core.models import Outbox, Role, Touched
from core.policies import policy_on
from core.scope import System
from installed_base.models import Contact
from playbooks.queries import working_days
from sales.actions import dealer as acts
from sales.actions import lead as actions
from sales.models import DealerAssignment, Lead, LeadSource, Opportunity, Touch
from sales.queries import dealer as query
from sales.queries import lead as lead_query
from sales.rules.dealer import (
    DealerPolicy,
    answers_by,
    is_overdue,
    reports_by,
    silent_since,
    win_rate,
)
from tests import cast
from tests.sales.base import deal
from tests.sales.leading import Field

pytestmark = pytest.mark.django_db
ON = date(2026, 3, 2)
DAY = timedelta(days=1)
DAYS = st.dates(date(2024, 1, 1), date(2027, 12, 31))


def weekdays(on: date) -> date:
    """The day itself, or the Monday after it."""
    return on + timedelta(days=max(0, 7 - on.weekday())) if on.weekday() > 4 else on


class Channel(Field):
    """The same field, with a dealer of the sellers' and a lead that may go to them."""

    def __init__(self, on: date = ON) -> None:
        super().__init__(on)
        self.kraft = cast.account("Kraft Handel", self.daniel)
        self.row = self.lead("Bakker B.V.", created_on=on - 3 * DAY, email="joke@bakker.nl")

    def hand(self, on: date | None = None, **values: object) -> None:
        given = {"lead": self.row, "partner": self.kraft, "by": self.daniel, "on": on or self.on}
        acts.hand_to_dealer(**(given | values))  # type: ignore[arg-type]

    def report(self, on: date, what: str = "Visited them", **values: object) -> Touch:
        said = {"lead": self.row, "what": what, "by": self.daniel, "on": on}
        return acts.note_report(**(said | values))  # type: ignore[arg-type]

    def fresh(self) -> Lead:
        found: Lead = Lead.objects.visible_to(System("test")).get(pk=self.row.pk)
        return found


@pytest.fixture
def channel(db: None) -> Channel:
    return Channel()


# The rule


def test_a_dealer_has_ten_working_days() -> None:
    assert answers_by(DealerPolicy(), ON, weekdays) == date(2026, 3, 16)
    assert DealerPolicy(answer_days=0).problems() and not DealerPolicy().problems()


def test_the_day_passes_once_without_a_word() -> None:
    policy, by = DealerPolicy(), date(2026, 3, 16)
    assert not is_overdue(policy, by, None, by, weekdays) and is_overdue(policy, by, None, by + DAY, weekdays)
    assert not is_overdue(policy, by, date(2026, 3, 5), date(2026, 3, 19), weekdays)
    assert is_overdue(policy, by, date(2026, 3, 5), date(2026, 3, 20), weekdays)


@given(DAYS, DAYS, st.integers(1, 20))
def test_the_clock_of_a_report_runs_out_like_the_rule_says(heard: date, on: date, days: int) -> None:
    policy = DealerPolicy(answer_days=days)
    late = is_overdue(policy, date(2023, 1, 2), heard, on, weekdays)
    assert late == (heard <= silent_since(policy, on, weekdays))
    assert reports_by(policy, heard, heard, weekdays) == answers_by(policy, heard, weekdays) > heard


def test_how_often_it_is_won() -> None:
    assert win_rate(0, 0) is None
    assert win_rate(1, 3) == Decimal("0.25")


# The acts


def test_a_lead_is_handed_to_a_dealer_and_its_owner_keeps_watch(channel: Channel) -> None:
    channel.hand(by=channel.mark)
    row, held = channel.fresh(), DealerAssignment.objects.get()
    assert (row.partner, row.owner, row.state) == (channel.kraft, channel.owner(channel.daniel), "new")
    due = answers_by(policy_on(DealerPolicy, ON).values, ON, working_days(ON).on_or_after)
    assert (held.given_on, held.given_by, held.answer_by, held.ended_on) == (ON, channel.mark, due, None)
    told = Outbox.objects.get(kind="lead.with_dealer")
    assert (told.destination, told.payload["partner"]) == (f"owner:{row.owner_id}", channel.kraft.pk)
    assert Touched.objects.filter(kind="lead", subject_id=row.pk).exists()


def test_what_cannot_be_handed_over_is_refused_and_nothing_is_written(channel: Channel) -> None:
    gone = cast.account("Old Kraft", channel.daniel, merged_into=channel.kraft)
    actions.link_account(lead=channel.row, account=cast.account("Bakker", channel.daniel), by=channel.daniel, on=ON)
    bakker = channel.fresh().account
    for values, words in (
        ({"partner": gone}, "merged"),
        ({"partner": bakker}, "customer itself"),
        ({"answer_by": ON - DAY}, "still to come"),
    ):
        with pytest.raises(ValidationError, match=words):
            channel.hand(**values)
        assert channel.fresh().partner is None and not DealerAssignment.objects.exists()
    channel.hand(answer_by=ON)
    with pytest.raises(ValidationError, match="already"):
        channel.hand()
    actions.drop_lead(lead=channel.row, because="no_need", by=channel.daniel, on=ON)
    for act in (channel.hand, lambda: channel.report(ON)):
        with pytest.raises(ValidationError, match="dropped"):
            act()


def test_a_report_is_a_touch_of_the_dealer_and_starts_the_clock_again(channel: Channel) -> None:
    source = LeadSource.objects.create(name="Kraft", channel="partner", partner=channel.kraft)
    channel.hand()
    late = ON + 20 * DAY
    rows = lead_query.leads(channel.daniel, late)
    assert list(lead_query.shown(rows, "overdue", late)) == [channel.row]
    made = channel.report(late, "Visited them")
    assert (made.kind, made.what, made.lead_source, made.by) == ("dealer", "Visited them", source, channel.daniel)
    assert channel.fresh().state == "new"  # they did not speak with them
    assert not lead_query.shown(lead_query.leads(channel.daniel, late), "overdue", late).exists()
    later = late + 20 * DAY
    assert lead_query.shown(lead_query.leads(channel.daniel, later), "overdue", later).count() == 1
    channel.report(later, spoke=True, next_by=later + 60 * DAY)
    assert (channel.fresh().state, channel.fresh().worked_on) == ("working", later)
    last = later + 50 * DAY
    assert not lead_query.shown(lead_query.leads(channel.daniel, last), "overdue", last).exists()


def test_a_report_has_words_a_dealer_and_a_day_after_it_was_given(channel: Channel) -> None:
    with pytest.raises(ValidationError, match="No dealer"):
        channel.report(ON)
    channel.hand()
    for values, words in (
        ({"what": " "}, "few words"),
        ({"happened_on": ON - DAY}, "handed to them"),
        ({"happened_on": ON + 9 * DAY}, "took place"),
        ({"next_by": ON + 5 * DAY}, "by the policy"),
    ):
        with pytest.raises(ValidationError, match=words):
            channel.report(ON + DAY, **values)
    assert not Touch.objects.exists()


def test_a_touch_that_is_taken_away_no_longer_holds_the_clock(channel: Channel) -> None:
    channel.hand()
    late = ON + 20 * DAY
    made = channel.report(late)
    touch = made.pk
    actions.remove_touch(touch_row=made, by=channel.daniel, on=late)
    assert lead_query.shown(lead_query.leads(channel.daniel, late), "overdue", late).count() == 1
    kept = apps.get_model("sales", "TouchAudit")._base_manager.filter(pgh_obj_id=touch)
    assert [event.pgh_label for event in kept.order_by("pgh_id")] == ["insert", "delete"]


def test_taking_back_says_why_and_the_history_stays(channel: Channel) -> None:
    with pytest.raises(ValidationError, match="No dealer"):
        acts.take_back_from_dealer(lead=channel.row, reason="Slow", by=channel.daniel, on=ON)
    channel.hand()
    with pytest.raises(ValidationError, match="Say why"):
        acts.take_back_from_dealer(lead=channel.row, reason=" ", by=channel.daniel, on=ON)
    acts.take_back_from_dealer(lead=channel.row, reason=" Never rang ", by=channel.mark, on=ON + DAY)
    assert channel.fresh().partner is None
    held = DealerAssignment.objects.get()
    assert (held.ended_on, held.ended_by, held.end_reason) == (ON + DAY, channel.mark, "Never rang")
    assert Outbox.objects.get(kind="lead.taken_back").destination == f"owner:{channel.row.owner_id}"
    channel.hand(ON + DAY)
    assert DealerAssignment.objects.count() == 2


def test_a_lead_with_a_dealer_is_not_ours_to_call(channel: Channel) -> None:
    late = ON + 30 * DAY
    mine = channel.lead("Visser")
    channel.hand()
    rows = lead_query.leads(channel.daniel, late)
    assert list(lead_query.shown(rows, "waiting", late)) == list(lead_query.shown(rows, "new", late)) == [mine]
    found = lead_query.counts(rows, late)
    assert (found["dealers"], found["overdue"], found["new"], found["all"]) == (1, 1, 1, 2)


def test_a_lead_that_comes_back_is_due_as_if_it_were_given_that_day(channel: Channel) -> None:
    channel.hand()
    actions.drop_lead(lead=channel.row, because="no_answer", by=channel.daniel, on=ON)
    later = ON + 90 * DAY
    actions.reopen_lead(lead=channel.row, reason="They rang", by=channel.daniel, on=later)
    assert channel.fresh().partner == channel.kraft
    assert not lead_query.shown(lead_query.leads(channel.daniel, later), "overdue", later).exists()


def test_the_deal_goes_on_with_the_dealer(channel: Channel) -> None:
    channel.hand()
    made = actions.convert_lead(lead=channel.row, owner=channel.owner(channel.daniel), by=channel.daniel, on=ON)
    assert (made.partner, channel.fresh().partner) == (channel.kraft, channel.kraft)
    acts.name_dealer(opportunity=made, partner=None, by=channel.daniel, on=ON)
    with pytest.raises(ValidationError, match="customer itself"):
        acts.name_dealer(opportunity=made, partner=made.account, by=channel.daniel, on=ON)
    made.refresh_from_db()
    assert made.partner is None


# How they do


def test_dealers_are_counted_beside_us(channel: Channel, django_assert_num_queries: Any) -> None:
    later, at = ON + 40 * DAY, cast.account("Visser", channel.daniel)
    channel.hand()
    channel.report(ON + 4 * DAY)
    channel.report(ON + 6 * DAY)
    second, third = channel.lead("Alba"), channel.lead("Bolt")
    for row in (second, third):
        acts.hand_to_dealer(lead=row, partner=channel.kraft, by=channel.daniel, on=ON)
    acts.take_back_from_dealer(lead=second, reason="Slow", by=channel.daniel, on=ON + 5 * DAY)
    actions.log_touch(lead=second, kind="dealer", on=ON + 9 * DAY, by=channel.daniel)  # too late to be their answer
    actions.convert_lead(lead=third, owner=channel.owner(channel.daniel), by=channel.daniel, on=ON + 20 * DAY)
    deal(at, ("identified", ON), ("won", ON + 10 * DAY), value=5000, partner=channel.kraft)
    deal(at, ("identified", ON), ("lost", ON + 10 * DAY), partner=channel.kraft)
    deal(at, ("identified", ON - 900 * DAY), ("won", ON - 800 * DAY), partner=channel.kraft)
    deal(at, ("identified", ON), ("won", ON + 10 * DAY))
    cast.asset(at, ON, dealer=channel.kraft)
    query.dealers(channel.daniel, later)
    with django_assert_num_queries(8):  # five, and the policies
        found = query.dealers(channel.daniel, later)
    (line,) = found.lines
    assert (line.account, line.leads, line.overdue, line.converted, line.taken_back) == (channel.kraft, 2, 1, 1, 1)
    assert (line.given, line.days, line.heard_on) == (3, 4, ON + 6 * DAY)
    assert (line.open, line.won, line.lost, line.value) == (1, 1, 1, Decimal(5000))
    assert (line.rate, line.machines) == (Decimal("0.5"), 1)
    assert (found.own_won, found.own_lost, found.own_rate) == (1, 0, Decimal(1))


def test_a_dealer_is_counted_as_far_as_one_sees(channel: Channel) -> None:
    channel.hand()
    zoe = cast.person("zoe", Role.SALES, cast.pool("South"))
    assert not query.dealers(zoe, ON).lines and not DealerAssignment.objects.visible_to(zoe).exists()
    tom = cast.person("tom", Role.TECHNICIAN)
    assert not DealerAssignment.objects.visible_to(tom).exists()
    assert [line.leads for line in query.dealers(channel.mark, ON).lines] == [1]
    assert DealerAssignment.objects.changeable_by(channel.mark).exists()
    elke = cast.person("elke", Role.EXECUTIVE)
    assert [line.leads for line in query.dealers(elke, ON).lines] == [1]
    assert not DealerAssignment.objects.changeable_by(elke).exists()


# The contact


def people_at(made: Opportunity) -> list[Contact]:
    return list(Contact._base_manager.filter(account=made.account_id).order_by("pk"))


def test_the_person_of_a_lead_becomes_a_contact_of_the_account_once(channel: Channel) -> None:
    made = actions.convert_lead(lead=channel.row, owner=channel.owner(channel.daniel), by=channel.daniel, on=ON)
    (person,) = people_at(made)
    assert (person.name, person.email, person.periods.count()) == ("Joke Bos", "joke@bakker.nl", 1)
    again = channel.lead("Bakker B.V.", email="JOKE@bakker.nl", person="J. Bos")
    actions.link_account(lead=again, account=made.account, by=channel.daniel, on=ON)
    actions.convert_lead(lead=again, owner=channel.owner(channel.daniel), by=channel.daniel, on=ON)
    assert [p.name for p in people_at(made)] == ["Joke Bos"]


@pytest.mark.parametrize(
    ("said", "names"),
    [
        ({"person": "", "email": "info@visser.nl"}, ["info@visser.nl"]),
        ({"person": "", "email": ""}, []),
        ({"person": "Piet", "person_role": "Buyer", "phone": "06"}, ["Piet"]),
    ],
)
def test_what_is_known_of_the_person_is_taken_over(channel: Channel, said: dict[str, str], names: list[str]) -> None:
    row = channel.lead("Visser", **dict[str, Any](said))
    made = actions.convert_lead(lead=row, owner=channel.owner(channel.daniel), by=channel.daniel, on=ON)
    found = people_at(made)
    assert [p.name for p in found] == names
    if "person_role" in said:
        assert (found[0].job_title, found[0].phone, found[0].role) == ("Buyer", "06", "other")
