"""The ways in which figures of the installed base can be cut."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext_lazy as _

from core.metrics import Choice, Dimension
from core.models import Owner, Team
from installed_base.models import Account, ProductLine
from installed_base.models.accounts import Segment


def _one(rows: Any, text: str, name: str = "name") -> int:
    """The id of the row with that id or name."""
    found = rows.filter(pk=int(text)) if text.isdecimal() else rows.filter(**{f"{name}__iexact": text})
    first = found.values_list("pk", flat=True).first()
    if first is None:
        raise LookupError(text)
    return int(first)


def _account(text: str, actor: Any) -> int:
    return _one(Account.objects.visible_to(actor).order_by("pk"), text)


def _text(text: str, actor: Any) -> str:
    return text


def _segments(actor: Any) -> Iterable[Choice]:
    names = dict(Segment.choices)
    used = Account.objects.visible_to(actor).exclude(segment="").values_list("segment", flat=True)
    return [Choice(s, str(names.get(s, s))) for s in used.distinct().order_by("segment")]


def _countries(actor: Any) -> Iterable[Choice]:
    used = Account.objects.visible_to(actor).exclude(country="").values_list("country", flat=True)
    return [Choice(c, c) for c in used.distinct().order_by("country")]


def _rows(rows: Any) -> Iterable[Choice]:
    return [Choice(str(pk), name) for pk, name in rows.order_by("name").values_list("pk", "name")[:200]]


DIMENSIONS = (
    Dimension("segment", _("Segment"), _text, _segments),
    Dimension("country", _("Country"), _text, _countries),
    Dimension(
        "product_line",
        _("Product line"),
        lambda text, actor: _one(ProductLine.objects.all(), text),
        lambda actor: _rows(ProductLine.objects.all()),
    ),
    Dimension(
        "team",
        _("Team"),
        lambda text, actor: _one(Team.objects.all(), text),
        lambda actor: _rows(Team.objects.all()),
    ),
    Dimension(
        "owner",
        _("Owner"),
        lambda text, actor: _one(Owner.objects.order_by("pk"), text),
        lambda actor: _rows(Owner.objects.filter(user__isnull=False)),
    ),
    Dimension("account", _("Account"), _account),
    Dimension("group", _("Group"), _account),
)
