"""The ways in which figures of the installed base can be cut."""

from collections.abc import Callable
from typing import Any

from django.db.models import CharField, F
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from core.metrics import Dimension
from core.models import Owner, Team
from installed_base.in_use import in_use
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


def _used(name: str) -> Callable[[Any], Any]:
    """The values of a column in the accounts that somebody sees."""

    def rows(actor: Any) -> Any:
        return in_use(name, actor).annotate(value=F(name), shown=F(name)).order_by(name).distinct()

    return rows


def _segment(text: str) -> str:
    return str(dict(Segment.choices).get(text, text))


def _named(rows: Any) -> Any:
    return rows.annotate(value=Cast("pk", CharField()), shown=F("name")).order_by("name")


DIMENSIONS = (
    Dimension("segment", _("Segment"), _text, _used("segment"), _segment),
    Dimension("country", _("Country"), _text, _used("country")),
    Dimension(
        "product_line",
        _("Product line"),
        lambda text, actor: _one(ProductLine.objects.all(), text),
        lambda actor: _named(ProductLine.objects.all()),
    ),
    Dimension(
        "team",
        _("Team"),
        lambda text, actor: _one(Team.objects.all(), text),
        lambda actor: _named(Team.objects.all()),
    ),
    Dimension(
        "owner",
        _("Owner"),
        lambda text, actor: _one(Owner.objects.order_by("pk"), text),
        lambda actor: _named(Owner.objects.filter(user__isnull=False)),
    ),
    Dimension("account", _("Account"), _account),
    Dimension("group", _("Group"), _account),
)
