"""Writes to the installed base; each module is named after its subject."""
