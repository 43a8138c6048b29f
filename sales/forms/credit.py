"""The form of shared credit: some lines of a person, a role and a share."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Role, User
from sales.models import CreditRole
from sales.rules import Share

LINES = 4
ROLES = (Role.CS_MANAGER, Role.SALES, Role.TECHNICIAN, Role.TEAM_LEAD)


def creditable() -> Any:
    """People who sell, look after customers or serve them."""
    return User.objects.filter(is_active=True, role__in=ROLES).order_by("first_name", "last_name", "username")


class _Person(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return obj.get_full_name() or obj.username


class CreditLine(forms.Form):
    """One share. All three are filled, or none of them."""

    user = _Person(label=_("Person"), queryset=User.objects.none(), required=False, empty_label=_("Nobody"))
    role = forms.ChoiceField(label=_("Role"), required=False, choices=[("", _("Choose")), *CreditRole.choices])
    share = forms.DecimalField(
        label=_("Share, %"), required=False, min_value=0, max_value=100, max_digits=5, decimal_places=2, localize=True
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["user"].queryset = creditable()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.errors:
            return cleaned
        said = [bool(cleaned.get("user")), bool(cleaned.get("role")), cleaned.get("share") is not None]
        if any(said) and not all(said):
            raise forms.ValidationError(_("Say who, in which role, and for how much; or leave the line empty."))
        return cleaned


CreditForm = forms.formset_factory(CreditLine, extra=0, min_num=LINES, max_num=LINES, absolute_max=LINES)


def lines_of(credits: list[Any]) -> list[dict[str, Any]]:
    """What the form shows of the credit that stands."""
    return [{"user": c.user_id, "role": c.role, "share": (c.share * 100).quantize(Decimal("0.01"))} for c in credits]


def shares_in(form: Any) -> list[Share]:
    """The shares of a form that is valid."""
    said = [line.cleaned_data for line in form if line.cleaned_data.get("user")]
    return [Share(line["user"].pk, line["role"], line["share"] / 100) for line in said]
