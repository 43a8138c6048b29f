"""The lab as pages: who may, what is refused with which sentence, and what publishing does."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse

from core.clock import today
from core.models import Job, Policy, Role
from core.policies import policy_on
from health.actions import backtesting
from health.actions.backtesting import run_backtest, waiting
from health.actions.drafting import begin_draft, policy_in
from health.forms import CardForm
from health.models import Draft
from health.queries import tiers_of
from health.rules import HealthPolicy
from health.rules.policy import quick
from health.tasks import SCORES
from installed_base.models import TermPeriod
from playbooks import day as engine
from tests import cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(client):
    team = cast.pool("North")
    who = cast.person("lena", Role.TEAM_LEAD, team)
    type(who).objects.update(language="en")
    client.force_login(who)
    return who


def typed(draft: Draft, **changes: Any) -> dict[str, Any]:
    """What the form of a draft sends, with some fields typed anew."""
    form = CardForm(policy=policy_in(draft))
    said = {name: field.initial for name, field in form.fields.items() if field.initial is not None}
    return said | changes


def customers(lead, many: int = 3) -> list[int]:
    """Customers whose adoption is perfect and whose satisfaction is poor."""
    found = []
    for number in range(many):
        at = cast.account(f"Customer {number}", lead)
        machine = cast.asset(at, today() - timedelta(days=900))
        for days in (3, 370):
            cast.reading(machine, today() - timedelta(days=days), 9, output=100, good_output=100)
        cast.answer(at, today() - timedelta(days=20), 1)
        cast.ticket(at, today() - timedelta(days=9), severity="critical", sentiment="negative")
        cast.term(at, today() - timedelta(days=300), today() + timedelta(days=65), annual=10000 * (number + 1))
        found.append(at.pk)
    return found


def begun(lead) -> Draft:
    return begin_draft(title="More adoption", by=lead, on=today())


# Satisfaction counts for nearly everything.
WORSE = {"w.adoption": "1", "w.satisfaction": "96", "w.outcomes": "1", "w.relationship": "1", "w.commercial": "1"}
# Adoption counts for nearly everything.
WEIGHTS = {"w.adoption": "96", "w.satisfaction": "1", "w.outcomes": "1", "w.relationship": "1", "w.commercial": "1"}


def test_a_draft_is_begun_on_the_page(client, lead):
    client.post(reverse("health:lab"), {"title": "More adoption"})
    made = Draft.objects.get()
    assert (made.title, made.base, made.made_by, policy_in(made)) == ("More adoption", 1, lead, HealthPolicy())
    page = client.get(reverse("health:lab")).content.decode()
    assert "More adoption" in page and "1 draft is being worked on." in page


def test_the_form_gives_back_what_it_was_given():
    for policy in (HealthPolicy(), quick()):
        form = CardForm(policy=policy)
        data = {name: field.initial for name, field in form.fields.items() if field.initial is not None}
        bound = CardForm(data, policy=policy)
        assert bound.is_valid()
        assert bound.policy() == policy


def test_who_would_move_is_said_with_euros_and_tasks(client, lead):
    customers(lead)
    cast.account("Of another team", cast.person("bob"))
    draft = begun(lead)
    client.post(reverse("health:draft", args=[draft.pk]), typed(draft, **WEIGHTS, min_coverage="20"))
    answer = client.get(reverse("health:draft", args=[draft.pk]))
    said = " ".join(str(answer.context["standfirst"]).split())
    assert said.startswith(
        "<b>3 of 3 customers would change tier: 0 fall, 3 rise.</b> €60,000 a year stands behind them."
    )
    matrix = answer.context["moves"]["matrix"]
    assert [cell["count"] for cell in matrix[1]["cells"]] == [3, 0, 0, 0]
    assert answer.context["moves"]["tasks"][0][:2] == ("lena", 3)
    assert "Of another team" not in answer.content.decode()
    assert not Policy.objects.exists()


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"w.adoption": "20"}, "The weights sum to 90%, and must sum to 100%."),
        ({"m.survey": "40"}, "Satisfaction: The weights sum to 110%, and must sum to 100%."),
        ({"y.survey.2": "10"}, "Survey answers: more is better here, so the curve must not fall; it does before 7.0."),
        ({"y.last_contact.1": "100", "y.last_contact.0": "50"},
         "Last contact: less is better here, so the curve must not rise; it does before 90 days."),
        ({"x.survey.1": "0"}, "Survey answers: each corner of the curve lies beyond the one before it; 0.0 does not."),
        ({"green": "55"}, "Green begins above yellow, and both lie between 0 and 100."),
        ({"c.ramp_up.adoption": "40"}, "The card of the ramp-up: The weights sum to 95%, and must sum to 100%."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_kept_said_and_not_published(client, lead, changes, sentence):
    draft = begun(lead)
    client.post(reverse("health:draft", args=[draft.pk]), typed(draft, **changes))
    answer = client.get(reverse("health:draft", args=[draft.pk]))
    assert sentence in answer.context["problems"]
    assert answer.context["moves"] is None
    refused = client.post(reverse("health:draft_publish", args=[draft.pk]), {"valid_from": today().isoformat()})
    assert refused.status_code == 422
    assert sentence in refused.content.decode()
    assert not Policy.objects.exists()


def test_a_word_is_no_weight(client, lead):
    draft = begun(lead)
    answer = client.post(reverse("health:draft", args=[draft.pk]), typed(draft, **{"m.survey": "much"}))
    assert (answer.status_code, "Enter a number." in answer.content.decode()) == (422, True)
    assert policy_in(Draft.objects.get()) == HealthPolicy()


def test_publishing_counts_from_its_day_and_going_back_is_another_version(client, lead):
    ids = customers(lead)
    engine.run([SCORES], on=today() - timedelta(days=1))
    draft = begun(lead)
    client.post(reverse("health:draft", args=[draft.pk]), typed(draft, **WORSE, min_coverage="20"))
    early = (today() - timedelta(days=1)).isoformat()
    answer = client.post(reverse("health:draft_publish", args=[draft.pk]), {"valid_from": early})
    assert "or later: up to then the scores stand." in answer.content.decode()
    client.post(reverse("health:draft_publish", args=[draft.pk]), {"valid_from": today().isoformat()})
    engine.run([SCORES], on=today())
    assert {tier.value for tier in tiers_of(ids, today()).values()} == {"red"}
    draft.refresh_from_db()
    assert draft.published_as.version == 2
    page = client.get(reverse("health:lab")).content.decode()
    assert "Satisfaction: 96% instead of 25%" in page
    later = today() + timedelta(days=1)
    client.post(reverse("health:version_back", args=[1]), {"valid_from": later.isoformat()})
    back = policy_on(HealthPolicy, later)
    assert (back.number, back.values) == (3, HealthPolicy())


def test_a_published_draft_is_no_longer_changed(client, lead):
    draft = begun(lead)
    client.post(reverse("health:draft_publish", args=[draft.pk]), {"valid_from": today().isoformat()})
    assert client.post(reverse("health:draft", args=[draft.pk]), typed(draft, **WEIGHTS)).status_code == 403


@pytest.mark.parametrize(
    ("role", "reads", "writes"),
    [(Role.CS_MANAGER, 200, 403), (Role.EXECUTIVE, 200, 403), (Role.TECHNICIAN, 403, 403)],
)
def test_others_read_and_technicians_do_not(client, lead, role, reads, writes):
    draft = begun(lead)
    client.force_login(cast.person("carl", role))
    names = [("health:lab", []), ("health:draft", [draft.pk]), ("health:draft_account", [draft.pk]),
             ("health:draft_backtest", [draft.pk])]  # fmt: skip
    assert {client.get(reverse(name, args=args)).status_code for name, args in names} == {reads}
    posts = [*names[:2], names[3], ("health:draft_publish", [draft.pk]), ("health:draft_discard", [draft.pk])]
    assert {client.post(reverse(name, args=args), {"title": "x"}).status_code for name, args in posts} == {writes}
    assert Draft.objects.open().count() == 1


def test_a_title_may_name_people_and_is_kept_from_who_reads_no_names(client, lead):
    draft = begin_draft(title="What Jan Jansen wants", by=lead, on=today())
    client.force_login(cast.person("carl", Role.EXECUTIVE))
    for name, args in (("health:lab", []), ("health:draft", [draft.pk]), ("health:draft_backtest", [draft.pk])):
        assert "Jansen" not in client.get(reverse(name, args=args)).content.decode()


def test_one_customer_side_by_side(client, lead):
    first, *_rest = customers(lead)
    foreign = cast.account("Of another team", cast.person("bob"))
    draft = begun(lead)
    client.post(reverse("health:draft", args=[draft.pk]), typed(draft, **WEIGHTS, min_coverage="20"))
    page = reverse("health:draft_account", args=[draft.pk])
    answer = client.get(page, {"account": first})
    assert (answer.context["old"]["tier"], answer.context["new"]["tier"]) == ("yellow", "green")
    assert client.get(page, {"q": "customer 0"}).context["account"].pk == first
    assert client.get(page, {"account": foreign.pk}).context["account"] is None


def test_the_past_two_years_say_what_was_lost_and_when_each_warned(client, lead, monkeypatch):
    monkeypatch.setattr(backtesting, "BACK", timedelta(weeks=54))
    at = cast.account("Lost and Co", lead, known_on=today() - timedelta(days=900))
    on = today() - timedelta(days=200)
    person = cast.contact(at)
    for days in range(40, 700, 25):
        cast.moment(at, on - timedelta(days=days))
        cast.answer(at, on - timedelta(days=days), 10 if days > 150 else 1, person)
    term = cast.term(at, on - timedelta(days=800), on, end_reason="competitor", notice_received_on=on)
    TermPeriod.objects.filter(term=term).update(valid_from="1900-01-01")
    draft = begun(lead)
    sides = {"w.adoption": "1", "w.satisfaction": "96", "w.outcomes": "1", "w.relationship": "1", "w.commercial": "1"}
    client.post(reverse("health:draft", args=[draft.pk]), typed(draft, **sides, min_coverage="20"))
    page = reverse("health:draft_backtest", args=[draft.pk])
    assert "Nothing was worked out yet" in client.get(page).content.decode()
    client.post(page, {"facts": "then"})
    assert "0% done" in client.get(page).content.decode()
    assert [run_backtest(job) for job in waiting() * 2] == [True, False]
    found = client.get(page).context["found"]
    (line,) = found["lines"]
    assert (line["account"], line["on"], line["value"]) == (at, on, Decimal("12000.00"))
    assert line["said"][0]["on"] == "not enough history"
    assert line["said"][1]["status"] == "risk"
    assert 100 <= int(line["said"][1]["note"].split()[0]) <= 150
    assert found["versions"][1]["warned"] == "1 of 1"
    assert Job.objects.get(kind="health.backtest").progress["draft"] == draft.pk
    client.force_login(cast.person("other", Role.TEAM_LEAD))
    assert client.get(page).context["job"] is None
