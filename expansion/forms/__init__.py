"""Forms of signals and tips."""

from expansion.forms.signals import AcceptForm, DismissForm, PutOffForm

__all__ = ["AcceptForm", "DismissForm", "PutOffForm"]
