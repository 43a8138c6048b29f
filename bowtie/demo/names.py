"""Names of customers, places and people, by country."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Country:
    """How many customers live there, and what they are called."""

    name: str
    customers: int
    cities: tuple[str, ...]
    families: tuple[str, ...]
    trades: tuple[str, ...]
    first_names: tuple[str, ...]
    pattern: str = "{family} {trade}"


# The customers with a story; the others are composed.
STORIED = {
    "Netherlands": ("Van Houten Bakkerijen", "Noordhof Groep", "Hoekstra Zuivel", "Frisse Start Groenten"),
    "Germany": ("Bergmann Automotive", "Kühne & Rapp Logistik"),
    "Belgium": ("Verpakkingen De Smet", "Chocolaterie Maes"),
    "France": ("Laiterie du Jura",),
    "Italy": ("Ceramica Bellini",),
    "Poland": ("Mleczarnia Podlaska",),
    "United States": ("Great Lakes Dairy",),
}
COUNTRIES = (
    Country(
        "Netherlands",
        46,
        ("Veghel", "Oss", "Leeuwarden", "Bleiswijk", "Oudewater", "Geldermalsen", "Venlo", "Zwolle", "Ede", "Breda"),
        ("Dijkstra", "Verhoeven", "Smit", "Van Dam", "Kuipers", "Jonker", "Postma", "Hendriks", "Scholten", "Brouwer"),
        ("Zuivel", "Bakkerijen", "Verpakkingen", "Fruit", "Vleeswaren", "Logistiek", "Diervoeders"),
        ("Henk", "Anja", "Pieter", "Bram", "Ilse", "Wouter", "Karin", "Joost", "Femke", "Sjoerd"),
    ),
    Country(
        "Germany",
        36,
        ("Stuttgart", "Kassel", "Bremen", "Augsburg", "Münster", "Leipzig", "Ulm", "Bielefeld"),
        ("Hartmann", "Lindner", "Vogt", "Seidel", "Brandner", "Kessler", "Pohl", "Winter", "Albrecht"),
        ("Logistik", "Molkerei", "Backwaren", "Automotive", "Getränke", "Pharma", "Feinkost"),
        ("Jürgen", "Sabine", "Markus", "Katrin", "Uwe", "Heike", "Stefan", "Nina"),
    ),
    Country(
        "Belgium",
        20,
        ("Kortrijk", "Gent", "Genk", "Mechelen", "Aalst", "Hasselt"),
        ("De Backer", "Peeters", "Claessens", "Wouters", "Lambrecht", "Desmet"),
        ("Verpakkingen", "Groenten", "Textiel", "Brouwerij", "Vleeswaren"),
        ("Bart", "Els", "Koen", "Griet", "Luc", "Veerle"),
    ),
    Country(
        "France",
        16,
        ("Dole", "Nantes", "Lille", "Angers", "Rennes"),
        ("Moreau", "Girard", "Lefèvre", "Marchand", "Chevalier"),
        ("Laiterie", "Conserverie", "Biscuiterie", "Emballages", "Boissons"),
        ("Claire", "Antoine", "Sophie", "Julien", "Hélène"),
        "{trade} {family}",
    ),
    Country(
        "Italy",
        12,
        ("Sassuolo", "Parma", "Modena", "Bergamo"),
        ("Ferri", "Marchetti", "Galli", "Rinaldi"),
        ("Ceramica", "Pastificio", "Salumi", "Imballaggi"),
        ("Luca", "Giulia", "Paolo", "Elena"),
        "{trade} {family}",
    ),
    Country(
        "Poland",
        12,
        ("Białystok", "Łódź", "Poznań", "Lublin"),
        ("Kowalska", "Zieliński", "Wójcik", "Kamiński"),
        ("Mleczarnia", "Piekarnia", "Opakowania", "Owoce"),
        ("Anna", "Piotr", "Ewa", "Marek"),
        "{trade} {family}",
    ),
    Country(
        "United States",
        8,
        ("Green Bay", "Madison", "Toledo", "Grand Rapids"),
        ("Harper", "Whitfield", "Lawson", "Prescott"),
        ("Dairy", "Foods", "Packaging", "Beverages"),
        ("Emily", "Jack", "Grace", "Owen"),
    ),
)
