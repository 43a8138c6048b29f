"""The form of the people in a deal: some lines of a contact, a role, a stance and a note."""

from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from installed_base.models import Contact
from sales.models import Opportunity, Stakeholder, StakeholderRole, Stance
from sales.rules.stakeholders import Said

# Lines that the form shows at least; more where a file or the API named more people.
LINES, MOST = 8, 100


class StakeholderLine(forms.Form):
    """One person; a line without one is left out."""

    contact = forms.ModelChoiceField(
        label=_("Person"), queryset=Contact.objects.none(), required=False, empty_label=_("Nobody")
    )
    role = forms.ChoiceField(
        label=_("Part in it"), required=False, choices=[("", _("Choose")), *StakeholderRole.choices]
    )
    stance = forms.ChoiceField(label=_("Stands"), required=False, choices=Stance.choices, initial=Stance.UNKNOWN)
    note = forms.CharField(label=_("What counts for them"), required=False, max_length=240)

    def __init__(self, *args: Any, contacts: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["contact"].queryset = contacts  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and bool(cleaned.get("contact")) != bool(cleaned.get("role")):
            raise forms.ValidationError(_("Say who, and which part they have in it; or leave the line empty."))
        return cleaned


StakeholdersForm = forms.formset_factory(StakeholderLine, extra=0, min_num=LINES, max_num=MOST, absolute_max=MOST)


def contacts_of(deal: Opportunity) -> Any:
    """People of the account who are still there, and those who stand in the deal."""
    there = Q(left_on__isnull=True) | Q(pk__in=deal.stakeholders.values("contact"))
    return Contact._base_manager.filter(there, account=deal.account_id).order_by("name", "pk")


def said_before(rows: list[Stakeholder]) -> list[dict[str, Any]]:
    """What the form shows of the people that stand there."""
    return [{"contact": r.contact_id, "role": r.role, "stance": r.stance, "note": r.note} for r in rows]


def people_in(form: Any) -> list[Said]:
    """The people of a form that is valid."""
    said = [line.cleaned_data for line in form if line.cleaned_data.get("contact")]
    return [Said(s["contact"].pk, s["role"], s["stance"] or Stance.UNKNOWN, s["note"]) for s in said]
