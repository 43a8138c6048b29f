"""The floor of the whitespace page: a bare WSGI application that reads the same cells and writes a table of them. No
login, no scope, no answers, no peers, no framework."""

from collections.abc import Callable, Iterable
from datetime import date
from html import escape
from typing import Any

import psycopg2
from django.db import connection

StartResponse = Callable[[str, list[tuple[str, str]]], Any]
CELLS = """
SELECT a.account_id, 'machine:' || p.portfolio_column, count(*) FROM installed_base_asset a
JOIN installed_base_product p ON p.id = a.product_id
WHERE a.account_id = ANY(%(ids)s) AND a.standing = 'ours' AND (a.taken_out_on IS NULL OR a.taken_out_on > %(on)s)
    AND (a.first_evidence_on IS NULL OR a.first_evidence_on <= %(on)s) GROUP BY 1, 2
UNION ALL
SELECT c.account_id, 'service', count(*) FROM installed_base_term t JOIN installed_base_contract c
    ON c.id = t.contract_id
WHERE c.account_id = ANY(%(ids)s) AND t.starts_on <= %(on)s AND (t.ends_on IS NULL OR t.ends_on >= %(on)s
    OR (t.tacit_months IS NOT NULL AND (t.notice_received_on IS NULL OR t.notice_received_on > %(on)s)
        AND NOT EXISTS (SELECT FROM installed_base_term n
                        WHERE n.contract_id = t.contract_id AND n.number > t.number AND n.starts_on <= %(on)s)))
    AND (t.signed_on <= %(on)s OR (t.signed_on IS NULL AND t.source <> ''))
    AND (t.terminated_on IS NULL OR t.terminated_on > %(on)s) GROUP BY 1
UNION ALL
SELECT l.account_id, 'stream:' || l.stream, count(*) FROM installed_base_ledgerentry l
WHERE l.account_id = ANY(%(ids)s) AND l.state = 'posted' AND l."on" <= %(on)s
    AND l."on" > %(on)s - interval '24 months' GROUP BY 1, l.stream HAVING sum(l.amount_reporting) > 0
"""


class PageFloor:
    """A page of these accounts by these columns, as things stand on a day."""

    def __init__(self, ids: list[int], columns: list[str], on: date) -> None:
        settings = connection.settings_dict
        known = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
        self.connection = psycopg2.connect(**{k: settings[v] for k, v in known.items() if settings[v]})
        self.connection.autocommit = True
        self.ids, self.columns, self.on = ids, columns, on

    @property
    def pid(self) -> int:
        return self.connection.get_backend_pid()

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        with self.connection.cursor() as cursor:
            cursor.execute(CELLS, {"ids": self.ids, "on": self.on})
            bought = {(account, column): count for account, column, count in cursor}
            cursor.execute("SELECT id, name FROM installed_base_account WHERE id = ANY(%s)", (self.ids,))
            names = dict(cursor.fetchall())
        lines = [self._line(pk, names[pk], bought) for pk in self.ids]
        body = f"<table>{''.join(lines)}</table>".encode()
        start_response("200 OK", [("Content-Type", "text/html"), ("Content-Length", str(len(body)))])
        return [body]

    def _line(self, pk: int, name: str, bought: dict[tuple[int, str], int]) -> str:
        cells = (
            f'<td><a href="/expansion/whitespace/{pk}/?column={escape(key)}">{bought.get((pk, key), "?")}</a></td>'
            for key in self.columns
        )
        return f"<tr><th>{escape(name)}</th>{''.join(cells)}</tr>"

    def close(self) -> None:
        self.connection.close()
