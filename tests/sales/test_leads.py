"""What is done with a lead: each act, what it refuses, whom it tells, what it makes stale, and who may (LG-01..06)."""

from datetime import date, timedelta

import pytest
from django.core.exceptions import ValidationError

from core.models import Outbox, Role, Touched
from core.scope import System
from dashboards.queries import timeline
from installed_base.models import Account, Product
from sales.actions import lead as actions
from sales.actions.lead import DoubleLead, Said
from sales.actions.lead_source import save_source
from sales.models import DealKind, Lead, LeadSource, Opportunity, Touch
from sales.queries import lead as query
from tests import cast
from tests.sales.leading import ON, Field

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def field():
    return Field()


def since(lead):
    return Touched.objects.get(kind="lead", subject_id=lead.pk).since


def fresh(row):
    return type(row).objects.visible_to(System("test")).get(pk=row.pk)


def test_a_lead_is_written_down_with_what_is_known_and_its_owner_is_told(field):
    row = actions.create_lead(
        said=Said(company="  Bakker B.V. ", person="Joke Bos", email="joke@bakker.nl", employees=0),
        owner=field.owner(field.daniel), by=field.mark, on=ON, created_on=ON - 3 * DAY,
    )  # fmt: skip
    assert (row.company, row.state, row.created_on, row.known_on) == ("Bakker B.V.", "new", ON - 3 * DAY, ON)
    assert (row.employees, row.machines) == (0, None)
    told = Outbox.objects.get(kind="lead.created")
    assert told.destination == f"owner:{row.owner_id}" and told.payload["by"] == field.mark.pk
    assert "Joke" not in str(told.payload)
    assert since(row) == ON - 3 * DAY


def test_who_writes_down_their_own_gets_no_mail_of_it(field):
    field.lead()
    assert Outbox.objects.get(kind="lead.created").destination == "events"


@pytest.mark.parametrize(
    ("said", "day", "words"),
    [
        ({"company": " "}, ON, "called"),
        ({"company": "Bakker", "email": "joke at bakker"}, ON, "joke at bakker"),
        ({"company": "Bakker"}, ON + DAY, "has come"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(field, said, day, words):
    with pytest.raises(ValidationError, match=words):
        actions.create_lead(said=Said(**said), owner=field.owner(field.daniel), by=field.daniel, on=ON, created_on=day)
    assert not Lead.objects.exists() and not Outbox.objects.exists() and not Touched.objects.exists()


def test_a_lead_belongs_to_somebody_who_works_leads(field):
    tom = cast.person("tom", Role.TECHNICIAN)
    with pytest.raises(ValidationError, match="works no leads"):
        actions.create_lead(said=Said(company="Bakker"), owner=field.owner(tom), by=field.daniel, on=ON)
    with pytest.raises(ValidationError, match="written down by"):
        actions.create_lead(said=Said(company="Bakker"), owner=field.owner(field.daniel), by=tom, on=ON)
    assert not Lead.objects.exists()


def test_the_same_lead_is_written_down_twice_only_on_purpose(field):
    first = field.lead("Bakker B.V.", email="joke@bakker.nl")
    said = {"owner": field.owner(field.daniel), "by": field.daniel, "on": ON}
    for other in (Said(company="bakker"), Said(company="De Bakkerij", email="JOKE@bakker.nl")):
        with pytest.raises(DoubleLead) as found:
            actions.create_lead(said=other, **said)
        assert found.value.row == first
    actions.create_lead(said=Said(company="bakker"), all_the_same=True, **said)
    assert Lead.objects.count() == 2


def test_a_double_that_is_closed_or_out_of_sight_stops_nobody(field):
    row = field.lead("Bakker")
    zoe = cast.person("zoe", Role.SALES, cast.pool("South"))
    actions.create_lead(said=Said(company="Bakker"), owner=field.owner(zoe), by=zoe, on=ON)
    actions.drop_lead(lead=row, because="no_need", by=field.daniel, on=ON)
    actions.create_lead(said=Said(company="Bakker"), owner=field.owner(field.daniel), by=field.daniel, on=ON)
    assert [r.state for r in query.doubles_of("Bakker", "", field.daniel)] == ["new", "dropped"]


def test_a_talk_starts_the_work_and_a_paper_does_not(field):
    row = field.lead(created_on=ON - 5 * DAY)
    actions.log_touch(
        lead=row, kind="content", on=ON, happened_on=ON - 400 * DAY, lead_source=field.paper, by=field.daniel
    )
    assert (fresh(row).state, since(row)) == ("new", ON - 400 * DAY)
    actions.log_touch(lead=row, kind="call", on=ON, happened_on=ON - 100 * DAY, by=field.daniel)
    assert fresh(row).state == "new"  # before they came
    actions.log_touch(lead=row, kind="call", on=ON, happened_on=ON - DAY, what=" Wants a visit ", by=field.daniel)
    row = fresh(row)
    assert (row.state, row.worked_on) == ("working", ON - DAY)
    touches = query.touches_of(row, ON)
    assert [t.on for t in touches] == [ON - DAY, ON - 100 * DAY, ON - 400 * DAY]
    assert touches[0].what == "Wants a visit" and touches[-1].lead_source == field.paper


def test_a_touch_is_of_a_kind_and_a_day_that_has_come_and_can_be_taken_away(field):
    row = field.lead()
    with pytest.raises(ValidationError, match="kind"):
        actions.log_touch(lead=row, kind="telepathy", on=ON, by=field.daniel)
    with pytest.raises(ValidationError, match="took place"):
        actions.log_touch(lead=row, kind="call", on=ON, happened_on=ON + DAY, by=field.daniel)
    assert not Touch.objects.exists()
    made = actions.log_touch(lead=row, kind="mail", on=ON, by=field.daniel)
    actions.remove_touch(touch_row=made, by=field.daniel, on=ON)
    assert not Touch.objects.exists()
    assert since(row) == ON


def test_a_lead_is_dropped_for_a_reason_on_a_day_after_it_came(field):
    row = field.lead(created_on=ON - 2 * DAY)
    refusals = [
        ({"because": ""}, "Say why"),
        ({"because": "boredom"}, "Say why"),
        ({"because": "other"}, "what it was"),
        ({"because": "no_need", "closed_on": ON - 3 * DAY}, "before the day on which it came"),
        ({"because": "no_need", "closed_on": ON + DAY}, "has come"),
    ]
    for said, words in refusals:
        with pytest.raises(ValidationError, match=words):
            actions.drop_lead(lead=row, by=field.daniel, on=ON, **said)
        assert fresh(row).state == "new"
    actions.drop_lead(lead=row, because="other", note=" Moved ", closed_on=ON - DAY, by=field.daniel, on=ON)
    row = fresh(row)
    assert (row.state, row.closed_on, row.dropped_because, row.dropped_note) == (
        "dropped", ON - DAY, "other", "Moved",
    )  # fmt: skip
    with pytest.raises(ValidationError, match="was dropped"):
        actions.start_lead(lead=row, by=field.daniel, on=ON)


def test_back_needs_a_reason_and_comes_where_it_was(field):
    new, worked = field.lead("Bakker"), field.lead("Visser")
    actions.start_lead(lead=worked, by=field.daniel, on=ON)
    for row, state in ((new, "new"), (worked, "working")):
        with pytest.raises(ValidationError, match="open"):
            actions.reopen_lead(lead=row, reason="They called", by=field.daniel, on=ON)
        actions.drop_lead(lead=row, because="no_answer", by=field.daniel, on=ON)
        with pytest.raises(ValidationError, match="Say why"):
            actions.reopen_lead(lead=row, reason=" ", by=field.daniel, on=ON)
        actions.reopen_lead(lead=row, reason="They called", by=field.daniel, on=ON + DAY)
        again = fresh(row)
        assert (again.state, again.closed_on, again.dropped_because, again.state_reason) == (
            state, None, "", "They called",
        )  # fmt: skip


def test_handing_over_tells_who_gets_it(field):
    row = field.lead()
    mila = cast.person("mila", Role.CS_MANAGER, cast.pool("North"))
    actions.hand_lead_over(lead=row, to=field.owner(mila), by=field.daniel, on=ON)
    assert fresh(row).owner == field.owner(mila)
    told = Outbox.objects.get(kind="lead.handed_over")
    assert told.destination == f"owner:{field.owner(mila).pk}"
    assert Lead.objects.changeable_by(mila).get() == row
    assert not Lead.objects.visible_to(field.daniel).exists()


def test_a_deal_is_made_with_a_new_account_and_both_know_each_other(field):
    row = field.lead("Bakker B.V.", country="NL", industry="Bakery")
    deal = actions.convert_lead(
        lead=row, owner=field.owner(field.daniel), name="First line", value=None, by=field.daniel, on=ON
    )
    row = fresh(row)
    at = Account.objects.visible_to(field.daniel).get()
    assert (at.name, at.country, at.industry, at.owner) == ("Bakker B.V.", "NL", "Bakery", row.owner)
    assert (row.state, row.closed_on, row.worked_on, row.account, row.opportunity) == ("converted", ON, ON, at, deal)
    assert (deal.kind, deal.stage, deal.name, deal.account, deal.value) == (
        "new_logo", "identified", "First line", at, None,
    )  # fmt: skip
    assert query.leads_of(deal, field.daniel) == [row]
    assert Outbox.objects.get(kind="lead.converted").payload["opportunity"] == deal.pk
    touched = Touched.objects.get(kind="lead", subject_id=row.pk)
    assert touched.account_id == at.pk
    with pytest.raises(ValidationError, match="already"):
        actions.convert_lead(lead=row, owner=field.owner(field.daniel), by=field.daniel, on=ON)
    with pytest.raises(ValidationError, match="go on there"):
        actions.reopen_lead(lead=row, reason="Oops", by=field.daniel, on=ON)
    with pytest.raises(ValidationError, match="that of the deal"):
        actions.link_account(lead=row, account=None, by=field.daniel, on=ON)
    assert Opportunity.objects.count() == 1


def test_the_kind_of_the_deal_is_one_that_the_company_can_get(field):
    who = {"owner": field.owner(field.daniel), "by": field.daniel, "on": ON}
    customer, gone = cast.account("Visser", field.daniel), cast.account("Bakker", field.daniel)
    cast.posted(customer, ON - 30 * DAY, 1000)
    cast.posted(gone, ON - 900 * DAY, 1000)
    row = field.lead("Visser")
    with pytest.raises(ValidationError, match="is a customer already: choose"):
        actions.convert_lead(lead=row, account=customer, **who)
    with pytest.raises(ValidationError, match="New customer"):
        actions.convert_lead(lead=row, account=customer, kind="new_logo", **who)
    assert fresh(row).state == "new" and not Opportunity.objects.exists()
    deal = actions.convert_lead(lead=row, account=customer, kind="additional_machine", **who)
    assert deal.kind == DealKind.ADDITIONAL_MACHINE
    back = field.lead("Bakker")
    with pytest.raises(ValidationError, match="no customer today"):
        actions.convert_lead(lead=back, account=gone, kind="upgrade", **who)
    assert actions.convert_lead(lead=back, account=gone, **who).kind == DealKind.WIN_BACK


def test_a_name_that_stands_in_the_base_is_another_company_only_on_purpose(field):
    at = cast.account("Bakker", field.daniel)
    row, who = field.lead("Bakker B.V."), {"owner": field.owner(field.daniel), "by": field.daniel, "on": ON}
    assert query.accounts_called(row.company, field.daniel) == [at]
    with pytest.raises(ValidationError, match="stands in the base"):
        actions.convert_lead(lead=row, **who)
    assert Account.objects.count() == 1
    deal = actions.convert_lead(lead=row, another=True, **who)
    assert deal.account != at


def test_a_linked_account_takes_the_deal_unless_a_colleague_works_it(field):
    mine, theirs = cast.account("Bakker", field.daniel), cast.account("Visser", cast.person("mila"))
    row, other, who = field.lead("Bakker"), field.lead("Visser"), {"by": field.daniel, "on": ON}
    actions.link_account(lead=row, account=mine, **who)
    assert actions.convert_lead(lead=row, owner=field.owner(field.daniel), **who).account == mine
    actions.link_account(lead=other, account=theirs, **who)
    with pytest.raises(ValidationError, match="A colleague works Visser"):
        actions.convert_lead(lead=other, owner=field.owner(field.daniel), **who)
    actions.link_account(lead=other, account=None, **who)
    assert fresh(other).account is None
    late = field.lead("Old")
    merged = cast.account("Old", field.daniel)
    actions.link_account(lead=late, account=merged, **who)
    Account.objects.filter(pk=merged.pk).update(merged_into=mine)
    merged.refresh_from_db()
    assert actions.convert_lead(lead=late, owner=field.owner(field.daniel), **who).account == mine
    with pytest.raises(ValidationError, match="merged"):
        actions.link_account(lead=other, account=merged, **who)


def test_marketing_works_every_lead_and_makes_no_deal(field):
    row = field.lead()
    assert Lead.objects.changeable_by(field.mark).get() == row
    actions.log_touch(lead=row, kind="call", on=ON, by=field.mark)
    with pytest.raises(ValidationError, match="works deals"):
        actions.convert_lead(lead=row, owner=field.owner(field.daniel), by=field.mark, on=ON)
    assert not Opportunity.objects.exists() and not Account.objects.exists()


def test_who_sees_works_and_reads_the_person_of_a_lead(field):
    row = field.lead()
    people = {
        role: cast.person(f"x-{role}", role, cast.pool(f"Of {role}"))
        for role in (Role.SALES, Role.CS_MANAGER, Role.TEAM_LEAD, Role.TECHNICIAN, Role.EXECUTIVE, Role.OPERATIONS)
    }
    people |= {"owner": field.daniel, "lead": field.lea, "marketing": field.mark}

    def may(rows):
        return {name for name, user in people.items() if rows(user).filter(pk=row.pk).exists()}

    assert may(Lead.objects.visible_to) == {"owner", "lead", "marketing", Role.EXECUTIVE, Role.OPERATIONS}
    assert may(Lead.objects.changeable_by) == {"owner", "lead", "marketing"}
    assert may(Lead.objects.named_to) == {"owner", "lead", "marketing", Role.OPERATIONS}
    actions.log_touch(lead=row, kind="mail", on=ON, by=field.daniel)
    touches = {n for n, u in people.items() if Touch.objects.changeable_by(u).exists()}
    assert touches == {"owner", "lead", "marketing"}


def test_an_executive_who_owns_a_lead_works_it_and_reads_its_person(field):
    elke = cast.person("elke", Role.EXECUTIVE)
    row = field.lead()
    Lead.objects.filter(pk=row.pk).update(owner=field.owner(elke))
    assert Lead.objects.changeable_by(elke).get() == row and Lead.objects.named_to(elke).get() == row


def test_a_lead_at_an_account_is_seen_by_its_team(field):
    mila = cast.person("mila", Role.CS_MANAGER, cast.pool("North"))
    row = field.lead()
    assert not Lead.objects.visible_to(mila).exists()
    actions.link_account(lead=row, account=cast.account("Bakker", mila), by=field.daniel, on=ON)
    assert Lead.objects.changeable_by(mila).get() == row
    assert Lead.objects.changeable_by(field.daniel).get() == row


def test_the_list_says_who_waits_like_the_rule_does(field):
    late, early = field.lead("Late", created_on=ON - 6 * DAY), field.lead("Early")
    quiet, called = field.lead("Quiet", created_on=ON - 60 * DAY), field.lead("Called", created_on=ON - 60 * DAY)
    actions.log_touch(lead=quiet, kind="call", on=ON, happened_on=ON - 40 * DAY, by=field.daniel)
    actions.log_touch(lead=called, kind="visit", on=ON, happened_on=ON - 3 * DAY, by=field.daniel)
    dropped = field.lead("Dropped", created_on=ON - 60 * DAY)
    actions.drop_lead(lead=dropped, because="no_need", by=field.daniel, on=ON)
    rows = query.leads(field.daniel, ON)
    assert set(query.shown(rows, "waiting", ON)) == {late, quiet}
    assert query.counts(rows, ON) == {
        "all": 5, "new": 2, "working": 2, "waiting": 2, "dealers": 0, "overdue": 0, "converted": 0, "dropped": 1,
    }  # fmt: skip
    assert query.open_count(field.daniel) == 4
    assert early in query.shown(rows, "new", ON)


def test_touches_stand_in_the_timeline_of_the_account(field):
    at = cast.account("Bakker", field.daniel)
    row = field.lead("Bakker", created_on=ON - 2 * DAY)
    actions.log_touch(lead=row, kind="call", on=ON, what="Wants a visit", by=field.daniel)
    assert not timeline.of_account(at.pk, field.daniel, ON).rows
    actions.link_account(lead=row, account=at, by=field.daniel, on=ON)
    events = timeline.of_account(at.pk, field.daniel, ON).rows
    assert [(e.what, e.kind, e.words) for e in events] == [
        ("touch", "call", "Wants a visit"), ("lead", "Fair of Essen", "Bakker"),
    ]  # fmt: skip


def test_a_source_is_kept_by_marketing_once_under_a_name(field):
    dealer = cast.account("Kraft", field.daniel)
    made = save_source(name=" Dealer Kraft ", channel="partner", partner=dealer, by=field.mark)
    assert (made.name, made.partner, made.is_active) == ("Dealer Kraft", dealer, True)
    refusals = [
        ({"name": "dealer kraft", "channel": "fair"}, "already"),
        ({"name": " ", "channel": "fair"}, "name"),
        ({"name": "X", "channel": "smoke"}, "channel"),
        ({"name": "X", "channel": "fair", "partner": dealer}, "dealer or partner"),
    ]
    for said, words in refusals:
        with pytest.raises(ValidationError, match=words):
            save_source(by=field.mark, **said)
    with pytest.raises(ValidationError, match="kept by"):
        save_source(name="X", channel="fair", by=field.daniel)
    save_source(source=made, name="Kraft", channel="partner", partner=dealer, is_active=False, by=field.lea)
    made.refresh_from_db()
    assert (made.name, made.is_active, LeadSource.objects.count()) == ("Kraft", False, 3)


def test_sources_are_counted_over_a_year_of_what_one_sees(field):
    field.lead("A", employees=80)
    row = field.lead("B")
    field.lead("Old", created_on=date(2024, 1, 1))
    actions.convert_lead(lead=row, owner=field.owner(field.daniel), by=field.daniel, on=ON)
    lines = {line.source.name: line for line in query.source_lines(field.daniel, ON)}
    fair = lines["Fair of Essen"]
    assert (fair.year, fair.fit, fair.converted, fair.every, fair.last_on) == (2, 1, 1, 3, ON)
    assert lines["Paper on pits"].every == 0 and lines["Paper on pits"].last_on is None
    zoe = cast.person("zoe", Role.SALES, cast.pool("South"))
    assert {line.every for line in query.source_lines(zoe, ON)} == {0}


def test_what_is_known_is_said_anew_as_a_whole(field):
    row = field.lead(employees=10)
    product = Product.objects.create(name="VR-8", known_on=ON)
    said = actions.said_of(row)
    actions.change_lead(
        lead=row, said=Said(**{**vars(said), "employees": None, "interest": product}), by=field.daniel, on=ON
    )
    row = fresh(row)
    assert (row.employees, row.interest, row.person) == (None, product, "Joke Bos")
    with pytest.raises(ValidationError, match="no e-mail address"):
        actions.change_lead(lead=row, said=Said(company="Bakker", email="@"), by=field.daniel, on=ON)
    assert fresh(row).company == "Bakker B.V."
