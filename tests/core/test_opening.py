"""What a page begins with: one query, and never what was true a request ago."""

from datetime import date, timedelta

import pytest
from django.test.utils import CaptureQueriesContext

from core.actions import publish_policy
from core.clock import now
from core.models import Membership, Organisation, Role, Session, Team
from installed_base.rules import AgePolicy
from tests import cast

pytestmark = pytest.mark.django_db
MACHINES = "/machines/"
YEAR = timedelta(days=365)


@pytest.fixture
def mila():
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return cast.person("mila", team=cast.pool("North"))


@pytest.fixture
def page(client, mila):
    client.force_login(mila)
    client.get(MACHINES)
    return client


def asked(page, url=MACHINES):
    from django.db import connection

    with CaptureQueriesContext(connection) as found:
        text = page.get(url).content.decode()
    return text, [query["sql"] for query in found]


def test_session_person_reach_and_organisation_are_one_query(page):
    text, queries = asked(page)
    shell = [sql for sql in queries if any(f"core_{table}" in sql for table in ("session", "user"))]
    assert len(shell) == 1 and shell[0] == queries[0]
    assert "Voss Robotics" in text


def test_a_session_knows_whose_it_is(page, mila):
    assert Session.objects.get().user == mila


def test_what_changed_is_seen_by_the_next_request(page, mila):
    Organisation.objects.update(name="Ostwald")
    assert "Ostwald" in asked(page)[0]
    south = Team.objects.create(name="South")
    cast.asset(cast.account("Elsewhere", cast.person("zoe", team=south)), date(2020, 1, 1))
    assert "Elsewhere" not in asked(page)[0]
    Membership.objects.create(team=south, user=mila)
    assert "Elsewhere" in asked(page)[0]


def test_who_is_disabled_deleted_or_has_a_new_password_is_out(page, mila):
    mila.is_active = False
    mila.save()
    assert page.get(MACHINES).status_code == 302
    mila.is_active = True
    mila.save()
    page.force_login(mila)
    assert page.get(MACHINES).status_code == 200
    mila.set_password("another one")
    mila.save()
    assert page.get(MACHINES).status_code == 302


def test_a_session_that_ran_out_is_none(page):
    Session.objects.update(expire_date=now() - timedelta(days=1))
    assert page.get(MACHINES).status_code == 302


def test_a_person_stored_beside_the_session_decides_nothing(page):
    """What was signed says who somebody is."""
    boss = cast.person("boss", Role.ADMINISTRATOR)
    Session.objects.update(user=boss)
    assert page.get(MACHINES).wsgi_request.user.username == "mila"


def test_policies_are_read_once_and_again_when_one_was_published(page, mila):
    cast.asset(cast.account("Van Houten", mila), date(2020, 1, 1))
    _text, queries = asked(page, f"{MACHINES}?age=young")
    assert not [sql for sql in queries if 'FROM "core_policy"' in sql]
    publish_policy(values=AgePolicy(cohort_edges_years=(50, 60)), valid_from=date(2020, 1, 1), by=mila)
    text, queries = asked(page, f"{MACHINES}?age=young")
    assert len([sql for sql in queries if 'FROM "core_policy"' in sql]) == 1
    assert "Van Houten" in text
    assert not [sql for sql in asked(page)[1] if 'FROM "core_policy"' in sql]
