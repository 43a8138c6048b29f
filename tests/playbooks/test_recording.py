"""Firings are copied straight into their table; whatever stands there already is found out, and never twice."""

from datetime import date
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import IntegrityError

from core.models import Job
from playbooks.actions.firing import record, recorded
from playbooks.models import Firing
from playbooks.rules import Occurrence, Rung, State
from playbooks.triggers import Moment
from tests.cast import account

pytestmark = pytest.mark.django_db
ON = date(2026, 11, 21)


@pytest.fixture
def moment() -> Moment:
    return Moment(ON, None, 1, ON, Job.objects.create(kind="run_day", on=ON).pk)


@pytest.fixture
def facts() -> Any:
    return SimpleNamespace(id=7, account_id=account().pk)


def occurrence(key: str, state: State = State.FIRED, due_on: date = ON) -> Occurrence:
    return Occurrence(Rung("test.rule", key, due_on, ON, "T-0"), state)


def written(facts: Any, moment: Moment, *found: Occurrence, on_record: Any = None) -> list[str]:
    rows = record(
        [(facts, one) for one in found],
        kind="term",
        seen=lambda f: {"id": f.id, "said": "a\tb\\c\nd"},
        moment=moment,
        on_record=on_record or {},
    )
    assert [row.firing_id for row in rows] == sorted(row.firing_id for row in rows)
    return [row.occurrence.rung.key for row in rows]


def test_what_is_new_is_written_with_all_it_says(facts: Any, moment: Moment) -> None:
    assert written(facts, moment, occurrence("a", State.SUPERSEDED), occurrence("b")) == ["a", "b"]
    rows = Firing._base_manager.order_by("pk")
    assert [(r.state, r.subject_kind, r.subject_id, r.account_id) for r in rows] == [
        ("superseded", "term", 7, facts.account_id),
        ("fired", "term", 7, facts.account_id),
    ]
    last = rows.last()
    assert last and (last.on, last.run_id, last.policy_version, last.facts) == (
        ON,
        moment.job_id,
        1,
        {"id": 7, "said": "a\tb\\c\nd"},
    )


def test_what_another_wrote_meanwhile_is_not_written_twice(facts: Any, moment: Moment) -> None:
    """It stood not yet on record when we looked."""
    written(facts, moment, occurrence("a"))
    assert written(facts, moment, occurrence("a"), occurrence("b")) == ["b"]
    assert Firing._base_manager.count() == 2


def test_a_withdrawn_one_is_taken_up_again_once(facts: Any, moment: Moment) -> None:
    written(facts, moment, occurrence("a", State.WITHDRAWN))
    known = recorded("term", [7])
    assert known == {7: {("test.rule", "a"): "withdrawn"}}
    assert recorded("term", [7], ["test.rule"]) == known
    assert recorded("term", [7], ["test.other"]) == {}
    assert written(facts, moment, occurrence("a"), on_record=known) == ["a"]
    assert written(facts, moment, occurrence("a"), on_record=recorded("term", [7])) == []


def test_the_audit_says_that_it_found_one(facts: Any, moment: Moment) -> None:
    audit = Moment(ON, None, 1, ON, moment.job_id, audit=True)
    assert written(facts, audit, occurrence("a")) == ["a"]
    assert Firing._base_manager.get().found_by_audit_at is not None


def test_what_breaks_a_rule_of_the_table_is_refused(facts: Any, moment: Moment) -> None:
    with pytest.raises(IntegrityError, match="firing_not_before_due"):
        written(facts, moment, occurrence("a", due_on=date(2027, 1, 1)))
