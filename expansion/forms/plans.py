"""Forms of a plan and of its review. What a person may choose follows from their reach and from the account."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Owner, Role, User
from core.reach import reach_of
from expansion.models import AccountPlan, PlanAction, PlanPerson, PlanPoint, ReviewItem
from expansion.models.plan import OPPORTUNITY_KINDS, RISK_KINDS
from installed_base.models import Contact
from playbooks.forms import AboutAccount, assignable

LONGEST = 8000


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def _text(label: Any, rows: int = 4, **options: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=LONGEST, widget=area, **options)


class PlanForm(AboutAccount):
    """The plan of an account, top or not."""

    year = forms.TypedChoiceField(label=_("Year"), coerce=int)

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        years = [(str(y), str(y)) for y in (on.year, on.year + 1, on.year - 1)]
        self.fields["year"].choices = years  # type: ignore[attr-defined]


class AimForm(forms.Form):
    aim = _text(
        _("Aim"), help_text=_("What should be true of this customer at the end of the year that is not true today?")
    )

    def __init__(self, *args: Any, plan: AccountPlan, **kwargs: Any) -> None:
        kwargs["initial"] = {"aim": plan.aim}
        super().__init__(*args, **kwargs)


class SituationForm(forms.Form):
    situation = _text(_("Situation in words"), help_text=_("What the figures do not say."))

    def __init__(self, *args: Any, plan: AccountPlan, **kwargs: Any) -> None:
        kwargs["initial"] = {"situation": plan.situation}
        super().__init__(*args, **kwargs)


class DecisionForm(forms.Form):
    decision_on = _day(_("Moment of decision"), required=False)
    decision = _text(_("How it is decided"), help_text=_("Budget round, board, tender: what happens when?"))

    def __init__(self, *args: Any, plan: AccountPlan, **kwargs: Any) -> None:
        initial = {"decision_on": plan.decision_on, "decision": plan.decision}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)


class PlanOwnerForm(forms.Form):
    owner = forms.ModelChoiceField(label=_("Who leads it"), queryset=Owner.objects.none(), empty_label=None)

    def __init__(self, *args: Any, plan: AccountPlan, user: User, **kwargs: Any) -> None:
        kwargs["initial"] = {"owner": plan.owner_id}
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = assignable(user)  # type: ignore[attr-defined]


class PersonForm(forms.Form):
    contact = forms.ModelChoiceField(label=_("Who"), queryset=Contact.objects.none(), empty_label=_("Choose"))
    part = forms.ChoiceField(label=_("Part in the decision"), choices=PlanPerson.Part.choices)
    note = forms.CharField(label=_("Note"), required=False, max_length=240)

    def __init__(self, *args: Any, plan: AccountPlan, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Contact.objects.visible_to(user).filter(account=plan.account_id, left_on__isnull=True)
        self.fields["contact"].queryset = rows.order_by("name", "pk")  # type: ignore[attr-defined]


class PointForm(forms.Form):
    kind = forms.ChoiceField(label=_("Kind"))
    text = forms.CharField(label=_("What is it?"), max_length=400, widget=forms.Textarea(attrs={"rows": 2}))

    def __init__(self, *args: Any, side: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kinds = OPPORTUNITY_KINDS if side == PlanPoint.Side.OPPORTUNITY else RISK_KINDS
        self.fields["kind"].choices = [(kind.value, kind.label) for kind in kinds]  # type: ignore[attr-defined]


class ActionForm(forms.Form):
    title = forms.CharField(label=_("What to do"), max_length=240)
    owner = forms.ModelChoiceField(label=_("Who"), queryset=Owner.objects.none(), empty_label=_("Choose"))
    due_on = _day(_("By when"))

    def __init__(self, *args: Any, plan: AccountPlan, user: User, on: date, **kwargs: Any) -> None:
        initial = {"owner": reach_of(user).person or plan.owner_id} | kwargs.pop("initial", {})
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = assignable(user)  # type: ignore[attr-defined]
        self.fields["due_on"].widget.attrs["min"] = on.isoformat()


class MoveActionForm(forms.Form):
    owner = forms.ModelChoiceField(label=_("Who"), queryset=Owner.objects.none(), empty_label=None)
    due_on = _day(_("By when"))

    def __init__(self, *args: Any, action: PlanAction, user: User, on: date, **kwargs: Any) -> None:
        task = action.task
        kwargs["initial"] = {"owner": task.owner_id, "due_on": max(task.due_on, on)}
        super().__init__(*args, **kwargs)
        offered = assignable(user) | Owner.objects.filter(pk=task.owner_id)
        self.fields["owner"].queryset = offered  # type: ignore[attr-defined]
        self.fields["due_on"].widget.attrs["min"] = on.isoformat()


class ReviewForm(forms.Form):
    """A review of the accounts of a team or a person, on a day."""

    owner = forms.ModelChoiceField(label=_("Whose accounts"), queryset=Owner.objects.none(), empty_label=None)
    held_on = _day(_("Day"))

    def __init__(self, *args: Any, user: User, on: date, **kwargs: Any) -> None:
        reach = reach_of(user)
        offered = assignable(user)
        if reach.writes_own_only:
            offered = offered.filter(pk__in=reach.own)
        pools = [owner.pk for owner in offered if owner.team_id and owner.pk in reach.own]
        initial = {"held_on": on, "owner": pools[0] if pools else reach.person}
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self.fields["owner"].queryset = offered  # type: ignore[attr-defined]


class AttendForm(forms.Form):
    people = forms.ModelMultipleChoiceField(
        label=_("Who is there"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
    )

    def __init__(self, *args: Any, there: list[int], **kwargs: Any) -> None:
        kwargs["initial"] = {"people": there}
        super().__init__(*args, **kwargs)
        quiet = (Role.MARKETING, Role.OPERATIONS)
        rows = User.objects.filter(is_active=True).exclude(role__in=quiet)
        self.fields["people"].queryset = rows.order_by("first_name", "last_name", "pk")  # type: ignore[attr-defined]


class ItemForm(forms.Form):
    status = forms.ChoiceField(label=_("How it stands"), choices=ReviewItem.Status.choices, required=False)
    note = _text(_("Status"), 2)
    opportunities = _text(_("About opportunities"), 2)
    risks = _text(_("About risks"), 2)

    def __init__(self, *args: Any, item: ReviewItem, **kwargs: Any) -> None:
        names = ("status", "note", "opportunities", "risks")
        kwargs["initial"] = {name: getattr(item, name) for name in names}
        super().__init__(*args, **kwargs)
