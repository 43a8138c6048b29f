"""A machine that takes the place of another: the old one goes out on the day the new one is installed."""

from datetime import date

import pytest

from core.models import Touched
from installed_base.models import Asset, AssetEvent, AssetSuccession
from tests import cast
from tests.installed_base.importing import ON, Importing, top
from tests.installed_base.test_imports import HEADER, MACHINES

pytestmark = pytest.mark.django_db
STOOD = date(2026, 10, 5)


def test_an_import_that_says_the_new_one_stands_takes_the_old_one_out(tmp_path):
    importing = Importing(tmp_path)
    importing("assets", MACHINES, HEADER + "A1;Acme;R1;01-03-2012;;;\nB2;Acme;R2;;;;\nC3;Acme;R1;01-03-2012;;;\n")
    old, new, other = (Asset.objects.get(serial=serial) for serial in ("A1", "B2", "C3"))
    AssetSuccession.objects.create(asset=old, successor=new, known_on=ON)
    again = HEADER + "A1;Acme;R1;01-03-2012;;;\nB2;Acme;R2;05-10-2026;;;\nC3;Acme;R1;01-03-2012;;;\n"
    assert top(importing("assets", MACHINES, again))[2] == 1
    old.refresh_from_db()
    other.refresh_from_db()
    assert (old.taken_out_on, old.taken_out_reason, other.taken_out_on) == (STOOD, "replaced", None)
    assert AssetEvent.objects.get(asset=old, kind="taken_out").on == STOOD
    assert Touched.objects.filter(kind="asset", subject_id=old.pk).exists()


def test_what_went_out_before_keeps_its_day(tmp_path):
    importing = Importing(tmp_path)
    at = cast.account()
    old = cast.asset(at, date(2012, 3, 1), taken_out_on=date(2026, 1, 1), taken_out_reason="scrapped")
    new = cast.asset(at, source="erp", external_id="B2", serial="B2")
    AssetSuccession.objects.create(asset=old, successor=new, known_on=ON)
    importing("assets", MACHINES, HEADER + f"B2;{at.name};R2;05-10-2026;;;\n")
    new.refresh_from_db()
    old.refresh_from_db()
    assert new.installed_on == STOOD
    assert (old.taken_out_on, old.taken_out_reason) == (date(2026, 1, 1), "scrapped")
