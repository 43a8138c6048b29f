"""Forms of a handoff: what the giver knows, one line per promise, and the reason why it goes back."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from core.models import Owner, User
from core.reach import reach_of
from installed_base.models import Asset, Contact, Promise
from sales.actions.handoff import Promised, Told
from sales.models import Direction, Handoff, Opportunity
from sales.queries.handoff import receivers

PROMISE_LINES = 4


def day_field(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **{"required": False} | options
    )


def _words(label: Any, rows: int = 2, **options: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, max_length=4000, widget=area, **{"required": False} | options)


class _HandoffForm(forms.Form):
    """`told` is what the giver said, as the action takes it."""

    direction: str
    to = forms.ModelChoiceField(label=_("Who takes it over"), queryset=Owner.objects.none(), empty_label=_("Choose"))

    def __init__(self, *args: Any, deal: Opportunity, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        mine = reach_of(user).person
        self.fields["to"].queryset = receivers(self.direction).exclude(pk=mine)  # type: ignore[attr-defined]
        if "contact" in self.fields:
            people = Contact.objects.visible_to(user).filter(account=deal.account_id, left_on__isnull=True)
            self.fields["contact"].queryset = people.order_by("name")  # type: ignore[attr-defined]

    @property
    def told(self) -> Told:
        return Told(**{name: value for name, value in self.cleaned_data.items() if name not in ("to", "operations")})


class ToSalesForm(_HandoffForm):
    """CS to Sales: "I see an opportunity, can you explore?" (EX-27, EX-28)"""

    direction = Direction.TO_SALES
    what = _words(
        _("What do you see?"), 3, required=True, help_text=_("The chance in the customer's own figures, and why now.")
    )
    history = _words(_("History with them"), 3, help_text=_("What went well, what went wrong, what they said no to."))
    preferences = _words(_("Preferences"), help_text=_("How they like to be approached, how they decide."))
    sensitivities = _words(_("Sensitivities"), help_text=_("What not to say, who not to pass over."))
    contact = forms.ModelChoiceField(
        label=_("Who to talk to"), queryset=Contact.objects.none(), required=False, empty_label=_("nobody named")
    )
    introduced_on = day_field(
        _("Introduced on"), help_text=_("The day on which you brought them together; empty while you have not.")
    )


class ToCsForm(_HandoffForm):
    """Sales to CS: "won; this is what we promised" (EX-28, CV-05)"""

    direction = Direction.TO_CS
    what = _words(_("What was sold?"), 3, required=True, help_text=_("Machine, options, contract, price agreements."))
    promised = _words(
        _("About promises"), help_text=_("Where nothing was promised beyond the contract: say so here, in words.")
    )
    operator = _words(_("Who operates it?"), help_text=_("Which shifts, how experienced, who leads them."))
    training = _words(_("Training"), help_text=_("Which training was sold, for whom, and when."))
    trainees = forms.IntegerField(label=_("People to train"), required=False, min_value=0, max_value=500)
    risks = _words(_("Risks"), help_text=_("What could go wrong: the floor, the power, the date, the people."))
    installs_on = day_field(_("To be installed on"))


class ToCsWithOrderForm(ToCsForm):
    """The same for a deal that brings a machine: operations has its order to plan."""

    operations = forms.ModelChoiceField(
        label=_("Who plans the delivery"),
        queryset=Owner.objects.none(),
        help_text=_("Operations accepts the order for its own part, or returns it."),
        empty_label=None,
    )
    field_order = ("to", "operations")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, user=user, **kwargs)
        among = receivers(Direction.TO_OPERATIONS).exclude(pk=reach_of(user).person)
        self.fields["operations"].queryset = among  # type: ignore[attr-defined]


class ToOperationsForm(_HandoffForm):
    """Sales to operations: an order that came back, given again."""

    direction = Direction.TO_OPERATIONS
    what = _words(_("What was sold?"), 3, required=True)
    promised = _words(_("What was promised"), 3)
    operator = _words(_("Who operates it?"))
    risks = _words(_("Risks"), help_text=_("What could go wrong: the floor, the power, the date, the people."))
    installs_on = day_field(_("To be installed on"))


class PromiseForm(forms.Form):
    """One promise; a line without words is none."""

    text = forms.CharField(label=_("Promise"), max_length=240, required=False)
    kind = forms.ChoiceField(label=_("Kind"), choices=Promise.Kind.choices, initial=Promise.Kind.SPECIFICATION)
    to = forms.ModelChoiceField(label=_("To whom"), queryset=Contact.objects.none(), required=False, empty_label="–")
    due_on = day_field(_("By when"))
    asset = forms.ModelChoiceField(
        label=_("Machine"), queryset=Asset.objects.none(), required=False, empty_label=_("as a whole")
    )

    def __init__(self, *args: Any, people: Any, machines: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]
        self.fields["asset"].queryset = machines  # type: ignore[attr-defined]

    @property
    def promised(self) -> Promised | None:
        said = self.cleaned_data
        return Promised(**said) if said.get("text", "").strip() else None


PromiseFormSet = forms.formset_factory(PromiseForm, extra=PROMISE_LINES, max_num=20, validate_max=True)


def promise_lines(data: Any, deal: Opportunity, user: User, earlier: Handoff | None) -> Any:
    """The lines of promises, filled with those of the handoff that came back."""
    people = Contact.objects.visible_to(user).filter(account=deal.account_id, left_on__isnull=True)
    machines = Asset.objects.visible_to(user).filter(account=deal.account_id, taken_out_on__isnull=True)
    known = [
        {"text": p.text, "kind": p.kind, "to": p.to_id, "due_on": p.due_on, "asset": p.asset_id}
        for p in (earlier.promises.all() if earlier else ())
    ]
    kwargs = {"people": people.order_by("name"), "machines": machines.select_related("product").order_by("pk")}
    return PromiseFormSet(data, initial=known, prefix="promise", form_kwargs=kwargs)


def said_before(row: Handoff, installs_on: date | None = None) -> dict[str, Any]:
    """What a handoff said, as a form begins with it when it is given again."""
    names = ("what", "history", "preferences", "sensitivities", "introduced_on", "promised", "operator", "training")
    values = {name: getattr(row, name) for name in (*names, "trainees", "risks")}
    return values | {
        "to": row.to_id,
        "contact": row.contact_id,
        "installs_on": row.installs_on or installs_on,
    }


class ReturnForm(forms.Form):
    reason = forms.CharField(
        label=_("What is missing?"), max_length=400, widget=forms.Textarea(attrs={"rows": 2})
    )  # fmt: skip
