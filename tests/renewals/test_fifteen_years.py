"""Fifteen simulated years of contracts that people renew, lose, end, move and forget, with a day that runs or does not:
each term gets each of its milestones once, no term is renewed twice, and no gap or overlap stands unrecorded."""

import random
from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.calendar import BEGINNING, inclusive_end
from core.models import Outbox
from installed_base.actions.terms import Offer, TermRefused, move_term_end, renew_contract, terminate_term
from installed_base.models import Term, TermSuccession
from playbooks import day
from playbooks.models import Firing, Release, Task
from playbooks.rules import State
from renewals.actions.deciding import decide_let_go, decide_lost, decide_renewed
from renewals.models import Renewal
from renewals.rules import Calendar, MilestonePolicy, TermFacts, anchor_of, anchor_windows, cycles, occurrences
from renewals.tasks import ESCALATIONS, MILESTONES
from tests import cast

BEGIN, END = date(2026, 1, 1), date(2041, 1, 1)
DAY = timedelta(days=1)
TRIGGERS = (MILESTONES, ESCALATIONS)
POLICY = MilestonePolicy(calendars=(Calendar(segment="enterprise", milestones=(120, 60, 0), gate=240),))


# Pure: books of contracts, walked day by day over fifteen years.


@dataclass
class Deal:
    """What will become of one term: how long it lasts, and when the next is signed, days before its T; None is never.
    `moved` shifts its end by so many days when it is half over."""

    months: int
    signed_before: int | None
    moved: int = 0


@dataclass
class Life:
    """The terms of one contract as they come, and what the calendar wrote down of each."""

    segment: str
    tacit: int | None
    terms: list[TermFacts] = field(default_factory=list)
    recorded: list[dict[Any, str]] = field(default_factory=list)
    fired: Counter[str] = field(default_factory=Counter)


deals = st.builds(
    Deal,
    st.sampled_from([6, 12, 12, 24, 36, 60]),
    st.one_of(st.none(), st.integers(-40, 200)),
    st.sampled_from([0, 0, 0, 5, 40, 200, -30]),
)
books = st.lists(
    st.tuples(
        st.dates(date(2024, 1, 1), date(2027, 12, 31)),
        st.sampled_from(["", "enterprise"]),
        st.sampled_from([None, None, 12]),
        st.lists(deals, min_size=1, max_size=6),
    ),
    min_size=1,
    max_size=2,
)


def facts(life: Life, starts_on: date, months: int, number: int, known_on: date) -> TermFacts:
    return TermFacts(
        id=number,
        account_id=1,
        owner_id=1,
        number=number,
        starts_on=starts_on,
        ends_on=inclusive_end(starts_on, months),
        notice_months=1 if life.tacit else 0,
        notice_days=0,
        tacit_months=life.tacit,
        known_on=known_on,
        segment=life.segment,
    )


def walk(life: Life, first: date, plan: list[Deal], looks: Any) -> None:
    """Live through the plan. The calendar is looked at on the days on which something may happen, and on no other."""
    life.terms = [facts(life, first, plan[0].months, 1, first)]
    life.recorded = [{}]
    on = max(first, BEGIN)
    while on <= END:
        index = len(life.terms) - 1
        now, deal = life.terms[index], plan[index]
        assert now.ends_on is not None
        if deal.moved and on >= now.starts_on + (now.ends_on - now.starts_on) / 2:
            deal.moved, shift = 0, deal.moved
            now = life.terms[index] = replace(now, ends_on=now.ends_on + timedelta(days=shift))
        if deal.signed_before is not None and index + 1 < len(plan) and _signs(now, deal, on):
            starts_on = (now.ends_on or on) + DAY
            life.terms[index] = replace(now, successor_starts_on=starts_on)
            life.terms.append(facts(life, starts_on, plan[index + 1].months, index + 2, on))
            life.recorded.append({})
        if looks(on):
            look(life, on)
        on += timedelta(days=9)
    look(life, END, everything=True)


def _signs(now: TermFacts, deal: Deal, on: date) -> bool:
    assert now.ends_on is not None
    return on >= max(now.ends_on - timedelta(days=deal.signed_before or 0), now.starts_on)


def look(life: Life, on: date, *, everything: bool = False) -> None:
    """As the day does: the terms that are near their end or go on; at the end of all, as the audit does, every one."""
    for term, recorded in zip(life.terms, life.recorded, strict=True):
        assert term.ends_on is not None
        near = -130 <= (term.ends_on - on).days <= 250
        if term.known_on > on or not (near or term.goes_on or everything):
            continue
        for found in occurrences(term, recorded, POLICY, BEGINNING, on):
            recorded[found.rung.rule, found.rung.key] = found.state
            if found.state is State.FIRED:
                life.fired[found.rung.key] += 1


def lives_of(book: Any, looks: Any) -> list[Life]:
    lives = []
    for first, segment, tacit, plan in book:
        life = Life(segment, tacit)
        walk(life, first, [replace(deal) for deal in plan], looks)
        lives.append(life)
    return lives


@settings(max_examples=30)
@given(books)
def test_each_term_gets_each_of_its_milestones_once_in_fifteen_years(book):
    for life in lives_of(book, lambda on: True):
        assert all(count == 1 for count in life.fired.values()), "nothing fires twice"
        for term, recorded in zip(life.terms, life.recorded, strict=True):
            _complete(term, recorded)


def _complete(term: TermFacts, recorded: dict[Any, str]) -> None:
    """Every milestone of every cycle that is over is on record once: for its T, or for one within the tolerance."""
    policy = POLICY.of(term.kind, term.segment)
    for cycle in cycles(term, policy, END):
        for lead in policy.milestones:
            due_on = cycle.decides_on - timedelta(days=lead)
            if cycle.opens_after and due_on <= cycle.opens_after:
                continue
            anchors = [anchor_of(key) for (rule, key) in recorded if rule == f"renewal.T-{lead}"]
            near = [a for a in anchors if abs((a - cycle.decides_on).days) <= policy.tolerance_days]
            exact = [a for a in near if a == cycle.decides_on]
            assert len(exact) <= 1 and near, (term, cycle, lead)


@settings(max_examples=20)
@given(books, st.integers(0, 2**16))
def test_a_day_that_is_often_silent_writes_down_the_same_milestones(book, seed):
    """Facts that stand still between two looks give the same keys, however long nobody looked (I5)."""
    steady = [(first, segment, tacit, [Deal(plan[0].months, None)]) for first, segment, tacit, plan in book]
    chance = random.Random(seed)
    silent = lives_of(steady, lambda on: chance.random() < 0.02)
    daily = lives_of(steady, lambda on: True)
    assert [[set(r) for r in life.recorded] for life in silent] == [[set(r) for r in life.recorded] for life in daily]


@settings(max_examples=40)
@given(st.dates(BEGIN, END), st.integers(1, 45), st.integers(0, 500), st.sampled_from(["", "enterprise"]))
def test_the_index_is_asked_for_every_term_of_which_something_falls_due(until, gap, ahead, segment):
    after, decides = until - timedelta(days=gap), until + timedelta(days=ahead)
    own = POLICY.of("", segment)
    due = any(after < decides - timedelta(days=lead) <= until for lead in (*own.milestones, own.gate))
    assert not due or any(a <= decides <= b for a, b in anchor_windows(POLICY, after, until))


# On the database: a company of a few contracts, looked at every few weeks.


@pytest.mark.django_db
def test_fifteen_years_of_a_small_company(monkeypatch):
    monkeypatch.setattr(day, "days_to_do", lambda completed, on, through, policy: [on])
    company = Company(random.Random(7))
    on = BEGIN
    while on < END:
        day.run(TRIGGERS, on=on)
        company.work(on)
        on += timedelta(days=company.chance.choice([30, 60, 90]))
    report = day.run(TRIGGERS, on=END, audit=True)
    assert report.found_by_audit == 0
    assert Renewal.objects.count() > 40
    assert company.outcomes.keys() >= {"renewed", "lost", "terminated", "moved"}
    _nothing_twice()
    _no_gap_or_overlap_unless_recorded()
    _effects_and_messages()


class Company:
    """Eight contracts, and people who decide about them at random."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.boss = cast.person("boss", "administrator")
        self.outcomes: Counter[str] = Counter()
        for number in range(8):
            starts_on = date(2025, 1 + number, chance.randint(1, 28))
            tacit = 12 if number % 4 == 0 else None
            cast.term(
                cast.account(segment=chance.choice(["", "enterprise"])),
                starts_on,
                inclusive_end(starts_on, 12),
                known_on=starts_on,
                tacit_months=tacit,
                notice_months=1 if tacit else 0,
            )

    def work(self, on: date) -> None:
        for row in Renewal.objects.open().filter(decides_on__lte=on + timedelta(days=70)).order_by("pk"):
            self._decide(row, on)
        for task in Task.objects.open().order_by("pk"):
            if self.chance.random() < 0.7:
                Task.objects.filter(pk=task.pk).update(done_on=on)

    def _decide(self, row: Renewal, on: date) -> None:
        roll = self.chance.random()
        by: dict[str, Any] = {"by": self.boss, "on": on}
        if roll < 0.55:
            offer = Offer(self.chance.choice([6, 12, 24]), None, None)
            decide_renewed(renewal=row.pk, offer=offer, signed_on=on, note="", version=row.version, **by)
            self._no_second_time(row, offer, on)
            self.outcomes["renewed"] += 1
        elif roll < 0.6:
            decide_lost(renewal=row.pk, reason="price", note="x", version=row.version, **by)
            self.outcomes["lost"] += 1
            self._new_customer(on)
        elif roll < 0.65 and row.term.tacit_months is None:
            said = by | {"reason": "discontinued", "note": "x", "agreed_on": on}
            decide_let_go(renewal=row.pk, version=row.version, **said)
            self.outcomes["let_go"] += 1
            self._new_customer(on)
        elif roll < 0.7:
            terminate_term(terms=[row.term_id], terminated_on=on, reason="insolvent", note="x", **by)
            self.outcomes["terminated"] += 1
            self._new_customer(on)
        elif roll < 0.85 and row.term.ends_on is not None and row.term.tacit_months is None:
            ends_on = row.term.ends_on + timedelta(days=self.chance.choice([7, 60]))
            move_term_end(terms=[row.term_id], ends_on=ends_on, **by)
            self.outcomes["moved"] += 1

    def _no_second_time(self, row: Renewal, offer: Offer, on: date) -> None:
        with pytest.raises(TermRefused, match="was renewed before"):
            renew_contract(term=row.term_id, offer=offer, signed_on=on, by=self.boss, on=on)

    def _new_customer(self, on: date) -> None:
        cast.term(cast.account(), on, inclusive_end(on, 12), known_on=on)


def _nothing_twice() -> None:
    keys = list(Firing.objects.values_list("rule", "subject_kind", "subject_id", "occurrence_key"))
    assert len(keys) == len(set(keys))
    assert len(set(Renewal.objects.values_list("term", "review"))) == Renewal.objects.count()
    followed = Counter(TermSuccession.objects.values_list("term", flat=True))
    assert set(followed.values()) == {1}, "no term is renewed twice"
    asked: dict[tuple[int, str], list[date]] = {}
    for subject, rule, key in Firing.objects.filter(subject_kind="term", state="fired").values_list(
        "subject_id", "rule", "occurrence_key"
    ):
        asked.setdefault((subject, rule), []).append(anchor_of(key))
    for anchors in asked.values():
        assert all((b - a).days > MilestonePolicy().tolerance_days for a, b in pairwise(sorted(anchors)))


def _no_gap_or_overlap_unless_recorded() -> None:
    """The next term begins the day after the last one, or after the continuation that was renewed; and no term of a
    contract follows another without saying so."""
    for link in TermSuccession.objects.select_related("term", "successor"):
        old, new = link.term, link.successor
        row = Renewal.objects.get(term=old, outcome="renewed", decided_by__isnull=False)
        ended_on = row.ends_on or old.ends_on
        assert ended_on and new.starts_on == ended_on + DAY
        assert old.terminated_on is None or old.terminated_on <= new.starts_on
    by_contract: dict[int, list[Term]] = {}
    for term in Term.objects.order_by("contract", "number"):
        by_contract.setdefault(term.contract_id, []).append(term)
    for terms in by_contract.values():
        linked = {(link.term_id, link.successor_id) for link in TermSuccession.objects.filter(term__in=terms)}
        assert linked == {(a.pk, b.pk) for a, b in pairwise(terms)}
        assert all(a.starts_on < b.starts_on for a, b in pairwise(terms))


def _effects_and_messages() -> None:
    fired = set(Firing.objects.filter(state="fired", subject_kind__in=("term", "renewal")).values_list("pk", flat=True))
    assert fired == set(Release.objects.values_list("firing", flat=True))
    told = set(Outbox.objects.filter(kind="renewal.opened").values_list("subject_id", flat=True))
    assert told == set(Renewal.objects.values_list("pk", flat=True))
    assert Outbox.objects.filter(kind="renewal.lost").count() == Renewal.objects.filter(outcome="lost").count()
    won = set(Outbox.objects.filter(kind="renewal.won").values_list("subject_id", flat=True))
    assert won >= set(Renewal.objects.filter(outcome="renewed").values_list("pk", flat=True))
    decided = Renewal.objects.filter(decided_on__isnull=False).values_list("play", flat=True)
    assert not Task.objects.open().filter(play__in=decided).exists(), "no work is left on what is decided"
