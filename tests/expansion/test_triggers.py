"""Each trigger on real PostgreSQL: it fires once, says why, and closes by itself when the fact goes away."""

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from core.actions import publish_policy, touch
from core.clock import today
from core.models import Organisation
from expansion import tasks, words
from expansion.chances import CHANCES
from expansion.models import Look, Signal, SignalKind
from expansion.rules.warranty import WarrantyPolicy
from expansion.tasks import trigger_of
from installed_base.actions.events import record_event, take_back_event
from installed_base.models import Asset, Level, PartsOrder, PartsOrderLine, Product, Ticket, UpgradeOption
from playbooks import day as engine
from playbooks.models import Firing
from renewals.models import Renewal
from tests import cast
from tests.renewals import book

pytestmark = pytest.mark.django_db
D = date(2026, 11, 21)
KNOWN = date(2022, 1, 3)
K = SignalKind
ALL = [trigger_of(chance) for chance in CHANCES]


@pytest.fixture(autouse=True)
def _ours():
    Organisation.objects.create(pk=1, name="Voss Robotics", reporting_currency="EUR")


@pytest.fixture
def at():
    return cast.account("Van Houten", cast.person("mila", team=cast.pool("North")), known_on=KNOWN)


def run(on=D, *triggers, **options):
    report = engine.run(list(triggers) or ALL, on=on, **options)
    assert report.poison == []
    return report


def told(kind):
    """Waiting signals of a kind, and why, in English."""
    with translation.override("en"):
        rows = Signal.objects.open().filter(kind=kind).select_related("asset").order_by("pk")
        return [(row.due_on, row.value_reporting, words.reason(row).replace("\xa0", " ")) for row in rows]


def closed(kind):
    return list(Signal.objects.filter(kind=kind, closed_on__isnull=False).values_list("closed_reason", flat=True))


def changed(row, kind="", **values):
    type(row).objects.filter(pk=row.pk).update(**values)
    touch(kind or row._meta.model_name, [row.pk], since=D)


def levels():
    basic = Level.objects.create(key="basic", name="Basic", rung=1, list_price=2900, currency="EUR")
    return basic, Level.objects.create(key="premium", name="Premium", rung=2, list_price=6400, currency="EUR")


def ordered(at, on, amount=1000, asset=None, product=None):
    order = PartsOrder.objects.create(
        account=at, number=f"O-{PartsOrder.objects.count()}", ordered_on=on, amount_reporting=amount, known_on=on
    )
    if asset:
        PartsOrderLine.objects.create(
            order=order, asset=asset, product=product, amount_reporting=amount, known_on=on
        )  # fmt: skip
    touch("order", [order.pk], since=on, account_of={order.pk: at.pk})
    return order


def test_g05_a_warranty_that_ends(at):
    levels()
    machine = cast.asset(at, date(2024, 12, 31), warranty_ends_on=date(2026, 12, 31), known_on=KNOWN)
    run()
    assert told(K.WARRANTY) == [
        (date(2026, 10, 2), 2900, "The warranty ends on 31 Dec 2026, and no contract follows.")
    ]  # fmt: skip
    term = cast.term(at, date(2027, 1, 1), date(2027, 12, 31), signed_on=D, known_on=D)
    touch("coverage", [cast.cover(term, machine).pk], since=D)
    run(D + timedelta(1))
    assert (told(K.WARRANTY), closed(K.WARRANTY)) == ([], ["It has a contract now"])


def test_ib08_a_machine_that_lost_its_contract_and_gets_one_again(at):
    machine = cast.asset(at, date(2023, 1, 1), known_on=KNOWN)
    cast.cover(cast.term(at, date(2025, 1, 1), date(2026, 8, 31)), machine, annual_value_reporting=3100)
    run(date(2026, 9, 15))
    assert told(K.UNCOVERED) == []
    run(through=D)
    assert told(K.UNCOVERED) == [
        (date(2026, 10, 1), 3100, "In service without a contract since 1 Sep 2026, when the last one ended.")
    ]  # fmt: skip
    term = cast.term(at, date(2026, 12, 1), None, signed_on=D)
    touch("term", [cast.cover(term, machine).term_id], since=D)
    run(D)
    assert closed(K.UNCOVERED) == ["It has a contract now"]


def test_a_first_import_of_bare_machines_raises_nothing(at):
    touch("asset", [cast.asset(at, date(2015, 1, 1), known_on=D).pk for _ in range(4)], since=D)
    run()
    assert not Signal.objects.exists()
    assert not Firing.objects.exists()


def test_win_back_ninety_days_after_the_loss(at):
    renewal = book.renewal(cast.term(at, date(2025, 9, 1), date(2026, 8, 31)))
    Renewal.objects.filter(pk=renewal.pk).update(
        outcome="lost", decided_on=date(2026, 8, 20), reason="price", annual_value_reporting=8000
    )
    touch("renewal", [renewal.pk], since=D)
    run()
    assert told(K.WIN_BACK) == [(date(2026, 11, 18), 8000, "The renewal was lost on 20 Aug 2026. Reason: Price.")]
    term = cast.term(at, date(2026, 12, 1), None, signed_on=D)
    touch("term", [term.pk], since=D)
    run(D)
    assert closed(K.WIN_BACK) == ["They have a contract again"]


def test_w04_a_premium_candidate_with_the_customers_own_sum(at):
    basic, _premium = levels()
    type(at).objects.filter(pk=at.pk).update(downtime_cost_hour=500)
    machine = cast.asset(at, date(2023, 1, 1), known_on=KNOWN)
    cast.cover(cast.term(at, date(2026, 1, 1), None, level=basic), machine, annual_value_reporting=3400)
    for month, hours in ((3, 17), (6, 20), (9, 10)):
        cast.ticket(at, date(2026, month, 10), 60, asset=machine, kind=Ticket.Kind.BREAKDOWN, downtime_hours=hours)
    run()
    assert told(K.PREMIUM) == [
        (
            date(2026, 9, 10), 3000,
            "3 unplanned stops in 12 months on Basic, 47 hours of standstill. At €500 an hour that cost them €23,500."
            " Premium costs €3,000 more a year: it pays from 6 prevented hours.",
        )
    ]  # fmt: skip
    assert "23,500" not in words.reason(Signal.objects.get(kind=K.PREMIUM), prices=False)
    Ticket.objects.filter(asset=machine).update(kind=Ticket.Kind.QUESTION)
    touch("ticket", list(Ticket.objects.values_list("pk", flat=True)), since=D)
    run(D)
    assert closed(K.PREMIUM) == ["What it rested on was corrected"]


def test_w05_a_machine_above_its_ceiling_and_a_meter_that_was_replaced(at):
    robot = cast.product(monthly_capacity=9500, list_price=148_000, currency="EUR")
    full = cast.asset(at, date(2024, 1, 1), product=robot, known_on=KNOWN)
    metered = cast.asset(at, date(2024, 1, 1), known_on=KNOWN)
    for n, month in enumerate((8, 9, 10)):
        last = date(2026, month + 1, 1) - timedelta(1)
        cast.reading(full, last, None, None, days=last.day, output=8000)
        cast.reading(metered, last, None, 600, days=30, meter_hours=(50_000, 100, 480)[n], epoch=(1, 2, 2)[n])
    run()
    assert told(K.CAPACITY) == [
        (date(2026, 11, 1), 148_000, "3 months at 8,000 units of a ceiling of 9,500: 84.2 % of capacity.")
    ]  # fmt: skip
    touch("reading", [cast.reading(full, date(2026, 11, 30), None, None, days=30, output=4000).pk], since=D)
    run(through=date(2026, 12, 1))
    assert closed(K.CAPACITY) == ["It no longer runs above its capacity"]


def test_pa07_silence_and_ct29_rhythm_of_one_machine_are_one_story(at):
    machine = cast.asset(at, date(2023, 1, 1), known_on=KNOWN)
    for n in range(5):
        ordered(at, date(2026, 1, 10) + timedelta(30 * n), asset=machine)
    run()
    assert told(K.PARTS_SILENCE) == [
        (date(2026, 11, 10), 5000, "No parts ordered for 6 months; the last order was on 10 May 2026.")
    ]  # fmt: skip
    assert [why for _, _, why in told(K.ORDER_RHYTHM)] == [
        "Parts for it were ordered every 30 days or so, the last on 10 May 2026."
    ]
    ordered(at, D, asset=machine)
    run(D + timedelta(1))
    assert closed(K.PARTS_SILENCE) == closed(K.ORDER_RHYTHM) == ["They ordered again"]


def test_pa09_parts_down_by_a_quarter(at):
    for month in range(1, 13):
        ordered(at, date(2024, month, 10), 1000)
        ordered(at, date(2025, month, 10), 600)
    run(date(2026, 1, 2))
    assert told(K.PARTS_DROP) == [
        (date(2026, 1, 1), 4800, "Parts of the year are 40 % below the year before. From €12,000 to €7,200.")
    ]  # fmt: skip


def test_pa05_parts_due_within_three_months(at):
    machine = cast.asset(at, date(2024, 1, 1), known_on=KNOWN)
    pad = Product.objects.create(
        name="Gripper pad", kind="part", wear_hours=1000, list_price=240, currency="EUR", known_on=KNOWN
    )
    ordered(at, date(2026, 3, 31), asset=machine, product=pad)
    for month in range(4, 11):
        cast.reading(machine, date(2026, month, 28), 100, 120, days=28)
    run()
    assert told(K.PARTS_DUE) == [
        (
            date(2026, 11, 1), 240,
            "Gripper pad: 700 of 1,000 hours run since the last one. At this pace it is worn within 3 months.",
        )
    ]  # fmt: skip
    ordered(at, D, asset=machine, product=pad)
    run(D + timedelta(1))
    assert closed(K.PARTS_DUE) == ["They ordered again"]


def test_ex08_ex06_a_recurring_problem_and_a_long_standstill(at):
    robot = cast.product()
    UpgradeOption.objects.create(product=robot, name="Vision kit", kind="efficiency", price=9000, currency="EUR")
    machine = cast.asset(at, date(2024, 1, 1), product=robot, known_on=KNOWN)
    for month, hours in ((8, 2), (9, 3), (10, 30)):
        cast.ticket(
            at, date(2026, month, 5), 60, asset=machine, title="Infeed jam", kind="breakdown", downtime_hours=hours
        )  # fmt: skip
    run()
    assert told(K.RECURRING) == [(date(2026, 10, 5), 9000, "“Infeed jam”: 3 tickets in 6 months.")]
    assert told(K.BREAKDOWN) == [
        (
            date(2026, 10, 5), 9000,
            "It stood still for 30 hours from 5 Oct 2026. 1 upgrade is known for this machine: ask service whether it"
            " would have prevented it.",
        )
    ]  # fmt: skip
    hidden = words.reason(Signal.objects.get(kind=K.RECURRING), names=False)
    assert hidden == "The same problem 3 times in 6 months."
    UpgradeOption.objects.all().delete()


def test_ex09_a_competitors_machine(at):
    rival = cast.asset(at, D - timedelta(9), standing=Asset.Standing.COMPETITOR, name="Rotex", known_on=KNOWN)
    run()
    assert told(K.COMPETITOR) == [
        (D - timedelta(9), None, "Rotex, of a competitor, was first seen on 12 Nov 2026.")
    ]  # fmt: skip
    changed(rival, taken_out_on=D)
    run(D)
    assert closed(K.COMPETITOR) == ["The machine is no longer in service"]


def test_ex12_an_event_that_was_heard_and_taken_back(at):
    mila = at.owner.user
    event = record_event(account=at, kind="new_plant", heard="press", happened_on=D, by=mila, on=D, note="In Breda")
    run()
    assert told(K.ACCOUNT_EVENT) == [(D, None, "New plant or site (21 Nov 2026). Heard: Press.")]
    assert "Breda" not in str(Signal.objects.get().seen), "words of people stay with the event"
    take_back_event(event=event, by=mila, on=D)
    run(D)
    assert closed(K.ACCOUNT_EVENT) == ["It was taken back"]


def test_a_successor_for_an_old_machine(at):
    after = cast.product("VR-12", list_price=226_000, currency="EUR")
    robot = cast.product("VR-6", successor=after, successor_from=D)
    cast.asset(at, date(2018, 1, 1), product=robot, known_on=KNOWN)
    cast.asset(at, date(2025, 1, 1), product=robot, known_on=KNOWN)
    run(D - timedelta(1))
    assert told(K.SUCCESSOR) == []
    run(D)
    assert told(K.SUCCESSOR) == [(D, 226_000, "VR-12 has followed it since 21 Nov 2026.")]


def test_ap08_no_talk_about_growth_at_a_top_customer(at):
    cast.posted(at, D - timedelta(30), 90_000)
    run()
    assert [why for _, _, why in told(K.UPSELL_TALK)] == [
        "One of the 20 customers with the most revenue. No talk about growth is noted."
    ]
    moment = cast.moment(at, D, subject_kind="opportunity", subject_id=1)
    touch("moment", [moment.pk], since=D, account_of={moment.pk: at.pk})
    run(D + timedelta(1))
    assert (told(K.UPSELL_TALK), len(closed(K.UPSELL_TALK))) == ([], 1)


def test_i5_once_per_occurrence_whatever_the_days_and_the_audit_finds_nothing(at):
    machine = cast.asset(at, date(2023, 1, 1), warranty_ends_on=date(2026, 12, 31), known_on=KNOWN)
    for n in range(5):
        ordered(at, date(2026, 1, 10) + timedelta(30 * n), asset=machine)
    run(date(2026, 6, 1))
    run(through=date(2026, 6, 30))
    run(through=date(2026, 6, 30))
    run(through=D)
    stepwise = set(Firing.objects.values_list("rule", "occurrence_key"))
    assert run(D, audit=True).found_by_audit == 0
    Signal.objects.all().delete()
    Firing.objects.all().delete()
    connection.cursor().execute("DELETE FROM core_job")
    touch("asset", [machine.pk], since=D)
    run(D)
    assert set(Firing.objects.values_list("rule", "occurrence_key")) == stepwise
    assert Signal.objects.count() == Firing.objects.filter(state="fired").count()


def test_the_next_look_is_kept_and_forgotten(at):
    machine = cast.asset(at, date(2024, 1, 1), warranty_ends_on=date(2027, 6, 30), known_on=KNOWN)
    run(D, tasks.WARRANTY)
    assert list(Look.objects.values_list("rule", "subject_id", "on")) == [
        ("warranty_ending", machine.pk, date(2027, 4, 1))
    ]  # fmt: skip
    changed(machine, warranty_ends_on=None)
    run(D, tasks.WARRANTY)
    assert not Look.objects.exists()


def test_a_rule_that_is_off_says_nothing_and_one_that_is_on_again_speaks_of_what_is_new(at):
    boss = cast.person("op")
    cast.asset(at, date(2024, 1, 1), warranty_ends_on=D + timedelta(95), known_on=KNOWN)
    run(D, tasks.WARRANTY)
    publish_policy(values=WarrantyPolicy(active=False), valid_from=D + timedelta(1), by=boss)
    publish_policy(values=WarrantyPolicy(), valid_from=D + timedelta(10), by=boss)
    run(D, tasks.WARRANTY, through=D + timedelta(20))
    assert not Signal.objects.exists()
    assert Firing.objects.get().state == "baseline"


def test_many_subjects_ask_as_many_questions_as_few(at):
    def asked():
        for trigger in ALL:
            trigger.facts([], D)
        touch("asset", Asset.objects.values_list("pk", flat=True), since=D)
        with CaptureQueriesContext(connection) as seen:
            run(D)
        return len(seen)

    cast.asset(at, date(2024, 1, 1), warranty_ends_on=date(2026, 12, 31), known_on=KNOWN)
    run(D)
    one = asked()
    for _ in range(4):
        cast.asset(at, date(2024, 1, 1), warranty_ends_on=date(2027, 12, 31), known_on=KNOWN)
    run(D)
    assert asked() == one


def test_today_is_a_day_like_any_other(at):
    """The demo runs on the clock's day: nothing here rests on the dates above."""
    cast.asset(at, today() - timedelta(400), warranty_ends_on=today() + timedelta(10), known_on=KNOWN)
    run(today(), tasks.WARRANTY)
    assert Signal.objects.open().count() == 1
