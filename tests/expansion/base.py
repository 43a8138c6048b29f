"""Signals of one line."""

from datetime import date
from decimal import Decimal
from itertools import count

from expansion.models import Signal, SignalKind
from playbooks.models import Firing

_key = count(1)


def signal(asset, kind=SignalKind.UPGRADE, *, on: date, value: int | None = 1000, **values) -> Signal:
    """A waiting signal about a machine, raised and due on that day."""
    firing = Firing.objects.create(
        rule="AGE",
        subject_kind="asset",
        subject_id=asset.pk,
        occurrence_key=f"{kind}-{next(_key)}",
        account=asset.account,
        state=Firing.State.FIRED,
        due_on=on,
        on=on,
    )
    worth = None if value is None else Decimal(value)
    defaults = {"raised_on": on, "due_on": on, "value_reporting": worth}
    return Signal.objects.create(firing=firing, kind=kind, account=asset.account, asset=asset, **(defaults | values))
