"""Upgrade options from a file: for a product or a family, with the words of the failures they prevent."""

import pytest

from installed_base.models import ProductFamily, UpgradeOption
from tests import cast
from tests.installed_base.importing import Importing, told, top

pytestmark = pytest.mark.django_db
MAPPING = """
source = "erp"
[upgrade_option]
product = "Product"
family = "Family"
name = "Name"
kind = "Kind"
offered_from = "From"
price = "Price"
currency = "Currency"
prevents = "Prevents"
"""
FILE = """Product,Family,Name,Kind,From,Price,Currency,Prevents
VR6,,Vision kit,efficiency,2026-01-01,9000,EUR,"Jam; gripper slips"
,Palletisers,Remote watch,connectivity,,,,
VR6,Palletisers,Both,safety,,,,
,,Neither,safety,,,,
"""


@pytest.fixture
def importing(tmp_path):
    return Importing(tmp_path)


def test_options_land_and_come_again_without_a_change(importing):
    robot = cast.product("VR-6", source="erp", external_id="VR6")
    family = ProductFamily.objects.create(name="Palletisers")
    outcome = importing("upgrade_options", MAPPING, FILE)
    assert top(outcome) == (4, 2, 0, 0, 2), told(outcome)
    kit, watch = UpgradeOption.objects.order_by("name").reverse()
    assert (kit.product, kit.family, str(kit.offered_from), kit.price, kit.prevents) == (
        robot, None, "2026-01-01", 9000, ["gripper slips", "jam"]
    )  # fmt: skip
    assert (watch.product, watch.family, watch.price, watch.prevents) == (None, family, None, [])
    assert {line for line, *_rest in told(outcome)} == {4, 5}
    assert top(importing("upgrade_options", MAPPING, FILE)) == (4, 0, 0, 2, 2)
