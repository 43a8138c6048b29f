"""Quotes: versions that are kept, states in their order, one signature (RN-05, RN-06, G-02..G-04)."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest

from core.history import keep
from core.models import ExchangeRate, Outbox
from installed_base.actions.terms import Offer, TermRefused, move_term_end
from installed_base.models import (
    Coverage,
    LedgerEntry,
    Level,
    PartsOrder,
    PartsOrderLine,
    Term,
    TermPeriod,
    TermSuccession,
)
from renewals.actions.deciding import decide_lost, decide_renewed, reopen
from renewals.actions.pricing import Asked, Index, LineAsk, asked_of
from renewals.actions.quoting import accept_quote, discuss_quote, draft_quote, revise_quote, send_quote
from renewals.actions.working import WorkRefused
from renewals.models import Quote, QuoteLine, Renewal
from renewals.queries.quotes import lines_of_quote, margin_of
from sales.models import Opportunity
from tests import cast
from tests.renewals.book import ON, ending, renewal, task

pytestmark = pytest.mark.django_db
D = Decimal


@pytest.fixture
def team():
    return cast.pool("North")


@pytest.fixture
def mila(team):
    return cast.person("mila", team=team)


@pytest.fixture
def ladder():
    return [
        Level.objects.create(key=name.lower(), name=name, rung=rung, list_price=price, currency="EUR")
        for rung, (name, price) in enumerate((("Basic", 400), ("Plus", 500), ("Premium", None)), 1)
    ]


@pytest.fixture
def row(mila, ladder):
    """12,000 a year over three machines: 6,000, 4,000 and 2,000."""
    term = ending(cast.account("Van Houten", mila), level=ladder[0])
    for value in (6000, 4000, 2000):
        cast.cover(term, cast.asset(term.contract.account), annual_value=value, annual_value_reporting=value)
    return renewal(term)


def lines(row):
    return list(Coverage.objects.filter(term=row.term).order_by("pk"))


def asked(row, **values):
    return Asked(**({"months": 12, "level_id": row.term.level_id, "uplift": D("0.03")} | values))


def accepted(row, mila, **values):
    quote = draft_quote(renewal=row.pk, asked=asked(row, **values), by=mila, on=ON)
    send_quote(quote=quote.pk, by=mila, on=ON)
    return accept_quote(quote=quote.pk, by=mila, on=ON)


def signed(row, mila, **values):
    row.refresh_from_db()
    facts = {"offer": None, "signed_on": ON, "note": "", "version": row.version}
    return decide_renewed(renewal=row.pk, by=mila, on=ON, **(facts | values))


def prices(quote):
    return [(line.old_annual, line.new_annual, line.drop_reason) for line in quote.lines.order_by("coverage_id")]


# Drafting and revising.


def test_a_draft_is_the_same_again_at_the_uplift_of_the_policy(row, mila):
    quote = draft_quote(renewal=row.pk, by=mila, on=ON)
    assert (quote.version, quote.kind, quote.state, quote.months) == (1, "same", "draft", 12)
    assert (quote.starts_on, quote.ends_on) == (row.ends_on + timedelta(days=1), row.ends_on + timedelta(days=365))
    assert (quote.old_annual, quote.new_annual, quote.new_annual_reporting) == (12000, 12360, 12360)
    assert prices(quote) == [(6000, 6180, ""), (4000, 4120, ""), (2000, 2060, "")]
    assert (quote.change_scope, quote.change_level, quote.change_price) == (0, 0, 360)
    assert (quote.made_by, quote.made_on, quote.valid_until) == (mila, ON, ON + timedelta(days=60))


def test_a_revision_is_a_new_version_and_the_old_one_stays_as_it_was(row, mila, ladder):
    first = draft_quote(renewal=row.pk, by=mila, on=ON)
    before = Quote.objects.filter(pk=first.pk).values("months", "new_annual", "kind", "uplift").get()
    smallest = lines(row)[2]
    second = revise_quote(
        quote=first.pk,
        asked=asked(row, months=36, level_id=ladder[1].pk, lines={smallest.pk: LineAsk("sold_on")}),
        by=mila,
        on=ON,
    )
    first.refresh_from_db()
    assert (first.state, first.replaced_on) == ("replaced", ON)
    assert Quote.objects.filter(pk=first.pk).values("months", "new_annual", "kind", "uplift").get() == before
    assert (second.version, second.kind, second.new_annual) == (2, "upgrade", D("12875.00"))
    assert prices(second) == [(6000, 7725, ""), (4000, 5150, ""), (2000, None, "sold_on")]
    assert (second.change_scope, second.change_level, second.change_price) == (-2000, 2500, 375)
    assert asked_of(second).lines == {smallest.pk: LineAsk("sold_on")}


def test_one_version_stands_and_who_revises_an_old_one_is_told(row, mila):
    first = draft_quote(renewal=row.pk, by=mila, on=ON)
    with pytest.raises(WorkRefused, match="Version 1 stands already"):
        draft_quote(renewal=row.pk, by=mila, on=ON)
    revise_quote(quote=first.pk, asked=asked(row), by=mila, on=ON)
    for act in (send_quote, discuss_quote, accept_quote):
        with pytest.raises(WorkRefused, match="Version 1 was replaced by version 2"):
            act(quote=first.pk, by=mila, on=ON)
    with pytest.raises(WorkRefused, match="replaced"):
        revise_quote(quote=first.pk, asked=asked(row), by=mila, on=ON)
    assert Quote.objects.count() == 2


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"months": 0}, "cannot end before it starts"),
        ({"months": 241}, "1 to 240"),
        ({"annual": D(-1)}, "below zero"),
        ({"uplift": D("-1.5")}, "below zero"),
        ({"index": Index("CPI", D(0), D(5))}, "both figures"),
        ({"valid_until": ON - timedelta(days=1)}, "has passed"),
        ({"lines": {987654: LineAsk("price")}}, "does not go on"),
    ],
)
def test_what_makes_no_sense_is_refused_and_nothing_is_written(row, mila, wrong, said):
    first = draft_quote(renewal=row.pk, by=mila, on=ON)
    with pytest.raises(WorkRefused, match=said):
        revise_quote(quote=first.pk, asked=asked(row, **wrong), by=mila, on=ON)
    first.refresh_from_db()
    assert (first.state, Quote.objects.count(), QuoteLine.objects.count()) == ("draft", 1, 3)


def test_machines_are_dropped_for_a_reason_and_not_all_of_them(row, mila):
    everything = {line.pk: LineAsk("price") for line in lines(row)}
    first = lines(row)[0]
    for strange, said in (
        (everything, "write the renewal down as lost"),
        ({first.pk: LineAsk("boredom")}, "choose a reason"),
        ({first.pk: LineAsk("price", D(5))}, "is dropped"),
        ({first.pk: LineAsk(stated=D(-5))}, "below zero"),
    ):
        with pytest.raises(WorkRefused, match=said):
            draft_quote(renewal=row.pk, asked=asked(row, lines=strange), by=mila, on=ON)
    assert not Quote.objects.exists()


def test_an_index_gives_the_uplift_and_is_kept(row, mila):
    index = Index("CPI, all households", D("118.4"), D("121.6"))
    quote = draft_quote(renewal=row.pk, asked=asked(row, index=index), by=mila, on=ON)
    assert (quote.basis, quote.uplift, quote.new_annual) == ("indexation", D("0.027027"), D("12324.32"))
    assert asked_of(quote).index == index


def test_foreign_money_keeps_its_currency_and_its_rate(row, mila):
    Term.objects.filter(pk=row.term_id).update(currency="USD")
    ExchangeRate.objects.create(currency="USD", on=date(2026, 1, 1), rate=D("0.9"))
    quote = draft_quote(renewal=row.pk, by=mila, on=ON)
    assert (quote.currency, quote.new_annual, quote.new_annual_reporting) == ("USD", 12360, D("11124.00"))
    Term.objects.filter(pk=row.term_id).update(currency="SEK")
    unknown = revise_quote(quote=quote.pk, asked=asked(row), by=mila, on=ON)
    assert (unknown.new_annual, unknown.new_annual_reporting) == (12360, None)


# Margin.


def delivered(row, asset, cost, on=ON - timedelta(days=30)):
    order = PartsOrder.objects.create(
        account=row.account, number=f"P{cost}", ordered_on=on, included_in=row.term, known_on=on
    )
    PartsOrderLine.objects.create(order=order, asset=asset, cost_reporting=cost, known_on=on)


def test_margin_where_costs_are_recorded_and_unknown_elsewhere(row, mila):
    one, two, three = (line.asset for line in lines(row))
    delivered(row, one, 1500)
    delivered(row, one, 300)
    delivered(row, one, 9000, on=ON - timedelta(days=366))
    delivered(row, two, 500)
    delivered(row, two, None)
    quote = draft_quote(renewal=row.pk, by=mila, on=ON)
    found = lines_of_quote(quote)
    assert [line.cost_reporting for line in found] == [1800, None, None]
    margin = margin_of(quote, found)
    assert (margin.left, margin.known, margin.of) == (4380, 1, 3)
    assert three.pk and quote.shared_cost_reporting is None


def test_cost_of_the_contract_stands_against_its_whole_price(row, mila):
    cast.posted(row.account, ON - timedelta(days=9), 3000, "service_contract", term=row.term, cost_reporting=D(2360))
    quote = draft_quote(renewal=row.pk, by=mila, on=ON)
    assert margin_of(quote, lines_of_quote(quote)).left == 10000


# Sending, discussing, accepting.


def test_the_stage_follows_and_the_outbox_is_told_once(row, mila):
    prepared, to_send = task(row, "Prepare", step="prepare-quote"), task(row, "Send", step="send-quote@2026-11-01")
    quote = draft_quote(renewal=row.pk, by=mila, on=ON)
    stages = []
    for act in (send_quote, discuss_quote, accept_quote):
        told = act(quote=quote.pk, by=mila, on=ON)
        row.refresh_from_db()
        stages.append((told.state, row.stage, row.version))
    assert stages == [("sent", "quote_sent", 2), ("discussed", "negotiating", 3), ("accepted", "verbal_yes", 4)]
    for step in (prepared, to_send):
        step.refresh_from_db()
        assert (step.done_on, step.done_by) == (ON, mila)
    told = list(Outbox.objects.order_by("pk").values_list("dedupe_key", "kind", "subject_id", "destination"))
    assert told == [
        (f"quote.sent:quote:{quote.pk}", "quote.sent", row.pk, ""),
        (f"quote.accepted:quote:{quote.pk}", "quote.accepted", row.pk, ""),
    ]
    with pytest.raises(WorkRefused, match="is past that: it is accepted"):
        send_quote(quote=quote.pk, by=mila, on=ON)


def test_the_owner_hears_of_what_a_lead_sent(row, team, mila):
    lead = cast.person("lead", "team_lead", team)
    quote = draft_quote(renewal=row.pk, by=lead, on=ON)
    send_quote(quote=quote.pk, by=lead, on=ON)
    message = Outbox.objects.get()
    assert (message.destination, message.payload["version"]) == (f"owner:{mila.owner.pk}", 1)


def test_what_was_not_sent_is_not_accepted_and_what_has_no_price_is_not_sent(row, mila, ladder):
    quote = draft_quote(renewal=row.pk, asked=asked(row, level_id=ladder[2].pk), by=mila, on=ON)
    assert quote.new_annual is None, "nobody knows what Premium costs"
    with pytest.raises(WorkRefused, match="not sent yet"):
        accept_quote(quote=quote.pk, by=mila, on=ON)
    with pytest.raises(WorkRefused, match="has no price"):
        send_quote(quote=quote.pk, by=mila, on=ON)
    stated = revise_quote(
        quote=quote.pk, asked=asked(row, level_id=ladder[2].pk, annual=D(15000), valid_until=ON), by=mila, on=ON
    )
    with pytest.raises(WorkRefused, match="a day that has passed"):
        send_quote(quote=stated.pk, by=mila, on=ON + timedelta(days=1))
    assert send_quote(quote=stated.pk, by=mila, on=ON).state == "sent"
    assert not Outbox.objects.exclude(kind="quote.sent").exists()


@pytest.mark.parametrize("role", ["executive", "technician", "marketing", "operations"])
def test_who_does_not_work_renewals_writes_no_quote(row, mila, role):
    reader = cast.person("reader", role)
    with pytest.raises(Renewal.DoesNotExist):
        draft_quote(renewal=row.pk, by=reader, on=ON)
    quote = draft_quote(renewal=row.pk, by=mila, on=ON)
    with pytest.raises(Quote.DoesNotExist):
        send_quote(quote=quote.pk, by=reader, on=ON)
    assert Quote.objects.visible_to(reader).exists() is (role not in ("technician",))


def test_a_colleague_reads_a_quote_and_another_team_does_not(row, team, mila):
    quote = draft_quote(renewal=row.pk, by=mila, on=ON)
    colleague, stranger = cast.person("jonas", team=team), cast.person("far", team=cast.pool("South"))
    assert Quote.objects.visible_to(colleague).get() == quote
    assert not Quote.objects.visible_to(stranger).exists()
    with pytest.raises(Quote.DoesNotExist):
        send_quote(quote=quote.pk, by=colleague, on=ON)


# Signing.


def test_signing_makes_the_next_term_of_the_kept_machines_and_its_planned_invoices(row, mila, ladder):
    gone = lines(row)[2]
    quote = accepted(row, mila, months=24, level_id=ladder[1].pk, lines={gone.pk: LineAsk("scrapped")})
    decided = signed(row, mila)
    quote.refresh_from_db()
    term = quote.successor
    assert (decided.outcome, term.starts_on, term.ends_on) == ("renewed", quote.starts_on, quote.ends_on)
    assert (term.starts_on, term.annual_value, term.total_value) == (row.ends_on + timedelta(days=1), 12875, 25750)
    assert (term.level, term.number) == (ladder[1], row.term.number + 1)
    assert list(term.coverages.order_by("pk").values_list("asset_id", "annual_value")) == [
        (line.asset_id, value) for line, value in zip(lines(row), (7725, 5150), strict=False)
    ]
    planned = LedgerEntry.objects.filter(term=term)
    assert list(planned.order_by("on").values_list("state", "stream", "on", "amount", "period_to")) == [
        ("planned", "service_contract", term.starts_on, 12875, term.starts_on.replace(year=2028) - timedelta(days=1)),
        ("planned", "service_contract", term.starts_on.replace(year=2028), 12875, term.ends_on),
    ]
    assert TermSuccession.objects.filter(term=row.term, successor=term).count() == 1
    assert (term.predecessions.get().term, row.term.successions.get().successor) == (row.term, term)


def test_a_second_signature_is_refused(row, mila):
    quote = accepted(row, mila)
    signed(row, mila)
    with pytest.raises(WorkRefused, match="is decided"):
        signed(row, mila)
    for act in (send_quote, accept_quote):
        with pytest.raises(WorkRefused, match="is decided: its quotes stand"):
            act(quote=quote.pk, by=mila, on=ON)
    assert Term.objects.filter(contract=row.term.contract).count() == 2


def test_other_terms_than_the_accepted_ones_are_refused_and_the_same_ones_are_not(row, mila):
    accepted(row, mila)
    for other in (Offer(36, D(12360), row.term.level_id), Offer(12, D(1), row.term.level_id)):
        with pytest.raises(WorkRefused, match="version 1 of the quote, on other terms"):
            signed(row, mila, offer=other)
    assert Term.objects.count() == 1
    signed(row, mila, offer=Offer(12, D(12360), row.term.level_id), planned=False)
    assert (Term.objects.count(), LedgerEntry.objects.count()) == (2, 0)


def test_a_term_that_overlaps_is_refused(row, mila):
    accepted(row, mila)
    other = cast.term(
        row.account,
        row.ends_on + timedelta(days=100),
        row.ends_on + timedelta(days=400),
        contract=row.term.contract,
        number=9,
    )
    with pytest.raises(TermRefused, match="cannot overlap"):
        signed(row, mila)
    row.refresh_from_db()
    assert (row.decided_on, Term.objects.count()) == (None, 2)
    Term.objects.filter(pk=other.pk).update(terminated_on=row.ends_on, end_reason="data_error")
    assert signed(row, mila).outcome == "renewed"


def test_what_moved_or_went_since_it_was_accepted_asks_for_a_new_version(row, mila):
    quote = accepted(row, mila)
    move_term_end(terms=[row.term_id], ends_on=row.ends_on + timedelta(days=30), by=mila, on=ON)
    Renewal.objects.filter(pk=row.pk).update(ends_on=row.ends_on + timedelta(days=30))
    with pytest.raises(WorkRefused, match="has moved since version 1"):
        signed(row, mila)
    again = revise_quote(quote=quote.pk, asked=asked(row), by=mila, on=ON)
    send_quote(quote=again.pk, by=mila, on=ON)
    accept_quote(quote=again.pk, by=mila, on=ON)
    machine = lines(row)[0].asset
    type(machine).objects.filter(pk=machine.pk).update(taken_out_on=ON)
    with pytest.raises(TermRefused, match="no longer covered or in service"):
        signed(row, mila)
    assert Term.objects.count() == 1


def test_an_open_ended_contract_ends_on_its_anniversary_when_its_quote_is_signed(mila):
    term = cast.term(cast.account("A", mila), date(2020, 1, 1), None)
    cast.cover(term, cast.asset(term.contract.account), annual_value=12000)
    keep(TermPeriod, [term.pk], on=ON)
    row = renewal(term, review=7, ends_on=None, decides_on=date(2026, 12, 31))
    quote = accepted(row, mila)
    assert (quote.starts_on, quote.ends_on) == (date(2027, 1, 1), date(2027, 12, 31))
    signed(row, mila)
    assert Coverage.objects.filter(term__number=2, annual_value=12360).count() == 1


def test_taking_a_signature_back_leaves_the_accepted_quote_to_be_signed_again(row, mila):
    quote = accepted(row, mila)
    decided = signed(row, mila)
    reopen(renewal=row.pk, version=decided.version, by=mila, on=ON)
    quote.refresh_from_db()
    assert (quote.state, quote.successor, Term.objects.count()) == ("accepted", None, 1)
    signed(row, mila)
    quote.refresh_from_db()
    assert quote.successor is not None


# The deal.


def deal():
    return Opportunity.objects.values_list("kind", "stage", "value_reporting", "closed_on").get()


def test_a_rise_within_indexation_is_no_deal(row, mila):
    accepted(row, mila)
    signed(row, mila)
    assert not Opportunity.objects.exists()


def test_an_upgrade_stands_as_a_deal_from_sending_to_signing(row, mila, ladder):
    quote = draft_quote(renewal=row.pk, asked=asked(row, level_id=ladder[1].pk), by=mila, on=ON)
    assert not Opportunity.objects.exists(), "a draft is nobody's deal"
    send_quote(quote=quote.pk, by=mila, on=ON)
    assert deal() == ("contract_upsell", "proposal", D(3450), None)
    accept_quote(quote=quote.pk, by=mila, on=ON)
    assert deal()[1] == "negotiation"
    decided = signed(row, mila)
    assert deal() == ("contract_upsell", "won", D(3450), ON)
    assert Opportunity.objects.get().expected_close_on == row.decides_on
    reopen(renewal=row.pk, version=decided.version, by=mila, on=ON)
    assert deal()[1] == "negotiation"


def test_the_versions_of_one_renewal_share_their_deal_until_nothing_is_added(row, mila, ladder):
    quote = draft_quote(renewal=row.pk, asked=asked(row, level_id=ladder[1].pk), by=mila, on=ON)
    send_quote(quote=quote.pk, by=mila, on=ON)
    longer = revise_quote(quote=quote.pk, asked=asked(row, months=36, uplift=D(0)), by=mila, on=ON)
    send_quote(quote=longer.pk, by=mila, on=ON)
    assert deal() == ("contract_upsell", "proposal", None, None), "a longer commitment adds no price"
    plain = revise_quote(quote=longer.pk, asked=replace(asked_of(longer), months=12), by=mila, on=ON)
    send_quote(quote=plain.pk, by=mila, on=ON)
    assert deal() == ("contract_upsell", "lost", None, ON)
    assert "adds nothing" in Opportunity.objects.get().lost_reason


def test_a_lost_renewal_loses_its_deal_for_the_same_reason(row, mila, ladder):
    accepted(row, mila, level_id=ladder[1].pk)
    row.refresh_from_db()
    lost = decide_lost(renewal=row.pk, reason="price", note="Too dear", version=row.version, by=mila, on=ON)
    assert (deal()[1], Opportunity.objects.get().lost_reason) == ("lost", "Price")
    reopen(renewal=row.pk, version=lost.version, by=mila, on=ON)
    assert deal()[1] == "negotiation"


def test_a_renewal_signed_without_its_quote_sells_nothing_more(row, mila, ladder):
    quote = draft_quote(renewal=row.pk, asked=asked(row, level_id=ladder[1].pk), by=mila, on=ON)
    send_quote(quote=quote.pk, by=mila, on=ON)
    signed(row, mila, offer=Offer(12, D(12000), row.term.level_id))
    assert deal()[1] == "lost"
