"""The account team: who works at an account that is not their own."""

from typing import Any

from core.audit import audited
from core.models import User
from installed_base.models import Account, AccountMember


def join_account(*, account: Account, user: User, by: Any) -> bool:
    """Let somebody see and change this account; whether they could not before by the account team."""
    with audited(by=by, why="installed_base.join_account"):
        return AccountMember.objects.get_or_create(account=account, user=user)[1]
