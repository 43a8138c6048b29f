"""When a lead waits, when two are one, what it may become, and whether it fits: pure, and the same in the database."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.models import Role
from playbooks.rules import on_working_day
from sales.models import Lead
from sales.queries.icp import fit_case, profile_counts
from sales.rules.icp import IcpPolicy, fit_of
from sales.rules.lead import (
    LeadPolicy,
    answer_by,
    came_back_as,
    kind_of_lead,
    kinds_open_to,
    late_before,
    longest_word,
    plain_name,
    same_lead,
    waits,
)
from tests import cast
from tests.sales.leading import Field

MONDAY = date(2026, 3, 2)
POLICY = LeadPolicy()


def next_day(day: date) -> date:
    return on_working_day(day, ())


@pytest.mark.parametrize(
    ("came", "until"),
    [
        (MONDAY, date(2026, 3, 4)),
        (date(2026, 3, 5), date(2026, 3, 9)),  # Thursday: Friday, then Monday
        (date(2026, 3, 7), date(2026, 3, 10)),  # Saturday: Monday, then Tuesday
    ],
)
def test_two_working_days_to_the_first_word(came, until):
    assert answer_by(POLICY, came, next_day) == until
    assert not waits(POLICY, came, None, until, next_day)
    assert waits(POLICY, came, None, until + timedelta(days=1), next_day)


def test_who_was_sought_waits_after_a_month_of_silence():
    reached = date(2026, 3, 3)
    assert not waits(POLICY, MONDAY, reached, reached + timedelta(days=30), next_day)
    assert waits(POLICY, MONDAY, reached, reached + timedelta(days=31), next_day)


@given(
    on=st.dates(date(2026, 1, 1), date(2027, 1, 1)),
    age=st.integers(0, 40),
    days=st.integers(1, 6),
    free=st.sets(st.integers(0, 60), max_size=6),
)
def test_the_last_late_day_of_creation_splits_those_that_wait(on, age, days, free):
    closed = {on - timedelta(days=n) for n in free}
    policy, came = LeadPolicy(untouched_days=days), on - timedelta(days=age)

    def working(day: date) -> date:
        return on_working_day(day, closed)

    assert waits(policy, came, None, on, working) == (came <= late_before(policy, on, working))


def test_a_policy_without_days_says_so():
    assert LeadPolicy().problems() == []
    assert LeadPolicy(untouched_days=0, quiet_days=0).problems() == [
        "untouched_days: 1 day or more.",
        "quiet_days: 1 day or more.",
    ]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Bakker B.V.", "bakker"),
        ("  BAKKER bv", "bakker"),
        ("Kraft & Söhne GmbH & Co. KG", "kraft söhne"),
        ("Bakker Holding B.V.", "bakker holding"),
        ("A.B. Food", "ab food"),
        ("NV", "nv"),
        ("  ", ""),
    ],
)
def test_names_are_compared_without_signs_and_legal_form(name, plain):
    assert plain_name(name) == plain


def test_two_leads_are_one_by_company_or_address():
    assert same_lead("Bakker B.V.", "", "bakker", "x@y.nl")
    assert same_lead("Bakker", "Joke@Bakker.nl ", "De Bakkerij", "joke@bakker.nl")
    assert not same_lead("Bakker", "", "De Bakkerij", "")
    assert not same_lead("", "", " ", "")
    assert longest_word("De Bakkerij B.V.") == "bakkerij" and longest_word(" ") == ""


def test_what_a_company_may_get_follows_what_it_paid():
    assert kinds_open_to("new_logo") == ("new_logo", "win_back")
    assert kinds_open_to("win_back") == ("win_back", "new_logo")
    assert "new_logo" not in kinds_open_to("") and "additional_machine" in kinds_open_to("")
    assert kind_of_lead("new_logo", "") == "new_logo" and kind_of_lead("", "") == ""
    with pytest.raises(ValueError, match="upgrade"):
        kind_of_lead("new_logo", "upgrade")
    assert (came_back_as(MONDAY), came_back_as(None)) == ("working", "new")


def test_a_profile_that_nobody_fits_says_so():
    assert IcpPolicy().problems() == []
    assert IcpPolicy(employees_from=50, employees_to=10).problems() == [
        "employees_to: not below employees_from, or no lead could ever fit."
    ]
    assert IcpPolicy(machines_from=-1).problems() == ["machines_from: 0 or more."]


PROFILES = [
    IcpPolicy(),
    IcpPolicy(employees_from=None),
    IcpPolicy(countries=("NL", " de "), employees_from=None),
    IcpPolicy(countries=("nl",), industries=("Bakery",), employees_from=50, employees_to=200, machines_from=3),
]


@pytest.mark.django_db
@pytest.mark.parametrize("policy", PROFILES)
def test_the_database_says_the_same_of_a_lead_as_the_rule(policy):
    field = Field()
    for number, (country, industry, employees, machines) in enumerate(
        (c, i, e, m)
        for c in ("NL", " nl ", "DE", "", "  ")
        for i in ("bakery", "Dairy", "")
        for e in (None, 10, 50, 300)
        for m in (None, 2, 3)
    ):
        Lead.objects.create(
            company=f"C{number}", country=country, industry=industry, employees=employees, machines=machines,
            owner=field.owner(field.daniel), created_on=field.on, known_on=field.on,
        )  # fmt: skip
    words = {True: "met", False: "unmet", None: "unknown"}
    rows = list(Lead.objects.annotate(fit=fit_case(policy)))
    for row in rows:
        one = fit_of(policy, country=row.country, industry=row.industry, employees=row.employees, machines=row.machines)
        assert row.fit == words[one.verdict], (row.country, row.industry, row.employees, row.machines)
    found = profile_counts(policy, field.daniel, field.on)
    assert (found.total, found.fit) == (len(rows), sum(row.fit == "met" for row in rows))
    assert found.fit + found.unfit + found.unknown == found.total


@pytest.mark.django_db
def test_the_preview_counts_a_year_and_what_one_sees():
    field = Field()
    field.lead("Now", employees=80)
    field.lead("Small", employees=4)
    field.lead("Nobody asked")
    field.lead("Long ago", created_on=date(2025, 3, 2), employees=90)
    found = profile_counts(IcpPolicy(), field.daniel, field.on)
    assert (found.total, found.fit, found.unfit, found.unknown) == (3, 1, 1, 1)
    assert found.criteria == (("employees", 1, 1),)
    stranger = cast.person("zoe", Role.SALES, cast.pool("South"))
    assert profile_counts(IcpPolicy(), stranger, field.on).total == 0
