"""Forms of signals and tips."""

from expansion.forms.signals import AcceptForm, DismissForm, EventForm, PutOffForm

__all__ = ["AcceptForm", "DismissForm", "EventForm", "PutOffForm"]
