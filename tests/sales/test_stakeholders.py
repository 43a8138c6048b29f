"""The people of a deal: what is missing among them, who is refused, and who reads their names."""

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from core.clock import today
from core.models import Role
from sales import actions
from sales.models import Stakeholder, StakeholderRole, Stance
from sales.rules.stakeholders import Gap, Said, first_twice, gaps
from tests import cast
from tests.api.conftest import writer
from tests.sales.selling import Sale

pytestmark = pytest.mark.django_db
PEOPLE = st.lists(
    st.builds(Said, st.integers(1, 5), st.sampled_from(StakeholderRole.values), st.sampled_from(Stance.values))
)


@pytest.fixture
def sale(db: None) -> Sale:
    return Sale(on=today())


def name(sale: Sale, *people: Said) -> None:
    actions.name_stakeholders(opportunity=sale.deal, people=people, by=sale.mila, on=today())


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([], (Gap.NOBODY_DECIDES, Gap.NOBODY_PAYS)),
        ([Said(1, "decides", "for")], (Gap.NOBODY_PAYS,)),
        ([Said(1, "decides", "against"), Said(2, "pays", "for")], (Gap.DECIDER_AGAINST,)),
        ([Said(1, "uses", "against"), Said(2, "pays", "for")], (Gap.NOBODY_DECIDES,)),
        ([Said(1, "decides", "neutral"), Said(2, "pays", "unknown")], ()),
    ],
)
def test_what_is_missing_is_said(people: list[Said], expected: tuple[Gap, ...]) -> None:
    assert gaps(people) == expected


@given(PEOPLE, st.randoms())
def test_the_order_of_the_lines_says_nothing(people: list[Said], random: Any) -> None:
    mixed = random.sample(people, len(people))
    assert gaps(mixed) == gaps(people)
    assert (first_twice(people) is None) == (len({p.contact_id for p in people}) == len(people))


def test_the_people_are_written_together(sale: Sale) -> None:
    boss = cast.contact(sale.account, "management", name="Ans Smit")
    name(sale, Said(sale.person.pk, "advises", "for", " Wants it "), Said(boss.pk, "decides", "neutral"))
    name(sale, Said(sale.person.pk, "uses", "against", "Knows the old one"))
    rows = Stakeholder.objects.values_list("contact", "role", "stance", "note")
    assert list(rows) == [(sale.person.pk, "uses", "against", "Knows the old one")]


def test_what_does_not_fit_is_refused_and_nothing_changes(sale: Sale) -> None:
    stranger = cast.contact(cast.account("Elsewhere"), "operator")
    name(sale, Said(sale.person.pk, "uses", "for"))
    for people, words in (
        ([Said(stranger.pk, "uses", "for")], "no contact of this account"),
        ([Said(sale.person.pk, "uses", "for"), Said(sale.person.pk, "pays", "for")], "stands there twice"),
    ):
        with pytest.raises(ValidationError, match=words):
            name(sale, *people)
    assert Stakeholder.objects.get().role == "uses"


def lines(*people: tuple[int, str, str]) -> dict[str, Any]:
    said = {"form-TOTAL_FORMS": 8, "form-INITIAL_FORMS": 0, "form-MIN_NUM_FORMS": 8, "form-MAX_NUM_FORMS": 8}
    for n, (contact, role, stance) in enumerate(people):
        said |= {f"form-{n}-contact": contact, f"form-{n}-role": role, f"form-{n}-stance": stance}  # type: ignore[dict-item]
    return said


def test_the_page_names_them_and_asks_for_who_is_missing(client: Client, sale: Sale) -> None:
    client.force_login(sale.mila)
    page, where = f"/pipeline/{sale.deal.pk}/", f"/pipeline/{sale.deal.pk}/people/"
    assert "Who signs?" in client.get(page).content.decode()
    refused = client.post(where, lines((sale.person.pk, "", "for")))
    assert refused.status_code == 422 and "which part they have in it" in refused.content.decode()
    assert not Stakeholder.objects.exists()
    assert client.post(where, lines((sale.person.pk, "decides", "for")))["Location"] == page
    said = client.get(page).content.decode()
    assert "Joke Bos" in said and "In favour" in said and "Who signs?" not in said
    assert 'value="decides" selected' in client.get(where).content.decode()


def test_who_reads_no_names_is_told_the_parts_alone(client: Client, sale: Sale) -> None:
    name(sale, Said(sale.person.pk, "decides", "against", "Does not trust us"))
    client.force_login(cast.person("eva", Role.EXECUTIVE))
    said = client.get(f"/pipeline/{sale.deal.pk}/").content.decode()
    assert "Decides" in said and "Against" in said
    assert "Joke Bos" not in said and "Does not trust us" not in said and "/people/" not in said


def test_a_colleague_does_not_write_them(client: Client, sale: Sale) -> None:
    client.force_login(cast.person("tom", Role.CS_MANAGER, cast.pool("South")))
    assert (
        client.post(f"/pipeline/{sale.deal.pk}/people/", lines((sale.person.pk, "decides", "for"))).status_code == 404
    )
    assert not Stakeholder.objects.exists()


def test_by_api(sale: Sale) -> None:
    mila, eva = writer(sale.mila), writer(cast.person("eva", Role.EXECUTIVE))
    where = f"opportunities/{sale.deal.pk}/"
    body = {"people": [{"contact_id": sale.person.pk, "role": "decides", "stance": "for", "note": "Asked first"}]}
    assert mila.post(f"{where}stakeholders/", body).status_code == 200
    (row,) = mila.get(where).data["stakeholders"]
    assert (row["name"], row["role"], row["note"]) == ("Joke Bos", "decides", "Asked first")
    (bare,) = eva.get(where).data["stakeholders"]
    assert (bare["name"], bare["role"], bare["note"]) == (None, "decides", None)
    refused = mila.post(f"{where}stakeholders/", {"people": [{"contact_id": 987654321, "role": "uses"}]})
    assert "no contact of this account" in str(refused.data) and refused.status_code == 409
    assert Stakeholder.objects.get().contact == sale.person
