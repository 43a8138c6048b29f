"""Dealers in files: leads and deals that name theirs, what a dealer sold, and the people of a deal (IB-17, PL-01)."""

from datetime import date
from pathlib import Path

import pytest

from core.models import Organisation, Role, Touched
from installed_base.models import Account, AccountExternalId, Asset
from sales.models import DealerAssignment, Lead, Opportunity, Stakeholder
from tests import cast
from tests.installed_base.importing import ON, Importing, told, top
from tests.sales.base import deal

pytestmark = pytest.mark.django_db
LEADS = """
source = "crm"
[lead]
key = "id"
company = "company"
account = "customer"
created_on = "created"
partner = { column = "dealer", source = "erp" }
partner_since = "since"
"""
HEADER = "id,company,customer,created,dealer,since\n"
DEALS = """
source = "crm"
[opportunity]
key = "id"
account = "customer"
kind = { constant = "new_logo" }
name = "name"
partner = "dealer"
"""
PEOPLE = """
source = "crm"
[stakeholder]
opportunity = "deal"
contact = "person"
email = "mail"
role = "role"
stance = "stance"
note = "note"
"""
PEOPLE_HEADER = "deal,person,mail,role,stance,note\n"
# What a dealer sends each quarter: they know the customer by name and place alone.
SELL_OUT = """
kind = "assets"
source = "kraft"
[account]
create = true
key = { columns = ["Customer", "Town"], join = " / " }
name = "Customer"
city = "Town"
owner = { constant = "Partner channel", create = true }
[product]
create = true
key = "Model"
name = "Model"
[asset]
key = "Serial"
serial = "Serial"
installed_on = "Installed"
"""


@pytest.fixture
def importing(tmp_path: Path) -> Importing:
    Organisation.objects.create(pk=1, name="Voss Robotics")
    return Importing(tmp_path)


@pytest.fixture
def kraft(importing: Importing) -> Account:
    return cast.account("Kraft Handel", source="erp", external_id="D1")


def test_a_file_says_which_dealer_has_a_lead_since_when(importing: Importing, kraft: Account) -> None:
    nord = cast.account("Nord", source="erp", external_id="D2")
    rows = "1,Bolt,,2026-03-01,D1,2026-03-02\n2,Van Dam,,2026-03-01,D1,\n3,Ours,,2026-03-01,,\n"
    assert top(importing("leads", LEADS, HEADER + rows)) == (3, 3, 0, 0, 0)
    one, two, three = Lead.objects.order_by("external_id")
    assert (one.partner, two.partner, three.partner) == (kraft, kraft, None)
    held = DealerAssignment.objects.order_by("lead__external_id")
    assert [(h.given_on, h.answer_by > h.given_on) for h in held] == [(date(2026, 3, 2), True), (ON, True)]
    assert top(importing("leads", LEADS, HEADER + rows)) == (3, 0, 0, 3, 0) and held.count() == 2
    moved = rows.replace("1,Bolt,,2026-03-01,D1", "1,Bolt,,2026-03-01,D2").replace("03-01,D1,\n", "03-01,,\n")
    assert top(importing("leads", LEADS, HEADER + moved)) == (3, 0, 2, 1, 0)
    stands = DealerAssignment.objects.filter(ended_on__isnull=True).get()
    assert (stands.lead, stands.partner) == (one, nord)
    assert set(DealerAssignment.objects.exclude(pk=stands.pk).values_list("ended_on", flat=True)) == {ON}


def test_a_file_that_names_no_dealer_leaves_them(importing: Importing, kraft: Account) -> None:
    importing("leads", LEADS, HEADER + "1,Bolt,,2026-03-01,D1,\n")
    mapping = 'source = "crm"\n[lead]\nkey = "id"\ncompany = "company"\ncreated_on = "created"\n'
    importing("leads", mapping, "id,company,created\n1,Bolt BV,2026-03-01\n")
    assert Lead.objects.get().partner == kraft and DealerAssignment.objects.get().ended_on is None


@pytest.mark.parametrize(
    ("row", "column", "words"),
    [
        ("1,Bolt,,2026-03-01,D9,", "dealer", "is not known as account"),
        ("1,Bolt,,2026-03-01,D1,2026-02-01", "since", "before the lead was created"),
        ("1,Bolt,,2026-03-01,D1,2027-02-01", "since", "lies in the future"),
        ("1,Bolt,B,2026-03-01,D1,", "dealer", "customer itself"),
    ],
)
def test_a_dealer_that_cannot_be_is_refused(
    importing: Importing, kraft: Account, row: str, column: str, words: str
) -> None:
    AccountExternalId.objects.create(account=kraft, source="crm", external_id="B")
    ((line, place, _value, reason),) = told(importing("leads", LEADS, HEADER + row + "\n"))
    assert (line, place) == (2, column) and words in reason
    assert not Lead.objects.exists() and not DealerAssignment.objects.exists()


def test_a_deal_names_its_dealer(importing: Importing) -> None:
    kraft = cast.account("Kraft", source="crm", external_id="K")
    cast.account("Visser", source="crm", external_id="V")
    header = "id,customer,name,dealer\n"
    assert top(importing("opportunities", DEALS, header + "1,V,First,K\n2,V,Second,\n")) == (2, 2, 0, 0, 0)
    assert list(Opportunity.objects.order_by("external_id").values_list("partner", flat=True)) == [kraft.pk, None]
    ((_line, place, _v, reason),) = told(importing("opportunities", DEALS, header + "1,V,First,V\n"))
    assert place == "dealer" and "customer itself" in reason


def test_a_file_of_deals_starts_and_ends_the_clock_of_their_dealers(importing: Importing) -> None:
    for key in ("K", "N", "V"):
        cast.account(f"Account {key}", source="crm", external_id=key)
    header, mapping = "id,customer,name,dealer,stage,closed,value\n", DEALS + 'stage = "stage"\nclosed_on = "closed"\n'
    mapping += 'value = "value"\ncurrency = { constant = "EUR" }\n'
    rows = "1,V,First,K,proposal,,\n2,V,Second,K,won,2026-02-01,100\n3,V,Third,,identified,,\n"
    assert top(importing("opportunities", mapping, header + rows)) == (3, 3, 0, 0, 0)
    held = DealerAssignment.objects.get()  # on a deal that is won nobody reports
    assert (held.opportunity and held.opportunity.name, held.given_on, held.answer_by > ON) == ("First", ON, True)
    importing("opportunities", mapping, header + rows)
    assert DealerAssignment.objects.count() == 1
    importing("opportunities", mapping, header + rows.replace("First,K", "First,N"))
    first, second = DealerAssignment.objects.order_by("pk")
    assert (first.ended_on, second.partner.name, second.ended_on) == (ON, "Account N", None)


# What a dealer sold


@pytest.mark.parametrize(
    ("dealer", "extra"),
    [
        ('dealer = { constant = "D1", source = "erp" }', ""),
        ('dealer = { column = "Dealer no", source = "erp" }', "D1"),
    ],
)
def test_what_a_dealer_sold_comes_in_with_its_customers(
    importing: Importing, kraft: Account, dealer: str, extra: str
) -> None:
    header = "Customer,Town,Model,Serial,Installed,Dealer no\n"
    sold = ("Bakker,Ulm,VR-6,K-1,2026-03-01", "Bakker,Ulm,VR-8,K-2,2026-04-01", "Bakker,Bonn,VR-6,K-3,")
    rows = "".join(f"{row},{extra}\n" for row in sold)
    assert top(importing("assets", SELL_OUT + dealer, header + rows)) == (3, 3, 0, 0, 0)
    assert set(Asset.objects.values_list("dealer", flat=True)) == {kraft.pk}
    ulm, bonn = Account.objects.exclude(pk=kraft.pk).order_by("-city")
    assert (ulm.name, ulm.assets.count(), ulm.owner.name, bonn.city) == ("Bakker", 2, "Partner channel", "Bonn")
    assert top(importing("assets", SELL_OUT + dealer, header + rows)) == (3, 0, 0, 3, 0)


def test_a_list_without_customers_has_one_that_stands_for_them(importing: Importing, kraft: Account) -> None:
    mapping = """source = "kraft"
[asset]
key = "Serial"
serial = "Serial"
account = { constant = "kraft-unknown", create = true }
dealer = { constant = "D1", source = "erp" }
"""
    assert top(importing("assets", mapping, "Serial\nK-1\nK-2\n")) == (2, 2, 0, 0, 0)
    assert set(Asset.objects.values_list("account__name", "dealer")) == {("kraft-unknown", kraft.pk)}


# The people of a deal


class Sold:
    """A deal of Visser's with Joke, who has a key and an address, and a stranger at another company."""

    def __init__(self) -> None:
        self.mila = cast.person("mila", Role.CS_MANAGER, cast.pool("North"))
        self.at = cast.account("Visser", self.mila, source="crm", external_id="V")
        self.deal = deal(self.at, ("identified", ON), source="crm", external_id="O1")
        self.joke = cast.contact(self.at, name="Joke", email="joke@visser.nl", source="crm", external_id="P1")
        cast.contact(cast.account("Bolt"), name="Joke", email="joke@visser.nl", source="crm", external_id="P2")


def test_the_people_of_a_deal_are_named_by_key_or_by_address(importing: Importing) -> None:
    sold = Sold()
    boss = cast.contact(sold.at, name="Ans", email="ans@visser.nl")
    rows = "O1,P1,,advises,for,Wants it\nO1,,ANS@visser.nl,decides,,\n"
    assert top(importing("stakeholders", PEOPLE, PEOPLE_HEADER + rows)) == (2, 2, 0, 0, 0)
    found = set(Stakeholder.objects.values_list("contact", "role", "stance", "note"))
    assert found == {(sold.joke.pk, "advises", "for", "Wants it"), (boss.pk, "decides", "unknown", "")}
    assert Touched.objects.filter(kind="opportunity", subject_id=sold.deal.pk, account_id=sold.at.pk).exists()
    assert top(importing("stakeholders", PEOPLE, PEOPLE_HEADER + rows)) == (2, 0, 0, 2, 0)
    turned = "O1,,joke@visser.nl,advises,against,\n"
    assert top(importing("stakeholders", PEOPLE, PEOPLE_HEADER + turned)) == (1, 0, 1, 0, 0)
    assert Stakeholder.objects.get(contact=sold.joke).stance == "against" and Stakeholder.objects.count() == 2


@pytest.mark.parametrize(
    ("rows", "line", "column", "words"),
    [
        ("O9,P1,,decides,,\n", 2, "deal", "is not known as opportunity"),
        ("O1,P9,,decides,,\n", 2, "person", "is not known as contact"),
        ("O1,P2,,decides,,\n", 2, "person", "is no contact of the account"),
        ("O1,,nobody@visser.nl,decides,,\n", 2, "person", "names nobody whom we know"),
        ("O1,,,decides,,\n", 2, "person", "names nobody whom we know"),
        ("O1,P1,,,,\n", 2, "role", "is empty"),
        ("O1,P1,,rules,,\n", 2, "role", "is none of"),
        ("O1,P1,,uses,loud,\n", 2, "stance", "is none of"),
        ("O1,P1,,uses,,\nO1,,joke@visser.nl,pays,,\n", 3, "person", "on an earlier line"),
    ],
)
def test_people_that_cannot_be_are_refused(importing: Importing, rows: str, line: int, column: str, words: str) -> None:
    Sold()
    ((at, place, _value, reason),) = told(importing("stakeholders", PEOPLE, PEOPLE_HEADER + rows))
    assert (at, place) == (line, column) and words in reason
    assert Stakeholder.objects.count() == line - 2


def test_who_may_not_change_a_deal_names_nobody_in_it(importing: Importing) -> None:
    sold = Sold()
    rows = PEOPLE_HEADER + "O1,P1,,decides,,\n"
    zoe = cast.person("zoe", Role.SALES, cast.pool("South"))
    ((_line, place, _value, reason),) = told(importing("stakeholders", PEOPLE, rows, by=zoe))
    assert place == "deal" and "is not known as opportunity" in reason and not Stakeholder.objects.exists()
    assert top(importing("stakeholders", PEOPLE, rows, by=sold.mila)) == (1, 1, 0, 0, 0)
