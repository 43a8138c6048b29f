"""Marker-leak crawl (trust.md 5.4): every link, form and API address as every role; nothing of the other team shows."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from core.clock import today
from core.models import Role
from core.scope import System
from expansion.actions.planning import add_point, agree_action, name_person, open_plan, write_plan
from expansion.actions.referring import ask_referral
from expansion.actions.reviewing import note_item, open_review
from expansion.models import CellAnswer, DropReason, Signal, SignalKind
from health.actions.inviting import invite
from health.rules.survey import RELATIONSHIP
from installed_base.models import (
    AccountEvent,
    AssetSuccession,
    DeliveryStepKind,
    MachineOrder,
    PartsStatement,
    Promise,
    Site,
    Training,
)
from playbooks.models import Firing, Note, Play, Task
from renewals.models import Renewal
from sales.models import BusinessCase, DealKind, Lead, Opportunity
from tests import cast
from tests.api.base import alert
from tests.playbooks.meetings import comes, meeting
from tests.renewals import book

pytestmark = pytest.mark.django_db
LINK = re.compile(r'(?:href|hx-get|action|src)="(/[^"#]*)"')
SKIPPED = ("/static/", "/logout", "/accounts/logout", "/api/v1/schema", "/api/v1/docs", "/styleguide")
LIMIT = 160
API = (
    "accounts",
    "assets",
    "contracts",
    "renewals",
    "renewal-quotes",
    "tasks",
    "notes",
    "signals",
    "opportunities",
    "handoffs",
    "deliveries",
    "business-cases",
    "leads",
    "touches",
    "lead-sources",
    "qbrs",
    "qbr-actions",
    "whitespace",
    "upgrade-options",
    "reviews",
    "agreed-steps",
    "plan-reviews",
    "plan-review-accounts",
    "page-subscriptions",
    "targets",
)
FACTS = (
    "tickets",
    "visits",
    "readings",
    "moments",
    "answers",
    "alerts",
    "survey-invitations",
    "parts-statements",
    "promises",
    "trainings",
    "results",
    "judgements",
    "rescues",
    "segments",
    "account-events",
    "tips",
    "cell-answers",
    "account-plans",
    "plan-actions",
    "referrals",
)


def furnish(marker, owner):
    """One of everything, with the marker in every text field."""
    on = today()
    account = cast.account(f"{marker} account", owner=owner, city=f"{marker}-city", industry=f"{marker}-industry")
    site = Site.objects.create(account=account, name=f"{marker}-site", known_on=on)
    person = cast.contact(account, name=f"{marker}-contact", email=f"{marker}@example.com")
    machine = cast.asset(account, on - timedelta(days=2300), site=site, serial=f"{marker}-serial")
    term = cast.term(account, on - timedelta(days=300), on + timedelta(days=40))
    type(term.contract).objects.filter(pk=term.contract_id).update(number=f"{marker}-contract", title=f"{marker}-title")
    cast.cover(term, machine)
    _facts(account, machine, person, marker, on)
    cast.posted(account, on - timedelta(days=30), 1000)
    play = _play(account, term, marker, on)
    renewal = Renewal.objects.create(
        term=term,
        account=account,
        play=play,
        owner=account.owner,
        decides_on=term.ends_on,
        ends_on=term.ends_on,
        annual_value_reporting=12000,
        opened_on=on,
        next_step=f"{marker}-step",
    )
    book.quote(renewal, on=on, note=f"{marker}-offer")
    deal = Opportunity.objects.create(
        account=account, kind=DealKind.UPGRADE, name=f"{marker}-deal", owner=account.owner, known_on=on
    )
    _hand_over(deal, machine, person, marker, on)
    _leads(account, deal, marker, on)
    Signal.objects.create(
        firing=_firing("age", "asset", machine.pk, account, on),
        kind=SignalKind.UPGRADE,
        account=account,
        asset=machine,
        raised_on=on,
        due_on=on,
    )
    Note.objects.create(account=account, on=on, text=f"{marker}-note")
    _review(account, person, marker, on)
    _plan(account, person, marker, on)
    return {"account": account, "asset": machine, "renewal": renewal}


def _hand_over(deal, machine, person, marker, on):
    """A handoff that came back and was given again, what the deal brought, and its business case."""
    who = deal.owner.user
    said = {"account": deal.account, "direction": "to_sales", "given_on": on, "given_by": who, "to": deal.owner}
    said |= {"what": f"{marker}-what", "history": f"{marker}-history", "contact": person}
    back = {"returned_on": on, "returned_by": who, "returned_reason": f"{marker}-reason"}
    deal.handoffs.create(number=1, **said, **back)
    again = deal.handoffs.create(number=2, **said)
    again.promises.create(kind="uptime", text=f"{marker}-promised", to=person)
    ordered = cast.asset(deal.account, serial=f"{marker}-ordered", ordered_on=on, first_evidence_on=on)
    deal.deliveries.create(asset=ordered, written_on=on, written_by=who)
    order = MachineOrder.objects.create(asset=ordered, number=f"{marker}-number", owner=deal.owner, known_on=on)
    for step in DeliveryStepKind.values:
        row = order.steps.create(step=step, planned_on=on, note=f"{marker}-note", known_on=on)
        row.replannings.create(was=on, now=on, on=on, by=who, reason=f"{marker}-moved")
    AssetSuccession.objects.create(asset=machine, successor=ordered, known_on=on)
    BusinessCase.objects.create(
        opportunity=deal, inputs={"price": "1"}, sources={"price": "said"}, note=f"{marker}-case", made_on=on,
        changed_on=on, changed_by=who,
    )  # fmt: skip


def _leads(account, deal, marker, on):
    """A lead that nobody called, one that became a deal, and a touch of each."""
    said = {"company": f"{marker}-company", "person": f"{marker}-person", "note": f"{marker}-lead", "known_on": on}
    said |= {"owner": account.owner, "created_on": on}
    open_ = Lead.objects.create(**said)
    went = Lead.objects.create(**said, state="converted", closed_on=on, account=account, opportunity=deal)
    for lead in (open_, went):
        lead.touches.create(on=on, kind="call", what=f"{marker}-touch", known_on=on)
    for ended in ({"ended_on": on, "end_reason": f"{marker}-silent"}, {}):
        open_.assignments.create(partner=account, given_on=on, answer_by=on, **ended)
    Lead.objects.filter(pk=open_.pk).update(partner=account)
    held = deal.assignments.create(partner=account, given_on=on, answer_by=on)
    held.reports.create(on=on, what=f"{marker}-told")
    Opportunity.objects.filter(pk=deal.pk).update(partner=account)


def _facts(account, machine, person, marker, on):
    cast.ticket(account, on, asset=machine, contact=person, number=f"{marker}-ticket", title=f"{marker}-trouble")
    cast.visit(account, on, asset=machine, note=f"{marker}-visit")
    _start(account, person, marker, on)
    cast.reading(machine, on, source=f"{marker}-meter")
    cast.moment(account, on, person, note=f"{marker}-moment")
    cast.answer(account, on, 4, person, comment=f"{marker}-answer")
    cast.judgement(account, on, 40, reason=f"{marker}-judgement")
    alert(account)
    AccountEvent.objects.create(
        account=account, kind="growth", heard="press", on=on, known_on=on, note=f"{marker}-heard"
    )
    PartsStatement.objects.create(
        account=account, contact=person, on=on, elsewhere=5, currency="EUR", known_on=on, note=f"{marker}-elsewhere"
    )
    DropReason.objects.create(account=account, why="other", note=f"{marker}-drop", on=on)
    CellAnswer.objects.create(
        account=account, column="service", state="competitor", competitor=f"{marker}-rival", note=f"{marker}-cell",
        known_on=on,
    )  # fmt: skip
    invite(kind=RELATIONSHIP, contacts=[person.pk], by=account.owner.user, on=on)


def _review(account, person, marker, on):
    """A QBR that is ahead, with everything that is written about one."""
    qbr = meeting(account, on, place=f"{marker}-place", health_note=f"{marker}-health", agreed_on=on)
    comes(qbr, person)
    qbr.parts.create(key="review", minutes=15, words=f"{marker}-words", notes=f"{marker}-notes")
    qbr.actions.create(title=f"{marker}-action", due_on=on, ours=False, contact=person, created_on=on)
    qbr.moves.create(from_on=on, to_on=on, reason=f"{marker}-reason", on=on)
    qbr.letters.create(
        kind="agenda", subject=f"{marker}-subject", body=f"{marker}-body", receivers=[[f"{marker}-to", ""]]
    )


def _plan(account, person, marker, on):
    """A plan with everything that is written in one, a review in which it stands, and a referral."""
    by = account.owner.user
    plan = open_plan(account=account, year=on.year, by=by, on=on)
    write_plan(plan=plan, by=by, aim=f"{marker}-aim", situation=f"{marker}-situation", decision=f"{marker}-decision")
    name_person(plan=plan, contact=person, part="decides", by=by, note=f"{marker}-part")
    add_point(plan=plan, side="risk", kind="churn", text=f"{marker}-risk", by=by, on=on)
    agree_action(plan=plan, title=f"{marker}-step", due_on=on, owner=account.owner, by=by, on=on)
    review = open_review(owner=account.owner, held_on=on, by=by, on=on)
    note_item(item=review.items.get(), by=by, note=f"{marker}-said", risks=f"{marker}-danger")
    ask_referral(
        account=account, contact=person, kind="introduction", by=by, on=on, talking_points=f"{marker}-talk",
        intro=f"{marker}-intro",
    )  # fmt: skip


def _start(account, person, marker, on):
    """A machine that just went live, with a promise, a training and a result."""
    live = on - timedelta(days=12)
    machine = cast.asset(account, live, serial=f"{marker}-new", went_live_on=live)
    shared = {"account": account, "asset": machine, "known_on": on}
    Promise.objects.create(kind="output", text=f"{marker}-promise", promised_on=live, **shared)
    Training.objects.create(kind="operation", contact=person, **shared)
    cast.roi(account, on, goal=f"{marker}-goal", asset=machine)


def _play(account, term, marker, on):
    play = Play.objects.create(
        playbook="renewal", account=account, subject_kind="term", subject_id=term.pk, owner=account.owner, opened_on=on
    )
    Task.objects.create(
        account=account,
        play=play,
        subject_kind="term",
        subject_id=term.pk,
        title=f"{marker}-task",
        owner=account.owner,
        due_on=on,
        created_on=on,
    )
    return play


def _firing(rule, kind, pk, account, on):
    return Firing.objects.create(
        rule=rule,
        subject_kind=kind,
        subject_id=pk,
        occurrence_key="AGE",
        account=account,
        state="fired",
        due_on=on,
        on=on,
    )


@pytest.fixture
def two_teams(db):
    north, south = cast.pool("North"), cast.pool("South")
    theirs = furnish("ZQXB", cast.person("bob", team=south))
    ours = furnish("ZQXA", cast.person("anna", team=north))
    return {"north": north, "ours": ours, "theirs": theirs}


def crawl(client, start):
    """Every page within reach of these addresses, as (path, status, text)."""
    waiting, seen = list(start), set()
    while waiting and len(seen) < LIMIT:
        path = waiting.pop(0)
        if path in seen or path.startswith(SKIPPED):
            continue
        seen.add(path)
        answer = client.get(path)
        text = b"".join(answer).decode(errors="replace")
        yield path, answer.status_code, text
        if "html" in answer.headers.get("Content-Type", ""):
            waiting += [unescape(link) for link in LINK.findall(text)]


STARTS = (
    "/", "/renewals/", "/qbrs/", "/accounts/", "/machines/", "/expansion/", "/pipeline/", "/bowtie/", "/search/?q=ZQX",
    "/health/surveys/", "/health/surveys/sent/", "/health/surveys/send/", "/adoption/", "/adoption/?view=list",
    "/expansion/whitespace/", "/expansion/whitespace/best/", "/expansion/whitespace/file/", "/expansion/options/",
    "/expansion/upsell/",
    "/", "/renewals/", "/qbrs/", "/accounts/", "/machines/", "/expansion/", "/pipeline/", "/handoffs/", "/deliveries/",
    "/bowtie/", "/search/?q=ZQX", "/health/surveys/", "/health/surveys/sent/", "/health/surveys/send/", "/adoption/",
    "/adoption/?view=list",
    "/expansion/plans/", "/expansion/reviews/", "/expansion/referrals/", "/leads/?show=all", "/leads/sources/",
    "/leads/dealers/",
    "/settings/mail/",
)  # fmt: skip


@pytest.mark.parametrize("role", [Role.CS_MANAGER, Role.SALES, Role.TEAM_LEAD, Role.TECHNICIAN])
def test_no_page_within_reach_shows_the_other_team(client, two_teams, role):
    client.force_login(cast.person("carl", role, two_teams["north"]))
    api = [f"/api/v1/{name}/" for name in (*API, *FACTS)]
    own = 0
    for path, status, text in crawl(client, [*STARTS, *api]):
        assert "ZQXB" not in text, f"{path} shows the other team to a {role}"
        assert status < 500, path
        own += "ZQXA" in text
    assert own or role == Role.TECHNICIAN


@pytest.mark.parametrize("role", list(Role))
def test_every_page_answers_every_role_without_an_error(client, two_teams, role):
    client.force_login(cast.person("carl", role, two_teams["north"]))
    broken = [(p, s) for p, s, _ in crawl(client, STARTS) if s >= 500]
    assert broken == []


@pytest.mark.parametrize("role", [Role.CS_MANAGER, Role.TECHNICIAN])
def test_what_is_foreign_is_answered_like_what_is_missing(client, two_teams, role):
    client.force_login(cast.person("carl", role, two_teams["north"]))
    for name, kind in (("dashboards:account", "account"), ("renewals:renewal", "renewal")):
        foreign = client.get(reverse(name, args=[two_teams["theirs"][kind].pk]))
        missing = client.get(reverse(name, args=[987654]))
        assert (foreign.status_code, missing.status_code) == (404, 404)


def addresses(patterns=None, prefix=""):
    """Every address of the product that takes no argument."""
    for pattern in patterns if patterns is not None else get_resolver().url_patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from addresses(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and not re.search(r"[<(\\^]", route):
            yield "/" + route


PUBLIC = (
    "/login/",
    "/signup/",
    "/logout/",
    "/password/",
    "/livez",
    "/readyz",
    "/confirm-email/",
    "/reauthenticate/",
    "/inactive/",
)


def test_nothing_is_shown_to_somebody_who_has_not_signed_in(client, two_teams):
    for path in addresses():
        if path.startswith((*PUBLIC, "/api/v1/schema", "/api/v1/docs", "/styleguide")):
            continue
        answer = client.get(path)
        assert answer.status_code in (302, 401, 403, 404, 405), path
        assert "ZQX" not in answer.content.decode(errors="replace"), path


def test_the_markers_are_really_there(two_teams):
    everything = System("test")
    assert type(two_teams["ours"]["account"]).objects.visible_to(everything).filter(name__contains="ZQX").count() == 2
