"""Pages of the work: what goes to the lead, what a pool has, and what will not be renewed on purpose."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from bowtie.day import run_day
from core.clock import today
from core.display import day
from core.models import Membership, Organisation
from playbooks.models import Firing
from renewals.models import Renewal
from renewals.rules.escalation import LATE_STEP
from tests import cast
from tests.renewals.book import ending, renewal, task


@pytest.fixture
def team(db):
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.pool("North")


@pytest.fixture
def desk(team):
    return cast.pool("Desk", team)


@pytest.fixture
def mila(team, desk):
    user = cast.person("mila", team=team)
    Membership.objects.create(team=desk, user=user)
    user.language = "en"
    user.save()
    return user


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    return client


def text_of(answer):
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode())).replace("\xa0", " ")


def standing(of, days=58, **values):
    return renewal(ending(cast.account("Van Houten", of), days, on=today()), **values)


def test_ct20_a_pools_renewal_and_its_steps_are_taken_on_the_page(page, mila, desk):
    row = standing(mila, owner=desk.owner)
    step = task(row)
    address = reverse("renewals:renewal", args=[row.pk])
    shown = page.get(address).content.decode()
    assert reverse("renewals:take", args=[row.pk]) in shown
    assert reverse("playbooks:task_take", args=[step.pk]) in shown
    answer = page.post(reverse("renewals:take", args=[row.pk]), {"next": address}, follow=True)
    assert "Van Houten is yours now, with the open steps of the pool." in text_of(answer)
    assert reverse("renewals:take", args=[row.pk]) not in answer.content.decode()
    row.refresh_from_db()
    step.refresh_from_db()
    assert (row.owner, step.owner) == (mila.owner, mila.owner)
    again = page.post(reverse("renewals:take", args=[row.pk]), {"next": address}, follow=True)
    assert "mila has taken it already." in text_of(again)


def test_g10_not_renewed_on_purpose_is_written_down_and_taken_back(page, mila):
    row = standing(mila)
    address = reverse("renewals:let_go", args=[row.pk])
    assert "Not renewed, on purpose" in text_of(page.get(address))
    said = {"version": row.version, "reason": "discontinued", "agreed_on": today().isoformat(), "note": ""}
    refused = page.post(address, said)
    assert refused.status_code == 422 and Renewal.objects.get().outcome == ""
    tomorrow = said | {"note": "Out of production", "agreed_on": (today() + timedelta(days=1)).isoformat()}
    assert "lies in the future" in text_of(page.post(address, tomorrow))
    shown = text_of(page.post(address, said | {"note": "Out of production"}, follow=True))
    assert "We no longer offer it . Out of production" in shown and "agreed on" in shown
    assert "Not renewed on purpose" in text_of(page.get(f"{reverse('renewals:queue')}?bucket=decided"))
    back = {"version": Renewal.objects.get().version}
    page.post(reverse("renewals:reopen", args=[row.pk]), back)
    assert (Renewal.objects.get().outcome, Renewal.objects.get().agreed_on) == ("", None)


def test_who_may_not_change_it_does_not_let_it_go(client, mila, team):
    row = standing(mila)
    client.force_login(cast.person("jonas", team=team))
    assert client.get(reverse("renewals:let_go", args=[row.pk])).status_code == 404
    said = {"version": 1, "reason": "discontinued", "agreed_on": today().isoformat(), "note": "x"}
    assert client.post(reverse("renewals:let_go", args=[row.pk]), said).status_code == 404
    assert client.post(reverse("renewals:take", args=[row.pk])).status_code == 404
    assert Renewal.objects.get().outcome == ""


def test_rn11_the_lead_finds_what_was_escalated_with_the_reason(client, mila, team):
    lead = cast.person("hanna", "team_lead", team)
    lead.language = "en"
    lead.save()
    on = today()
    cast.term(cast.account("Van Houten", mila), on - timedelta(days=365), on - timedelta(days=1), known_on=cast.KNOWN)
    run_day(on=on - timedelta(days=1))
    run_day(on=on)
    client.force_login(lead)
    row = Renewal.objects.get()
    shown = text_of(client.get(reverse("renewals:renewal", args=[row.pk])))
    assert "Escalated" in shown
    assert "passed without a signature." in shown
    assert "hold the loss interview" in shown
    assert "Not signed in time, to the lead: fired" in shown
    assert f"Last day to decide {day(row.decides_on)}".replace("\N{NO-BREAK SPACE}", " ") in shown
    assert "Not signed in time: step in" in text_of(client.get(reverse("dashboards:today")))
    lead.language = "nl"
    lead.save()
    shown = text_of(client.get(reverse("renewals:renewal", args=[row.pk])))
    assert "is zonder handtekening voorbijgegaan." in shown
    assert "without a signature" not in shown


def test_a_firing_that_kept_its_steps_as_sentences_still_says_why(client, mila):
    """Firings are never rewritten: those of an earlier version stay as they were."""
    on = today()
    cast.term(cast.account("Van Houten", mila), on - timedelta(days=365), on + timedelta(days=20), known_on=cast.KNOWN)
    run_day(on=on)
    row = Renewal.objects.get()
    facts = {"decides_on": row.decides_on.isoformat(), "owner": 15, "open_steps": ["Send the quote (2026-11-25)"]}
    Firing.objects.create(
        rule=LATE_STEP, subject_kind="renewal", subject_id=row.pk, occurrence_key="E.T1.M60@2026-12-31",
        account=row.account, state="fired", due_on=on, on=on, facts=facts,
    )  # fmt: skip
    client.force_login(mila)
    assert "Send the quote (2026-11-25)" in text_of(client.get(reverse("renewals:renewal", args=[row.pk])))
