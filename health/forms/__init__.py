"""Forms of health."""

from health.forms.alerts import AlertTaskForm, CloseForm

__all__ = ["AlertTaskForm", "CloseForm"]
