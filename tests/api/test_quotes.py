"""Renewal quotes over REST: made from what is said on top of what stood, signed by the decision of their renewal."""

import pytest

from core.clock import today
from core.models import Role
from installed_base.models import Coverage, Level, Term
from renewals.models import Quote
from tests import cast
from tests.api.conftest import caller, writer
from tests.api.test_problems import problem
from tests.renewals import book

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return cast.pool("Ours")


@pytest.fixture
def anna(team):
    return writer(cast.person("anna", Role.CS_MANAGER, team))


@pytest.fixture
def renewal(anna):
    basic = Level.objects.create(key="basic", name="Basic", rung=1, list_price=400)
    Level.objects.create(key="plus", name="Plus", rung=2, list_price=500)
    term = book.ending(cast.account(owner=anna.user), on=today(), level=basic)
    for value in (8000, 4000):
        cast.cover(term, cast.asset(term.contract.account), annual_value=value)
    return book.renewal(term)


def made(who, renewal, **said):
    return who.post("renewal-quotes/", {"renewal_id": renewal.pk} | said)


def machines(renewal):
    return list(Coverage.objects.filter(term=renewal.term).order_by("pk").values_list("pk", flat=True))


def test_a_first_version_is_what_policy_proposes_with_what_is_said_in_its_place(anna, renewal):
    answer = made(anna, renewal, note="Dear Mr van Dam")
    assert answer.status_code == 201
    told = answer.data
    assert answer["Location"] == f"/api/v1/renewal-quotes/{told['id']}/"
    facts = ("version", "kind", "state", "months", "uplift", "old_annual", "new_annual", "note", "margin")
    assert [told[name] for name in facts] == [
        1, "same", "draft", 12, "0.030000", "12000.00", "12360.00", "Dear Mr van Dam", None,
    ]  # fmt: skip
    assert [line["new_annual"] for line in told["lines"]] == ["8240.00", "4120.00"]


def test_a_revision_keeps_what_is_not_said(anna, renewal):
    plus, (_first, second) = Level.objects.get(key="plus"), machines(renewal)
    first = made(anna, renewal, lines=[{"coverage_id": second, "drop_reason": "sold_on"}], note="Hello").data
    answer = anna.post(f"renewal-quotes/{first['id']}/revise/", {"level_id": plus.pk, "uplift": "0"})
    told = answer.data
    assert (answer.status_code, told["version"], told["kind"], told["note"]) == (201, 2, "upgrade", "Hello")
    assert (told["new_annual"], told["change_scope"], told["change_level"], told["change_price"]) == (
        "10000.00", "-4000.00", "2000.00", "0.00",
    )  # fmt: skip
    assert [line["drop_reason"] for line in told["lines"]] == ["", "sold_on"]
    assert anna.get(f"renewal-quotes/{first['id']}/").data["state"] == "replaced"
    assert anna.ids("renewal-quotes/", standing="true") == [told["id"]]
    assert anna.ids("renewal-quotes/", renewal=renewal.pk, state="replaced") == [first["id"]]
    problem(anna.post(f"renewal-quotes/{first['id']}/revise/", {"months": 24}), 409)


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ({"months": 0}, "months"),
        ({"annual": "-1"}, "annual"),
        ({"uplift": "-1.5"}, "uplift"),
        ({"price": 5}, "price"),
        ({"index_name": "CPI"}, "index_from"),
        ({"index_name": "CPI", "index_from": "1", "index_to": "2", "uplift": "0"}, "uplift"),
        ({"lines": [{"coverage_id": 1, "drop_reason": "boredom"}]}, "lines"),
        ({"lines": [{"coverage_id": 1, "drop_reason": "price", "annual": "5"}]}, "lines"),
        ({"lines": [{"coverage_id": 1}, {"coverage_id": 1}]}, "lines"),
        ({"level_id": 987654}, "level_id"),
        ({"renewal_id": 987654}, "renewal_id"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_is_written(anna, renewal, said, name):
    problem(made(anna, renewal, **said), 400, name)
    assert not Quote.objects.exists()


def test_what_makes_no_sense_is_refused_in_words(anna, renewal):
    everything = [{"coverage_id": pk, "drop_reason": "price"} for pk in machines(renewal)]
    assert "as lost" in problem(made(anna, renewal, lines=everything), 409)["detail"]
    assert "does not go on" in problem(made(anna, renewal, lines=[{"coverage_id": 987654}]), 409)["detail"]
    made(anna, renewal)
    assert "stands already" in problem(made(anna, renewal), 409)["detail"]
    assert Quote.objects.count() == 1


def test_repeated_under_one_key_it_is_made_once(anna, renewal):
    body = {"renewal_id": renewal.pk}
    first, again = (anna.post("renewal-quotes/", body, idempotency_key="k-1") for _ in range(2))
    assert (first.data, again["Idempotency-Replayed"]) == (again.data, "true")
    assert Quote.objects.count() == 1


def test_a_quote_of_a_customer_out_of_reach(anna, team):
    far = writer(cast.person("zoe", Role.CS_MANAGER, cast.pool("Theirs")))
    theirs = book.renewal(book.ending(cast.account(owner=far.user), on=today()))
    quote = made(far, theirs).data
    problem(made(anna, theirs), 400, "renewal_id")
    assert anna.get(f"renewal-quotes/{quote['id']}/").status_code == 404
    assert anna.ids("renewal-quotes/") == []


def test_the_decision_signs_the_accepted_quote(anna, renewal):
    quote = made(anna, renewal, months=24).data
    for verb in ("send", "accept"):
        assert anna.post(f"renewal-quotes/{quote['id']}/{verb}/").status_code == 200
    assert anna.get(f"renewals/{renewal.pk}/").data["stage"] == "verbal_yes"
    wrong = anna.post(f"renewals/{renewal.pk}/decision/", {"outcome": "renewed", "months": 12})
    problem(wrong, 400, "months")
    assert anna.post(f"renewals/{renewal.pk}/decision/", {"outcome": "renewed"}).status_code == 200
    told = anna.get(f"renewal-quotes/{quote['id']}/").data
    term = Term.objects.get(pk=told["successor_id"])
    assert (term.ends_on.isoformat(), term.annual_value) == (told["ends_on"], 12360)
    assert term.ledger_entries.filter(state="planned").count() == 2
    problem(anna.post(f"renewals/{renewal.pk}/decision/", {"outcome": "renewed"}), 409)


def test_prices_are_for_those_who_see_them(anna, renewal):
    quote = made(anna, renewal).data
    told = caller(cast.person("mo", Role.OPERATIONS)).get(f"renewal-quotes/{quote['id']}/").data
    assert told["state"] == "draft" and not [name for name in told if "annual" in name or name in ("uplift", "margin")]
    assert told["lines"][0].keys() == {"coverage_id", "asset_id", "serial", "drop_reason"}
    assert caller(cast.person("tess", Role.TECHNICIAN)).ids("renewal-quotes/") == []
