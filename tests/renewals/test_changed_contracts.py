"""What happens to the open cycle when its contract moves, ends, is joined with others, or is replaced; and its
timeline says so (firing.md, When facts or rules change)."""

from datetime import date

import pytest

from core.actions import touch
from core.models import Outbox
from installed_base.actions.joining import co_term, replace_terms
from installed_base.actions.terms import TermRefused, move_term_end, reinstate_term, terminate_term
from installed_base.models import Term, TermSuccession
from playbooks.models import Firing, Note, Task
from renewals.models import Renewal
from tests import cast
from tests.renewals.book import run_day

pytestmark = pytest.mark.django_db
D = date(2026, 11, 21)
ENDS = date(2026, 12, 31)
KNOWN = date(2026, 1, 2)


@pytest.fixture
def boss(db):
    return cast.person("boss", "administrator")


@pytest.fixture
def at(db):
    return cast.account()


def a_term(at, ends_on=ENDS, **values) -> Term:
    return cast.term(at, date(2026, 1, 1), ends_on, **({"known_on": KNOWN} | values))


def timeline() -> list[str]:
    return list(Note.objects.filter(subject_kind="renewal", by=None).order_by("pk").values_list("text", flat=True))


def outcomes() -> list[tuple[int, str]]:
    return list(Renewal.objects.order_by("term_id").values_list("term_id", "outcome"))


def test_a_moved_end_moves_the_cycle_and_says_so(at, boss):
    term = a_term(at)
    run_day(on=D)
    move_term_end(terms=[term.pk], ends_on=date(2027, 2, 28), by=boss, on=D)
    run_day(on=D)
    row = Renewal.objects.get()
    assert (row.decides_on, row.ends_on, row.outcome) == (date(2027, 2, 28), date(2027, 2, 28), "")
    assert timeline() == ["The last day to decide moved from 2026-12-31 to 2027-02-28."]


def test_a_terminated_contract_closes_the_cycle_says_so_and_tells_it(at, boss):
    term = a_term(at)
    run_day(on=D)
    terminate_term(terms=[term.pk], terminated_on=date(2026, 12, 1), reason="insolvent", note="Gone", by=boss, on=D)
    run_day(on=D)
    assert outcomes() == [(term.pk, "closed")]
    assert not Task.objects.open().exists()
    told = Outbox.objects.get(kind="renewal.closed")
    assert (told.payload["outcome"], told.payload["by"], told.destination) == (
        "closed",
        None,
        f"owner:{at.owner_id}",
    )
    reinstate_term(terms=[term.pk], by=boss, on=D)
    run_day(on=D)
    assert outcomes() == [(term.pk, "")]
    assert Task.objects.open().exists()
    assert timeline() == [
        "The contract was terminated",
        "The contract comes up for renewal again: the work is open again",
    ]


def test_contracts_that_are_brought_together_are_decided_together(at, boss):
    first, second = a_term(at), a_term(at, date(2027, 1, 31))
    run_day(on=D)
    co_term(terms=[first.pk, second.pk], ends_on=date(2027, 3, 31), by=boss, on=D)
    run_day(on=D)
    assert set(Renewal.objects.values_list("decides_on", flat=True)) == {date(2027, 3, 31)}
    assert timeline() == [
        "The last day to decide moved from 2026-12-31 to 2027-03-31.",
        "The last day to decide moved from 2027-01-31 to 2027-03-31.",
    ]
    report = run_day(through=date(2027, 3, 31))
    keys = list(Firing.objects.filter(rule="renewal.T-0").values_list("occurrence_key", flat=True))
    assert keys == ["T1.M0@2027-03-31"] * 2
    assert report.found_by_audit == 0


def test_several_terms_that_go_into_one_are_one_renewal_each(at, boss):
    old = [a_term(at), a_term(at, date(2027, 1, 15)), a_term(at, date(2027, 1, 31))]
    run_day(on=D)
    assert len(outcomes()) == 3
    new = cast.term(at, date(2027, 1, 1), date(2029, 12, 31), known_on=D)
    replace_terms(terms=[t.pk for t in old], successor=new.pk, note="One contract for the plant", by=boss, on=D)
    run_day(on=D)
    assert outcomes() == [(t.pk, "renewed") for t in old]
    assert timeline() == ["A new term was signed"] * 3
    assert Outbox.objects.filter(kind="renewal.won").count() == 3
    assert list(Term.objects.order_by("pk").values_list("terminated_on", "end_reason")) == [
        (None, ""),
        (date(2027, 1, 1), "merged"),
        (date(2027, 1, 1), "merged"),
        (None, ""),
    ], "no day is covered twice"
    run_day(through=date(2027, 2, 28))
    assert Renewal.objects.count() == 3, "none is renewed a second time at its own end"
    assert not Task.objects.open().exists()


def test_an_early_renewal_is_not_asked_again_at_the_old_end(at, boss):
    term = a_term(at)
    run_day(on=date(2026, 3, 1))
    new = cast.term(at, date(2026, 6, 1), date(2028, 5, 31), known_on=date(2026, 3, 1))
    replace_terms(terms=[term.pk], successor=new.pk, note="Early, with the new line", by=boss, on=date(2026, 3, 2))
    report = run_day(through=ENDS)
    assert (report.fired, Renewal.objects.count()) == ({}, 0)
    assert set(Firing.objects.filter(subject_kind="term", subject_id=term.pk).values_list("state", flat=True)) == {
        "withdrawn"
    }
    assert TermSuccession.objects.count() == 1


def test_tacit_continuation_makes_the_next_cycle_by_itself_and_says_so(at):
    a_term(at, tacit_months=12, notice_months=1)
    run_day(on=date(2026, 11, 30))
    run_day(through=date(2027, 9, 1))
    assert list(Renewal.objects.order_by("review").values_list("review", "decides_on", "outcome")) == [
        (0, date(2026, 11, 30), "renewed"),
        (1, date(2027, 11, 30), ""),
    ]
    assert timeline() == ["The contract went on: nobody cancelled in time"]
    assert Outbox.objects.filter(kind="renewal.won").count() == 1


@pytest.mark.parametrize("linked", [True, False])
def test_a_next_term_that_arrives_alone_closes_the_one_it_follows_at_the_next_bell(at, linked):
    """As from an import: only what is new is touched."""
    term = a_term(at)
    run_day(on=D)
    contract = {} if linked else {"contract": term.contract, "number": 2}
    new = cast.term(at, date(2027, 1, 1), date(2027, 12, 31), known_on=D, **contract)
    if linked:
        TermSuccession.objects.create(term=term, successor=new, known_on=D)
    touch("term", [new.pk], since=D)
    run_day(on=D)
    assert outcomes() == [(term.pk, "renewed")]


def test_a_term_whose_number_came_late_does_not_follow_what_began_after_it(at):
    """2026 was listed before 2025: the numbers go against the dates, and the later one is still up for renewal."""
    last = a_term(at)
    cast.term(at, date(2025, 1, 1), date(2025, 12, 31), contract=last.contract, number=2, known_on=KNOWN)
    run_day(on=D)
    assert outcomes() == [(last.pk, "")]


@pytest.mark.parametrize("again", [1, 2])
def test_the_day_tells_an_outcome_once_however_often_it_runs(at, boss, again):
    term = a_term(at)
    run_day(on=D)
    terminate_term(terms=[term.pk], terminated_on=D, reason="price", note="x", by=boss, on=D)
    for _ in range(again):
        run_day(on=D)
    assert Outbox.objects.filter(kind="renewal.closed").count() == 1


def refuse(sentence, verb, **said):
    before = list(Term.objects.order_by("pk").values_list("ends_on", "terminated_on"))
    with pytest.raises(TermRefused, match=sentence):
        verb(on=D, **said)
    assert list(Term.objects.order_by("pk").values_list("ends_on", "terminated_on")) == before
    assert not TermSuccession.objects.exists()


def test_what_cannot_be_joined_is_refused_and_nothing_is_written(at, boss):
    old, foreign = a_term(at), a_term(cast.account())
    new = cast.term(at, date(2027, 1, 1), date(2027, 12, 31), known_on=D)
    draft = cast.term(at, date(2027, 1, 1), date(2027, 12, 31), known_on=D, source="", external_id="")
    earlier = cast.term(at, date(2025, 1, 1), date(2025, 12, 31), known_on=KNOWN)
    replacing = {"verb": replace_terms, "note": "x", "by": boss}
    refuse("is not signed", terms=[old.pk], successor=draft.pk, **replacing)
    refuse("another account", terms=[foreign.pk], successor=new.pk, **replacing)
    refuse("cannot follow it", terms=[old.pk], successor=earlier.pk, **replacing)
    refuse("Choose the terms", terms=[new.pk], successor=new.pk, **replacing)
    refuse("few words", terms=[old.pk], successor=overlapping(at).pk, verb=replace_terms, note=" ", by=boss)
    refuse("two or more", verb=co_term, terms=[old.pk], ends_on=ENDS, by=boss)
    refuse("different accounts", verb=co_term, terms=[old.pk, foreign.pk], ends_on=ENDS, by=boss)
    refuse("before it starts", verb=co_term, terms=[old.pk, new.pk], ends_on=date(2026, 6, 1), by=boss)


def overlapping(at) -> Term:
    return cast.term(at, date(2026, 7, 1), date(2027, 6, 30), known_on=D)
