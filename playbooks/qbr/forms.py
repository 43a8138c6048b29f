"""Forms of a meeting. What a person may choose follows from their reach and from the account."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from core.models import Owner, Role, User
from core.policies import policy_on
from installed_base.models import Contact
from playbooks.forms import assignable
from playbooks.models import Qbr, QbrAttendee, QbrPart, Seat, Side
from playbooks.models.qbr import OURS, THEIRS
from playbooks.qbr.rules import PARTS, QbrPolicy

ROWS_OF_OURS = 4


def _day(label: Any, **options: Any) -> forms.DateField:
    return forms.DateField(label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), **options)


def _text(label: Any, rows: int = 3, **options: Any) -> forms.CharField:
    area = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, required=False, max_length=8000, widget=area, **options)


def people_of(qbr: Qbr, user: User) -> Any:
    """People of the customer who are still there."""
    return Contact.objects.visible_to(user).filter(account=qbr.account_id, left_on__isnull=True).order_by("name", "pk")


def ours() -> Any:
    """Colleagues who may come."""
    quiet = (Role.MARKETING, Role.OPERATIONS)
    return User.objects.filter(is_active=True).exclude(role__in=quiet).order_by("first_name", "last_name", "pk")


class PlanForm(forms.Form):
    planned_on = _day(_("Day"))
    starts_at = forms.TimeField(
        label=_("Begins at"), required=False, widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    place = forms.CharField(label=_("Where"), required=False, max_length=200)
    reason = forms.CharField(
        label=_("Why the date moves"), required=False, max_length=240, help_text=_("Asked when an agreed date changes.")
    )

    def __init__(self, *args: Any, qbr: Qbr, on: date, **kwargs: Any) -> None:
        first = max(qbr.planned_on, on)
        kwargs["initial"] = {"planned_on": first, "starts_at": qbr.starts_at, "place": qbr.place}
        super().__init__(*args, **kwargs)
        self.fields["planned_on"].widget.attrs["min"] = on.isoformat()
        if not qbr.agreed_on:
            del self.fields["reason"]


class ScheduleForm(forms.Form):
    planned_on = _day(_("Day"))

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["planned_on"].widget.attrs["min"] = on.isoformat()


class LeadForm(forms.Form):
    owner = forms.ModelChoiceField(label=_("Who leads it"), queryset=Owner.objects.none())

    def __init__(self, *args: Any, user: User, qbr: Qbr, **kwargs: Any) -> None:
        super().__init__(*args, **({"initial": {"owner": qbr.owner_id}} | kwargs))
        self.fields["owner"].queryset = assignable(user)  # type: ignore[attr-defined]


class CancelForm(forms.Form):
    side = forms.ChoiceField(label=_("Who calls it off"), choices=Side.choices)
    reason = forms.CharField(label=_("Why"), max_length=240)


class InviteForm(forms.Form):
    """A seat for each person of theirs, and one person of ours for each seat of ours."""

    def __init__(self, *args: Any, qbr: Qbr, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seated = {(a.contact_id, a.user_id): a for a in QbrAttendee.objects.visible_to(user).filter(qbr=qbr)}
        colleagues = ours()
        for seat in OURS:
            chosen = next((a.user_id for a in seated.values() if a.seat == seat), None)
            if chosen is None and seat == Seat.LEAD and not seated:
                chosen = qbr.owner.user_id
            self.fields[f"ours-{seat.value}"] = forms.ModelChoiceField(
                label=seat.label, queryset=colleagues, required=False, initial=chosen, empty_label=_("Nobody")
            )
        self.people = list(people_of(qbr, user))
        choices = [("", _("Does not come")), *((s.value, s.label) for s in THEIRS)]
        for person in self.people:
            at = seated.get((person.pk, None))
            self.fields[f"theirs-{person.pk}"] = forms.ChoiceField(
                label=f"{person.name}, {person.job_title or person.get_role_display()}",
                choices=choices,
                required=False,
                initial=at.seat if at else "",
            )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        colleagues = [who for key, who in cleaned.items() if key.startswith("ours-") and who]
        if len(set(colleagues)) < len(colleagues):
            raise forms.ValidationError(_("One person takes one seat."))
        return cleaned

    @property
    def seats(self) -> list[tuple[Any, str]]:
        """Who comes, as what."""
        said = self.cleaned_data
        mine = [(said[f"ours-{s.value}"], s.value) for s in OURS if said.get(f"ours-{s.value}")]
        return [*mine, *((p, said[f"theirs-{p.pk}"]) for p in self.people if said.get(f"theirs-{p.pk}"))]


class AgendaForm(forms.Form):
    """Minutes of the five parts, and what we say in each: it stands in the pack."""

    def __init__(self, *args: Any, qbr: Qbr, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = {part.key: part for part in qbr.parts.all()}
        for key, minutes in zip(PARTS, policy_on(QbrPolicy, on).values.minutes, strict=True):
            part, name = kept.get(key), QbrPart.Key(key).label
            self.fields[f"minutes-{key}"] = forms.IntegerField(
                label=_("%(part)s, minutes") % {"part": name},
                min_value=0,
                max_value=240,
                initial=part.minutes if part else minutes,
            )
            self.fields[f"words-{key}"] = _text(
                _("%(part)s, in our words") % {"part": name}, 2, initial=part.words if part else ""
            )

    @property
    def parts(self) -> dict[str, tuple[int, str]]:
        said = self.cleaned_data
        return {key: (said[f"minutes-{key}"], said[f"words-{key}"]) for key in PARTS}


class NotesForm(forms.Form):
    """What was said, part by part."""

    def __init__(self, *args: Any, qbr: Qbr, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = {part.key: part.notes for part in qbr.parts.all()}
        for key in PARTS:
            self.fields[key] = _text(QbrPart.Key(key).label, initial=kept.get(key, ""))


class OwnNotesForm(forms.Form):
    health = _text(_("How healthy the account is"))
    chances = _text(_("Chances that were seen"))
    risks = _text(_("Signs of risk"))

    def __init__(self, *args: Any, qbr: Qbr, **kwargs: Any) -> None:
        initial = {"health": qbr.health_note, "chances": qbr.chances_note, "risks": qbr.risks_note}
        super().__init__(*args, **({"initial": initial} | kwargs))


class HoldForm(forms.Form):
    held_on = _day(_("Held on"))
    held_time = forms.TimeField(label=_("Ended at"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))
    came = forms.ModelMultipleChoiceField(
        label=_("Who came"),
        queryset=QbrAttendee.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
    )

    def __init__(self, *args: Any, qbr: Qbr, user: User, at: datetime, **kwargs: Any) -> None:
        self.zone = ZoneInfo(settings.ORGANISATION_TIME_ZONE)
        local = at.astimezone(self.zone)
        rows = QbrAttendee.objects.visible_to(user).filter(qbr=qbr).select_related("contact", "user").order_by("pk")
        day = min(qbr.planned_on, local.date())
        initial = {"held_on": day, "held_time": local.time(), "came": [a.pk for a in rows]}
        super().__init__(*args, **({"initial": initial} | kwargs))
        field: Any = self.fields["came"]
        field.queryset = rows
        field.label_from_instance = lambda a: f"{a.contact or a.user}, {a.get_seat_display()}"
        self.fields["held_on"].widget.attrs["max"] = local.date().isoformat()

    @property
    def held_at(self) -> datetime:
        said = self.cleaned_data
        return datetime.combine(said["held_on"], said["held_time"], self.zone)


class ActionForm(forms.Form):
    """Ours with an owner; theirs with one of their people, or the customer."""

    title = forms.CharField(label=_("What is to be done"), max_length=240)
    who = forms.ChoiceField(label=_("Who"))
    due_on = _day(_("By when"))

    def __init__(self, *args: Any, qbr: Qbr, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.owners = {str(o.pk): o for o in assignable(user)}
        self.people = {str(p.pk): p for p in people_of(qbr, user)}
        field: Any = self.fields["who"]
        field.choices = [
            (_("Ours"), [(f"owner-{pk}", str(o)) for pk, o in self.owners.items()]),
            (
                _("Theirs"),
                [("customer", _("The customer")), *((f"contact-{pk}", str(p)) for pk, p in self.people.items())],
            ),
        ]

    @property
    def party(self) -> dict[str, Any]:
        kind, _mark, pk = self.cleaned_data["who"].partition("-")
        return {"owner": self.owners[pk]} if kind == "owner" else {"contact": self.people.get(pk)}


class LetterForm(forms.Form):
    """The agenda or the summary, with who of theirs gets it."""

    to = forms.ModelMultipleChoiceField(
        label=_("To"),
        queryset=Contact.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple(attrs={"class": "check"}),
    )
    subject = forms.CharField(label=_("Subject"), max_length=240)
    body = forms.CharField(label=_("Words"), max_length=20000, widget=forms.Textarea(attrs={"rows": 22}))

    def __init__(self, *args: Any, qbr: Qbr, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["to"]
        field.queryset = people_of(qbr, user).exclude(email="")
        field.label_from_instance = lambda p: f"{p.name}, {p.job_title or p.get_role_display()}, {p.email}"
