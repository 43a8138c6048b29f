"""The floor of a REST list: a bare WSGI application, psycopg2 and orjson. No login, no scope, no framework."""

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Any

import orjson
import psycopg2
from django.db import connection

StartResponse = Callable[[str, list[tuple[str, str]]], Any]


class ListFloor:
    """Answers with the rows of one statement; `sql` selects them by a list of ids."""

    def __init__(self, sql: str, names: list[str], ids: list[int]) -> None:
        settings = connection.settings_dict
        known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        self.connection = psycopg2.connect(**{k: settings[v] for k, v in known.items() if settings[v]})
        self.connection.autocommit = True
        self.sql, self.names, self.ids = sql, names, ids

    @property
    def pid(self) -> int:
        return self.connection.get_backend_pid()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        with self.connection.cursor() as cursor:
            cursor.execute(self.sql, (self.ids,))
            rows = [dict(zip(self.names, row, strict=True)) for row in cursor]
        body = orjson.dumps({"next": None, "results": rows}, default=_text)
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(body)))])
        return [body]

    def close(self) -> None:
        self.connection.close()


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return str(value)
    raise TypeError(type(value).__name__)


ASSETS = """
SELECT a.id, a.source, a.external_id, a.serial, a.name, a.standing, a.account_id, c.name AS account_name,
    a.site_id, s.name AS site_name, a.product_id, p.name AS product_name, a.parent_id, a.dealer_id, a.ordered_on,
    a.delivered_on, a.installed_on, a.installed_precision, a.went_live_on, a.on_specification_on, a.warranty_ends_on,
    a.taken_out_on, a.first_evidence_on, a.standing = 'ours' AS in_service,
    (SELECT 1 FROM installed_base_coverage v JOIN installed_base_term t ON t.id = v.term_id
            WHERE v.asset_id = a.id AND v.starts_on <= current_date AND v.ends_on >= current_date
            AND t.starts_on <= current_date AND t.ends_on >= current_date LIMIT 1) IS NOT NULL AS covered,
    a.price, a.price_reporting, a.currency, a.known_on, a.recorded_at
FROM installed_base_asset a
JOIN installed_base_account c ON c.id = a.account_id
LEFT JOIN installed_base_site s ON s.id = a.site_id
LEFT JOIN installed_base_product p ON p.id = a.product_id
WHERE a.id = ANY(%s) ORDER BY a.id
"""
ASSET_NAMES = [
    *("id", "source", "external_id", "serial", "name", "standing", "account_id", "account_name"),
    *("site_id", "site_name", "product_id", "product_name", "parent_id", "dealer_id", "ordered_on"),
    *("delivered_on", "installed_on", "installed_precision", "went_live_on", "on_specification_on"),
    *("warranty_ends_on", "taken_out_on", "first_evidence_on", "in_service", "covered"),
    *("price", "price_reporting", "currency", "known_on", "recorded_at"),
]
