"""The words of upgrade options."""

from django.utils.translation import gettext as _

from core import display
from installed_base.rules.options import Missing


def share_words(one: Missing) -> str:
    """How many comparable machines have an option that this one lacks."""
    if one.share is None:
        return _("too few comparable machines to say who has it")
    told = {"share": display.percent(one.share, 0), "of": display.number(one.of)}
    return _("on %(share)s of %(of)s comparable machines") % told
