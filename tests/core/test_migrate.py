"""Migrating with one model drawn a step makes what Django's own way makes."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.commands.migrate import Command as Usual
from django.db import connection

# Everything in the schema, by kind and in words.
_EVERYTHING = """
SELECT 'column', table_name || '.' || column_name, concat_ws(' ', data_type, character_maximum_length,
       numeric_precision, numeric_scale, is_nullable, column_default, identity_generation)
FROM information_schema.columns WHERE table_schema = 'public'
UNION ALL SELECT 'constraint', conrelid::regclass::text || ' ' || conname, pg_get_constraintdef(oid)
FROM pg_constraint WHERE connamespace = 'public'::regnamespace
UNION ALL SELECT 'index', indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'
UNION ALL SELECT 'trigger', tgrelid::regclass::text || ' ' || tgname, pg_get_triggerdef(oid)
FROM pg_trigger WHERE NOT tgisinternal
UNION ALL SELECT 'function', proname, pg_get_functiondef(oid)
FROM pg_proc WHERE pronamespace = 'public'::regnamespace AND prokind = 'f' AND prolang <> 13
ORDER BY 1, 2, 3
"""


@contextmanager
def _empty() -> Iterator[Callable[[], list[Any]]]:
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE; CREATE SCHEMA public")

    def everything() -> list[Any]:
        with connection.cursor() as cursor:
            cursor.execute(_EVERYTHING)
            return cursor.fetchall()

    yield everything


@pytest.mark.campaign
@pytest.mark.django_db(transaction=True)
def test_both_ways_make_the_same_tables() -> None:
    made = []
    for migrate in (Usual(), "migrate"):
        with _empty() as everything:
            call_command(migrate, verbosity=0)
            made.append(everything())
    assert len(made[0]) > 2000
    assert made[0] == made[1]
