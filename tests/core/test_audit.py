"""Every change of a tracked row is kept with who and why, however it was written."""

import pytest
from django.db import connection
from django.db.utils import InternalError

from core.audit import audited
from core.scope import System
from installed_base.models import Account
from tests import cast

pytestmark = pytest.mark.django_db


def trail(account):
    events = account.audit_events.order_by("pgh_id").select_related("pgh_context")
    return [(e.pgh_label, e.segment, e.pgh_context and e.pgh_context.metadata) for e in events]


def test_a_bulk_update_leaves_one_event_a_row_with_who_and_why():
    account, marloes = cast.account(), cast.person("marloes")
    with audited(by=marloes, why="accounts.move"):
        Account.objects.filter(pk=account.pk).update(segment="small")
    assert trail(account)[-1] == ("update", "small", {"user": marloes.pk, "why": "accounts.move"})


def test_raw_sql_does_not_slip_by():
    account = cast.account()
    with audited(by=System("nightly"), why="tests.raw"), connection.cursor() as cursor:
        cursor.execute("UPDATE installed_base_account SET segment = 'enterprise' WHERE id = %s", [account.pk])
    assert trail(account)[-1] == ("update", "enterprise", {"system": "nightly", "why": "tests.raw"})


def test_the_trail_cannot_be_rewritten():
    account = cast.account()
    with pytest.raises(InternalError, match="Cannot update or delete"):
        account.audit_events.update(segment="forged")
