"""What is common to all triggers: episodes, news, withdrawn, baseline, and the order of the days on which one asks."""

from datetime import date, timedelta
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from core.calendar import BEGINNING
from expansion.rules.episodes import Episode, news, next_look, stretches
from playbooks.rules import State

D = date(2026, 11, 21)
ON, OFF = SimpleNamespace(active=True), SimpleNamespace(active=False)
FACTS = SimpleNamespace(id=1, account_id=1, owner_id=1, known_on=date(2026, 1, 1))
days = st.dates(date(2026, 1, 1), date(2026, 12, 31))


def told(episodes, on, recorded=None, policy=ON, counts_from=BEGINNING, facts=FACTS):
    return {
        o.rung.key: o.state for o in news("rule", facts, episodes, recorded or {}, policy, counts_from, on)
    }  # fmt: skip


def test_what_stands_fires_and_what_came_and_went_is_withdrawn():
    stands = Episode("A", D, D)
    over = Episode("B", D - timedelta(9), D, over_on=D - timedelta(1))
    later = Episode("C", D + timedelta(1), D)
    assert told([stands, over, later], D) == {"A": State.FIRED, "B": State.WITHDRAWN}


def test_what_ended_before_anybody_knew_does_not_exist_but_what_still_stands_does():
    begun = date(2025, 6, 1)
    assert told([Episode("A", begun, begun, over_on=date(2025, 12, 1)), Episode("B", begun, begun)], D) == {
        "B": State.FIRED
    }


def test_on_record_it_stays_silent_and_a_withdrawn_one_may_come_back():
    episode = Episode("A", D, D)
    assert told([episode], D, {("rule", "A"): "fired"}) == {}
    assert told([episode], D, {("rule", "A"): "baseline"}) == {}
    assert told([episode], D, {("rule", "A"): "withdrawn"}) == {"A": State.FIRED}


def test_a_new_version_makes_what_was_due_before_it_baseline_and_a_rule_that_is_off_says_nothing():
    episode = Episode("A", D, D)
    assert told([episode], D, counts_from=D + timedelta(1)) == {"A": State.BASELINE}
    assert told([episode], D, policy=OFF) == {}


def test_the_next_look_is_the_next_day_on_which_time_changes_something():
    episodes = [Episode("A", D, D, over_on=D + timedelta(40)), Episode("B", D + timedelta(50), D)]
    assert next_look(episodes, D) == D + timedelta(40)
    assert next_look(episodes, D + timedelta(50)) is None


def test_stretches_are_as_long_as_they_can_be():
    found = stretches([D, D + timedelta(2), D + timedelta(4)], lambda day: day != D + timedelta(2))
    assert found == [(D, D + timedelta(2)), (D + timedelta(4), None)]


@st.composite
def timelines(draw):
    found = []
    for i in range(draw(st.integers(0, 5))):
        due = draw(days)
        over = draw(st.none() | st.just(due + timedelta(draw(st.integers(1, 200)))))
        found.append(Episode(f"E{i}", due, due, over_on=over))
    return found


@given(timelines(), st.lists(days, max_size=12))
def test_i5_every_day_any_days_or_once_gives_the_same_keys_and_one_signal_each(episodes, asked):
    """I1, I5: however often the rule was asked before, and in which gaps, the keys on record are the same."""
    last = date(2026, 12, 31)
    once = set(told(episodes, last))
    recorded, fired = {}, []
    for on in [*sorted(asked), last]:
        for key, state in told(episodes, on, recorded).items():
            fired += [key] if state is State.FIRED else []
            recorded[("rule", key)] = state.value
    assert {key for _, key in recorded} == once
    assert len(fired) == len(set(fired))
