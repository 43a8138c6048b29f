"""What Voss Robotics makes: fourteen products in three lines, and three levels of service."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from installed_base.models import Level, Product, ProductFamily, ProductLine, UpgradeOption


@dataclass(frozen=True)
class Model:
    """A product: price in euros, the years in which it was sold, and how often relative to the others."""

    code: str
    name: str
    line: str
    family: str
    price: int
    sold_from: int
    sold_to: int
    weight: int


LIVES = {"Palletisers": None, "Pickers": Decimal(10), "Line packers": Decimal(15), "Case erectors": None}
MODELS = (
    Model("VR6", "VR-6 Palletiser", "Palletising", "Palletisers", 148_000, 2008, 2018, 16),
    Model("VR12", "VR-12 Palletiser", "Palletising", "Palletisers", 226_000, 2012, 2030, 13),
    Model("VR20", "VR-20 Palletiser", "Palletising", "Palletisers", 318_000, 2019, 2030, 9),
    Model("VR8C", "VR-8 Cobot palletiser", "Palletising", "Palletisers", 96_000, 2020, 2030, 10),
    Model("PC200", "PickCell 200", "Picking", "Pickers", 87_000, 2009, 2019, 11),
    Model("PC400", "PickCell 400", "Picking", "Pickers", 134_000, 2015, 2030, 14),
    Model("PC600", "PickCell 600", "Picking", "Pickers", 189_000, 2021, 2030, 7),
    Model("DP1", "DeltaPick 1", "Picking", "Pickers", 72_000, 2013, 2030, 8),
    Model("CE1", "CaseErect 1", "Packaging lines", "Case erectors", 58_000, 2008, 2016, 8),
    Model("CE2", "CaseErect 2", "Packaging lines", "Case erectors", 74_000, 2014, 2030, 13),
    Model("CS2", "CaseSeal 2", "Packaging lines", "Case erectors", 49_000, 2012, 2030, 9),
    Model("LP3", "LinePack 3", "Packaging lines", "Line packers", 412_000, 2008, 2020, 6),
    Model("LP5", "LinePack 5", "Packaging lines", "Line packers", 560_000, 2017, 2030, 7),
    Model("TR1", "TrayRunner", "Packaging lines", "Line packers", 165_000, 2016, 2030, 6),
)
# Level -> name, list price per machine and year, what is included.
LEVELS = (
    ("basic", "Basic", 2_900, {"visits_a_year": 1, "response_hours": 24}),
    ("premium", "Premium", 6_400, {"visits_a_year": 2, "response_hours": 8, "software_updates": True}),
    (
        "full_service",
        "Full service",
        11_800,
        {"visits_a_year": 4, "response_hours": 4, "parts": True, "software_updates": True},
    ),
)
UPGRADES = (
    ("Vision kit", UpgradeOption.Kind.EFFICIENCY, Decimal("0.14")),
    ("Safety scanner 2027", UpgradeOption.Kind.SAFETY, Decimal("0.06")),
    ("Remote monitoring", UpgradeOption.Kind.CONNECTIVITY, Decimal("0.04")),
)
FOUNDED = date(2008, 1, 7)


@dataclass(frozen=True)
class Catalogue:
    products: dict[str, Product]
    levels: dict[str, Level]


def publish() -> Catalogue:
    """Write lines, families, products with their upgrade options, and the ladder of levels."""
    lines = {name: ProductLine.objects.create(name=name) for name in dict.fromkeys(m.line for m in MODELS)}
    families = {
        name: ProductFamily.objects.create(name=name, expected_life_years=years) for name, years in LIVES.items()
    }
    products = {m.code: _product(m, lines, families) for m in MODELS}
    UpgradeOption.objects.bulk_create(
        UpgradeOption(product=p, name=name, kind=kind, price=(p.list_price or 0) * share, currency="EUR")
        for p in products.values()
        for name, kind, share in UPGRADES
    )
    levels = {
        key: Level.objects.create(key=key, name=name, rung=rung, list_price=price, currency="EUR", includes=includes)
        for rung, (key, name, price, includes) in enumerate(LEVELS, 1)
    }
    return Catalogue(products, levels)


def _product(model: Model, lines: dict[str, ProductLine], families: dict[str, ProductFamily]) -> Product:
    return Product.objects.create(
        code=model.code,
        name=model.name,
        manufacturer="Voss Robotics",
        line=lines[model.line],
        family=families[model.family],
        portfolio_column=model.line,
        list_price=Decimal(model.price),
        currency="EUR",
        known_on=FOUNDED,
        source="erp",
        external_id=model.code,
    )
